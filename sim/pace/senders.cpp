#include "sim/pace/senders.hpp"

#include "base/assert.hpp"
#include "base/manual_loop.hpp"
#include "core/fold.hpp"
#include "courier/pace.hpp"
#include "sim/pace/ledger.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace deskbell::pacing {

CourierRun run_courier(const Workload& workload, const CourierSetup& setup) {
    ManualClock clock;
    ManualLoop loop(clock);
    SeededRandom random(setup.seed);
    SlackPace slack(loop, workload, setup.bad_days, setup.seed + 1);
    PaceLedger ledger(loop, workload, setup.policy);
    courier::Courier courier(loop, slack, ledger, random, setup.pace);
    ledger.tell(courier);
    const SteadyMs start = clock.steady_ms();
    for (const auto& [at, customer] : workload.writings()) {
        loop.advance(start + at - clock.steady_ms());
        ledger.write(customer);
    }
    const SteadyMs deadline = clock.steady_ms() + setup.drain_ms_max;
    loop.run_ready();
    while (ledger.unsettled() > 0 && loop.next_timer_ms() <= deadline)
        loop.advance(loop.next_timer_ms() - clock.steady_ms());
    CourierRun result;
    slack.run().ended_at = clock.steady_ms() - start;
    result.figures = courier.figures();
    result.delays_told = ledger.delays_told();
    result.run = std::move(slack.run());
    return result;
}

namespace {

// The queue of letters that were written and not sent yet, by the oldest of each customer.
class FirstCome {
public:
    FirstCome(const Workload& workload, const SlackLimits& limits, const core::Policy& policy,
              bool fold)
        : workload_(workload),
          policy_(policy),
          fold_(fold),
          workspace_(limits.posts_per_second_per_workspace, limits.burst_per_workspace, 0),
          channels_(workload.channels, courier::TokenBucket(limits.posts_per_second_per_channel,
                                                            limits.burst_per_channel, 0)),
          queues_(workload.channels),
          written_(workload.customers.size(), 0),
          sent_(workload.customers.size(), 0),
          run_(empty_run(workload)) {}

    Run run() {
        const auto writings = workload_.writings();
        auto next = writings.begin();
        SteadyMs now = 0;
        for (;;) {
            for (; next != writings.end() && next->first <= now; ++next) write(next->second);
            SteadyMs due = send_all(now);
            if (next != writings.end()) due = std::min(due, next->first);
            if (due == courier::never_ms) break;
            now = due;
        }
        run_.ended_at = now;
        return std::move(run_);
    }

private:
    void write(std::uint32_t customer) {
        if (written_[customer]++ == sent_[customer]) wait(customer);
    }
    void wait(std::uint32_t customer) {
        const Customer& who = workload_.customers[customer];
        queues_[who.channel].insert({who.items[sent_[customer]].at, customer});
    }
    // Sends what may leave now; when there may be more.
    SteadyMs send_all(SteadyMs now) {
        for (;;) {
            std::optional<std::size_t> first;
            SteadyMs due = courier::never_ms;
            for (std::size_t i = 0; i < queues_.size(); ++i) {
                if (queues_[i].empty()) continue;
                due = std::min(due, std::max(channels_[i].next_at(now), workspace_.next_at(now)));
                if (channels_[i].has_one(now) &&
                    (!first || *queues_[i].begin() < *queues_[*first].begin()))
                    first = i;
            }
            if (!first || !workspace_.has_one(now)) return due;
            channels_[*first].take_one(now);
            workspace_.take_one(now);
            send(*first, queues_[*first].begin()->second, now);
        }
    }
    void send(std::size_t channel, std::uint32_t customer, SteadyMs now) {
        queues_[channel].erase(queues_[channel].begin());
        const std::size_t count = fold_ ? letters_to_take(customer) : 1;
        for (std::size_t i = 0; i < count; ++i)
            run_.there_at[customer][sent_[customer]++] = now + transit_ms;
        run_.left_at[channel].push_back(now);
        ++run_.posts;
        if (sent_[customer] < written_[customer]) wait(customer);
    }
    std::size_t letters_to_take(std::uint32_t customer) {
        letters_.clear();
        const auto& items = workload_.customers[customer].items;
        const std::size_t end =
            std::min(written_[customer], sent_[customer] + policy_.lines_folded_max);
        for (std::size_t i = sent_[customer]; i < end; ++i) letters_.push_back(letter_of(items[i]));
        return core::letters_that_fold(letters_, policy_);
    }

    const Workload& workload_;
    const core::Policy& policy_;
    const bool fold_;
    courier::TokenBucket workspace_;
    std::vector<courier::TokenBucket> channels_;
    std::vector<std::set<std::pair<SteadyMs, std::uint32_t>>> queues_;
    std::vector<std::size_t> written_;
    std::vector<std::size_t> sent_;
    std::vector<core::Letter> letters_;
    Run run_;
};

}  // namespace

Run run_first_come(const Workload& workload, const SlackLimits& limits, const core::Policy& policy,
                   bool fold) {
    return FirstCome(workload, limits, policy, fold).run();
}

}  // namespace deskbell::pacing
