#include "engine/engine_thread.hpp"

#include <pthread.h>

namespace deskbell::engine {

EngineThread::EngineThread(Engine& engine) : engine_(engine) {}

EngineThread::~EngineThread() { stop_and_join(); }

void EngineThread::start() {
    thread_ = std::thread([this] { loop(); });
    pthread_setname_np(thread_.native_handle(), "engine");
}

void EngineThread::stop_and_join() {
    mailbox_.close();
    if (thread_.joinable()) thread_.join();
}

bool EngineThread::try_submit(Envelope& envelope, Lane lane) {
    // The count may be a little old; the mailbox's own bound is exact.
    if (lane == Lane::customers && mailbox_.size() >= customers_waiting_max) return false;
    return mailbox_.try_push(envelope);
}

void EngineThread::loop() {
    while (!mailbox_.drained()) {
        const std::chrono::milliseconds idle(engine_.idle_ms_max());
        std::vector<Envelope> batch = mailbox_.take_within(batch_commands_max, idle);
        if (batch.empty()) {
            engine_.tend();
        } else {
            engine_.run(std::move(batch));
        }
    }
}

}  // namespace deskbell::engine
