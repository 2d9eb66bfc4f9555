#include "sim/world/agents.hpp"

#include "base/json.hpp"
#include "sandbox/model/ids.hpp"

#include <iterator>
#include <utility>

namespace deskbell::sim {
namespace {

constexpr std::string_view people[] = {"ana", "ben"};

constexpr std::string_view phrases[] = {
    "Hello!",          "*sure*, one moment", "see https://shop.example/help?a=1&b=2",
    "`code` & <tags>", ":wave: hi",          "> quoted\nand answered",
    "- one\n- two",    "~never mind~",       "日本語でも大丈夫です",
};

}  // namespace

std::string session_of_post(const sandbox::Message& message) {
    if (!message.metadata) return {};
    const auto* payload = message.metadata->if_contains("event_payload");
    return payload && payload->is_object() ? string_or_empty(payload->get_object(), "session")
                                           : std::string();
}

std::string session_of_parent(const sandbox::Message& message, const std::string& bot_id) {
    if (message.bot_id != bot_id || message.is_reply() || message.blocks.empty()) return {};
    const auto* block = message.blocks.front().if_object();
    const std::string id = block ? string_or_empty(*block, "block_id") : "";
    if (!id.starts_with("deskbell.parent.") && !id.starts_with("deskbell.card.")) return {};
    return session_of_post(message);
}

std::vector<SeenThread> Agents::threads() const {
    std::vector<SeenThread> found;
    const sandbox::Workspace& workspace = slack_.slack().workspace();
    for (const sandbox::Channel& channel : workspace.channels)
        for (const auto& [ts, message] : channel.messages)
            if (const std::string session = session_of_parent(message, workspace.app.bot_id);
                !session.empty())
                found.push_back(
                    {channel.id, sandbox::to_text(ts), session, message.is_tombstone()});
    return found;
}

int Agents::customer_of(const std::string& session) {
    const TrueSession* truth = truth_.find(session);
    return truth ? truth->customer : -1;
}

void Agents::start() {
    using sandbox::PersonKind;
    for (const PersonKind kind : {PersonKind::guest, PersonKind::single_channel_guest,
                                  PersonKind::outsider, PersonKind::stranger}) {
        const bool of_another_company =
            kind == PersonKind::outsider || kind == PersonKind::stranger;
        sandbox::NewPerson person{.name = "stranger" + std::to_string(strangers_.size()),
                                  .display_name = "Somebody else",
                                  .kind = kind,
                                  .channels = {}};
        // Other companies' people come only when a channel is shared with them (the nemesis does).
        if (!of_another_company)
            for (const sandbox::Channel& channel : slack_.slack().workspace().channels)
                person.channels.push_back(channel.id);
        const auto id = slack_.slack().add_person(person);
        if (!id) continue;
        strangers_.push_back(*id);
        if (of_another_company) outsiders_.push_back(*id);
    }
    live();
}

void Agents::live() {
    kernel_.world.after(kernel_.skewed(habits_.pause_ms, habits_.pause_ms_max), [this] {
        if (!calm_) {
            act();
            slack_.pump();
        }
        live();
    });
}

void Agents::act() {
    const auto known = threads();
    if (known.empty()) return;
    const SeenThread& thread = known[kernel_.pick(known.size())];
    if (kernel_.chance(habits_.edits)) return edit();
    if (kernel_.chance(habits_.deletes)) return remove();
    if (kernel_.chance(habits_.reacts)) return react(thread);
    if (kernel_.chance(habits_.strangers)) return stranger_replies(thread);
    if (kernel_.chance(habits_.deletes_roots)) return delete_root(thread);
    if (kernel_.chance(habits_.top_level)) {
        trace_.probe("I7 said in the channel, not in a thread");
        (void)slack_.slack().post({"ana", thread.channel, "q0=m0=q for everybody here", "", false});
        return;
    }
    reply(thread, true);
}

void Agents::reply(const SeenThread& thread, bool eligible) {
    const int customer = customer_of(thread.session);
    if (customer < 0 || thread.root_gone) return;
    AgentPost post;
    post.tag = {'y', customer, ++numbers_};
    post.channel = thread.channel;
    post.thread_ts = thread.root_ts;
    post.session = thread.session;
    post.eligible = eligible;
    const bool broadcast = kernel_.chance(habits_.broadcasts);
    std::string text = to_text(post.tag) + " ";
    text += phrases[kernel_.pick(std::size(phrases))];
    const auto ts = slack_.slack().post({std::string(people[kernel_.pick(std::size(people))]),
                                         thread.channel, text, thread.root_ts, broadcast});
    if (!ts) return;
    if (broadcast) trace_.probe("I7 thread_broadcast");
    post.ts = *ts;
    trace_.note("agent says", post.session, post.ts, text);
    posts_.push_back(std::move(post));
}

void Agents::stranger_replies(const SeenThread& thread) {
    const int customer = customer_of(thread.session);
    if (customer < 0 || thread.root_gone) return;
    const std::string text = to_text({'q', customer, ++numbers_}) + " let me in";
    const std::size_t who = kernel_.pick(strangers_.size() + 1);
    const bool bot = who == strangers_.size();
    const auto posted =
        bot ? slack_.slack().post_as_bot({.name = "Other app",
                                          .channel = thread.channel,
                                          .text = text,
                                          .thread_ts = thread.root_ts,
                                          .classic = kernel_.chance(0.5)})
            : slack_.slack().post({strangers_[who], thread.channel, text, thread.root_ts, false});
    if (!posted) return;
    trace_.probe(bot ? "I13 foreign bot in the thread" : "I13 guest or outsider in the thread");
    trace_.note("stranger says", thread.session, text);
}

AgentPost* Agents::own_post() {
    if (posts_.empty()) return nullptr;
    AgentPost& post = posts_[kernel_.pick(posts_.size())];
    return post.deleted || post.thread_lost ? nullptr : &post;
}

void Agents::edit() {
    AgentPost* post = own_post();
    if (!post) return;
    const std::string text =
        to_text(post->tag) + " corrected, revision " + std::to_string(post->revision + 1) + "r";
    for (const std::string_view user : people) {
        if (!slack_.slack().edit(user, post->channel, post->ts, text)) continue;
        ++post->revision;
        trace_.probe("I7 message_changed");
        trace_.note("agent edits", post->session, post->ts, text);
        return;
    }
}

void Agents::remove() {
    AgentPost* post = own_post();
    if (!post || !slack_.slack().remove("", post->channel, post->ts)) return;
    post->deleted = true;
    remove_twins(*post);
    trace_.probe("I7 message_deleted");
    trace_.note("agent deletes", post->session, post->ts);
}

// Slack may show a message twice; who takes back one takes back both.
void Agents::remove_twins(const AgentPost& post) {
    std::vector<std::string> twins;
    for (const sandbox::Channel& channel : slack_.slack().workspace().channels) {
        if (channel.id != post.channel) continue;
        for (const auto& [ts, message] : channel.messages) {
            const bool says_so = message.text.starts_with(to_text(post.tag) + " ");
            if (says_so && !message.is_tombstone()) twins.push_back(sandbox::to_text(ts));
        }
    }
    for (const std::string& ts : twins) (void)slack_.slack().remove("", post.channel, ts);
}

void Agents::react(const SeenThread& thread) {
    const bool resolves = kernel_.chance(habits_.resolves / (habits_.reacts + 1e-9));
    const char* name = resolves ? "white_check_mark" : "eyes";
    if (slack_.slack().react(people[kernel_.pick(std::size(people))], thread.channel,
                             thread.root_ts, name, true))
        trace_.note("agent reacts", thread.session, name);
}

void Agents::delete_root(const SeenThread& thread) {
    if (thread.root_gone || !slack_.slack().remove("", thread.channel, thread.root_ts)) return;
    trace_.probe("O8 parent deleted");
    trace_.note("root deleted", thread.session, thread.root_ts);
    for (AgentPost& post : posts_)
        if (post.thread_ts == thread.root_ts && post.channel == thread.channel)
            post.thread_lost = true;
}

}  // namespace deskbell::sim
