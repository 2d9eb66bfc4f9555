#include "sim/world/campaign.hpp"

#include "app/version.hpp"
#include "base/clock.hpp"
#include "base/test_hooks.hpp"
#include "sim/world/hunt.hpp"
#include "sim/world/pool.hpp"
#include "sim/world/world.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace deskbell::sim {
namespace {

namespace json = boost::json;

void say(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

json::object to_json(const RunResult& result) {
    json::array violations;
    for (const Violation& violation : result.violations)
        violations.push_back(json::value(json::string(violation.invariant + " at " +
                                                      std::to_string(violation.at / 1000) +
                                                      " s: " + violation.what)));
    json::object probes;
    for (const auto& [id, count] : result.probes) probes[id] = count;
    json::object points;
    for (const auto& [name, hits] : result.crash_points) points[name] = hits;
    return {{"hash", hex(result.hash)},
            {"events", result.events},
            {"crashes", result.crashes},
            {"simulated_ms", result.simulated_ms},
            {"violations", std::move(violations)},
            {"probes", std::move(probes)},
            {"points", std::move(points)}};
}

struct Tally {
    std::uint64_t runs = 0;
    std::uint64_t events = 0;
    std::uint64_t crashes = 0;
    std::uint64_t simulated_ms = 0;
    std::uint64_t bad = 0;
    std::map<std::string, std::uint64_t> probes;
    std::map<std::string, std::uint64_t> points;

    // The violations of one run, printed by whoever asked.
    std::vector<std::string> add(const json::object& result) {
        ++runs;
        events += result.at("events").to_number<std::uint64_t>();
        crashes += result.at("crashes").to_number<std::uint64_t>();
        simulated_ms += result.at("simulated_ms").to_number<std::uint64_t>();
        for (const auto& [id, count] : result.at("probes").as_object())
            probes[std::string(id)] += count.to_number<std::uint64_t>();
        for (const auto& [name, hits] : result.at("points").as_object())
            points[std::string(name)] += hits.to_number<std::uint64_t>();
        std::vector<std::string> lines;
        for (const auto& line : result.at("violations").as_array())
            lines.emplace_back(line.as_string());
        bad += lines.empty() ? 0 : 1;
        return lines;
    }
};

void print_counts(const char* title, const std::map<std::string, std::uint64_t>& counts) {
    say(title);
    for (const auto& [id, count] : counts) say("  " + std::to_string(count) + "\t" + id);
}

// ---- One seed, to read. ----

int replay(const Campaign& campaign) {
    const Profile profile = make_profile(campaign.replay);
    say("commit " + app::commit());
    say(describe(profile));
    if (!campaign.planted.empty()) {
#ifdef DESKBELL_TEST_HOOKS
        test_hooks::plant(campaign.planted);
        say("planted: " + campaign.planted);
#endif
    }
    RunOptions options{.keep_lines = true, .crash_at = {}};
    if (!campaign.crash_at.empty())
        options.crash_at = CrashAt{campaign.crash_at, campaign.hit, campaign.power_loss};
    const RunResult result = run_world(profile, options);
    const std::size_t skip =
        result.lines.size() > campaign.lines_max ? result.lines.size() - campaign.lines_max : 0;
    for (std::size_t i = skip; i < result.lines.size(); ++i) say(result.lines[i]);
    for (const Violation& violation : result.violations)
        say("VIOLATION " + violation.invariant + " at " + std::to_string(violation.at / 1000) +
            " s: " + violation.what);
    say("seed " + std::to_string(campaign.replay) + ", trace " + hex(result.hash) + ", " +
        std::to_string(result.events) + " events, " + std::to_string(result.violations.size()) +
        " violations");
    return result.violations.empty() ? 0 : 1;
}

// ---- Many seeds. ----

constexpr std::uint64_t probes_expected_from = 1'000;  // seeds; of fewer each need not meet all

// What of the weather was never met. `make sim-night` and long campaigns fail on it.
std::vector<std::string> unmet(const Tally& tally) {
    static constexpr std::string_view expected[] = {
#define PROBE(name) name,
#include "sim/world/expected_probes.inc"
#undef PROBE
    };
    std::vector<std::string> names;
    for (const std::string_view name : expected)
        if (!tally.probes.contains(std::string(name))) names.emplace_back(name);
    return names;
}

int run_seeds(const Campaign& campaign) {
    std::vector<Job> jobs;
    for (std::uint64_t i = 0; i < campaign.seeds; ++i) {
        const std::uint64_t seed = campaign.from + i;
        jobs.push_back({std::to_string(seed), [seed, twice = campaign.twice](const auto&) {
                            json::object result = to_json(run_world(make_profile(seed)));
                            if (!twice) return result;
                            const std::string again = hex(run_world(make_profile(seed)).hash);
                            if (again != result.at("hash").as_string())
                                result["violations"].as_array().emplace_back(
                                    "the second run's trace is another: " + again);
                            return result;
                        }});
    }
    Tally tally;
    const SystemClock clock;
    const SteadyMs began = clock.steady_ms();
    run_jobs(jobs, campaign.jobs, [&](const JobResult& job) {
        const std::string& seed = jobs[job.job].name;
        if (job.died) {
            ++tally.runs;
            ++tally.bad;
            say("seed " + seed + ": the process died (an assertion or a sanitizer, see above)");
            return true;
        }
        const auto violations = tally.add(job.result);
        for (const std::string& line : violations) say("seed " + seed + ": " + line);
        if (!violations.empty())
            say("  replay: make sim SEED=" + seed + " (at " + app::commit() + ")");
        return true;
    });
    const double seconds = std::max(0.001, static_cast<double>(clock.steady_ms() - began) / 1000);
    if (campaign.shows_probes) {
        print_counts("What was met:", tally.probes);
        print_counts("Crash points reached:", tally.points);
    }
    char pace[160];
    std::snprintf(
        pace, sizeof pace,
        "%.1f s, %.1f seeds a second in %llu processes; %llu crashes; %.1f simulated hours",
        seconds, static_cast<double>(tally.runs) / seconds,
        static_cast<unsigned long long>(campaign.jobs),
        static_cast<unsigned long long>(tally.crashes),
        static_cast<double>(tally.simulated_ms) / 3'600'000);
    say(pace);
    std::vector<std::string> missing;
    if (campaign.seeds >= probes_expected_from) missing = unmet(tally);
    for (const std::string& name : missing) say("never met: " + name);
    say(std::to_string(tally.runs) + " seeds, " + std::to_string(tally.bad) + " violations, " +
        std::to_string(tally.events) + " events");
    return tally.bad == 0 && missing.empty() ? 0 : 1;
}

#ifdef DESKBELL_TEST_HOOKS

// ---- Crash points. ----

constexpr std::uint64_t hits_per_point = 3;

struct PointRun {
    std::string point;
    std::uint64_t hit;
    std::uint64_t seed;
};

// For each point the first seed that reaches it often enough.
std::vector<PointRun> plan_points(const Campaign& campaign, Tally& tally) {
    std::vector<Job> jobs;
    for (std::uint64_t i = 0; i < campaign.seeds; ++i)
        jobs.push_back({std::to_string(campaign.from + i), [seed = campaign.from + i](const auto&) {
                            return to_json(run_world(make_profile(seed)));
                        }});
    std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> chosen;
    run_jobs(jobs, campaign.jobs, [&](const JobResult& job) {
        if (job.died) return true;
        const std::uint64_t seed = campaign.from + job.job;
        (void)tally.add(job.result);
        for (const auto& [name, hits] : job.result.at("points").as_object())
            for (std::uint64_t hit = 1;
                 hit <= std::min(hits_per_point, hits.to_number<std::uint64_t>()); ++hit) {
                auto& known = chosen[{std::string(name), hit}];
                if (known == 0 || seed < known) known = seed;
            }
        return true;
    });
    std::vector<PointRun> runs;
    for (const auto& [key, seed] : chosen) runs.push_back({key.first, key.second, seed});
    return runs;
}

int run_crash_points(const Campaign& campaign) {
    Tally tally;
    const std::vector<PointRun> runs = plan_points(campaign, tally);
    std::vector<Job> jobs;
    for (const PointRun& run : runs)
        for (const bool power_loss : {false, true})
            jobs.push_back({run.point + ", hit " + std::to_string(run.hit) + ", seed " +
                                std::to_string(run.seed) +
                                (power_loss ? ", power lost" : ", killed"),
                            [run, power_loss](const auto&) {
                                RunOptions options;
                                options.crash_at = CrashAt{run.point, run.hit, power_loss};
                                return to_json(run_world(make_profile(run.seed), options));
                            }});
    std::set<std::string> points;
    for (const PointRun& run : runs) points.insert(run.point);
    std::size_t bad = 0;
    run_jobs(jobs, campaign.jobs, [&](const JobResult& job) {
        if (job.died) {
            ++bad;
            say(jobs[job.job].name + ": the process died");
            return true;
        }
        const auto violations = tally.add(job.result);
        bad += !violations.empty();
        for (const std::string& line : violations) say(jobs[job.job].name + ": " + line);
        return true;
    });
    if (campaign.shows_probes) print_counts("Crash points reached:", tally.points);
    say(std::to_string(points.size()) + " crash points, " + std::to_string(jobs.size()) +
        " runs, " + std::to_string(bad) + " violations");
    return bad == 0 && !points.empty() ? 0 : 1;
}

#else

int without_hooks() {
    say("This build has no test hooks: cmake --preset sim");
    return 2;
}
int run_crash_points(const Campaign&) { return without_hooks(); }

#endif

}  // namespace

int run(const Campaign& campaign) {
    if (campaign.replay != 0) return replay(campaign);
    if (!campaign.planted.empty()) return run_hunt(campaign);
    if (campaign.crash_points) return run_crash_points(campaign);
    return run_seeds(campaign);
}

}  // namespace deskbell::sim
