#pragma once
// The hunt for planted mistakes: each must be noticed by some seed, and by none without it.
//
// What this is: `make planted`. Which seed found a mistake the last time stands in a file
// (sim/planted.txt), so that the whole campaign usually is one run of each; a mistake that its seed
// no longer shows is searched for from the first seed on. Who calls it: campaign.cpp. What it never
// does: count as found what goes wrong without the mistake, too.

#include "sim/world/campaign.hpp"

namespace deskbell::sim {

// The process's exit code: 0 when every one is found.
[[nodiscard]] int run_hunt(const Campaign& campaign);

}  // namespace deskbell::sim
