#pragma once
// The engine's thread and its mailbox.

#include "base/mailbox.hpp"
#include "engine/engine.hpp"

#include <atomic>
#include <thread>

namespace deskbell::engine {

// The desk, the courier and the bot have room kept free for them: customers cannot crowd out an
// answer.
enum class Lane : std::uint8_t { customers, office };

class EngineThread {
public:
    explicit EngineThread(Engine& engine);
    ~EngineThread();

    void start();
    // Finishes what is in the mailbox, then joins. Later submissions are refused.
    void stop_and_join();

    // From any thread. False: the mailbox is full or closed, the envelope is untouched: refuse with
    // `busy`.
    [[nodiscard]] bool try_submit(Envelope& envelope, Lane lane);

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
