#include "app/office.hpp"

#include "app/office_work.hpp"
#include "base/log.hpp"
#include "net/asio_loop.hpp"
#include "net/curl_client.hpp"
#include "net/websocket_client.hpp"

#include <chrono>
#include <future>

namespace deskbell::app {

// The loop has ended before what works on it goes.
struct Office::Impl {
    explicit Impl(const Clock& clock)
        : loop("office", clock),
          http(loop, {.user_agent = "Deskbell"}),
          bot_http(loop, {.user_agent = "Deskbell", .connections_per_host_max = 64}),
          sockets(loop, {}) {}

    net::AsioLoop loop;
    net::CurlClient http;
    net::CurlClient bot_http;  // its answers take long, and must hold up nothing of Slack's
    net::BeastWebSocketClient sockets;
    std::unique_ptr<OfficeWork> work;
    bool started = false;  // main thread only
};

Office::Office(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Office::~Office() = default;

Result<std::unique_ptr<Office>> Office::make(Setup setup) {
    auto impl = std::make_unique<Impl>(setup.clock);
    auto work =
        OfficeWork::make({setup.config, impl->loop, impl->http, setup.random, setup.engine,
                          setup.figures, std::move(setup.reconcile), &impl->sockets, setup.folder,
                          setup.disk, std::move(setup.tell_live), &impl->bot_http});
    if (!work) return std::unexpected(work.error());
    impl->work = std::move(*work);
    return std::unique_ptr<Office>(new Office(std::move(impl)));
}

EffectsHub::OfficeDoor Office::door() { return impl_->work->door(); }

void Office::start() {
    impl_->started = true;
    impl_->loop.start();
    impl_->loop.post([work = impl_->work.get()] { work->start(); });
}

bool Office::reconciling() const { return impl_->work->reconciling(); }

void Office::receive(net::HttpRequest request, Loop& answer_loop,
                     std::move_only_function<void(net::HttpResponse)> answer) {
    impl_->loop.post([work = impl_->work.get(), &answer_loop, request = std::move(request),
                      answer = std::move(answer)]() mutable {
        work->receive(std::move(request), [&answer_loop, answer = std::move(answer)](
                                              net::HttpResponse response) mutable {
            answer_loop.post(
                [answer = std::move(answer), response = std::move(response)]() mutable {
                    answer(std::move(response));
                });
        });
    });
}

void Office::customer_types(const SessionId& session, bool on) {
    impl_->loop.post(
        [work = impl_->work.get(), session, on] { work->customer_types(session, on); });
}

void Office::finish(std::int64_t deadline_ms) {
    if (!impl_->started) return;
    const auto done = std::make_shared<std::promise<void>>();
    impl_->loop.post([work = impl_->work.get(), done, deadline_ms] {
        work->finish(deadline_ms, [done] { done->set_value(); });
    });
    const auto patience = std::chrono::milliseconds(deadline_ms + 1'000);
    if (done->get_future().wait_for(patience) != std::future_status::ready) {
        log::warn("courier: posts were still in the air at the end; the next start looks them up");
    }
}

void Office::stop() { impl_->loop.stop_and_join(); }

}  // namespace deskbell::app
