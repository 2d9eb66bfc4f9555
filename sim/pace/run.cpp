#include "sim/pace/run.hpp"

#include <algorithm>
#include <cmath>

namespace deskbell::pacing {
namespace {

// Medians of the third quarter of the time and of the last: steady load has them alike.
bool still_grows(const Workload& workload, const Run& run) {
    const SteadyMs end = workload.last_at();
    std::vector<std::int64_t> before;
    std::vector<std::int64_t> last;
    for (std::size_t i = 0; i < workload.customers.size(); ++i) {
        const auto& items = workload.customers[i].items;
        for (std::size_t j = 0; j < items.size(); ++j) {
            const std::int64_t delay = run.there_at[i][j] - items[j].at;
            if (items[j].at * 4 >= end * 3)
                last.push_back(delay);
            else if (items[j].at * 4 >= end * 2)
                before.push_back(delay);
        }
    }
    if (before.empty() || last.empty()) return false;
    return percentile(last, 0.5) > percentile(before, 0.5) * 11 / 10 + 2'000;
}

}  // namespace

Run empty_run(const Workload& workload) {
    Run run;
    for (const Customer& customer : workload.customers)
        run.there_at.emplace_back(customer.items.size(), Run::not_there);
    run.left_at.resize(workload.channels);
    return run;
}

std::int64_t percentile(std::vector<std::int64_t>& values, double share) {
    if (values.empty()) return 0;
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    const auto nth =
        values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(values.begin(), nth, values.end());
    return *nth;
}

double jain_index(const std::vector<double>& values) {
    double sum = 0;
    double squares = 0;
    for (const double value : values) {
        sum += value;
        squares += value * value;
    }
    return squares > 0 ? sum * sum / (squares * static_cast<double>(values.size())) : 1.0;
}

Summary summarize(const Workload& workload, const Run& run) {
    Summary summary;
    std::vector<std::int64_t> delays;
    std::vector<std::int64_t> opened;
    std::vector<double> means;
    const SteadyMs end = workload.last_at();
    std::size_t in_time = 0;
    std::size_t letters = 0;
    double total = 0;
    for (std::size_t i = 0; i < workload.customers.size(); ++i) {
        const auto& items = workload.customers[i].items;
        double sum = 0;
        std::size_t said = 0;
        for (std::size_t j = 0; j < items.size(); ++j) {
            const SteadyMs there = run.there_at[i][j];
            if (there == Run::not_there) {
                ++summary.missing;
                continue;
            }
            ++letters;
            in_time += there <= end;
            const std::int64_t delay = there - items[j].at;
            if (items[j].kind == core::LetterKind::open_thread) opened.push_back(delay);
            if (items[j].kind != core::LetterKind::customer_message) continue;
            delays.push_back(delay);
            sum += static_cast<double>(delay);
            ++said;
        }
        total += sum;
        if (said > 0) means.push_back(sum / static_cast<double>(said));
    }
    summary.p50_ms = percentile(delays, 0.5);
    summary.p95_ms = percentile(delays, 0.95);
    summary.max_ms = percentile(delays, 1.0);
    summary.mean_ms = delays.empty() ? 0 : std::llround(total / static_cast<double>(delays.size()));
    summary.opened_p95_ms = percentile(opened, 0.95);
    summary.opened_max_ms = percentile(opened, 1.0);
    summary.jain = jain_index(means);
    if (run.posts > 0)
        summary.letters_a_post = static_cast<double>(letters) / static_cast<double>(run.posts);
    if (end > 0)
        summary.letters_per_second =
            static_cast<double>(in_time) * 1000.0 / static_cast<double>(end);
    summary.grows = summary.missing > 0 || still_grows(workload, run);
    return summary;
}

std::size_t peak_posts(const Run& run, std::int64_t window_ms, SteadyMs from, SteadyMs until) {
    std::size_t peak = 0;
    for (const auto& left : run.left_at) {
        auto first = std::ranges::lower_bound(left, from);
        for (auto last = first; last != left.end() && *last < until; ++last) {
            while (*last - *first >= window_ms) ++first;
            peak = std::max(peak, static_cast<std::size_t>(last - first) + 1);
        }
    }
    return peak;
}

}  // namespace deskbell::pacing
