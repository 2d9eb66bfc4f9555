#include "desk/slack/relay.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/markup.hpp"
#include "desk/slack/workplace.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t mentions_max = 5;  // more are "someone": each may cost a request

core::Reaction reaction_of(const Reacted& reacted) {
    return {.key = reaction_key(reacted), .at = reacted.at, .read_back = reacted.read_back};
}

Handled handled_of(const std::optional<Error>& refusal) {
    if (refusal && is_passing(*refusal)) return Handled::failed;
    if (refusal && refusal->code == "thread_unknown") return Handled::unknown_thread;
    return Handled::done;
}

}  // namespace

bool closes(std::string_view reaction, const Habits& habits) {
    return std::ranges::find(habits.resolve_reactions, reaction) != habits.resolve_reactions.end();
}

bool claims(std::string_view reaction, const Habits& habits) {
    return std::ranges::find(habits.claim_reactions, reaction) != habits.claim_reactions.end();
}

std::string sender_key_of(const AgentWords& words) {
    return sender_key(words.message, words.user, words.client_msg_id);
}

std::string reaction_key(const Reacted& reacted) { return reacted.name + "/" + reacted.user; }

Relay::Relay(SlackClient& client, People& people, Workspace& workspace, DeskListener& listener,
             bool guests_may_answer)
    : client_(client),
      people_(people),
      workspace_(workspace),
      listener_(listener),
      guests_may_answer_(guests_may_answer) {
#ifdef DESKBELL_TEST_HOOKS
    static std::atomic<int> boots = 0;
    boot_ = ++boots;
#endif
}

// One gesture of a person, whichever ts an event gives it; empty when Slack's client named none.
std::string sender_key(const Place& message, std::string_view user,
                       std::string_view client_msg_id) {
    if (client_msg_id.empty() || user.empty() || DESKBELL_PLANTED("phantom_shown")) return {};
    return message.team + "/" + message.channel + "/" + std::string(user) + "/" +
           std::string(client_msg_id);
}

void Relay::handle(Meaning meaning, Done done) {
    std::visit([&](auto&& what) { on(std::forward<decltype(what)>(what), std::move(done)); },
               std::move(meaning));
}

void Relay::tell(core::Command command, Done done) {
    DESKBELL_CRASH_POINT("slack.relay.before_tell");
    listener_.happened(std::move(command),
                       [this, alive = std::weak_ptr(alive_),
                        done = std::move(done)](const std::optional<Error>& refusal) mutable {
                           DESKBELL_CRASH_POINT("slack.relay.told");
                           if (!alive.expired() && refusal)
                               workspace_.count("refused_" + refusal->code);
                           done(handled_of(refusal));
                       });
}

void Relay::tell_reply(core::Command command, Spoken spoken, Done done) {
    DESKBELL_CRASH_POINT("slack.relay.before_tell");
    listener_.asked(std::move(command),
                    [this, alive = std::weak_ptr(alive_), spoken = std::move(spoken),
                     done = std::move(done)](const Heard& heard) mutable {
                        DESKBELL_CRASH_POINT("slack.relay.told");
                        if (!alive.expired()) {
                            if (heard.refusal) workspace_.count("refused_" + heard.refusal->code);
                            if (hooks_.said) hooks_.said(spoken, heard);
                        }
                        done(handled_of(heard.refusal));
                    });
}

// Words that are no reply never go further than this, whatever becomes of them.
void Relay::act(Act act, Spoken spoken, Done done) {
    workspace_.count("acts");
    if (!hooks_.act) return done(Handled::done);
    hooks_.act(std::move(act), std::move(spoken), std::move(done));
}

core::Agent Relay::agent_of(const std::string& user, const Person& person) const {
    core::Agent agent;
    agent.id = agent_id(workspace_.self.team, user);
    agent.name = person.name;
    agent.avatar = person.avatar;
    return agent;
}

bool Relay::may_answer(const Person& person) {
    const char* why = objection_to(person, workspace_, guests_may_answer_);
    if (why) workspace_.count(why);
    return !why;
}

// A guest's words must not slip through while Slack cannot say who is one: the event comes again,
// or gap repair reads the message.
bool Relay::is_unclear(const Person& person) {
    if (!person.is_unclear || guests_may_answer_ || DESKBELL_PLANTED("guest_relayed")) return false;
    workspace_.count("author_unclear");
    return true;
}

void Relay::on(AgentWords words, Done done) {
#ifdef DESKBELL_TEST_HOOKS
    const auto twin = workspace_.threads_seen.try_emplace(words.parent.ts, words.parent.channel);
    if (DESKBELL_PLANTED("thread_by_ts_only")) words.parent.channel = twin.first->second;
#endif
    workspace_.places.remember(words.message, words.parent.ts);
    std::vector<std::string> users = mentioned_users(words.source, mentions_max);
    users.insert(users.begin(), words.user);
    people_.find_all(users, [this, words = std::move(words),
                             done = std::move(done)](std::map<std::string, Person> people) mutable {
        say(words, people, std::move(done));
    });
}

void Relay::say(const AgentWords& words, const std::map<std::string, Person>& people, Done done) {
    const Person& author = people.at(words.user);
    if (is_unclear(author)) return done(Handled::failed);
    Spoken spoken{words.parent,   words.message,       words.user, agent_of(words.user, author),
                  words.edit_key, words.client_msg_id, false};
    spoken.is_broadcast = text_at(words.source, "subtype") == "thread_broadcast";
    if (!may_answer(author)) {
        const bool in_ours = text_at(words.source, "parent_user_id") == workspace_.self.user_id;
        if (hooks_.turned_away && in_ours) hooks_.turned_away(spoken, author);
        return done(Handled::done);
    }
    auto asked = act_of(text_at(words.source, "text"), workspace_.self);
    if (!asked && workspace_.habits.replies_are_marked) {
        asked.emplace();
        asked->kind = Act::Kind::note;
    }
    if (asked && asked->kind != Act::Kind::reply)
        return act(std::move(*asked), std::move(spoken), std::move(done));
    AgentWords reply = words;
    if (asked) {  // what follows the mark; its formatting is in the text, too
        reply.source["text"] = asked->rest;
        reply.source.erase("blocks");
    }
    pass_on(reply, people, std::move(spoken), std::move(done));
}

void Relay::pass_on(const AgentWords& words, const std::map<std::string, Person>& people,
                    Spoken spoken, Done done) {
    NameBook names;
    for (const auto& [user, person] : people) {
        if (person.is_known) names.users[user] = person.name;
    }
    for (const auto& [id, name] : workspace_.channel_names) names.channels[id] = name;
    Rendered rendered = render_message(words.source, names);
#ifdef DESKBELL_TEST_HOOKS
    if (DESKBELL_PLANTED("echo_by_text") && workspace_.posted_texts.contains(rendered.markdown))
        return done(Handled::done);
#endif
    if (words.is_edit) {
        core::AgentEdited edited;
        edited.thread = thread_id(words.parent);
        edited.message = message_id(words.message);
        edited.edit_key = words.edit_key;
        edited.order = words.message.ts;
        edited.sender_key = sender_key(words.message, words.user, words.client_msg_id);
        edited.agent = spoken.agent;
        edited.text = std::move(rendered.markdown);
        edited.rich_json = std::move(rendered.rich_json);
        edited.files = files_of(words.source);
        return tell_reply(std::move(edited), std::move(spoken), std::move(done));
    }
    core::AgentSaid said;
    said.thread = thread_id(words.parent);
    said.message = message_id(words.message);
    said.order = words.message.ts;
    said.sender_key = sender_key(words.message, words.user, words.client_msg_id);
    said.agent = spoken.agent;
    said.text = std::move(rendered.markdown);
    said.rich_json = std::move(rendered.rich_json);
    said.files = files_of(words.source);
    said.edited_since = !words.edit_key.empty();
    said.edit_key = words.edit_key;
#ifdef DESKBELL_TEST_HOOKS
    if (DESKBELL_PLANTED("in_memory_dedup")) {  // what a former process took in is forgotten
        said.message.value += "~" + std::to_string(boot_);
        if (!said.sender_key.empty()) said.sender_key += "~" + std::to_string(boot_);
    }
#endif
    tell_reply(std::move(said), std::move(spoken), std::move(done));
}

void Relay::on(const AgentRemoved& removed, Done done) {
    core::AgentDeleted deleted;
    deleted.thread = thread_id(removed.parent);
    deleted.message = message_id(removed.message);
    deleted.sender_key = sender_key(removed.message, removed.user, removed.client_msg_id);
    tell(std::move(deleted), std::move(done));
}

void Relay::on(const ParentGone& gone, Done done) {
    // A deletion may come without what was deleted; then it looks like a parent's.
    const auto parent = workspace_.places.parent_of(gone.parent);
    if (parent && *parent != gone.parent.ts) {
        Place thread = gone.parent;
        thread.ts = *parent;
        return on(AgentRemoved{thread, gone.parent}, std::move(done));
    }
    workspace_.lose_thread(thread_id(gone.parent));
    tell(core::ThreadLost{thread_id(gone.parent)}, std::move(done));
}

// ---- Reactions: they name a message, not its thread. ----

void Relay::on(Reacted reacted, Done done) {
    const std::string user = reacted.user;
    people_.find(user,
                 [this, reacted = std::move(reacted), done = std::move(done)](
                     const Person& person) mutable { react(reacted, person, std::move(done)); });
}

void Relay::react(const Reacted& reacted, const Person& person, Done done) {
    if (is_unclear(person)) return done(Handled::failed);
    if (!may_answer(person)) return done(Handled::done);
    const core::Agent agent = agent_of(reacted.user, person);
    if (const auto parent = workspace_.places.parent_of(reacted.message)) {
        Place place = reacted.message;
        place.ts = *parent;
        return react_in(place, reacted, agent, std::move(done));
    }
    if (!closes(reacted.name, workspace_.habits) && !claims(reacted.name, workspace_.habits))
        return find_place(reacted, agent, std::move(done));
    // Most likely it is on a parent; asking the engine costs less than asking Slack.
    react_in(reacted.message, reacted, agent,
             [this, reacted, agent, done = std::move(done)](Handled handled) mutable {
                 if (handled != Handled::unknown_thread) return done(handled);
                 find_place(reacted, agent, std::move(done));
             });
}

void Relay::react_in(const Place& parent, const Reacted& reacted, const core::Agent& agent,
                     Done done) {
    const DeskThreadId thread = thread_id(parent);
    const bool on_parent = parent.ts == reacted.message.ts;
    const bool closing = on_parent || DESKBELL_PLANTED("any_check_closes");
    if (closing && closes(reacted.name, workspace_.habits))
        return tell(core::AgentResolved{thread, agent, reaction_of(reacted)}, std::move(done));
    if (on_parent && claims(reacted.name, workspace_.habits))
        return tell(core::AgentClaimed{thread, agent, reaction_of(reacted)}, std::move(done));
    tell(core::AgentSaw{thread, reacted.message.ts, agent}, std::move(done));
}

void Relay::find_place(const Reacted& reacted, core::Agent agent, Done done) {
    const Fields fields = {
        {"channel", reacted.message.channel}, {"ts", reacted.message.ts}, {"limit", "1"}};
    client_.call("conversations.replies", fields,
                 [this, alive = std::weak_ptr(alive_), reacted, agent = std::move(agent),
                  done = std::move(done)](const SlackReply& reply) mutable {
                     if (alive.expired()) return;
                     for (const json::value& value : array_at(reply.body, "messages")) {
                         const json::object* message = value.if_object();
                         if (!message || text_at(*message, "ts") != reacted.message.ts) continue;
                         const std::string_view thread = text_at(*message, "thread_ts");
                         Place parent = reacted.message;
                         if (is_ts(thread)) parent.ts = thread;
                         workspace_.places.remember(reacted.message, parent.ts);
                         return react_in(parent, reacted, agent, std::move(done));
                     }
                     workspace_.count("reaction_without_place");
                     done(Handled::done);
                 });
}

// ---- What is not an agent's. ----

void Relay::on(const OwnPost& own, Done done) {
    if (own.is_stray) {
        workspace_.count("own_stray_seen");
        DESKBELL_CRASH_POINT("slack.relay.stray_seen");
        if (hooks_.take_back && !DESKBELL_PLANTED("stray_left")) hooks_.take_back(own.message);
        return done(Handled::done);
    }
    // Parents go where routes lead; an event that names another channel names a wrong one.
    const bool is_parent = own.message.ts == own.parent.ts;
    if (is_parent && !workspace_.channel_names.contains(own.message.channel)) {
        workspace_.count("own_parent_elsewhere");
        return done(Handled::done);
    }
    workspace_.places.remember(own.message, own.parent.ts);
    LetterId post = own.post;
    for (const std::string& file : own.files)
        if (post.empty()) post = workspace_.uploads.letter_of(file);
    if (post.empty()) return done(Handled::done);
    listener_.post_echoed(post, message_id(own.message), thread_id(own.parent), own.message.ts);
    done(Handled::done);
}

void Relay::on(const Misplaced& misplaced, Done done) {
    workspace_.count("ignored_outside_threads");
    if (hooks_.misplaced) hooks_.misplaced(misplaced);
    done(Handled::done);
}

void Relay::on(const ChannelChanged& changed, Done done) {
    if (hooks_.channel) hooks_.channel(changed.channel, changed.open, changed.why);
    done(Handled::done);
}

void Relay::on(const DeskClosed& closed, Done done) {
    if (hooks_.desk_closed) hooks_.desk_closed(closed.why);
    done(Handled::done);
}

void Relay::on(const HomeOpened& opened, Done done) {
    if (hooks_.home) hooks_.home(opened.user);
    done(Handled::done);
}

void Relay::on(const SweepNeeded& needed, Done done) {
    if (hooks_.sweep) hooks_.sweep(needed.why);
    done(Handled::done);
}

void Relay::on(const Ignored& ignored, Done done) {
    workspace_.count("ignored_" + ignored.why);
    log::debug("slack: an event was ignored: {}", ignored.why);
    done(Handled::done);
}

}  // namespace deskbell::desk::slack
