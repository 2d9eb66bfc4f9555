#include "desk/slack/whispers.hpp"

#include "base/log.hpp"

namespace deskbell::desk::slack {

void Whispers::tell(const Place& thread, const std::string& user, const std::string& text) {
    if (words_waiting_ >= waiting_max) return workspace_.count("whisper_dropped");
    ++words_waiting_;
    Fields fields = {{"channel", thread.channel},
                     {"user", user},
                     {"text", text},
                     {"parse", "none"},
                     {"link_names", "false"}};
    if (!thread.ts.empty()) fields.push_back({"thread_ts", thread.ts});
    words_.call("chat.postEphemeral", std::move(fields), [this](const SlackReply& reply) {
        --words_waiting_;
        workspace_.count(reply.ok() ? "whispered" : "whisper_failed");
        if (!reply.ok()) log::debug("slack: a word to one agent was not said: {}", reply.error);
    });
}

void Whispers::hint(const std::string& kind, const Place& thread, const std::string& user,
                    const std::string& text) {
    if (!workspace_.habits.hints) return;
    const std::string key = kind + "/" + thread.channel + "/" + thread.ts + "/" + user;
    if (hinted_.contains(key)) return;
    hinted_.add(key);
    tell(thread, user, text);
}

void Whispers::mark(const Place& message, const std::string& name) {
    react("reactions.add", message, name);
}

void Whispers::unmark(const Place& message, const std::string& name) {
    react("reactions.remove", message, name);
}

void Whispers::react(const char* method, const Place& message, const std::string& name) {
    if (marks_forbidden_ || !is_ts(message.ts)) return;
    if (marks_waiting_ >= waiting_max) return workspace_.count("mark_dropped");
    ++marks_waiting_;
    const Fields fields = {{"channel", message.channel}, {"timestamp", message.ts}, {"name", name}};
    marks_.call(method, fields, [this](const SlackReply& reply) {
        --marks_waiting_;
        if (reply.ok() || reply.error == "already_reacted" || reply.error == "no_reaction") return;
        workspace_.count("mark_failed");
        if (reply.error != "missing_scope" || marks_forbidden_) return;
        marks_forbidden_ = true;
        log::warn(
            "slack: messages cannot be marked as sent: the token lacks reactions:write. Install "
            "the app again with the manifest of `deskbell manifest`.");
    });
}

}  // namespace deskbell::desk::slack
