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

struct Policy {
    std::vector<Route> routes;
    bool bot_answers = true;
    std::size_t message_characters_max = 4000;  // message_too_long
    std::size_t post_weight_max =
        3500;  // longer messages are split; weight counts escapes, see split.hpp
    // Each line costs about 72 bytes of a post's marker, which should keep to a kilobyte.
    std::size_t lines_folded_max = 12;
    std::size_t letters_queued_max = 200;     // a session whose desk is behind: session_busy
    std::size_t conversation_lines_max = 20;  // of the talk with the bot, in the introduction
};

}  // namespace deskbell::core
