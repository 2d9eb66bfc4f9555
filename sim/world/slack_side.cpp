#include "sim/world/slack_side.hpp"

#include "net/http_response.hpp"
#include "sandbox/http/decode_call.hpp"

#include <utility>

namespace deskbell::sim {
namespace {

std::string path_of(const std::string& url) {
    const std::size_t host = url.find("://");
    const std::size_t path = url.find('/', host == std::string::npos ? 0 : host + 3);
    return path == std::string::npos ? "/" : url.substr(path);
}

net::ClientAnswer answer_of(const sandbox::ApiAnswer& answer, WallMs date) {
    net::ClientAnswer result;
    result.headers.push_back({"date", net::to_http_date(date)});
    result.kind = net::ClientAnswer::Kind::answered;
    result.status = answer.status;
    for (const auto& [name, value] : answer.headers) result.headers.push_back({name, value});
    result.body = answer.body;
    return result;
}

net::ClientAnswer no_answer(net::ClientAnswer::Kind kind, std::string detail) {
    net::ClientAnswer result;
    result.kind = kind;
    result.detail = std::move(detail);
    return result;
}

}  // namespace

// Deskbell → Slack. The callback comes on the process's office loop, exactly once, unless the
// process died first.
class SlackSide::ApiWire final : public net::HttpClient {
public:
    ApiWire(SlackSide& side, ManualLoop& loop) : side_(side), loop_(loop) {}
    ~ApiWire() override { *alive_ = false; }

    void send(net::ClientRequest request, Callback callback) override {
        auto call = std::make_shared<Pending>(
            Pending{std::move(callback), loop_, alive_, side_.kernel_.now() + request.timeout_ms});
        Kernel& kernel = side_.kernel_;
        if (side_.weather.slack_unreachable) {
            side_.trace_.probe("O1 connection refused");
            kernel.world.after(latency(), [call] {
                call->settle(no_answer(net::ClientAnswer::Kind::not_sent, "refused"));
            });
            return;
        }
        kernel.world.after(request.timeout_ms, [call] {
            call->settle(no_answer(net::ClientAnswer::Kind::unknown, "timeout"));
        });
        kernel.world.after(latency(),
                           [&side = side_, call, request = std::move(request)]() mutable {
                               arrive(side, call, std::move(request));
                           });
    }

private:
    struct Pending {
        Callback callback;
        ManualLoop& loop;
        std::shared_ptr<bool> alive;
        SteadyMs deadline;

        void settle(net::ClientAnswer answer) {
            if (!*alive || !callback) return;
            loop.post([callback = std::exchange(callback, {}),
                       answer = std::move(answer)]() mutable { callback(std::move(answer)); });
        }
    };

    static void arrive(SlackSide& side, const std::shared_ptr<Pending>& call,
                       net::ClientRequest request) {
        net::HttpRequest received;
        received.method = request.method;
        received.path = path_of(request.url);
        if (const std::size_t mark = received.path.find('?'); mark != std::string::npos) {
            received.query = received.path.substr(mark + 1);
            received.path.resize(mark);
        }
        received.headers = std::move(request.headers);
        received.body = std::move(request.body);
        const std::string method = received.path.substr(received.path.rfind('/') + 1);
        const sandbox::ApiCall decoded = sandbox::decode_call(method, received);
        const sandbox::ApiAnswer answer = side.slack_->call(decoded);
        if (!*call->alive) side.trace_.probe("O3 applied after its process died");
        side.trace_.note("slack <", method, received.body, answer.body);
        if (side.on_call) side.on_call(decoded, answer);
        side.pump();
        using Kind = sandbox::ApiAnswer::Kind;
        if (answer.kind == Kind::silence) return;  // until the caller gives up
        const std::int64_t way =
            side.kernel_.skewed(side.weather.latency_ms, side.weather.latency_ms_max);
        const WallMs date = side.clock.wall_ms() + answer.date_skew_s * 1000;
        side.kernel_.world.after(answer.delay_ms + way, [call, answer, date] {
            call->settle(answer.kind == Kind::answer
                             ? answer_of(answer, date)
                             : no_answer(net::ClientAnswer::Kind::unknown, "reset"));
        });
    }

    [[nodiscard]] std::int64_t latency() {
        return side_.kernel_.skewed(side_.weather.latency_ms, side_.weather.latency_ms_max);
    }

    SlackSide& side_;
    ManualLoop& loop_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// Slack → Deskbell: what the deliverer sends, to whichever process is up.
class SlackSide::EventWire final : public net::HttpClient {
public:
    explicit EventWire(SlackSide& side) : side_(side) {}

    void send(net::ClientRequest request, Callback callback) override {
        auto shared = std::make_shared<Callback>(std::move(callback));
        const auto refused = [shared] {
            (*shared)(no_answer(net::ClientAnswer::Kind::not_sent, "refused"));
        };
        if (side_.weather.events_unreachable) {
            side_.trace_.probe("I4 event port unreachable");
            side_.kernel_.world.after(5, refused);
            return;
        }
        net::HttpRequest received;
        received.method = request.method;
        received.path = path_of(request.url);
        received.headers = std::move(request.headers);
        received.body = std::move(request.body);
        received.peer_address = "198.51.100.7";
        side_.trace_.note("slack >", received.body);
        side_.network_.request(
            std::move(received), request.timeout_ms,
            [&side = side_, shared, sent = side_.kernel_.now(),
             timeout = request.timeout_ms](std::optional<net::HttpResponse> response) {
                side.trace_.note("slack > answered",
                                 response ? std::to_string(response->status) : "nothing");
                if (!response) {
                    const bool late = side.kernel_.now() - sent >= timeout;
                    return (*shared)(no_answer(
                        late ? net::ClientAnswer::Kind::unknown : net::ClientAnswer::Kind::not_sent,
                        "no answer"));
                }
                net::ClientAnswer answer;
                answer.kind = net::ClientAnswer::Kind::answered;
                answer.status = response->status;
                answer.headers = std::move(response->headers);
                answer.body = std::move(response->body);
                (*shared)(std::move(answer));
            });
    }

private:
    SlackSide& side_;
};

SlackSide::SlackSide(Kernel& kernel, Trace& trace, Network& network, sandbox::Options options,
                     std::uint64_t seed)
    : clock(kernel.clock),
      kernel_(kernel),
      trace_(trace),
      network_(network),
      random_(seed),
      slack_(std::make_unique<sandbox::Slack>(std::move(options), clock, random_)),
      event_wire_(std::make_unique<EventWire>(*this)),
      deliverer_(kernel.world, *slack_, *event_wire_, [] {}) {}

SlackSide::~SlackSide() = default;

std::unique_ptr<net::HttpClient> SlackSide::make_http(ManualLoop& loop) {
    return std::make_unique<ApiWire>(*this, loop);
}

}  // namespace deskbell::sim
