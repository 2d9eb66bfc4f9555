#include "core/waiting.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "core/ids.hpp"
#include "core/routes.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace deskbell::core {
namespace {

// Of TimerKind::unanswered: somebody was called, and is not called again for the same silence.
constexpr WallMs called_already = std::numeric_limits<WallMs>::max();
constexpr int alert_attempts_max = 10;
constexpr char while_waiting_mark = '\x02';

enum class Rung : std::uint8_t { mention, notify, customer };
constexpr std::array rung_names = {std::pair{Rung::mention, "mention"},
                                   std::pair{Rung::notify, "notify"},
                                   std::pair{Rung::customer, "customer"}};

std::int64_t number_of(const std::string& text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::int64_t after_ms(const Escalation& escalation, Rung rung) {
    switch (rung) {
        case Rung::mention:
            return escalation.mention_after_ms;
        case Rung::notify:
            return escalation.notify_to.empty() ? 0 : escalation.notify_after_ms;
        case Rung::customer:
            break;
    }
    return escalation.customer_after_ms;
}

const Escalation& escalation_of(const Draft& draft, const Session& session) {
    const Policy& policy = draft.moment.policy;
    const Route* route = find_route(session, policy);
    return route && route->escalation ? *route->escalation : policy.escalation;
}

// The rung that comes next after `last` (by its time, then by its place in the ladder); times count
// from `since`.
void climb(Draft& draft, const Escalation& escalation, WallMs since, std::optional<Rung> last) {
    const auto place = [&](Rung rung) {
        return std::pair(after_ms(escalation, rung), static_cast<int>(rung));
    };
    std::optional<Rung> next;
    for (const auto& [rung, name] : rung_names) {
        if (after_ms(escalation, rung) <= 0 || (last && place(rung) <= place(*last))) continue;
        if (!next || place(rung) < place(*next)) next = rung;
    }
    if (!next) return draft.cancel_timer(TimerKind::escalation);
    draft.set_timer(TimerKind::escalation, since + after_ms(escalation, *next),
                    rung_names[static_cast<std::size_t>(*next)].second);
}

std::string calls_of(const std::vector<std::string>& mentions) {
    std::string calls;
    for (const std::string& mention : mentions) calls += " " + calling(mention);
    return calls;
}

void call_in_thread(Draft& draft, const Escalation& escalation) {
    if (!draft.has_thread()) return;
    const std::int64_t waited = draft.moment.now - draft.session().asked_at;
    draft.add_notice_letter(std::string(1, while_waiting_mark) + "⏰ Nobody has taken this for " +
                            duration_words(waited) + "." + calls_of(escalation.mentions));
}

// ---- Alerts. Their timer's payload is what is still to be said. ----

struct PendingAlerts {
    LetterId id;
    std::vector<std::string> to;
    WallMs first_attempt_at = 0;
    int attempts = 0;
};

std::string encode(const PendingAlerts& pending) {
    json::array to;
    for (const std::string& one : pending.to) to.emplace_back(one);
    return json::serialize(json::object{{"id", pending.id.value},
                                        {"to", std::move(to)},
                                        {"first", pending.first_attempt_at},
                                        {"attempts", pending.attempts}});
}

PendingAlerts decode(const std::string& payload) {
    PendingAlerts pending;
    const auto in = parse_json_object(payload);
    if (!in) return pending;
    pending.id = LetterId(string_or_empty(*in, "id"));
    pending.first_attempt_at = find_int(*in, "first").value_or(0);
    pending.attempts = static_cast<int>(find_int(*in, "attempts").value_or(0));
    if (const json::array* to = find_array(*in, "to")) {
        for (const json::value& one : *to) {
            if (const json::string* text = one.if_string())
                pending.to.emplace_back(text->c_str(), text->size());
        }
    }
    return pending;
}

// One mark a place: each is looked for by itself.
LetterId mark_of(const PendingAlerts& pending, const std::string& to) {
    const std::string digest = sha256_hex(to).substr(0, 8);
    return LetterId(pending.id.value + "-" + digest);
}

void say_alerts(Draft& draft, PendingAlerts pending) {
    ++pending.attempts;
    for (const std::string& to : pending.to) {
        draft.decision.alerts.push_back({.id = mark_of(pending, to),
                                         .session = draft.session().id,
                                         .to = to,
                                         .thread = draft.session().thread,
                                         .customer_name = draft.session().customer.name,
                                         .asked_at = draft.session().asked_at,
                                         .first_attempt_at = pending.first_attempt_at,
                                         .attempts = pending.attempts});
    }
    if (pending.attempts >= alert_attempts_max) return;  // the operator's log says why
    draft.set_timer(TimerKind::alert, draft.moment.now + draft.moment.policy.alert_retry_ms,
                    encode(pending));
}

void begin_alerts(Draft& draft, const Escalation& escalation) {
    PendingAlerts pending;
    pending.id = make_letter_id(draft.moment.now, draft.moment.random);
    pending.to = escalation.notify_to;
    pending.first_attempt_at = draft.moment.now;
    say_alerts(draft, std::move(pending));
}

// ---- The customer. ----

void say_to_customer(Draft& draft, const std::string& text) {
    Message message;
    message.role = AuthorRole::system;
    message.text = text;
    draft.add_message(std::move(message));
    draft.decision.notices.push_back({draft.session().offer, text});
}

void offer_another_way(Draft& draft) {
    draft.session().offer = "nobody_yet";
    draft.session().estimated_wait_s = 0;
    draft.add_session_event();
    say_to_customer(draft, draft.moment.policy.texts.nobody_yet);
}

Decision fire_rung(Draft draft, const Timer& timer) {
    if (draft.session().state != SessionState::waiting) return draft.finish();
    const auto rung = std::ranges::find_if(
        rung_names, [&](const auto& one) { return timer.payload == one.second; });
    if (rung == rung_names.end()) return draft.finish();
    const Escalation& escalation = escalation_of(draft, draft.session());
    if (rung->first == Rung::mention) call_in_thread(draft, escalation);
    if (rung->first == Rung::notify) begin_alerts(draft, escalation);
    if (rung->first == Rung::customer) offer_another_way(draft);
    climb(draft, escalation, timer.due_at - after_ms(escalation, rung->first), rung->first);
    return draft.finish();
}

Decision fire_silence(Draft draft, const Timer& timer) {
    const Session& session = draft.session();
    if (session.state != SessionState::open || timer.payload.empty()) return draft.finish();
    std::string words = "⏰ The customer has been waiting for an answer for " +
                        duration_words(draft.moment.now - number_of(timer.payload)) + ".";
    if (session.agent && !session.agent->id.empty()) words += " " + calling(session.agent->id);
    draft.add_notice_letter(words);
    draft.set_timer(TimerKind::unanswered, called_already, timer.payload);
    return draft.finish();
}

}  // namespace

// At night nobody is called; the ladder begins when the doors open.
void start_ladder(Draft& draft) {
    end_silence(draft);
    draft.cancel_timer(TimerKind::alert);
    Session& session = draft.session();
    session.offer.clear();
    session.estimated_wait_s = 0;
    WallMs since = draft.moment.now;
    const OpeningHours* hours = find_hours(session, draft.moment.policy);
    if (hours && !hours->open_at(since)) {
        session.offer = "closed";
        since = hours->opens_after(since);
    } else if (draft.facts.agents_online == 0) {
        session.offer = "away";
    } else {
        session.estimated_wait_s = estimate_wait_s(draft);
    }
    if (since == 0) return draft.cancel_timer(TimerKind::escalation);
    climb(draft, escalation_of(draft, session), since, std::nullopt);
}

void tell_what_to_expect(Draft& draft) {
    const Session& session = draft.session();
    const Texts& texts = draft.moment.policy.texts;
    if (session.state != SessionState::waiting) return;
    if (session.offer == "away") return say_to_customer(draft, texts.nobody_here);
    if (session.offer != "closed") return;
    const WallMs now = draft.moment.now;
    const OpeningHours* hours = find_hours(session, draft.moment.policy);
    const WallMs opens_at = hours ? hours->opens_after(now) : 0;
    if (opens_at == 0) return say_to_customer(draft, texts.closed_for_long);
    std::string words = texts.closed;
    const std::size_t place = words.find("{opens}");
    if (place != std::string::npos) words.replace(place, 7, hours->words_for(opens_at, now));
    say_to_customer(draft, words);
}

std::int64_t estimate_wait_s(const Draft& draft) {
    constexpr std::size_t least = 3;
    std::vector<std::int64_t> waits = draft.facts.answered_after_ms;
    if (waits.size() < least) return 0;
    // Three of four were answered within it: a promise that is mostly kept.
    std::ranges::sort(waits);
    const std::int64_t usual_ms = waits[(waits.size() * 3 - 1) / 4];
    const std::int64_t left_s =
        (usual_ms - (draft.moment.now - draft.decision.session.asked_at) + 999) / 1000;
    if (left_s <= 0) return 0;
    const std::int64_t step = left_s > 120 ? 60 : 10;
    return (left_s + step - 1) / step * step;
}

void end_ladder(Draft& draft) {
    draft.cancel_timer(TimerKind::escalation);
    draft.cancel_timer(TimerKind::alert);
    draft.session().offer.clear();
    draft.session().estimated_wait_s = 0;
}

void begin_silence(Draft& draft) {
    const std::int64_t remind_after_ms = escalation_of(draft, draft.session()).remind_after_ms;
    if (remind_after_ms <= 0 || draft.facts.timer) return;  // it began before
    draft.set_timer(TimerKind::unanswered, draft.moment.now + remind_after_ms,
                    std::to_string(draft.moment.now));
}

void end_silence(Draft& draft) { draft.cancel_timer(TimerKind::unanswered); }

void pass_on_way(Draft& draft) {
    const Session& session = draft.session();
    if (session.offer.empty() || session.state != SessionState::waiting || !draft.has_thread())
        return;
    const Customer& before = draft.before().customer;
    if (session.customer.email != before.email && !session.customer.email.empty())
        draft.add_notice_letter("📧 The customer left an e-mail address to be answered at: " +
                                session.customer.email);
    if (session.customer.phone != before.phone && !session.customer.phone.empty())
        draft.add_notice_letter("📞 The customer left a phone number to be called back at: " +
                                session.customer.phone);
}

bool only_while_waiting(const std::string& notice) {
    return notice.starts_with(while_waiting_mark);
}

std::string words_of_notice(const std::string& notice) {
    return only_while_waiting(notice) ? notice.substr(1) : notice;
}

std::string duration_words(std::int64_t duration_ms) {
    const std::int64_t seconds = std::max<std::int64_t>(0, duration_ms) / 1000;
    if (seconds < 90) return std::to_string(seconds) + " s";
    const std::int64_t minutes = (seconds + 30) / 60;
    if (minutes < 60) return std::to_string(minutes) + " min";
    const std::string rest = minutes % 60 == 0 ? "" : " " + std::to_string(minutes % 60) + " min";
    return std::to_string(minutes / 60) + " h" + rest;
}

// What comes due. Facts: `timer`. Fired twice, or set anew since it was found due: then this one
// was another.
Decision decide_one(Draft draft, const TimerFired& command) {
    if (!draft.facts.timer || draft.facts.timer->due_at != command.due_at) return draft.replay();
    const Timer timer = *draft.facts.timer;
    draft.cancel_timer(command.kind);
    switch (command.kind) {
        case TimerKind::escalation:
            return fire_rung(std::move(draft), timer);
        case TimerKind::unanswered:
            return fire_silence(std::move(draft), timer);
        case TimerKind::alert:
            break;
    }
    if (draft.session().state == SessionState::waiting) say_alerts(draft, decode(timer.payload));
    return draft.finish();
}

// It was said, or never can be. Facts: `timer`, the one of the alerts.
Decision decide_one(Draft draft, const AlertSettled& command) {
    if (!draft.facts.timer) return draft.replay();
    PendingAlerts pending = decode(draft.facts.timer->payload);
    const auto removed = std::erase_if(
        pending.to, [&](const std::string& to) { return mark_of(pending, to) == command.alert; });
    if (removed == 0) return draft.replay();
    if (pending.to.empty()) {
        draft.cancel_timer(TimerKind::alert);
    } else {
        draft.set_timer(TimerKind::alert, draft.facts.timer->due_at, encode(pending));
    }
    return draft.finish();
}

}  // namespace deskbell::core
