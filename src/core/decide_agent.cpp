// What agents do at the desk. Facts: `known` (by desk message or sender key), `tombstone`,
// `order_floor`, `unseen`, `files` (of `known`); for AgentClaimed and AgentResolved `reaction_at`.

#include "base/test_hooks.hpp"
#include "base/text.hpp"
#include "core/draft.hpp"
#include "core/order.hpp"
#include "core/render.hpp"
#include "core/waiting.hpp"

#include <algorithm>
#include <string_view>

namespace deskbell::core {
namespace {

Decision say(Draft draft, const AgentSaid& command) {
    // Deleted before it arrived: nobody shall see it.
    if (draft.facts.tombstone && !DESKBELL_PLANTED("tombstone_ignored")) return draft.replay();
    const Agent agent = clean_agent(command.agent);
    Message message;
    message.role = AuthorRole::agent;
    message.author_name = agent.name;
    message.author_avatar = agent.avatar;
    message.text = without_controls(command.text);
    message.markdown = true;
    message.rich_json = command.rich_json;
    message.order = agent_order_key(command.order, draft.facts.order_floor, draft.moment.now);
    if (DESKBELL_PLANTED("late_event_appended")) message.order.clear();
    message.desk_message = command.message;
    message.desk_order = command.order;
    message.desk_sender_key = command.sender_key;
    message.desk_edit_key = command.edit_key;
    take_files(draft, command.files, message);
    if (trim(message.text).empty() && message.files.empty())
        return draft.refuse("message_empty", "A reply needs text.");
    // A form is no message of the desk's: it has no order there.
    if (command.order.empty()) message.order.clear();
    if (draft.session().state == SessionState::closed)
        draft.decision.remarks.emplace_back("reopened");
    if (command.thread != draft.session().thread) draft.decision.remarks.emplace_back("moved");
    draft.take_over(agent);
    draft.mark_seen();
    end_silence(draft);
    draft.decision.wait_answered = true;
    if (!command.canned.empty() && draft.has_thread()) {
        draft.add_notice_letter("📨 " + agent.name + " sent \"" + without_controls(command.canned) +
                                "\":\n" + message.text);
    }
    draft.add_message(std::move(message));
    for (const File& file : draft.decision.messages_added.back().files) {
        draft.decision.files_added.push_back(file);
        draft.decision.files_due.push_back(file);
    }
    return draft.finish();
}

// The keys begin with whole seconds; behind the dot an event's is finer than what is read back.
bool same_second(std::string_view a, std::string_view b) {
    return a.substr(0, a.find('.')) == b.substr(0, b.find('.'));
}

// The words stay; a file may have gone all the same.
Decision unchanged(Draft draft) {
    return draft.decision.events.empty() ? draft.replay() : draft.finish();
}

// Edits may come late, twice and out of order; the desk's key says which is the newest. What is
// read back is what stands there: of two edits in one second the event of the last may be missing.
Decision edit(Draft draft, const std::string& edit_key, const std::string& text,
              const std::string& rich_json, bool read_back) {
    Message message = *draft.facts.known;
    if (DESKBELL_PLANTED("edit_ignored")) return draft.replay();
    const bool newer = edit_key > message.desk_edit_key || DESKBELL_PLANTED("edit_order_ignored");
    const bool stands = read_back && same_second(edit_key, message.desk_edit_key);
    if (message.deleted || (!newer && !stands)) return unchanged(std::move(draft));
    message.desk_edit_key = std::max(message.desk_edit_key, edit_key);
    if (DESKBELL_PLANTED("edit_order_ignored")) message.desk_edit_key = edit_key;
    std::string clean_text = without_controls(text);
    const bool says_otherwise = clean_text != message.text || rich_json != message.rich_json;
    if (!newer && !says_otherwise) return unchanged(std::move(draft));
    message.text = std::move(clean_text);
    message.rich_json = rich_json;
    if (says_otherwise) {
        draft.add_event(
            [&](std::int64_t seq, WallMs at) { return render_edited_event({seq, at}, message); });
    }
    draft.decision.messages_changed.push_back(std::move(message));
    return draft.finish();
}

// A reaction stays where it is while the conversation goes on: read back, or told again, it is old
// news, and must not close what the customer has opened since.
bool takes_in(Draft& draft, const Reaction& reaction) {
    if (reaction.key.empty()) return true;
    const std::string& before = draft.facts.reaction_at;
    const bool old_news = !before.empty() && (reaction.read_back || reaction.at <= before);
    if (old_news && !DESKBELL_PLANTED("old_reaction_counts")) return false;
    draft.decision.reaction = reaction;
    return true;
}

}  // namespace

Decision decide_one(Draft draft, const AgentSaid& command) {
    if (DESKBELL_PLANTED("watermark_cut") && command.order <= draft.session().thread_cursor)
        return draft.replay();
    if (!draft.facts.known) return say(std::move(draft), command);
    const bool same_post = draft.facts.known->desk_message == command.message;
    if (same_post) drop_files(draft, command.files);
    if (same_post && command.edited_since)
        return edit(std::move(draft), command.edit_key, command.text, command.rich_json, true);
    return unchanged(std::move(draft));
}

Decision decide_one(Draft draft, const AgentEdited& command) {
    if (draft.facts.known) {
        drop_files(draft, command.files);
        return edit(std::move(draft), command.edit_key, command.text, command.rich_json, false);
    }
    AgentSaid said;  // never seen before: the edit is the message
    said.thread = command.thread;
    said.message = command.message;
    said.order = command.order;
    said.sender_key = command.sender_key;
    said.agent = command.agent;
    said.text = command.text;
    said.rich_json = command.rich_json;
    said.edit_key = command.edit_key;
    said.files = command.files;
    return say(std::move(draft), said);
}

Decision decide_one(Draft draft, const AgentDeleted& command) {
    if (!draft.facts.known) {
        if (!draft.facts.tombstone) draft.decision.tombstone = command.message;
        return draft.finish();
    }
    Message message = *draft.facts.known;
    if (message.deleted || DESKBELL_PLANTED("delete_ignored")) return draft.replay();
    draft.withdraw(std::move(message));
    return draft.finish();
}

Decision decide_one(Draft draft, const AgentSaw&) {
    draft.mark_seen();
    return draft.finish();
}

// Told once under a place where it never was: what it is known by from now on is where it stands.
Decision decide_one(Draft draft, const AgentMoved& command) {
    if (!draft.facts.known) return draft.replay();
    const Message& known = *draft.facts.known;
    draft.decision.deliveries.push_back({.message = known.id,
                                         .stage = known.stage,
                                         .desk_message = command.to,
                                         .desk_order = command.order});
    return draft.finish();
}

Decision decide_one(Draft draft, const AgentClaimed& command) {
    if (!takes_in(draft, command.reaction)) return draft.replay();
    const std::optional<Agent>& owner = draft.session().agent;
    const bool taken =
        draft.session().state == SessionState::open && owner && owner->id != command.agent.id;
    if (command.if_free && taken)
        return draft.refuse("already_claimed", owner->name + " has this conversation already.");
    if (!draft.begins(command.gesture, command.agent)) return draft.replay();
    draft.take_over(clean_agent(command.agent));
    // Taken is not answered.
    if (draft.before().state == SessionState::waiting) begin_silence(draft);
    draft.decision.replayed = draft.decision.events.empty();
    return draft.finish();
}

Decision decide_one(Draft draft, const AgentResolved& command) {
    if (!takes_in(draft, command.reaction)) return draft.replay();
    if (!draft.begins(command.gesture, command.agent)) return draft.replay();
    Session& session = draft.session();
    if (session.state == SessionState::closed) {
        draft.decision.replayed = command.gesture.id.empty();
        return draft.finish();
    }
    if (!session.agent) session.agent = clean_agent(command.agent);
    draft.close();
    return draft.finish();
}

}  // namespace deskbell::core
