#pragma once
// What a seed decides: who is there, how they behave, what goes wrong and when.
//
// Pure: the same seed gives the same profile. Some seeds are calm on purpose, some have one trouble
// only, most have several; a fault that hides another is met alone elsewhere.

#include "sandbox/model/weather.hpp"
#include "sim/world/agents.hpp"
#include "sim/world/customer.hpp"
#include "sim/world/network.hpp"
#include "sim/world/process.hpp"
#include "sim/world/slack_side.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace deskbell::sim {

enum class Trouble : std::uint8_t {
    kill,               // SIGKILL; the machine lives
    power_loss,         // what was not flushed is anyone's guess
    crash_at_point,     // SIGKILL or power loss at the n-th crash point from now
    crash_in_write,     // the same at the n-th write or flush of the disk
    restart,            // SIGTERM and a new process
    slack_unreachable,  // for a while
    slack_failing,      // answers nothing but 503, for a while
    events_unreachable,
    network_down,
    links_cut,
    archive_channel,
    kick_bot,
    rename_channel,
    share_channel,  // with another company
    revoke_token,
    expire_token,
    disable_events,
    limit_events,
    disk_full,
    disk_read_only,
    disk_io_error,
    slow_disk,
    clock_step,
    restore_backup,
    forged_events,
    wrong_tokens,
};

[[nodiscard]] std::string_view to_text(Trouble trouble);

struct PlannedTrouble {
    std::int64_t at_ms = 0;
    Trouble trouble = Trouble::kill;
    std::int64_t duration_ms = 0;
    std::int64_t number = 0;  // crash_at_point: how many points from then; clock_step: ms
};

struct Profile {
    std::uint64_t seed = 0;
    int customers = 3;
    int channels = 1;
    std::int64_t fault_phase_ms = 240'000;
    bool scans_debug_log = false;
    Habits habits;
    AgentHabits agent_habits;
    NetworkWeather network;
    WireWeather wire;
    EngineWeather engine;
    sandbox::Weather slack;
    std::vector<PlannedTrouble> troubles;
};

[[nodiscard]] Profile make_profile(std::uint64_t seed);
// No weather and no trouble; the same people. For crash points one by one.
[[nodiscard]] Profile calm_profile(std::uint64_t seed);
[[nodiscard]] std::string describe(const Profile& profile);

}  // namespace deskbell::sim
