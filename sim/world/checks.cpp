#include "sim/world/checks.hpp"

#include "base/json.hpp"
#include "desk/slack/slack_ids.hpp"
#include "sandbox/model/ids.hpp"

#include <algorithm>
#include <tuple>

namespace deskbell::sim {
namespace {

constexpr std::string_view relay_suffix = " (customer)";

std::string letter_of(const sandbox::Message& message) {
    if (!message.metadata) return {};
    const auto* payload = message.metadata->if_contains("event_payload");
    return payload && payload->is_object() ? string_or_empty(payload->get_object(), "post") : "";
}

std::string place_of(const sandbox::Channel& channel, sandbox::Ts ts) {
    return channel.id + "/" + sandbox::to_text(ts);
}

// The customers' messages that the desk must have been told, in the order of the log. Those that
// failed visibly are let off.
std::vector<Tag> due_words(const TrueSession& session) {
    std::vector<Tag> due;
    for (const std::string& id : session.in_order) {
        const TrueMessage& message = session.messages.at(id);
        if (!message.due || message.stage == "failed") continue;
        for (const Tag& tag : tags_in(message.text))
            if (tag.kind == 'z' || tag.kind == 'w') due.push_back(tag);
    }
    return due;
}

std::vector<Tag> said_words(const DeskView& view, bool first_only) {
    std::vector<Tag> said;
    std::set<Tag> seen;
    for (const RelayedPost& post : view.posts)
        for (const Tag& tag : post.tags)
            if (!first_only || seen.insert(tag).second) said.push_back(tag);
    return said;
}

}  // namespace

std::map<std::string, DeskView> Checks::look() const {
    std::map<std::string, DeskView> views;
    const sandbox::Workspace& workspace = slack_.slack().workspace();
    for (const sandbox::Channel& channel : workspace.channels) {
        for (const auto& [ts, message] : channel.messages) {
            if (message.bot_id != workspace.app.bot_id) continue;
            const std::string session = session_of_post(message);
            if (session.empty()) continue;
            DeskView& view = views[session];
            const std::string place = place_of(channel, ts);
            if (!session_of_parent(message, workspace.app.bot_id).empty()) {
                (message.is_tombstone() ? view.lost_parents : view.live_parents).push_back(place);
                ++view.letters[letter_of(message)];
                view.parent_texts[place] = message.text;
            } else if (!message.is_reply()) {
                view.strays.push_back(place);
            } else {
                ++view.letters[letter_of(message)];
                RelayedPost post{channel.id,
                                 sandbox::to_text(ts),
                                 sandbox::to_text(message.thread_ts),
                                 {},
                                 letter_of(message)};
                if (message.username.ends_with(relay_suffix)) post.tags = tags_in(message.text);
                view.posts.push_back(std::move(post));
            }
        }
    }
    // Several channels: by time.
    for (auto& [session, view] : views)
        std::sort(view.posts.begin(), view.posts.end(), [](const auto& a, const auto& b) {
            return std::tie(a.ts, a.channel) < std::tie(b.ts, b.channel);
        });
    return views;
}

// ---- Always. ----

void Checks::always() {
    const sandbox::Workspace& workspace = slack_.slack().workspace();
    for (const auto& [id, view] : look()) {
        const TrueSession* session = truth_.find(id);
        if (!session) continue;
        check_tags(*session, view);
        if (truth_.restores() == 0) check_prefix(*session, view);
    }
    for (const sandbox::Channel& channel : workspace.channels) {
        for (const auto& [ts, message] : channel.messages) {
            if (message.bot_id != workspace.app.bot_id || !message.is_reply()) continue;
            const std::string session = session_of_post(message);
            const sandbox::Message* root = channel.find(message.thread_ts);
            const std::string owner = root ? session_of_post(*root) : session;
            if (session.empty() || owner.empty() || session == owner) continue;
            if (reported_.insert(place_of(channel, ts)).second)
                trace_.violate("S7", "a post of " + session + " is in the thread of " + owner);
        }
    }
}

void Checks::check_prefix(const TrueSession& session, const DeskView& view) {
    const std::vector<Tag> due = due_words(session);
    const std::vector<Tag> said = said_words(view, true);
    for (std::size_t i = 0; i < said.size(); ++i) {
        if (i < due.size() && said[i] == due[i]) continue;
        const std::string what = session.id + ": the thread says " + to_text(said[i]) +
                                 " where the customer said " +
                                 (i < due.size() ? to_text(due[i]) : std::string("nothing"));
        if (reported_.insert("S3 " + session.id).second) trace_.violate("S3", what);
        return;
    }
}

void Checks::check_tags(const TrueSession& session, const DeskView& view) {
    if (session.customer < 0) return;
    for (const RelayedPost& post : view.posts)
        for (const Tag& tag : post.tags)
            if (tag.customer != session.customer && reported_.insert("S6 " + post.ts).second)
                trace_.violate("S6", to_text(tag) + " is in the thread of customer " +
                                         std::to_string(session.customer));
}

void Checks::bounds(const Process& process) {
    constexpr std::size_t pieces_max = 20'000;
    if (process.pieces_waiting() > pieces_max && reported_.insert("S12 pieces").second)
        trace_.violate("S12", "the process has " + std::to_string(process.pieces_waiting()) +
                                  " pieces of work waiting");
}

// ---- At rest. ----

std::string Checks::missing_words(const TrueSession& session, const DeskView& view) const {
    const std::vector<Tag> due = due_words(session);
    const std::vector<Tag> said = said_words(view, true);
    const std::set<Tag> there(said.begin(), said.end());
    for (const Tag& tag : due)
        if (!there.contains(tag)) return session.id + ": " + to_text(tag) + " is not in Slack";
    return {};
}

std::string Checks::missing_answer(const AgentPost& post) const {
    const auto found = truth_.sessions().find(post.session);
    if (found == truth_.sessions().end() || post.thread_lost || !post.eligible) return {};
    const TrueMessage* arrived = nullptr;
    for (const auto& [id, message] : found->second.messages) {
        const auto tags = tags_in(message.text);
        if (message.role == "agent" && !tags.empty() && tags.front() == post.tag)
            arrived = &message;
    }
    const std::string what = post.session + ": the agent's " + to_text(post.tag);
    // Withdrawn before it was heard of: it may never have arrived.
    if (!arrived) return post.deleted ? "" : what + " did not arrive";
    if (post.deleted) return arrived->deleted ? "" : what + " was withdrawn and is still shown";
    if (arrived->deleted) return what + " is shown as withdrawn and was not";
    const std::string revision = "revision " + std::to_string(post.revision) + "r";
    if (post.revision > 0 && !arrived->text.contains(revision))
        return what + " is not shown as corrected (" + revision + ")";
    return {};
}

std::string Checks::unrest(const std::vector<std::unique_ptr<Customer>>& customers,
                           const Agents& agents) {
    for (const auto& customer : customers)
        if (const std::string why = customer->why_not_settled(); !why.empty()) return why;
    const auto views = look();
    static const DeskView nothing;
    for (const auto& [id, session] : truth_.sessions()) {
        const auto view = views.find(id);
        const DeskView& desk = view == views.end() ? nothing : view->second;
        if (const std::string why = missing_words(session, desk); !why.empty()) return why;
        // A closed conversation whose parent was deleted has none until the customer's next word.
        const bool goes_on = session.human_asked && session.state != "closed";
        if (goes_on && desk.live_parents.empty() && !desk.posts.empty())
            return id + " has no parent";
        if (!desk.strays.empty()) return id + ": a post is outside its thread";
        for (const auto& [letter, copies] : desk.letters)
            if (copies > 1) return id + ": a post is there twice";
        for (const auto& [message_id, message] : session.messages)
            if (message.due && message.stage.empty()) return id + ": no receipt of " + message_id;
    }
    for (const AgentPost& post : agents.posts())
        if (const std::string why = missing_answer(post); !why.empty()) return why;
    // A message whose deletion is told five minutes later is shown until then.
    if (slack_.slack().next_due()) return "Slack still has something to tell";
    return {};
}

void Checks::at_rest(const std::vector<std::unique_ptr<Customer>>& customers, const Agents& agents,
                     store::Store& store) {
    for (const auto& customer : customers)
        if (const std::string why = customer->why_not_settled(); !why.empty())
            trace_.violate("S1", why);
    const auto views = look();
    static const DeskView nothing;
    for (const auto& [id, session] : truth_.sessions()) {
        const auto view = views.find(id);
        const DeskView& desk = view == views.end() ? nothing : view->second;
        if (const std::string why = missing_words(session, desk); !why.empty())
            trace_.violate("S1", why);
        check_once(session, desk);
        check_parents(session, desk, store);
        check_card(session, desk, store);
        check_agent_order(session, agents);
        for (const auto& [message_id, message] : session.messages) {
            if (message.due && message.stage.empty())
                trace_.violate("S9", id + ": " + message_id + " never got a receipt");
            for (const Tag& tag : tags_in(message.text))
                if (tag.kind == 'q')
                    trace_.violate("S8", "words of a stranger reached customer " +
                                             std::to_string(session.customer) + ": " +
                                             message.text);
        }
    }
    for (const AgentPost& post : agents.posts())
        if (const std::string why = missing_answer(post); !why.empty()) trace_.violate("S5", why);
}

void Checks::check_once(const TrueSession& session, const DeskView& view) {
    std::map<Tag, int> times;
    for (const Tag& tag : said_words(view, false)) ++times[tag];
    // After a restore a customer whose acknowledgement was lost with the disk says it again.
    for (const auto& [tag, count] : times)
        if (count > 1 && truth_.restores() == 0)
            trace_.violate("S2", session.id + ": " + to_text(tag) + " is " + std::to_string(count) +
                                     " times in Slack");
    for (const auto& [letter, count] : view.letters)
        if (count > 1)
            trace_.violate("S2", session.id + ": the post " + letter + " is " +
                                     std::to_string(count) + " times in Slack");
    std::map<Tag, int> answers;
    for (const auto& [id, message] : session.messages)
        if (message.role == "agent")
            for (const Tag& tag : tags_in(message.text)) ++answers[tag];
    for (const auto& [tag, count] : answers)
        if (count > 1)
            trace_.violate("S2", session.id + ": the agent's " + to_text(tag) + " is " +
                                     std::to_string(count) + " times in the log");
    for (const std::string& stray : view.strays)
        trace_.violate("S7", session.id + ": a post lies outside its thread at " + stray);
}

void Checks::check_parents(const TrueSession& session, const DeskView& view, store::Store& store) {
    const auto stored = store.session(SessionId(session.id));
    if (!stored) {
        if (truth_.restores() == 0)
            trace_.violate("S1", session.id + " is not in the store any more");
        return;
    }
    const auto place = desk::slack::parse_thread(stored->thread);
    const std::string current = place ? place->channel + "/" + place->ts : "";
    for (const std::string& parent : view.live_parents) {
        if (parent == current) continue;
        const std::size_t slash = parent.find('/');
        const DeskThreadId thread =
            desk::slack::thread_id({slack_.slack().workspace().team_id, parent.substr(0, slash),
                                    parent.substr(slash + 1)});
        const auto owner = store.thread_owner(thread);
        if (!owner || owner->session.value != session.id || !owner->lost)
            trace_.violate("S10",
                           session.id + " has a second parent at " + parent + " beside " + current);
    }
    if (session.human_asked && session.state != "closed" && current.empty())
        trace_.violate("S1", session.id + " asked for a human and has no thread");
}

// Agents' messages stand in the customer's view in the order in which Slack has them.
void Checks::check_agent_order(const TrueSession& session, const Agents& agents) {
    if (truth_.restores() > 0) return;  // what is taken over stands behind what was already said
    std::vector<std::pair<std::string, std::string>> shown;  // order key, Slack's ts
    for (const auto& [id, message] : session.messages) {
        if (message.role != "agent" || message.deleted) continue;
        const auto tags = tags_in(message.text);
        if (tags.empty()) continue;
        for (const AgentPost& post : agents.posts())
            if (post.tag == tags.front()) shown.emplace_back(message.order, post.ts);
    }
    std::sort(shown.begin(), shown.end());
    for (std::size_t i = 1; i < shown.size(); ++i)
        if (shown[i].second < shown[i - 1].second)
            trace_.violate("S4", session.id + ": the answer of " + shown[i].second +
                                     " is shown after that of " + shown[i - 1].second);
}

// Once calm, the parent shows the state that is.
void Checks::check_card(const TrueSession& session, const DeskView& view, store::Store& store) {
    const auto stored = store.session(SessionId(session.id));
    const auto place = stored ? desk::slack::parse_thread(stored->thread) : std::nullopt;
    if (!place) return;
    const auto text = view.parent_texts.find(place->channel + "/" + place->ts);
    if (text == view.parent_texts.end()) return;
    if (!text->second.contains("Status: " + session.state))
        trace_.violate(
            "S9", session.id + " is " + session.state + " and its parent says: " + text->second);
}

}  // namespace deskbell::sim
