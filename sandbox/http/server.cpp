#include "sandbox/http/server.hpp"

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "net/asio_loop.hpp"
#include "net/curl_client.hpp"
#include "net/http_server.hpp"
#include "sandbox/http/change_feed.hpp"
#include "sandbox/http/deliverer.hpp"
#include "sandbox/http/file_routes.hpp"
#include "sandbox/http/page_api.hpp"
#include "sandbox/http/routes.hpp"
#include "sandbox/http/socket_links.hpp"
#include "sandbox/http/state_file.hpp"
#include "sandbox/model/slack.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t verify_again_ms_min = 250;
constexpr std::int64_t verify_again_ms_max = 10'000;
constexpr std::int64_t close_deadline_ms = 500;

Options model_options(const ServerOptions& options) {
    Options model;
    model.bot_token = options.bot_token;
    model.app_token = options.app_token;
    model.signing_secret = options.signing_secret;
    model.interactivity_url = options.interactivity_url;
    return model;
}

net::ServerLimits server_limits() {
    net::ServerLimits limits;
    // An acknowledgement may carry a whole view, and a burst of envelopes waits for its reader.
    limits.frame_bytes_max = 1u << 20;
    limits.send_buffer_bytes_max = 16u << 20;
    limits.body_bytes_max_for = [](std::string_view, std::string_view path) {
        const bool carries_files = path.starts_with("/upload/") || path == "/sandbox/api/upload";
        return carries_files ? upload_bytes_max : std::size_t{1u << 20};
    };
    return limits;
}

net::CurlClient::Options client_options() {
    net::CurlClient::Options options;
    options.user_agent = "Slackbot 1.0 (+https://api.slack.com/robots)";
    options.in_flight_max = Deliverer::in_flight_max + 16;
    // A delivery's three seconds must not pass while it waits for a connection.
    options.connections_per_host_max = options.in_flight_max;
    return options;
}

std::string url_host(const ServerOptions& options, std::uint16_t port) {
    const bool everywhere = options.address == "0.0.0.0" || options.address == "::";
    std::string host = everywhere ? "127.0.0.1" : options.address;
    if (host.contains(':')) host = "[" + host + "]";
    return host + ":" + std::to_string(port);
}

}  // namespace

class Server::Impl {
public:
    explicit Impl(ServerOptions options)
        : options_(std::move(options)),
          loop_("sandbox", clock_),
          slack_(model_options(options_), clock_, random_),
          state_(loop_, slack_, options_.state_file),
          client_(loop_, client_options()),
          deliverer_(loop_, slack_, client_,
                     [this] {
                         links_.pump();
                         changed();
                     }),
          links_(loop_, slack_,
                 [this] {
                     deliverer_.pump();
                     changed();
                 }),
          feed_(loop_, slack_),
          page_(slack_,
                [this](std::string url, std::function<void(Result<void>)> done) {
                    set_events_url(std::move(url), std::move(done));
                }),
          http_(loop_, server_limits(), [this](std::shared_ptr<net::Exchange> exchange) {
              routes_->handle(std::move(exchange));
          }) {}

    ~Impl() { stop(); }

    Result<void> start() {
        if (auto loaded = state_.load(); !loaded) return loaded;
        const auto port = http_.listen(options_.address, options_.port);
        if (!port) return std::unexpected(port.error());
        std::string url = options_.public_url;
        if (url.empty()) url = "http://" + url_host(options_, *port);
        while (url.ends_with('/')) url.pop_back();
        slack_.set_public_url(url);
        if (!options_.interactivity_url.empty())
            slack_.set_interactivity_url(options_.interactivity_url);
        const App& app = slack_.workspace().app;
        info_ = {url + "/api/", url + "/",          app.bot_token,
                 app.app_token, app.signing_secret, slack_.workspace().events_url,
                 *port};
        const std::size_t scheme = url.find("://");
        routes_ = std::make_unique<Routes>(
            loop_, slack_, feed_, page_, links_, options_.assets,
            scheme == std::string::npos ? url : url.substr(scheme + 3), [this] {
                pump();
                changed();
            });
        if (!options_.events_url.empty()) {
            info_.events_url = options_.events_url;
            loop_.post([this] { verify_until_done(options_.events_url, verify_again_ms_min); });
        }
        loop_.post([this] { pump(); });
        loop_.start();
        started_ = true;
        return {};
    }

    void stop() {
        if (!std::exchange(started_, false)) return;
        std::promise<void> ended;
        loop_.post([this, &ended] {
            if (const auto saved = state_.save_now(); !saved)
                log::error("sandbox: {}", saved.error().detail);
            routes_->release_held();
            http_.stop_accepting();
            http_.close_all(
                1012, [] { return std::string("0"); }, close_deadline_ms,
                [&ended] { ended.set_value(); });
        });
        ended.get_future().wait();
        loop_.stop_and_join();
    }

    // Runs `work` on the loop and waits for it.
    template <class Work>
    void on_loop(Work work) {
        std::promise<void> done;
        loop_.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

    [[nodiscard]] SandboxInfo info() {
        SandboxInfo copy;
        if (!started_) return info_;
        on_loop([&] { copy = info_; });
        return copy;
    }

    Result<void> set_events_url_and_wait(const std::string& url) {
        if (!started_) return fail("not_started", "The sandbox is not running.");
        std::promise<Result<void>> result;
        loop_.post([&] {
            set_events_url(
                url, [&result](Result<void> verified) { result.set_value(std::move(verified)); });
        });
        return result.get_future().get();
    }

    void set_interactivity_url(const std::string& url) {
        on_loop([&] {
            slack_.set_interactivity_url(url);
            changed();
        });
    }

    Result<void> change_settings(const std::string& settings) {
        const auto changes = parse_json_object(settings);
        if (!changes) return std::unexpected(changes.error());
        if (started_)
            on_loop([&] { apply_settings(*changes); });
        else
            slack_.change_settings(*changes);
        return {};
    }

private:
    void apply_settings(const json::object& changes) {
        slack_.change_settings(changes);
        pump();
        changed();
    }

    void pump() {
        deliverer_.pump();
        links_.pump();
    }

    // After everything that the model was told.
    void changed() {
        feed_.changed();
        state_.changed();
    }

    void use_events_url(const std::string& url) {
        slack_.set_events_url(url);
        info_.events_url = url;
        changed();
    }

    void set_events_url(std::string url, std::function<void(Result<void>)> done) {
        ++verification_;  // whoever was still being asked is no longer wanted
        if (url.empty()) {
            use_events_url(url);
            return done({});
        }
        deliverer_.verify(url, [this, url, done = std::move(done)](Result<void> verified) {
            if (verified) use_events_url(url);
            done(std::move(verified));
        });
    }

    // The app may start after the sandbox: its URL is asked again until it answers.
    void verify_until_done(const std::string& url, std::int64_t again_ms) {
        const std::uint64_t verification = verification_;
        deliverer_.verify(url, [this, url, again_ms, verification](const Result<void>& verified) {
            if (verification != verification_) return;
            if (verified) return use_events_url(url);
            log::debug("sandbox: the events URL is not verified yet: {}", verified.error().detail);
            loop_.after(again_ms, [this, url, again_ms, verification] {
                if (verification == verification_)
                    verify_until_done(url, std::min(again_ms * 2, verify_again_ms_max));
            });
        });
    }

    ServerOptions options_;
    SystemClock clock_;
    SystemRandom random_;
    net::AsioLoop loop_;
    Slack slack_;
    StateFile state_;
    net::CurlClient client_;
    Deliverer deliverer_;
    SocketLinks links_;
    ChangeFeed feed_;
    PageApi page_;
    std::unique_ptr<Routes> routes_;
    net::HttpServer http_;
    SandboxInfo info_;
    std::uint64_t verification_ = 0;
    bool started_ = false;  // the owner's thread only
};

Server::Server(ServerOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}

Server::~Server() { stop(); }

Result<void> Server::start() { return impl_->start(); }

void Server::stop() { impl_->stop(); }

SandboxInfo Server::info() const { return impl_->info(); }

Result<void> Server::set_events_url(const std::string& url) {
    return impl_->set_events_url_and_wait(url);
}

void Server::set_interactivity_url(const std::string& url) { impl_->set_interactivity_url(url); }

Result<void> Server::change_settings(const std::string& settings) {
    return impl_->change_settings(settings);
}

}  // namespace deskbell::sandbox
