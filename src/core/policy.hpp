#pragma once
// What the operator decides and the rules obey.

#include "base/id.hpp"
#include "core/opening_hours.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::core {

// What happens while nobody has taken a customer's request, counted from when they asked; 0: never.
// Whom and where are the desk's own words: people, groups, places.
struct Escalation {
    std::int64_t mention_after_ms = 0;  // the thread says so, and calls these
    std::vector<std::string> mentions;
    std::int64_t notify_after_ms = 0;  // it is said elsewhere
    std::vector<std::string> notify_to;
    std::int64_t customer_after_ms = 0;  // the customer is told, and offered another way
    std::int64_t remind_after_ms = 0;  // of a customer whom nobody answers, in an open conversation

    friend bool operator==(const Escalation&, const Escalation&) = default;
};

// What customers are told.
struct Texts {
    // "{opens}" becomes "tomorrow at 09:00 (Berlin time)".
    std::string closed =
        "Our team is not here right now and back {opens}. Leave your e-mail address or phone "
        "number, and we will get back to you; you can also write here, and we will read it then.";
    std::string closed_for_long =
        "Our team is not here right now. Leave your e-mail address or phone number, and we will "
        "get back to you.";
    std::string nobody_here =
        "Nobody is at their desk this very moment; the team has been told. You can wait here, or "
        "leave your e-mail address or phone number and we will get back to you.";
    std::string nobody_yet =
        "Sorry, this takes longer than it should. You can go on waiting here, or leave your e-mail "
        "address or phone number and we will get back to you.";
};

// First match wins; empty conditions match everything.
struct Route {
    std::vector<Destination> destinations;  // several: new threads go to the least loaded
    SiteId site;
    std::string topic;
    std::string url_prefix;
    std::map<std::string, std::string> attributes;
    std::optional<Escalation> escalation{};  // instead of the policy's
    std::string hours{};                     // whose opening hours; empty: the site's
};

// What must be known of a customer, and when: before anything, or before a human is called.
struct PreChat {
    bool at_start = false;
    std::vector<std::string> required;  // "name", "email", "phone", "attributes.order"
};

struct Policy {
    std::map<SiteId, PreChat> pre_chat{};
    std::vector<Route> routes;
    Escalation escalation;
    std::int64_t alert_retry_ms = 30'000;  // until the desk has said what became of an alert
    Texts texts;
    std::map<std::string, OpeningHours> opening_hours;  // by name
    std::map<SiteId, std::string> site_hours;
    std::string hours;  // of whatever names none; empty: always open
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
    std::int64_t edit_ms_max = 3'600'000;     // how long customers may change a message; 0: never
    std::size_t letters_queued_max = 200;     // a session whose desk is behind: session_busy
    std::size_t conversation_lines_max = 20;  // of the talk with the bot, in the introduction
};

}  // namespace deskbell::core
