// The simulation's command line; see docs/reliability.md.
//
//   simulate --seeds 200 --from 1       run seeds; closes with "N seeds, N violations, N events"
//   simulate --seed 4711                replay one, with its timeline
//   simulate --planted all|NAME         prove that planted mistakes are found (--known FILE: by
//                                       which seed, --update: write that file anew)
//   simulate --crash-points             end the process at every named point, one by one
//   simulate --seed 17 --crash-at courier.stray.before_record --hit 2 [--power-loss]
//   simulate --twice                    each seed twice: the traces must agree
//
// Work is spread over --jobs child processes; each writes a line per seed.

#include "sim/world/campaign.hpp"

#include <CLI/CLI.hpp>

#include <malloc.h>

int main(int argc, char** argv) {
    deskbell::sim::Campaign campaign;
    CLI::App app("Deskbell's deterministic simulation");
    app.add_option("--seeds", campaign.seeds, "How many seeds");
    app.add_option("--from", campaign.from, "The first seed");
    app.add_option("--jobs", campaign.jobs, "Processes at a time");
    app.add_option("--seed", campaign.replay, "Replay one seed and print its timeline");
    app.add_option("--lines", campaign.lines_max, "Lines of the timeline to print");
    app.add_option("--planted", campaign.planted, "A planted bug's name, or all");
    app.add_option("--known", campaign.known_path, "Which seed finds which: tried first");
    app.add_flag("--update", campaign.updates_known, "Write that file anew");
    app.add_flag("--crash-points", campaign.crash_points, "Every named crash point, three hits");
    app.add_option("--crash-at", campaign.crash_at, "With --seed: end the process at this point");
    app.add_option("--hit", campaign.hit, "At which time that it is reached");
    app.add_flag("--power-loss", campaign.power_loss, "The machine goes, too");
    app.add_flag("--twice", campaign.twice, "Run each seed twice and compare");
    app.add_flag("--probes", campaign.shows_probes, "Show what was met, and how often");
    CLI11_PARSE(app, argc, argv);
    // Each world makes and drops a disk of some megabytes: their pages are kept for the next.
    mallopt(M_MMAP_THRESHOLD, 256 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    return deskbell::sim::run(campaign);
}
