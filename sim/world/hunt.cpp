#include "sim/world/hunt.hpp"

#include "base/test_hooks.hpp"
#include "sim/world/planted_bugs.hpp"
#include "sim/world/pool.hpp"
#include "sim/world/world.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace deskbell::sim {

#ifdef DESKBELL_TEST_HOOKS

namespace {

namespace json = boost::json;

constexpr std::uint64_t seeds_max = 2'000;
constexpr std::uint64_t seeds_a_job_min = 10;  // each round looks at more, until all are looked at
constexpr std::uint64_t seeds_a_job_max = 250;

struct Find {
    std::uint64_t seed = 0;
    std::string what;
};

struct Stretch {
    std::string bug;
    std::uint64_t from = 0;
    std::uint64_t count = 0;
};

void say(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

// What goes wrong without the mistake, too, proves nothing about it.
bool is_clean_without(const std::string& bug, std::uint64_t seed) {
    test_hooks::plant("");
    const bool clean = run_world(make_profile(seed)).violations.empty();
    test_hooks::plant(bug);
    return clean;
}

json::object look(const Stretch& stretch, const std::function<void(std::string)>& progress) {
    test_hooks::plant(stretch.bug);
    json::object found = {{"seed", 0}, {"what", ""}};
    for (std::uint64_t seed = stretch.from; seed < stretch.from + stretch.count; ++seed) {
        progress(std::to_string(seed));
        const RunResult result = run_world(make_profile(seed));
        if (result.violations.empty() || !is_clean_without(stretch.bug, seed)) continue;
        const Violation& first = result.violations.front();
        found = {{"seed", seed}, {"what", first.invariant + ": " + first.what}};
        break;
    }
    test_hooks::plant("");
    return found;
}

// Lines of a name and a seed; what cannot be read is not known.
std::map<std::string, std::uint64_t> read_known(const std::string& path) {
    std::map<std::string, std::uint64_t> known;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        std::uint64_t seed = 0;
        if (words >> name >> seed && name.front() != '#') known[name] = seed;
    }
    return known;
}

void write_known(const std::string& path, const std::map<std::string, std::uint64_t>& known) {
    std::ofstream file(path);
    file << "# Which seed finds which planted mistake: tried first by `make planted`, and searched "
            "for anew when it no longer does.\n"
            "# Written by: tools/sim planted all --update\n";
    for (const auto& [name, seed] : known) file << name << ' ' << seed << '\n';
}

class Hunt {
public:
    explicit Hunt(const Campaign& campaign) : campaign_(campaign) {
        known_ = read_known(campaign.known_path);
        for (const PlantedBug& bug : planted_bugs())
            if (campaign.planted == "all" || campaign.planted == bug.name)
                wanted_.push_back(bug.name);
    }

    int run() {
        std::vector<Stretch> first;
        for (const std::string& bug : wanted_)
            if (const auto known = known_.find(bug); known != known_.end())
                first.push_back({bug, known->second, 1});
        go_through(first);
        std::uint64_t count = seeds_a_job_min;
        for (std::uint64_t from = campaign_.from; from < campaign_.from + seeds_max;) {
            // When few are left, each is looked for by all processes at once.
            const std::vector<std::string> open = still_wanted();
            if (open.empty()) break;
            const std::uint64_t pieces =
                std::max<std::uint64_t>(1, 2 * campaign_.jobs / open.size());
            const std::uint64_t end = campaign_.from + seeds_max;
            std::vector<Stretch> round;
            for (std::uint64_t piece = 0; piece < pieces && from < end; ++piece) {
                const std::uint64_t here = std::min(count, end - from);
                for (const std::string& bug : open) round.push_back({bug, from, here});
                from += here;
            }
            go_through(round);
            count = std::min(count * 2, seeds_a_job_max);
        }
        return report();
    }

private:
    [[nodiscard]] std::vector<std::string> still_wanted() const {
        std::vector<std::string> open;
        for (const std::string& bug : wanted_)
            if (!found_.contains(bug)) open.push_back(bug);
        return open;
    }

    void go_through(const std::vector<Stretch>& stretches) {
        std::vector<Job> jobs;
        for (const Stretch& stretch : stretches)
            jobs.push_back(
                {stretch.bug, [stretch](const auto& progress) { return look(stretch, progress); }});
        run_jobs(jobs, campaign_.jobs, [&](const JobResult& job) {
            Find find;
            if (job.died) {
                find = {std::stoull(job.last_progress), "an assertion ended it"};
            } else {
                find.seed = job.result.at("seed").to_number<std::uint64_t>();
                find.what = std::string(job.result.at("what").as_string());
            }
            if (find.seed == 0) return true;
            const std::string& bug = jobs[job.job].name;
            Find& best = found_[bug];
            if (best.seed != 0 && best.seed <= find.seed) return true;
            best = find;
            say("found     " + bug + "  seed " + std::to_string(find.seed) + "  " +
                find.what.substr(0, 160));
            return true;
        });
    }

    int report() {
        for (const std::string& bug : still_wanted())
            say("NOT FOUND " + bug + " in " + std::to_string(seeds_max) + " seeds from " +
                std::to_string(campaign_.from) + " on");
        if (campaign_.updates_known) {
            for (const auto& [bug, find] : found_) known_[bug] = find.seed;
            for (const std::string& bug : still_wanted()) known_.erase(bug);
            write_known(campaign_.known_path, known_);
        }
        say(std::to_string(found_.size()) + "/" + std::to_string(wanted_.size()) + " found");
        return found_.size() == wanted_.size() && !wanted_.empty() ? 0 : 1;
    }

    const Campaign& campaign_;
    std::vector<std::string> wanted_;
    std::map<std::string, std::uint64_t> known_;
    std::map<std::string, Find> found_;
};

}  // namespace

int run_hunt(const Campaign& campaign) { return Hunt(campaign).run(); }

#else

int run_hunt(const Campaign&) {
    std::puts("This build has no test hooks: cmake --preset sim");
    return 2;
}

#endif

}  // namespace deskbell::sim
