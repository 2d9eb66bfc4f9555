#pragma once
// The engine's thread and its mailbox.

#include "base/mailbox.hpp"
#include "engine/intake.hpp"

#include <atomic>
#include <chrono>
#include <thread>

namespace deskbell::engine {

class EngineThread final : public Intake {
public:
    explicit EngineThread(Engine& engine);
    ~EngineThread() override;

    void start();
    // Finishes what is in the mailbox, then joins. Later submissions are refused.
    void stop_and_join();

    [[nodiscard]] bool try_submit(Envelope& envelope, Lane lane) override;

    [[nodiscard]] std::size_t waiting() const { return mailbox_.size(); }

private:
    void loop();

    static constexpr std::size_t batch_commands_max = 256;
    static constexpr std::size_t customers_waiting_max = 8192;
    static constexpr std::size_t waiting_max = 16384;

    Engine& engine_;
    Mailbox<Envelope> mailbox_{waiting_max};
    std::thread thread_;
};

}  // namespace deskbell::engine
