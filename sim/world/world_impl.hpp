#pragma once
// The world's inside. world.cpp runs a seed; nemesis.cpp does what was planned against it.

#include "base/test_hooks.hpp"
#include "sim/world/world.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace deskbell::sim {

enum class Death : std::uint8_t { process, machine };

class World {
public:
    World(const Profile& profile, const RunOptions& options);
    ~World();

    [[nodiscard]] RunResult run();

private:
    // world.cpp
    void boot();
    void boot_later(std::int64_t delay_ms);
    // The process is dead at once; what is left of it is cleared away when its stack is gone.
    void crash(Death death, const std::string& why);
    void clear_away(Death death);
    void keep_checking();
    void drain();
    void note_lanes();
    void reach_crash_point(std::string_view name);
    void make_config();
    void watch_disk();
    void check_backing_off();
    [[nodiscard]] std::uint64_t connects() const;

    // nemesis.cpp
    void schedule_troubles();
    void strike(const PlannedTrouble& planned);
    void strike_process(const PlannedTrouble& planned);
    void strike_slack(const PlannedTrouble& planned);
    void strike_disk(const PlannedTrouble& planned);
    void strike_network(const PlannedTrouble& planned);
    void graceful_restart();
    void restore_backup();
    void attack_with_forged_events();
    void attack_with_wrong_tokens();
    void heal();
    void heal_channels();
    void count_weather();
    // Ends something after a while, unless the weather has cleared before.
    void until(std::int64_t duration_ms, std::move_only_function<void()> end);

    const Profile profile_;
    const RunOptions options_;
    Kernel kernel_;
    Trace trace_;
    Truth truth_;
    Network network_;
    std::unique_ptr<SlackSide> slack_;
    SeededRandom disk_random_;
    SimDisk disk_;
    app::Config config_;
    EngineWeather engine_weather_;
    std::unique_ptr<Process> process_;
    std::vector<std::unique_ptr<Customer>> customers_;
    std::unique_ptr<Agents> agents_;
    std::unique_ptr<Checks> checks_;

    bool calm_ = false;
    bool stopping_ = false;
    bool older_than_world_ = false;
    std::uint64_t starts_ = 0;
    std::uint64_t crashes_ = 0;
    std::uint64_t points_until_crash_ = 0;  // 0: none is planned
    std::int64_t writes_until_crash_ = 0;   // the same, of the disk
    std::uint64_t connects_when_calm_ = 0;
    SteadyMs calm_since_ = 0;
    Death planned_death_ = Death::process;
    std::map<std::string, std::uint64_t, std::less<>> crash_points_;
    std::shared_ptr<const DiskImage> backup_;
    std::map<std::string, std::int64_t> backup_heads_;
};

}  // namespace deskbell::sim
