#pragma once
// What Slack's events mean to us. Pure: JSON in, a meaning out; whatever the JSON, a meaning.
//
// Who calls it: slack_inbound with events, gap_repair with messages it reads back: both take the
// same way from here. What it never does: ask anybody anything; trust a field to be there.

#include "core/command.hpp"
#include "desk/slack/marker.hpp"
#include "desk/slack/slack_json.hpp"
#include "desk/slack/workspace.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace deskbell::desk::slack {

// An agent's reply in a thread, new, changed, or read back.
struct AgentWords {
    Place parent;
    Place message;
    std::string user;
    std::string client_msg_id;  // set by Slack's own clients only
    bool is_edit = false;       // the event says that it changed
    std::string edit_key;       // of the newest change; empty: none so far
    json::object source;        // to be rendered
};

struct AgentRemoved {
    Place parent;
    Place message;
    std::string user{};           // who had said it, when the event tells
    std::string client_msg_id{};  // the same
};

// The parent is gone: deleted, or a tombstone.
struct ParentGone {
    Place parent;
};

struct Reacted {
    Place message;
    std::string user;
    std::string name;  // without tone
    std::string at;    // the event's time; of what is read back: now
    bool read_back = false;
};

// Our own post came back.
struct OwnPost {
    LetterId post;
    Place message;
    Place parent;                      // of a parent: itself
    bool is_stray = false;             // it should have been in a thread and stands in the channel
    std::vector<std::string> files{};  // of a post that is an upload: then `post` is empty
};

// Somebody wrote in the channel itself, not in a thread.
struct Misplaced {
    Place message;
    std::string user;
    std::string text;
};

struct ChannelChanged {
    std::string channel;
    bool open = false;
    std::string why;
};

struct DeskClosed {
    std::string why;
};

struct SweepNeeded {
    std::string why;
};

struct HomeOpened {  // somebody looks at the app's Home tab
    std::string user;
};

struct Ignored {
    std::string why;  // a counter's name
};

using Meaning = std::variant<AgentWords, AgentRemoved, ParentGone, Reacted, OwnPost, Misplaced,
                             ChannelChanged, DeskClosed, SweepNeeded, HomeOpened, Ignored>;

// The message that somebody said, we or an agent; null when it is about something else.
[[nodiscard]] const Place* message_of(const Meaning& meaning);

struct Envelope {
    std::string type;  // "event_callback", "url_verification", "app_rate_limited"
    std::string challenge;
    std::string event_id;
    std::string team;  // whose installation it is for
    std::string app_id;
};

[[nodiscard]] Envelope read_envelope(const json::object& envelope);
// The event inside an envelope.
[[nodiscard]] Meaning read_event(const json::object& event, const Self& self);
// Who reacted to a message, as it says itself: `at` is now.
[[nodiscard]] std::vector<Reacted> reactions_of(const json::object& message, const Place& place,
                                                const Self& self, const std::string& at);
// Whether we posted it, whatever it is.
[[nodiscard]] bool is_ours(const json::object& message, const Self& self);
// The files of a message, those that can be fetched and those that are gone.
[[nodiscard]] std::vector<core::DeskFile> files_of(const json::object& message);
// A message as conversations.history and .replies give it.
[[nodiscard]] Meaning read_message(const json::object& message, std::string_view channel,
                                   const Self& self);

}  // namespace deskbell::desk::slack
