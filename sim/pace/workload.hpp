#pragma once
// Who writes what and when: customers with their letters, drawn once and the same for everybody who
// is measured on them.
//
// Who calls it: the experiment and its tests. What it never does: know a sender.

#include "base/clock.hpp"
#include "core/session.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace deskbell::pacing {

struct Load {
    std::size_t customers = 100;
    std::size_t channels = 1;
    double messages_per_minute = 3;  // of each customer, Poisson
    std::int64_t minutes = 30;
    std::int64_t stay_minutes = 0;  // 0: threads are open, nobody comes or goes; else customers are
                                    // replaced by new ones, who ask for a human as they come
    std::uint64_t seed = 1;
};

// A letter to be: what it is, when it was written, how long it is.
struct Item {
    SteadyMs at = 0;
    core::LetterKind kind = core::LetterKind::customer_message;
    std::uint16_t length = 0;
};

struct Customer {
    std::size_t channel = 0;
    std::vector<Item> items;  // in the order they were written
};

struct Workload {
    std::size_t channels = 1;
    std::vector<Customer> customers;

    [[nodiscard]] std::size_t items() const;
    // All moments at which somebody wrote, in order; one entry a letter.
    [[nodiscard]] std::vector<std::pair<SteadyMs, std::uint32_t>> writings() const;
    [[nodiscard]] SteadyMs last_at() const;
};

[[nodiscard]] Workload make_workload(const Load& load);
// `letters` of a paste, all at once, as a customer of their own in `channel`.
void add_paste(Workload& workload, std::size_t channel, SteadyMs at, std::size_t letters);

// What these letters are to the rules of folding.
[[nodiscard]] core::Letter letter_of(const Item& item);

}  // namespace deskbell::pacing
