#pragma once
// The courier's ledger in memory, with the rules of the real one: a lane is claimed head first, one
// at a time; what travels together is core's own decision and is frozen with the first attempt; the
// courier hears of a lane after each commit that changed it, after the answer to its own record.
//
// Who calls it: the courier, and the experiment with what customers write.

#include "base/loop.hpp"
#include "core/command.hpp"
#include "core/policy.hpp"
#include "courier/courier.hpp"
#include "sim/pace/workload.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace deskbell::pacing {

class PaceLedger final : public courier::Ledger {
public:
    PaceLedger(Loop& loop, const Workload& workload, core::Policy policy);

    // The news go here; set before the first letter.
    void tell(courier::Courier& courier) { courier_ = &courier; }
    // The customer's next letter is written.
    void write(std::size_t customer);
    [[nodiscard]] std::size_t unsettled() const { return unsettled_; }
    [[nodiscard]] std::uint64_t delays_told() const { return delays_told_; }

    void claim_post(const SessionId& session, bool fold,
                    std::move_only_function<void(std::optional<core::Post>)> done) override;
    void claim_card(const SessionId& session,
                    std::move_only_function<void(std::optional<core::Card>)> done) override;
    void record(core::Command command, std::move_only_function<void()> done) override;

private:
    struct Lane {
        std::size_t written = 0;
        std::size_t sent = 0;
        std::size_t frozen = 0;  // letters of the head's post, once it was attempted
        bool in_the_air = false;
        bool delayed = false;
        bool thread_open = false;
        std::int64_t card = 0;
        std::int64_t card_shown = 0;
        int attempts = 0;
    };

    void news(std::size_t customer);
    [[nodiscard]] std::size_t letters_to_take(std::size_t customer, bool fold);
    void note(const core::PostConfirmed& what);
    void note(const core::PostUnknown& what);
    void note(const core::PostReleased& what);
    void note(const core::DeskDelay& what);
    void note(const core::CardShown& what);
    template <class Other>
    void note(const Other&);

    Loop& loop_;
    const Workload& workload_;
    const core::Policy policy_;
    courier::Courier* courier_ = nullptr;
    SteadyMs start_;
    std::vector<Lane> lanes_;
    std::vector<core::Letter> scratch_;
    std::size_t unsettled_ = 0;
    std::uint64_t delays_told_ = 0;
    std::optional<std::size_t> changed_;  // the lane whose news follow the answer
    std::optional<std::size_t> card_due_;
};

}  // namespace deskbell::pacing
