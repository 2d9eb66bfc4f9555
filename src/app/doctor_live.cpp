// `deskbell doctor --live`: what Slack's documentation does not say, tried out.
//
// Everything is posted into one scratch channel and removed at the end. Deskbell works whichever
// way these come out; the rows tell an operator, and us, which way it is here.

#include "app/doctor.hpp"
#include "base/random.hpp"
#include "desk/slack/slack_ids.hpp"
#include "desk/slack/slack_json.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace deskbell::app {
namespace {

using desk::slack::array_at;
using desk::slack::Fields;
using desk::slack::object_at;
using desk::slack::SlackReply;
using desk::slack::text_at;
using Level = desk::slack::CheckRow::Level;

constexpr std::int64_t visible_patience_ms = 15'000;
constexpr int burst_posts = 8;

class LiveChecks {
public:
    LiveChecks(std::string channel, SlackLine& slack, CheckRows& rows)
        : channel_(std::move(channel)), slack_(slack), rows_(rows) {}

    void run() {
        const Post parent = post("a parent");
        if (parent.ts.empty()) return;
        channel_ = parent.channel;
        same_client_msg_id();
        visibility(parent);
        marks(parent);
        deleted_parent(false);
        deleted_parent(true);
        burst();
        clean_up();
        say("not tried",
            "how long a timed-out post may still appear; what happens when the channel "
            "becomes shared: both need a failure or a person");
    }

private:
    struct Post {
        std::string channel;
        std::string ts;
        std::string thread_ts;  // as the answer says
        std::string error;
        bool duplicate = false;
    };

    void say(const std::string& name, std::string detail) {
        rows_.push_back({Level::ok, "live: " + name, std::move(detail), ""});
    }
    void complain(const std::string& name, std::string detail, std::string fix) {
        rows_.push_back({Level::warn, "live: " + name, std::move(detail), std::move(fix)});
    }

    Post post(const std::string& what, const std::string& thread_ts = "", Fields more = {},
              bool waits = true) {
        Fields fields{{"channel", channel_}, {"text", "deskbell doctor --live: " + what}};
        if (!thread_ts.empty()) fields.push_back({"thread_ts", thread_ts});
        for (auto& field : more) fields.push_back(std::move(field));
        const SlackReply reply = slack_.call("chat.postMessage", fields, waits);
        Post made;
        made.error = reply.error;
        if (!reply.ok()) {
            if (waits)
                rows_.push_back({Level::fail, "live: posting", reply.error,
                                 "Invite the bot to the scratch channel: /invite @Deskbell"});
            return made;
        }
        made.channel = text_at(reply.body, "channel");
        made.ts = text_at(reply.body, "ts");
        made.thread_ts = text_at(object_at(reply.body, "message"), "thread_ts");
        made.duplicate = find_bool(reply.body, "is_duplicate").value_or(false);
        made_.push_back(made.ts);
        return made;
    }
    void remove(const std::string& ts) {
        static_cast<void>(slack_.call("chat.delete", {{"channel", channel_}, {"ts", ts}}));
        std::erase(made_, ts);
    }
    [[nodiscard]] SlackReply replies_to(const std::string& parent, bool all_metadata = true) {
        return slack_.call("conversations.replies",
                           {{"channel", channel_},
                            {"ts", parent},
                            {"include_all_metadata", all_metadata ? "true" : "false"},
                            {"limit", "50"}});
    }
    static const json::object* message_in(const SlackReply& reply, const std::string& ts) {
        for (const json::value& value : array_at(reply.body, "messages"))
            if (value.is_object() && text_at(value.get_object(), "ts") == ts)
                return &value.get_object();
        return nullptr;
    }

    // Contract 1.
    void same_client_msg_id() {
        SystemRandom random;
        const std::string id = random.uuid();
        const Post first = post("once", "", {{"client_msg_id", id}});
        const Post second = post("once", "", {{"client_msg_id", id}});
        if (first.ts.empty() || second.ts.empty())
            return say("client_msg_id", "refused: " + first.error + second.error);
        const bool one = second.duplicate || first.ts == second.ts;
        say("client_msg_id",
            one ? "the second post is recognised" : "the second post is posted again");
    }

    // Contracts 3 and 8.
    void visibility(const Post& parent) {
        const Post reply = post("a reply", parent.ts);
        if (reply.ts.empty()) return;
        const std::int64_t read = slack_.wait_until(
            [&] { return message_in(replies_to(parent.ts), reply.ts) != nullptr; },
            visible_patience_ms);
        const auto latest = [&] {
            const SlackReply page = slack_.call("conversations.history", {{"channel", channel_},
                                                                          {"oldest", parent.ts},
                                                                          {"latest", parent.ts},
                                                                          {"inclusive", "true"},
                                                                          {"limit", "1"}});
            const json::object* found = message_in(page, parent.ts);
            return found != nullptr && text_at(*found, "latest_reply") == reply.ts;
        };
        const std::int64_t told = slack_.wait_until(latest, visible_patience_ms);
        report_delay("replies", "a reply is readable", read);
        report_delay("latest_reply", "the parent names its newest reply", told);
    }
    void report_delay(const std::string& name, const std::string& what, std::int64_t ms) {
        if (ms >= 0) return say(name, what + " after " + std::to_string(ms) + " ms");
        complain(name, what + ": not within 15 s",
                 "Raise slack.pace.unknown_quiet_ms above that delay.");
    }

    // Contract 4.
    void marks(const Post& parent) {
        const json::array blocks{{{"type", "section"},
                                  {"block_id", "deskbell-live"},
                                  {"text", {{"type", "plain_text"}, {"text", "marked"}}}}};
        const json::object metadata{{"event_type", "deskbell_live"},
                                    {"event_payload", {{"live", "1"}}}};
        const Post marked =
            post("marked", parent.ts,
                 {{"blocks", json::serialize(blocks)}, {"metadata", json::serialize(metadata)}});
        if (marked.ts.empty()) return;
        const auto has = [&](bool all_metadata) {
            const SlackReply reply = replies_to(parent.ts, all_metadata);
            const json::object* found = message_in(reply, marked.ts);
            if (found == nullptr) return std::pair(false, false);
            const json::array& list = array_at(*found, "blocks");
            const bool block = std::ranges::any_of(list, [](const json::value& value) {
                return value.is_object() &&
                       text_at(value.get_object(), "block_id") == "deskbell-live";
            });
            const json::object& payload = object_at(object_at(*found, "metadata"), "event_payload");
            return std::pair(text_at(payload, "live") == "1", block);
        };
        const auto [with_all, block] = has(true);
        const bool without = has(false).first;
        say("marks", std::string("metadata ") + (with_all ? "comes back" : "is lost") +
                         (without ? ", even unasked" : ", only with include_all_metadata") +
                         "; block ids " + (block ? "come back" : "are lost"));
    }

    // Contract 5.
    void deleted_parent(bool with_replies) {
        const Post parent = post("a parent that goes");
        if (parent.ts.empty()) return;
        if (with_replies) post("a reply that stays", parent.ts);
        remove(parent.ts);
        const Post late = post("a reply that comes late", parent.ts, {}, false);
        const std::string name =
            with_replies ? "reply under a tombstone" : "reply to a deleted parent";
        if (late.ts.empty()) return say(name, "refused: " + late.error);
        say(name,
            late.thread_ts == parent.ts ? "is threaded" : "comes out in the channel, and says ok");
    }

    // Contract 10.
    void burst() {
        int accepted = 0;
        for (; accepted < burst_posts; ++accepted) {
            const Post one = post("a burst", "", {}, false);
            if (one.ts.empty()) break;
        }
        say("burst", accepted == burst_posts
                         ? "all of " + std::to_string(accepted) + " posts at once are taken"
                         : std::to_string(accepted) + " posts at once, then a limit");
    }

    void clean_up() {
        std::size_t left = 0;
        for (const std::string& ts : std::exchange(made_, {}))
            if (!slack_.call("chat.delete", {{"channel", channel_}, {"ts", ts}}).ok()) ++left;
        if (left > 0)
            complain("clean-up", std::to_string(left) + " messages could not be deleted",
                     "Delete them in the scratch channel by hand.");
    }

    std::string channel_;
    SlackLine& slack_;
    CheckRows& rows_;
    std::vector<std::string> made_;  // to be removed
};

}  // namespace

void check_live(const Config& config, const std::string& channel, SlackLine& slack,
                CheckRows& rows) {
    for (const core::Route& route : config.slack.routes) {
        for (const Destination& destination : route.destinations) {
            if (destination.value != channel) continue;
            rows.push_back({Level::fail, "live checks",
                            channel + " is where customers' threads are",
                            "Name a scratch channel: --channel '#deskbell-scratch'"});
            return;
        }
    }
    LiveChecks(channel, slack, rows).run();
}

}  // namespace deskbell::app
