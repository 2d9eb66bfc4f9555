#pragma once
// What the operator decides and the rules obey.

#include "base/id.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace deskbell::core {

// First match wins; empty conditions match everything.
struct Route {
    std::vector<Destination> destinations;  // several: new threads go to the least loaded
    SiteId site;
    std::string topic;
    std::string url_prefix;
    std::map<std::string, std::string> attributes;
};

// What must be known of a customer, and when: before anything, or before a human is called.
struct PreChat {
    bool at_start = false;
    std::vector<std::string> required;  // "name", "email", "phone", "attributes.order"
};

struct Policy {
    std::map<SiteId, PreChat> pre_chat{};
    std::vector<Route> routes;
    bool bot_answers = true;
    std::size_t message_characters_max = 4000;  // message_too_long
    std::size_t post_weight_max =
        3500;  // longer messages are split; weight counts escapes, see split.hpp
    // Each line costs about 72 bytes of a post's marker, which should keep to a kilobyte.
    std::size_t lines_folded_max = 12;
    // Files; 0 in `file_bytes_max`: none are taken.
    std::int64_t file_bytes_max = 20'000'000;
    std::size_t files_a_message_max = 10;
    std::int64_t files_a_session_max = 200;
    std::int64_t file_bytes_a_session_max = 200'000'000;
    std::int64_t file_bytes_a_site_max = 20'000'000'000;  // files_quota_exceeded
    std::size_t letters_queued_max = 200;     // a session whose desk is behind: session_busy
    std::size_t conversation_lines_max = 20;  // of the talk with the bot, in the introduction
};

}  // namespace deskbell::core
