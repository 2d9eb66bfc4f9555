#pragma once
// What /metrics says, in Prometheus' text format. Collected when asked; no bodies, no ids.

#include "courier/courier.hpp"
#include "desk/slack/socket_mode.hpp"
#include "engine/engine.hpp"
#include "gateway/options.hpp"

#include <cstdint>
#include <mutex>
#include <string>

namespace deskbell::app {

struct DeskFigures {
    std::uint64_t events_missed = 0;
    desk::slack::SocketMode::Figures sockets;  // none wanted: Slack comes to us by HTTP
    std::string sockets_trouble;               // why there is none
    std::string trouble;                       // why nothing can be posted
    std::string canary;                        // of the last check, when its event came
};

// These figures live on the office loop; it leaves a copy here every second.
class FiguresBoard {
public:
    void put(const courier::Figures& figures, const DeskFigures& desk) {
        const std::lock_guard lock(mutex_);
        figures_ = figures;
        desk_ = desk;
    }
    [[nodiscard]] DeskFigures desk() const {
        const std::lock_guard lock(mutex_);
        return desk_;
    }
    [[nodiscard]] courier::Figures get() const {
        const std::lock_guard lock(mutex_);
        return figures_;
    }

private:
    mutable std::mutex mutex_;
    courier::Figures figures_;  // this and the next: guarded by mutex_
    DeskFigures desk_;
};

struct HouseFigures {
    bool reconciling = false;         // Slack is read before anything is sent
    std::int64_t backup_age_ms = -1;  // below 0: no backup that we know of
    engine::Figures engine;
    DeskFigures desk;
    std::int64_t disk_free_bytes = -1;  // below 0: nobody knows
};

[[nodiscard]] std::string metrics_text(const gateway::Counters& counters,
                                       const courier::Figures& courier, std::size_t engine_waiting,
                                       const HouseFigures& house);

}  // namespace deskbell::app
