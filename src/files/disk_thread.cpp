#include "files/disk_thread.hpp"

#include <pthread.h>

namespace deskbell::files {
namespace {

constexpr std::size_t works_max = 1'000;

}  // namespace

DiskThread::DiskThread() : mailbox_(works_max), thread_([this] { run(); }) {
    pthread_setname_np(thread_.native_handle(), "disk");
}

DiskThread::~DiskThread() { stop_and_join(); }

bool DiskThread::try_post(Work& work) { return mailbox_.try_push(work); }

void DiskThread::stop_and_join() {
    mailbox_.close();
    if (thread_.joinable()) thread_.join();
}

void DiskThread::run() {
    while (!mailbox_.drained()) {
        for (Work& work : mailbox_.take(16)) work();
    }
}

}  // namespace deskbell::files
