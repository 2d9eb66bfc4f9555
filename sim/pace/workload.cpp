#include "sim/pace/workload.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <cmath>

namespace deskbell::pacing {
namespace {

double uniform(Random& random) {
    return (static_cast<double>(random.next_u64() >> 11) + 0.5) / 9007199254740992.0;
}

SteadyMs gap_ms(Random& random, double per_minute) {
    return static_cast<SteadyMs>(std::llround(-std::log(uniform(random)) * 60'000.0 / per_minute));
}

// Chat is short: most lines are a few words, some a paragraph.
std::uint16_t length_of(Random& random) {
    const double tail = -std::log(uniform(random));
    return static_cast<std::uint16_t>(std::clamp(4.0 + 50.0 * tail, 4.0, 600.0));
}

void let_write(Customer& customer, const Load& load, SteadyMs from, SteadyMs until,
               Random& random) {
    for (SteadyMs at = from + gap_ms(random, load.messages_per_minute); at < until;
         at += gap_ms(random, load.messages_per_minute)) {
        customer.items.push_back({at, core::LetterKind::customer_message, length_of(random)});
    }
}

struct Visit {
    std::size_t seat = 0;
    SteadyMs from = 0;
    SteadyMs until = 0;
    bool opens = false;
};

}  // namespace

std::size_t Workload::items() const {
    std::size_t count = 0;
    for (const Customer& customer : customers) count += customer.items.size();
    return count;
}

std::vector<std::pair<SteadyMs, std::uint32_t>> Workload::writings() const {
    std::vector<std::pair<SteadyMs, std::uint32_t>> all;
    all.reserve(items());
    for (std::uint32_t i = 0; i < customers.size(); ++i) {
        for (const Item& item : customers[i].items) all.emplace_back(item.at, i);
    }
    std::ranges::sort(all);
    return all;
}

SteadyMs Workload::last_at() const {
    SteadyMs last = 0;
    for (const Customer& customer : customers) {
        if (!customer.items.empty()) last = std::max(last, customer.items.back().at);
    }
    return last;
}

Workload make_workload(const Load& load) {
    SeededRandom random(load.seed);
    const SteadyMs end = load.minutes * 60'000;
    const SteadyMs stay = load.stay_minutes * 60'000;
    std::vector<Visit> visits;
    for (std::size_t seat = 0; seat < load.customers; ++seat) {
        // Those who are there at the start have been there for a while.
        SteadyMs until =
            stay > 0 ? static_cast<SteadyMs>(random.below(static_cast<std::uint64_t>(stay))) : end;
        visits.push_back({seat, 0, until, false});
        for (; until < end; until += stay) visits.push_back({seat, until, until + stay, true});
    }
    std::ranges::sort(visits, {}, [](const Visit& one) { return std::pair(one.from, one.seat); });
    Workload workload;
    workload.channels = load.channels;
    // As routes do it: a new thread goes to the channel with the fewest conversations.
    std::vector<std::vector<SteadyMs>> ends(load.channels);
    for (const Visit& visit : visits) {
        Customer customer;
        for (auto& channel : ends)
            std::erase_if(channel, [&](SteadyMs at) { return at <= visit.from; });
        const auto least = std::ranges::min_element(ends, {}, &std::vector<SteadyMs>::size);
        least->push_back(visit.until);
        customer.channel = static_cast<std::size_t>(least - ends.begin());
        if (visit.opens) {
            customer.items.push_back({visit.from, core::LetterKind::open_thread, 0});
            customer.items.push_back({visit.from, core::LetterKind::introduction, 0});
        }
        let_write(customer, load, visit.from, std::min(visit.until, end), random);
        workload.customers.push_back(std::move(customer));
    }
    return workload;
}

void add_paste(Workload& workload, std::size_t channel, SteadyMs at, std::size_t letters) {
    Customer customer;
    customer.channel = channel;
    customer.items.assign(letters, Item{at, core::LetterKind::customer_message, 60});
    workload.customers.push_back(std::move(customer));
}

core::Letter letter_of(const Item& item) {
    core::Letter letter;
    letter.kind = item.kind;
    letter.text.assign(item.length, 'x');
    return letter;
}

}  // namespace deskbell::pacing
