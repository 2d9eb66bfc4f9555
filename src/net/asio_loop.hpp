#pragma once
// The Loop over an Asio io_context(1) with a thread of its own.
//
// Threading: post() from anywhere; everything else on the loop's thread. stop() lets what was
// posted before it run, then ends; the destructor joins. Asio's types stay behind `context()`,
// which only net/*.cpp looks into.

#include "base/loop.hpp"

#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace deskbell::net {

class AsioLoop final : public Loop {
public:
    // `name` is the thread's name in `top -H`. `clock` outlives the loop.
    AsioLoop(std::string name, const Clock& clock);
    ~AsioLoop() override;

    void start();          // starts the thread
    void stop_and_join();  // idempotent; from another thread

    void post(Work work) override;
    TimerId after(std::int64_t delay_ms, Work work) override;
    void cancel(TimerId timer) override;
    [[nodiscard]] bool on_this_thread() const override;
    [[nodiscard]] const Clock& clock() const override;

    [[nodiscard]] boost::asio::io_context& context();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace deskbell::net
