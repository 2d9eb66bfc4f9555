#include "net/asio_loop.hpp"

#include "base/assert.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace deskbell::net {

namespace asio = boost::asio;

class AsioLoop::Impl {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Due = std::pair<Time, TimerId>;

    Impl(std::string name, const Clock& clock)
        : name_(std::move(name)), clock_(clock), context_(1), alarm_(context_) {}

    void start() {
        DESKBELL_ASSERT(!thread_.joinable() && !ended_);
        keep_running_.emplace(context_.get_executor());
        thread_ = std::thread([this] { run(); });
        owner_ = thread_.get_id();  // run() sets it too: whichever comes first
    }

    void stop_and_join() {
        if (thread_.joinable()) {
            DESKBELL_ASSERT(thread_.get_id() != std::this_thread::get_id());
            post([this] { context_.stop(); });
            thread_.join();
        }
        end();
    }

    void post(Work work) {
        bool wake = false;
        {
            const std::lock_guard lock(mutex_);
            if (ended_) return;  // `work` is destroyed by the caller's frame, outside the lock
            posted_.push_back(std::move(work));
            wake = !std::exchange(drain_is_queued_, true);
        }
        if (wake) asio::post(context_, [this] { drain(); });
    }

    TimerId after(std::int64_t delay_ms, Work work) {
        DESKBELL_ASSERT(on_this_thread());
        const std::int64_t delay = delay_ms > 0 ? delay_ms : 0;
        const Due due{std::chrono::steady_clock::now() + std::chrono::milliseconds(delay),
                      ++timer_last_};
        if (ended_) return 0;
        due_of_.emplace(due.second, due.first);
        const bool is_first = timers_.emplace(due, std::move(work)).first == timers_.begin();
        if (is_first) set_alarm();
        return due.second;
    }

    void cancel(TimerId timer) {
        DESKBELL_ASSERT(on_this_thread());
        const auto found = due_of_.find(timer);
        if (found == due_of_.end()) return;
        const auto entry = timers_.find(Due{found->second, timer});
        due_of_.erase(found);
        const Work dropped = std::move(entry->second);  // may own what cancels other timers
        timers_.erase(entry);
        // The alarm may now ring early; ring() finds nothing due and sets it again.
    }

    // Before the start and after the end nobody else can be running, so any thread may act.
    [[nodiscard]] bool on_this_thread() const {
        const std::thread::id owner = owner_.load();
        return owner == std::thread::id{} || owner == std::this_thread::get_id();
    }
    [[nodiscard]] const Clock& clock() const { return clock_; }
    [[nodiscard]] asio::io_context& context() { return context_; }

private:
    void run() {
        owner_ = std::this_thread::get_id();
        pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
        context_.run();
        end();
        owner_ = std::thread::id{};
    }

    // Runs what waits now; what that posts waits for the next turn, so that sockets get theirs.
    void drain() {
        std::vector<Work> batch;
        {
            const std::lock_guard lock(mutex_);
            batch.swap(posted_);
            drain_is_queued_ = false;
        }
        for (Work& work : batch) {
            if (context_.stopped()) return;  // posted after stop(): destroyed unrun
            work();
            work = nullptr;
        }
    }

    void set_alarm() {
        alarm_.expires_at(timers_.begin()->first.first);
        alarm_.async_wait([this](boost::system::error_code failed) {
            if (!failed) ring();
        });
    }

    void ring() {
        const Time now = std::chrono::steady_clock::now();
        const TimerId newest = timer_last_;  // timers set while ringing wait for the next round
        while (!timers_.empty() && timers_.begin()->first.first <= now &&
               timers_.begin()->first.second <= newest) {
            const auto first = timers_.begin();
            Work work = std::move(first->second);
            due_of_.erase(first->first.second);
            timers_.erase(first);
            work();
        }
        if (!timers_.empty()) set_alarm();
    }

    void end() {
        std::vector<Work> posted;
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
            posted.swap(posted_);
        }
        due_of_.clear();
        const auto timers = std::exchange(timers_, {});
    }

    const std::string name_;
    const Clock& clock_;
    asio::io_context context_;
    asio::steady_timer alarm_;  // rings for the earliest of timers_
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> keep_running_;
    std::thread thread_;
    std::atomic<std::thread::id> owner_;

    std::map<Due, Work> timers_;  // this and the next two: the loop's thread only
    std::unordered_map<TimerId, Time> due_of_;
    TimerId timer_last_ = 0;

    std::mutex mutex_;
    std::vector<Work> posted_;      // guarded by mutex_
    bool drain_is_queued_ = false;  // guarded by mutex_
    std::atomic<bool> ended_ = false;
};

AsioLoop::AsioLoop(std::string name, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(name), clock)) {}

AsioLoop::~AsioLoop() { impl_->stop_and_join(); }

void AsioLoop::start() { impl_->start(); }
void AsioLoop::stop_and_join() { impl_->stop_and_join(); }
void AsioLoop::post(Work work) { impl_->post(std::move(work)); }
TimerId AsioLoop::after(std::int64_t delay_ms, Work work) {
    return impl_->after(delay_ms, std::move(work));
}
void AsioLoop::cancel(TimerId timer) { impl_->cancel(timer); }
bool AsioLoop::on_this_thread() const { return impl_->on_this_thread(); }
const Clock& AsioLoop::clock() const { return impl_->clock(); }
boost::asio::io_context& AsioLoop::context() { return impl_->context(); }

}  // namespace deskbell::net
