#pragma once
// One thread for what waits for the disk, so that no loop does: flushing, naming, removing files.
//
// Work is done in order. Its queue is bounded: try_post() says no when the disk is that far behind,
// and whoever asked refuses with `busy`. Threading: from any thread; destroyed after those who
// call it.

#include "base/mailbox.hpp"

#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace deskbell::files {

class DiskThread {
public:
    using Work = std::move_only_function<void()>;

    DiskThread();
    ~DiskThread();
    DiskThread(const DiskThread&) = delete;
    DiskThread& operator=(const DiskThread&) = delete;

    [[nodiscard]] bool try_post(Work& work);
    // What was posted is done, then it ends. Idempotent.
    void stop_and_join();

private:
    void run();

    Mailbox<Work> mailbox_;
    std::thread thread_;
};

}  // namespace deskbell::files
