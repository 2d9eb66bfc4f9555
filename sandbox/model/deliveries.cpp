#include "sandbox/model/deliveries.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace deskbell::sandbox {

namespace {

constexpr std::array<std::int64_t, 3> retry_delays_ms = {0, 60'000, 300'000};
constexpr std::int64_t event_age_ms_max = 2 * 3'600'000;
constexpr std::int64_t minutes_per_hour = 60;

std::string_view retry_reason_of(const DeliveryOutcome& outcome) {
    if (outcome.kind == DeliveryOutcome::Kind::timeout) return "http_timeout";
    if (outcome.kind == DeliveryOutcome::Kind::connection_failed) return "connection_failed";
    return "http_error";
}

std::string outcome_text(const DeliveryOutcome& outcome) {
    return outcome.kind == DeliveryOutcome::Kind::answered ? std::to_string(outcome.status)
                                                           : std::string(retry_reason_of(outcome));
}

bool is_success(const DeliveryOutcome& outcome) {
    return outcome.kind == DeliveryOutcome::Kind::answered && outcome.status >= 200 &&
           outcome.status < 300;
}

}  // namespace

DeliveryQueue::Verdict DeliveryQueue::push(Delivery delivery, Ts at) {
    const SteadyMs now = delivery.created_ms;
    if (delivery.kind == DeliveryKind::event && last_hour(now).events >= events_per_hour_max)
        return Verdict::over_hourly_limit;
    if (pending() >= pending_max) {
        note_dropped(delivery, at);
        return Verdict::full;
    }
    if (delivery.kind == DeliveryKind::event) ++minutes_[now / 60'000].events;
    while (minutes_.size() > minutes_per_hour + 1) minutes_.erase(minutes_.begin());
    delivery.id = next_id_++;
    note(delivery, at, {}, "waiting");
    due_.emplace(delivery.due_ms, delivery.id);
    waiting_.emplace(delivery.id, std::move(delivery));
    return Verdict::queued;
}

void DeliveryQueue::restore(Delivery delivery) {
    delivery.id = next_id_++;
    due_.emplace(delivery.due_ms, delivery.id);
    waiting_.emplace(delivery.id, std::move(delivery));
}

std::vector<Delivery> DeliveryQueue::take_due(SteadyMs now, Ts at, std::size_t entries) {
    std::vector<Delivery> taken;
    while (!due_.empty() && due_.begin()->first <= now && taken.size() < entries) {
        const std::uint64_t id = due_.begin()->second;
        due_.erase(due_.begin());
        auto node = waiting_.extract(id);
        Delivery& delivery = node.mapped();
        if (now - delivery.created_ms > event_age_ms_max) {
            log_result(id, delivery.attempt, "too_late", "given_up");
            continue;
        }
        if (delivery.attempt > 0)
            note(delivery, at, {}, "sending");
        else
            log_result(id, 0, {}, "sending");
        taken.push_back(delivery);
        under_way_.insert(std::move(node));
    }
    return taken;
}

bool DeliveryQueue::finished(std::uint64_t id, const DeliveryOutcome& outcome, SteadyMs now,
                             double retry_scale) {
    auto node = under_way_.extract(id);
    if (node.empty()) return false;  // the queue was cleared meanwhile
    Delivery& delivery = node.mapped();
    const bool lost = std::exchange(delivery.loses_answer, false);
    delivery.timestamp_skew_s = 0;
    const DeliveryOutcome heard =
        lost ? DeliveryOutcome{DeliveryOutcome::Kind::timeout, 0, false} : outcome;
    const bool success = is_success(heard);
    const bool event = delivery.kind == DeliveryKind::event;
    if (event) {
        Minute& minute = minutes_[now / 60'000];
        ++minute.sent;
        if (!success) ++minute.failed;
    }
    const bool retry = event && !success && !heard.no_retry &&
                       delivery.attempt < static_cast<int>(retry_delays_ms.size());
    log_result(id, delivery.attempt, outcome_text(heard),
               success ? "done"
               : retry ? "retrying"
                       : "given_up");
    if (retry) {
        const auto delay_ms = retry_delays_ms[static_cast<std::size_t>(delivery.attempt)];
        delivery.due_ms =
            now + static_cast<std::int64_t>(static_cast<double>(delay_ms) * retry_scale);
        ++delivery.attempt;
        delivery.retry_reason = retry_reason_of(heard);
        due_.emplace(delivery.due_ms, id);
        waiting_.insert(std::move(node));
    }
    const Minute hour = last_hour(now);
    return event && !success && hour.sent >= disable_from_per_hour &&
           hour.failed * 100 > hour.sent * 95;
}

void DeliveryQueue::clear_pending() {
    waiting_.clear();
    due_.clear();
    under_way_.clear();
    minutes_.clear();
}

std::optional<SteadyMs> DeliveryQueue::next_due() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

DeliveryQueue::Minute DeliveryQueue::last_hour(SteadyMs now) const {
    Minute sum;
    for (auto it = minutes_.lower_bound(now / 60'000 - minutes_per_hour + 1); it != minutes_.end();
         ++it) {
        sum.sent += it->second.sent;
        sum.failed += it->second.failed;
        sum.events += it->second.events;
    }
    return sum;
}

std::int64_t DeliveryQueue::failed_last_hour(SteadyMs now) const { return last_hour(now).failed; }

std::vector<Delivery> DeliveryQueue::all() const {
    std::map<std::uint64_t, Delivery> merged = waiting_;
    merged.insert(under_way_.begin(), under_way_.end());
    std::vector<Delivery> list;
    for (auto& [id, delivery] : merged) list.push_back(std::move(delivery));
    return list;
}

void DeliveryQueue::note_dropped(const Delivery& delivery, Ts at) {
    note(delivery, at, "dropped", "given_up");
}

void DeliveryQueue::note(const Delivery& delivery, Ts at, std::string outcome, std::string state) {
    log_.push_front({delivery.id, at, delivery.kind, delivery.type, delivery.subtype,
                     delivery.event_id, delivery.attempt, std::move(outcome), std::move(state)});
    if (log_.size() > log_max) log_.pop_back();
}

void DeliveryQueue::log_result(std::uint64_t id, int attempt, std::string outcome,
                               std::string state) {
    const auto entry = std::ranges::find_if(log_, [id, attempt](const DeliveryLogEntry& known) {
        return known.id == id && known.attempt == attempt;
    });
    if (entry == log_.end()) return;
    entry->outcome = std::move(outcome);
    entry->state = std::move(state);
}

}  // namespace deskbell::sandbox
