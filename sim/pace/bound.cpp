#include "sim/pace/bound.hpp"

#include "core/fold.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace deskbell::pacing {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// One bucket that limits posts, and the price of a post in each slot of time.
struct Market {
    double posts_a_slot = 1;
    double burst = 1;
    std::vector<double> price;
    std::vector<double> used;  // posts bought in each slot, at the last asking
};

struct Shopper {
    std::size_t market = 0;
    std::vector<SteadyMs> at;
    std::vector<std::size_t> reach;  // where the longest post that begins here ends
    std::vector<bool> counts;        // words of the customer, whose lateness is counted
};

// How far the neighbours of each letter may travel with it.
std::vector<std::size_t> reaches(const std::vector<Item>& items, const core::Policy& policy) {
    std::vector<std::size_t> reach(items.size());
    std::vector<core::Letter> letters;
    for (const Item& item : items) letters.push_back(letter_of(item));
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::size_t most = std::min(policy.lines_folded_max, items.size() - i);
        reach[i] = i + core::letters_that_fold(std::span(letters).subspan(i, most), policy);
    }
    return reach;
}

class Prover {
public:
    explicit Prover(const BoundQuestion& question) : question_(question) {
        const Workload& workload = question.workload;
        const SlackLimits& limits = question.limits;
        const SteadyMs last = workload.last_at();
        longest_ =
            question.longest_ms > 0 ? question.longest_ms - transit_ms : longest_of_example();
        const SteadyMs slots_a_wait = workload.customers.size() > 5'000 ? 48 : 128;
        slot_ms_ = std::max<SteadyMs>(10, longest_ / slots_a_wait);
        slots_a_block_ = static_cast<std::size_t>(
            std::max<SteadyMs>(1, std::clamp<SteadyMs>(longest_ / 4, 1'000, 60'000) / slot_ms_));
        slots_ = static_cast<std::size_t>((last + longest_) / slot_ms_ + 2);
        // Whichever limit is the narrower one; leaving the other out can only lower the bound.
        const double all_channels =
            limits.posts_per_second_per_channel * static_cast<double>(workload.channels);
        by_channel_ = all_channels <= limits.posts_per_second_per_workspace;
        const double seconds = static_cast<double>(slot_ms_) / 1'000.0;
        Market market;
        market.posts_a_slot = seconds * (by_channel_ ? limits.posts_per_second_per_channel
                                                     : limits.posts_per_second_per_workspace);
        market.burst = by_channel_ ? limits.burst_per_channel : limits.burst_per_workspace;
        market.price.assign(slots_, 0);
        market.used.assign(slots_, 0);
        markets_.assign(by_channel_ ? workload.channels : 1, market);
        for (const Customer& customer : workload.customers) add(customer);
        allowed_late_ = static_cast<double>(
            counted_ -
            static_cast<std::size_t>(std::ceil(question.share * static_cast<double>(counted_))));
    }

    std::int64_t bound() {
        SteadyMs proven = 0;
        SteadyMs open = longest_;
        while (open - proven > std::max<SteadyMs>(slot_ms_ / 2, 5)) {
            const SteadyMs wait = proven + (open - proven) / 2;
            (impossible(wait) ? proven : open) = wait;
        }
        return proven + transit_ms;
    }

private:
    void add(const Customer& customer) {
        if (customer.items.empty()) return;
        Shopper shopper;
        shopper.market = by_channel_ ? customer.channel : 0;
        shopper.reach = reaches(customer.items, question_.policy);
        for (const Item& item : customer.items) {
            shopper.at.push_back(item.at);
            shopper.counts.push_back(item.kind == core::LetterKind::customer_message);
            counted_ += shopper.counts.back();
        }
        shoppers_.push_back(std::move(shopper));
    }

    SteadyMs longest_of_example() const {
        SteadyMs longest = 1;
        each_wait([&](std::size_t, SteadyMs from, SteadyMs until) {
            longest = std::max(longest, until - from);
        });
        return longest;
    }
    template <class Visit>
    void each_wait(Visit visit) const {
        const auto& customers = question_.workload.customers;
        for (std::size_t i = 0; i < customers.size(); ++i) {
            for (std::size_t j = 0; j < customers[i].items.size(); ++j)
                visit(customers[i].channel, customers[i].items[j].at,
                      question_.example.there_at[i][j] - transit_ms);
        }
    }

    // Is there a price list under which no schedule can pay for 95 % within `wait`?
    bool impossible(SteadyMs wait) {
        Prices best;
        const auto ask = [&](const Prices& prices) {
            set(prices);
            const double found = gap(wait);
            if (found > best.gap) {
                best = prices;
                best.gap = found;
            }
            return found;
        };
        if (!last_best_.slots.empty() && ask(last_best_) > 0) return true;
        for (const double begin : {0.0, 0.4, 0.8}) {
            double before = -infinite;
            for (double scale = 0.5; scale < 60; scale *= 1.6) {
                const double found = ask(flat(wait, begin, scale));
                if (found > 0) return true;
                if (found < before) break;
                before = found;
            }
        }
        const bool proven = improve(wait, best, ask);
        last_best_ = best;
        return proven;
    }

    struct Prices {
        std::vector<std::vector<double>> slots;  // by market
        double gap = -infinite;
    };
    // Prices are moved by blocks of slots.
    std::size_t block_of(std::size_t slot) const { return slot / slots_a_block_; }
    void set(const Prices& prices) {
        for (std::size_t m = 0; m < markets_.size(); ++m) markets_[m].price = prices.slots[m];
    }
    // One price while letters may be carried in time, from a moment on at which some must be.
    Prices flat(SteadyMs wait, double begin, double price) const {
        const auto from = static_cast<SteadyMs>(begin * static_cast<double>(wait));
        const SteadyMs until = question_.workload.last_at() + wait;
        std::vector<double> slots(slots_, 0.0);
        for (std::size_t k = 0; k < slots_; ++k) {
            const SteadyMs at = static_cast<SteadyMs>(k) * slot_ms_;
            if (at >= from && at < until) slots[k] = price;
        }
        return {std::vector(markets_.size(), slots), -infinite};
    }

    // Dearer where more was bought than there is, cheaper where less: Polyak's steps towards a gap
    // that is just above nothing.
    template <class Ask>
    bool improve(SteadyMs wait, const Prices& start, Ask ask) {
        Prices prices = start;
        set(prices);
        double now = gap(wait);
        const double target = 0.01 * (allowed_late_ + 1);
        for (int round = 0; round < question_.effort; ++round) {
            std::vector<std::vector<double>> slopes;
            double square = 0;
            for (std::size_t m = 0; m < markets_.size(); ++m) {
                slopes.push_back(slope(markets_[m]));
                for (const double value : slopes.back()) square += value * value;
            }
            if (square <= 0) return false;
            const double step = (target - now) / square;
            for (std::size_t m = 0; m < markets_.size(); ++m) {
                for (std::size_t k = 0; k < slots_; ++k) {
                    double& price = prices.slots[m][k];
                    price = std::max(0.0, price + step * slopes[m][block_of(k)]);
                }
            }
            now = ask(prices);
            if (now > 0) return true;
        }
        return false;
    }
    // What a little more on each block's price would do to the gap.
    std::vector<double> slope(const Market& market) const {
        const std::vector<double>& price = market.price;
        std::vector<double> slopes(block_of(slots_ - 1) + 1, 0.0);
        for (std::size_t k = 0; k < slots_; ++k)
            slopes[block_of(k)] += market.used[k] - market.posts_a_slot;
        for (std::size_t b = 0; b < slopes.size(); ++b) {
            const std::size_t first = b * slots_a_block_;
            const std::size_t next = first + slots_a_block_;
            // Of a rise, the burst saved up before it is paid for.
            if (price[first] > (first > 0 ? price[first - 1] : 0.0)) slopes[b] -= market.burst;
            if (next < slots_ && price[next] > price[next - 1]) slopes[b] += market.burst;
            if (price[first] <= 0 && slopes[b] < 0) slopes[b] = 0;
        }
        return slopes;
    }

    // What the shoppers must pay at least, less all that could be theirs.
    double gap(SteadyMs wait) {
        double pay = 0;
        for (Market& market : markets_) std::ranges::fill(market.used, 0.0);
        for (const Shopper& shopper : shoppers_) pay += cheapest(shopper, wait);
        double worth = allowed_late_;
        for (const Market& market : markets_) {
            double before = 0;
            for (const double price : market.price) {
                worth += price * market.posts_a_slot;
                worth += market.burst * std::max(0.0, price - before);
                before = price;
            }
        }
        return pay - worth - 1e-6 * std::max(1.0, worth);
    }

    struct Choice {
        std::size_t next = 0;
        std::size_t slot = 0;
        bool post = true;
    };

    double cheapest(const Shopper& shopper, SteadyMs wait) {
        const std::size_t items = shopper.at.size();
        const auto& price = markets_[shopper.market].price;
        const bool may_give_up = question_.longest_ms == 0 && question_.share < 1;
        cost_.assign(items + 1, 0);
        choice_.assign(items, {});
        const std::vector<SteadyMs>& at = shopper.at;
        for (std::size_t i = items; i-- > 0;) {
            const std::size_t reach = shopper.reach[i];
            const auto first = static_cast<std::size_t>(at[i] / slot_ms_);
            const SteadyMs patience = question_.share < 1 ? longest_ : wait;
            const auto last =
                std::min(slots_ - 1, static_cast<std::size_t>((at[i] + patience) / slot_ms_));
            std::size_t end = i;
            std::size_t on_time = i;
            double late = 0;
            double best = infinite;
            for (std::size_t k = first; k <= last; ++k) {
                const SteadyMs begins = static_cast<SteadyMs>(k) * slot_ms_;
                while (end < reach && at[end] < begins + slot_ms_) ++end;
                for (; on_time < end && at[on_time] < begins - wait && question_.share < 1;
                     ++on_time)
                    late += shopper.counts[on_time];
                if (late + cost_[reach] >= best) break;
                const double cost = price[k] + late + cost_[end];
                if (cost < best) {
                    best = cost;
                    choice_[i] = {end, k, true};
                }
            }
            const double given_up = (shopper.counts[i] ? 1.0 : 0.0) + cost_[i + 1];
            if (may_give_up && given_up < best) {
                best = given_up;
                choice_[i] = {i + 1, 0, false};
            }
            cost_[i] = best;
        }
        for (std::size_t i = 0; i < items; i = choice_[i].next) {
            if (choice_[i].post) markets_[shopper.market].used[choice_[i].slot] += 1;
        }
        return cost_[0];
    }

    const BoundQuestion& question_;
    SteadyMs longest_ = 0;
    SteadyMs slot_ms_ = 1;
    std::size_t slots_ = 0;
    std::size_t slots_a_block_ = 1;
    bool by_channel_ = true;
    std::vector<Market> markets_;
    std::vector<Shopper> shoppers_;
    std::size_t counted_ = 0;
    double allowed_late_ = 0;
    Prices last_best_;
    std::vector<double> cost_;
    std::vector<Choice> choice_;
};

}  // namespace

std::int64_t p95_bound_ms(const BoundQuestion& question) { return Prover(question).bound(); }

}  // namespace deskbell::pacing
