#include "net/curl_client.hpp"

#include "base/assert.hpp"
#include "net/curl_transfer.hpp"

#include <curl/curl.h>

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace deskbell::net {
namespace {

void prepare_curl() {
    static std::once_flag once;
    std::call_once(once, [] { DESKBELL_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == 0); });
}

ClientAnswer not_sent(std::string detail) {
    ClientAnswer answer;
    answer.detail = std::move(detail);
    return answer;
}

}  // namespace

class CurlClient::Impl : public std::enable_shared_from_this<CurlClient::Impl> {
public:
    Impl(Loop& loop, Options options)
        : loop_(loop), options_(std::move(options)), no_proxy_(no_proxy_hosts()) {
        prepare_curl();
        multi_ = curl_multi_init();
        DESKBELL_ASSERT(multi_ != nullptr);
        const auto per_host = static_cast<long>(options_.connections_per_host_max);
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 4 * per_host);
        curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
        thread_ = std::thread([this] { run(); });
    }

    ~Impl() { DESKBELL_ASSERT(!thread_.joinable()); }

    void send(ClientRequest request, Callback callback) {
        DESKBELL_ASSERT(loop_.on_this_thread());
        if (callbacks_.size() >= options_.in_flight_max) {
            loop_.post([weak = weak_from_this(), callback = std::move(callback)]() mutable {
                if (weak.lock()) callback(not_sent("too many requests in flight"));
            });
            return;
        }
        const std::uint64_t id = ++id_last_;
        callbacks_.emplace(id, std::move(callback));
        auto on_piece = std::exchange(request.on_piece, nullptr);
        auto transfer = std::make_unique<CurlTransfer>(id, std::move(request));
        if (on_piece) {
            // It stays on the loop; what the transfer has only posts there.
            listeners_.emplace(id, std::move(on_piece));
            transfer->tell_pieces_to(
                [weak = weak_from_this(), &loop = loop_, id](std::string piece) {
                    loop.post([weak, id, piece = std::move(piece)]() mutable {
                        if (const auto self = weak.lock())
                            self->deliver_piece(id, std::move(piece));
                    });
                });
        }
        {
            const std::lock_guard lock(mutex_);
            arrived_.push_back(std::move(transfer));
        }
        curl_multi_wakeup(multi_);
    }

    // Callbacks that have not been called never will be.
    void stop() {
        callbacks_.clear();
        listeners_.clear();
        is_stopping_ = true;
        curl_multi_wakeup(multi_);
        thread_.join();
        for (auto& [handle, transfer] : running_) {
            curl_multi_remove_handle(multi_, handle);
            curl_easy_cleanup(handle);
        }
        running_.clear();
        hosts_.clear();
        for (CURL* const handle : spare_handles_) curl_easy_cleanup(handle);
        curl_multi_cleanup(multi_);
    }

private:
    // Requests to one host, in order. The queue is ours and not curl's, because in curl's a
    // request's time does not end while it waits (7.88).
    struct Host {
        std::size_t running = 0;
        std::deque<std::unique_ptr<CurlTransfer>> waiting;
    };

    void run() {
        pthread_setname_np(pthread_self(), "http-client");
        while (!is_stopping_) {
            take_arrived();
            const int wait_ms = expire_waiting();
            int running = 0;
            curl_multi_perform(multi_, &running);
            if (take_finished()) continue;  // others may begin now
            deliver_answers();
            curl_multi_poll(multi_, nullptr, 0, wait_ms, nullptr);
        }
    }

    void take_arrived() {
        std::vector<std::unique_ptr<CurlTransfer>> arrived;
        {
            const std::lock_guard lock(mutex_);
            arrived.swap(arrived_);
        }
        for (auto& transfer : arrived) {
            Host& host = hosts_[transfer->host()];
            host.waiting.push_back(std::move(transfer));
            start_next(host);
        }
    }

    void start_next(Host& host) {
        if (host.waiting.empty() || host.running >= options_.connections_per_host_max) return;
        std::unique_ptr<CurlTransfer> transfer = std::move(host.waiting.front());
        host.waiting.pop_front();
        ++host.running;
        CURL* handle = nullptr;
        if (spare_handles_.empty()) {
            handle = curl_easy_init();
            DESKBELL_ASSERT(handle != nullptr);
        } else {
            handle = spare_handles_.back();
            spare_handles_.pop_back();
        }
        transfer->prepare(handle, options_.user_agent, no_proxy_);
        const CURLMcode added = curl_multi_add_handle(multi_, handle);
        DESKBELL_ASSERT(added == CURLM_OK);
        running_.emplace(handle, std::move(transfer));
    }

    // Ends what has waited past its time; says how long to sleep at most.
    int expire_waiting() {
        constexpr std::int64_t look_around_ms = 30'000;  // curl has timers of its own, and wakeup()
        std::int64_t wait_ms = look_around_ms;
        for (auto& [name, host] : hosts_) {
            std::erase_if(host.waiting, [&](const std::unique_ptr<CurlTransfer>& transfer) {
                const std::int64_t left_ms = transfer->time_left_ms();
                if (left_ms > 0) {
                    wait_ms = std::min(wait_ms, left_ms);
                    return false;
                }
                answers_.emplace_back(transfer->id(),
                                      not_sent("no connection became free in time"));
                return true;
            });
        }
        return static_cast<int>(wait_ms);
    }

    bool take_finished() {
        bool any = false;
        int left = 0;
        while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            any = true;
            CURL* const handle = message->easy_handle;
            const CURLcode outcome = message->data.result;  // gone with the handle
            const auto found = running_.find(handle);
            DESKBELL_ASSERT(found != running_.end());
            const std::unique_ptr<CurlTransfer> transfer = std::move(found->second);
            running_.erase(found);
            answers_.emplace_back(transfer->id(), transfer->conclude(outcome));
            curl_multi_remove_handle(multi_, handle);
            keep_or_free(handle);
            const auto host = hosts_.find(transfer->host());
            --host->second.running;
            start_next(host->second);
            if (host->second.running == 0) hosts_.erase(host);
        }
        return any;
    }

    void deliver_answers() {
        if (answers_.empty()) return;
        loop_.post([weak = weak_from_this(), answers = std::exchange(answers_, {})]() mutable {
            for (auto& [id, answer] : answers) {
                const auto self = weak.lock();  // a callback may destroy the client
                if (!self) return;
                self->deliver(id, std::move(answer));
            }
        });
    }

    void deliver_piece(std::uint64_t id, std::string piece) {
        const auto found = listeners_.find(id);
        if (found == listeners_.end()) return;
        const auto on_piece = found->second;  // it may end the client
        on_piece(std::move(piece));
    }

    void deliver(std::uint64_t id, ClientAnswer answer) {
        listeners_.erase(id);
        const auto found = callbacks_.find(id);
        if (found == callbacks_.end()) return;
        Callback callback = std::move(found->second);
        callbacks_.erase(found);
        callback(std::move(answer));
    }

    void keep_or_free(CURL* handle) {
        constexpr std::size_t spare_handles_max = 32;
        if (spare_handles_.size() >= spare_handles_max) return curl_easy_cleanup(handle);
        curl_easy_reset(handle);
        spare_handles_.push_back(handle);
    }

    Loop& loop_;
    const Options options_;
    const std::string no_proxy_;
    CURLM* multi_ = nullptr;
    std::thread thread_;
    std::atomic<bool> is_stopping_ = false;

    // These three: the loop's thread.
    std::unordered_map<std::uint64_t, Callback> callbacks_;
    std::unordered_map<std::uint64_t, std::function<void(std::string)>> listeners_;
    std::uint64_t id_last_ = 0;

    std::mutex mutex_;
    std::vector<std::unique_ptr<CurlTransfer>> arrived_;  // guarded by mutex_

    std::unordered_map<CURL*, std::unique_ptr<CurlTransfer>> running_;  // to the end: its thread
    std::unordered_map<std::string, Host> hosts_;
    std::vector<std::pair<std::uint64_t, ClientAnswer>> answers_;  // not yet on their way
    std::vector<CURL*> spare_handles_;
};

CurlClient::CurlClient(Loop& loop, Options options)
    : impl_(std::make_shared<Impl>(loop, std::move(options))) {}

CurlClient::~CurlClient() { impl_->stop(); }

void CurlClient::send(ClientRequest request, Callback callback) {
    impl_->send(std::move(request), std::move(callback));
}

}  // namespace deskbell::net
