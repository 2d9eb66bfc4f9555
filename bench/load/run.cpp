#include "run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bench {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t drain_patience_ns = 3 * second_ns;

// How many things must happen before the errand has ended.
std::uint8_t steps_of(Errand errand) {
    switch (errand) {
        case Errand::ping:
            return 1;  // answered
        case Errand::to_slack:
            return 3;  // stored, in Slack, delivered
        case Errand::from_slack:
            return 2;  // acknowledged, shown
        case Errand::round_trip:
            return 5;  // all of them
    }
    return 0;
}

std::string quantiles(std::string_view name, const Histogram& latencies) {
    if (latencies.count() == 0) return {};
    return fmt::format(R"(,"{0}_p50_us":{1:.1f},"{0}_p99_us":{2:.1f})", name,
                       latencies.quantile_us(0.5), latencies.quantile_us(0.99));
}

}  // namespace

Run::Run(World world, Plan plan, std::uint32_t& next_ordinal)
    : world_(world),
      plan_(std::move(plan)),
      next_ordinal_(next_ordinal),
      first_ordinal_(next_ordinal) {
    trips_.reserve(400'000);
    for (const auto& customer : world_.customers.all()) {
        if (customer->is_welcome()) free_customers_.push_back(customer->index());
    }
}

Run::Trip* Run::trip_of(std::int64_t ordinal) {
    const std::int64_t index = ordinal - first_ordinal_;
    if (index < 0 || index >= static_cast<std::int64_t>(trips_.size())) return nullptr;
    return &trips_[static_cast<std::size_t>(index)];
}

void Run::listen() {
    Hearing& hearing = world_.customers.hearing;
    hearing.on_ok = [this](Customer& customer) {
        if (Trip* trip = trip_of(customer)) step(*trip, stored_);
    };
    hearing.on_delivered = [this](Customer& customer) {
        if (Trip* trip = trip_of(customer)) step(*trip, delivered_);
    };
    hearing.on_reply = [this](Customer& customer, std::int64_t ordinal) {
        on_reply(customer, ordinal);
    };
    world_.slack.on_customer_post = [this](std::int64_t ordinal, std::string_view thread) {
        on_post(ordinal, thread);
    };
}

void Run::on_post(std::int64_t ordinal, std::string_view thread) {
    Trip* trip = trip_of(ordinal);
    if (!trip) return;
    if (thread != world_.customers.all()[trip->customer]->thread) ++crossed_;
    if (std::exchange(trip->seen_in_slack, true)) {
        ++doubled_;
        return;
    }
    step(*trip, in_slack_);
    if (plan_.errand == Errand::round_trip) agent_answers(static_cast<std::uint32_t>(ordinal));
}

void Run::on_reply(Customer& customer, std::int64_t ordinal) {
    Trip* trip = trip_of(ordinal);
    if (!trip) return;
    if (trip->customer != customer.index()) ++crossed_;
    if (std::exchange(trip->seen_by_customer, true)) {
        ++doubled_;
        return;
    }
    step(*trip, shown_);
}

void Run::agent_answers(std::uint32_t ordinal) {
    const std::string& thread = world_.customers.all()[trip_of(ordinal)->customer]->thread;
    world_.agents.reply(ordinal, thread, [this, ordinal](bool acked) {
        if (!acked) ++refused_;
        Trip& trip = *trip_of(ordinal);
        // In a round trip the event's acknowledgement is no latency of the customer's.
        Histogram unused;
        step(trip, plan_.errand == Errand::from_slack ? stored_ : unused);
    });
}

void Run::step(Trip& trip, Histogram& latencies) {
    if (is_counting_) latencies.add(now_ns() - trip.due_ns);
    if (--trip.steps_left > 0) return;
    world_.customers.all()[trip.customer]->errand = -1;
    free_customers_.push_back(trip.customer);
    --under_way_;
    ++ended_;
}

void Run::begin(std::uint64_t due_ns) {
    const std::uint32_t index = free_customers_.front();
    free_customers_.pop_front();
    Customer& customer = *world_.customers.all()[index];
    const std::uint32_t ordinal = next_ordinal_++;
    trips_.push_back({.due_ns = due_ns, .customer = index, .steps_left = steps_of(plan_.errand)});
    customer.errand = ordinal;
    ++under_way_;
    switch (plan_.errand) {
        case Errand::ping:
            return customer.ping(ordinal);
        case Errand::to_slack:
        case Errand::round_trip:
            return customer.say(ordinal);
        case Errand::from_slack:
            return agent_answers(ordinal);
    }
}

void Run::begin_what_is_due(std::uint64_t now, std::uint64_t end) {
    if (plan_.per_second == 0) {
        while (under_way_ < plan_.under_way && !free_customers_.empty()) begin(now);
        next_due_ns_ = end;
        return;
    }
    const auto interval = static_cast<std::uint64_t>(1e9 / plan_.per_second);
    for (; next_due_ns_ <= now && !free_customers_.empty(); next_due_ns_ += interval)
        begin(next_due_ns_);
}

std::string Run::measure() {
    listen();
    const std::uint64_t started = now_ns();
    const std::uint64_t count_from =
        started + static_cast<std::uint64_t>(plan_.warm_up_seconds * 1e9);
    const std::uint64_t end = count_from + static_cast<std::uint64_t>(plan_.seconds * 1e9);
    std::uint64_t cpu_before = 0;
    std::uint64_t ended_before = 0;
    std::uint64_t counting_since = 0;
    next_due_ns_ = started;
    std::uint64_t now = started;
    for (; now < end; now = now_ns()) {
        if (!is_counting_ && now >= count_from) {
            is_counting_ = true;
            counting_since = now;
            cpu_before = cpu_ns_of(world_.server);
            ended_before = ended_;
        }
        begin_what_is_due(now, end);
        world_.loop.turn(std::min(std::max(next_due_ns_, now), is_counting_ ? end : count_from));
    }
    is_counting_ = false;
    const std::uint64_t cpu_ns = cpu_ns_of(world_.server) - cpu_before;
    const std::uint64_t ended = ended_ - ended_before;
    world_.loop.turn_until([&] { return under_way_ == 0; }, drain_patience_ns);
    world_.customers.hearing = {};
    world_.slack.on_customer_post = nullptr;
    return report(static_cast<double>(now - counting_since) / 1e9, cpu_ns, ended);
}

std::string Run::report(double seconds, std::uint64_t cpu_ns, std::uint64_t ended) const {
    const auto messages = static_cast<double>(std::max<std::uint64_t>(ended, 1));
    return fmt::format(R"("{}":{{"messages":{},"per_second":{:.1f},"cpu_us":{:.2f},"lost":{},)"
                       R"("doubled":{},"crossed":{},"refused":{}{}{}{}{}}})",
                       plan_.name, ended, static_cast<double>(ended) / seconds,
                       static_cast<double>(cpu_ns) / 1e3 / messages, under_way_, doubled_, crossed_,
                       refused_, quantiles("stored", stored_), quantiles("in_slack", in_slack_),
                       quantiles("delivered", delivered_), quantiles("shown", shown_));
}

}  // namespace bench
