#pragma once
// Slack as a courier feels it: its limits, how long its answers take, and its bad days.
//
// Limits are the sandbox's own: a post a second in a channel, so many a minute in a workspace,
// reads and updates by the tier of their method. Who calls it: the courier, as its desk. It writes
// down when each letter came into its thread. What it never does: know who will write what.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/desk.hpp"
#include "sandbox/model/limits.hpp"
#include "sim/pace/run.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace deskbell::pacing {

struct BadDay {
    enum class Kind {
        silent,       // requests are taken and never answered; some are done all the same
        unavailable,  // HTTP 503: answered at once, and it means nothing
        refused,      // no connection: surely nothing was done
        limited,      // 429 to every post, whatever its pace
    };
    Kind kind = Kind::silent;
    SteadyMs from = 0;
    SteadyMs until = 0;
    int done_percent = 0;  // silent: so many of the posts are done, only the answer is lost
    std::int64_t retry_after_ms = 30'000;
};

class SlackPace final : public desk::Desk {
public:
    SlackPace(Loop& loop, const Workload& workload, std::vector<BadDay> bad_days,
              std::uint64_t seed);

    void post(core::Post post, std::move_only_function<void(desk::PostOutcome)> done) override;
    void look_up(core::Post post, std::move_only_function<void(desk::LookUpOutcome)> done) override;
    void show_card(core::Card card, std::move_only_function<void(desk::CardOutcome)> done) override;

    [[nodiscard]] Run& run() { return run_; }

private:
    [[nodiscard]] SteadyMs now() const { return loop_.clock().steady_ms() - start_; }
    [[nodiscard]] const BadDay* bad_day() const;
    [[nodiscard]] std::int64_t answer_ms(const LetterId& letter) const;
    void appear(const core::Post& post, SteadyMs at);
    void answer(const core::Post& post, desk::PostOutcome::Kind kind, std::int64_t after_ms,
                std::int64_t retry_after_ms, std::move_only_function<void(desk::PostOutcome)> done);

    Loop& loop_;
    const Workload& workload_;
    std::vector<BadDay> bad_days_;
    std::uint64_t seed_;
    SeededRandom random_;
    SteadyMs start_;
    sandbox::RateLimits limits_;
    std::vector<std::size_t> in_thread_;  // items of each customer that are there
    Run run_;
};

// Names, made and read again: customers and their items are numbers here.
[[nodiscard]] SessionId session_of(std::size_t customer);
[[nodiscard]] std::size_t customer_of(const SessionId& session);
[[nodiscard]] LetterId letter_id(std::size_t customer, std::size_t item);
struct Place {
    std::size_t customer = 0;
    std::size_t item = 0;
};
[[nodiscard]] Place place_of(const LetterId& letter);
[[nodiscard]] Destination channel_name(std::size_t channel);

}  // namespace deskbell::pacing
