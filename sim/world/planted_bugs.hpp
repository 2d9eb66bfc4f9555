#pragma once
// The list of planted mistakes: a name for DESKBELL_PLANTED and what it does.

#include <string>
#include <vector>

namespace deskbell::sim {

struct PlantedBug {
    std::string name;
    std::string what;
};

[[nodiscard]] inline std::vector<PlantedBug> planted_bugs() {
    return {
#define BUG(name, what) {name, what},
#include "sim/world/planted_bugs.inc"
#undef BUG
    };
}

}  // namespace deskbell::sim
