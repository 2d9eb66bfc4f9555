#include "sim/world/truth.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>

namespace deskbell::sim {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view name) {
    return string_or_empty(object, name);
}

const json::object& object_of(const json::object& object, std::string_view name) {
    static const json::object empty;
    const json::value* value = object.if_contains(name);
    return value && value->is_object() ? value->get_object() : empty;
}

void fold_message(TrueSession& session, const json::object& message, std::int64_t seq,
                  Trace& trace) {
    TrueMessage entry;
    entry.id = text_of(message, "id");
    entry.role = text_of(object_of(message, "author"), "role");
    entry.client_id = text_of(message, "client_id");
    entry.text = text_of(message, "text");
    entry.order = text_of(message, "order");
    entry.seq = seq;
    // Closed by the customer before a human was asked for: the bot answers again.
    entry.due = entry.role == "customer" && session.human_asked;
    if (entry.role == "bot" && session.state != "bot")
        trace.violate("S11",
                      "a bot's message was committed while the session was " + session.state);
    if (!entry.client_id.empty() &&
        !session.message_of_client.emplace(entry.client_id, entry.id).second)
        trace.violate("S2", "client_id " + entry.client_id + " is twice in the log");
    session.in_order.push_back(entry.id);
    if (!session.messages.emplace(entry.id, entry).second)
        trace.violate("S2", "message " + entry.id + " is twice in the log");
}

}  // namespace

TrueSession* Truth::find(const std::string& session) {
    const auto found = sessions_.find(session);
    return found == sessions_.end() ? nullptr : &found->second;
}

void Truth::committed(const engine::Push& push) {
    TrueSession& session = sessions_[push.session.value];
    if (session.id.empty()) session.id = push.session.value;
    trace_.note("commit", session.id, *push.json);
    const auto next = static_cast<std::int64_t>(session.log.size()) + 1;
    if (push.seq < next) {
        if (session.log[static_cast<std::size_t>(push.seq - 1)] != *push.json)
            trace_.violate("S4", session.id + ": seq " + std::to_string(push.seq) +
                                     " was used twice: " + *push.json);
        return;
    }
    if (push.seq > next) {
        trace_.violate("S4", session.id + ": the log jumps from " + std::to_string(next - 1) +
                                 " to " + std::to_string(push.seq));
        session.log.resize(static_cast<std::size_t>(push.seq - 1));
    }
    session.log.push_back(*push.json);
    fold(session, *push.json);
}

void Truth::compare(store::Store& store) {
    SessionId before;
    for (;;) {
        const auto page = store.list_sessions(before, 100);
        for (const core::Session& stored : page) sessions_[stored.id.value].id = stored.id.value;
        if (page.size() < 100) break;
        before = page.back().id;
    }
    for (auto& [id, session] : sessions_) compare(store, session);
}

void Truth::compare(store::Store& store, TrueSession& session) {
    constexpr std::int64_t events_max = 100'000;
    const auto events = store.events(SessionId(session.id), 0, events_max);
    for (std::size_t i = 0; i < session.log.size(); ++i) {
        if (i < events.size() && events[i].json == session.log[i]) continue;
        return trace_.violate("S1", session.id + ": event " + std::to_string(i + 1) +
                                        " was committed and is not there after the restart");
    }
    for (std::size_t i = session.log.size(); i < events.size(); ++i) {
        trace_.probe("G3 committed, died before it was said");
        trace_.note("found", session.id, events[i].json);
        session.log.push_back(events[i].json);
        fold(session, events[i].json);
    }
}

void Truth::fold(TrueSession& session, const std::string& text) {
    const auto event = parse_json_object(text);
    if (!event) return trace_.violate("S4", "an event is no JSON: " + text);
    const std::string kind = text_of(*event, "kind");
    const auto seq = static_cast<std::int64_t>(session.log.size());
    const auto named = session.messages.find(text_of(*event, "message_id"));
    if (kind == "message") {
        fold_message(session, object_of(*event, "message"), seq, trace_);
    } else if (kind == "session") {
        session.state = text_of(object_of(*event, "session"), "state");
        if (session.state == "waiting") ++session.times_asked;
        const bool with_people = session.state == "waiting" || session.state == "open";
        session.human_asked = session.human_asked || with_people;
    } else if (named == session.messages.end()) {
        if (kind.starts_with("message_") || kind == "receipt")
            trace_.violate("S4", kind + " names a message that is not in the log");
    } else if (kind == "message_edited") {
        named->second.text = text_of(*event, "text");
    } else if (kind == "message_deleted") {
        named->second.deleted = true;
    } else if (kind == "receipt") {
        named->second.stage = text_of(*event, "stage");
        named->second.reason = text_of(*event, "reason");
    }
    for (const Tag& tag : tags_in(text))
        if (session.customer >= 0 && tag.customer != session.customer)
            trace_.violate("S6", to_text(tag) + " is in the log of customer " +
                                     std::to_string(session.customer));
}

std::map<std::string, std::int64_t> Truth::heads() const {
    std::map<std::string, std::int64_t> heads;
    for (const auto& [id, session] : sessions_)
        heads[id] = static_cast<std::int64_t>(session.log.size());
    return heads;
}

void Truth::restored(const std::map<std::string, std::int64_t>& heads) {
    ++restores_;
    for (auto& [id, session] : sessions_) {
        const auto kept = heads.find(id);
        const std::size_t head = kept == heads.end() ? 0 : static_cast<std::size_t>(kept->second);
        const std::vector<std::string> log(
            session.log.begin(),
            session.log.begin() + static_cast<std::ptrdiff_t>(std::min(head, session.log.size())));
        TrueSession fresh;
        fresh.id = session.id;
        fresh.customer = session.customer;
        session = std::move(fresh);
        for (const std::string& event : log) {
            session.log.push_back(event);
            fold(session, event);
        }
    }
}

}  // namespace deskbell::sim
