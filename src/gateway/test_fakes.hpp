#pragma once
// For the gateway's tests: a backend that keeps logs in memory, exchanges and sockets without a
// network, and a browser-less customer. Turned by a ManualLoop.

#include "base/json.hpp"
#include "base/manual_loop.hpp"
#include "base/random.hpp"
#include "gateway/gateway.hpp"
#include "gateway/tokens.hpp"

#include <boost/json.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace deskbell::gateway::testing {

// Runs commands in batches as the engine does: all of them, then the replies, then the pushes.
class FakeBackend final : public Backend {
public:
    struct Log {
        core::Session session;
        std::vector<core::Event> events;
        std::map<std::string, std::pair<std::int64_t, std::string>> said;  // client_id → seq, text
    };

    explicit FakeBackend(ManualLoop& loop) : loop_(loop) {}

    void submit(core::Command command, Address address, Callback callback) override {
        commands.push_back(command);
        waiting_.push_back({std::move(command), std::move(address), std::move(callback)});
        if (automatic) loop_.post([this] { run_batch(256); });
    }

    void run_batch(std::size_t commands_max) {
        std::vector<std::pair<Callback, Reply>> replies;
        while (!waiting_.empty() && replies.size() < commands_max) {
            Waiting next = std::move(waiting_.front());
            waiting_.pop_front();
            replies.emplace_back(std::move(next.callback), run(next.command, next.address));
        }
        if (pushes_first) release_pushes();
        for (auto& [callback, reply] : replies)
            loop_.post([answer = std::move(callback), result = std::move(reply)]() mutable {
                answer(std::move(result));
            });
        release_pushes();
    }

    // Something happens in a session (an agent speaks).
    void append(Log& log, const std::string& kind) {
        const std::int64_t seq = ++log.session.head;
        std::string json = "{\"seq\":" + std::to_string(seq) + ",\"kind\":\"" + kind + "\"}";
        log.events.push_back({seq, json});
        fresh_.push_back({log.session.id, seq, std::make_shared<const std::string>(json)});
    }

    Log& make_session(const std::string& id, const std::string& token) {
        Log& log = logs[id];
        log.session.id = SessionId(id);
        log.session.site = SiteId("default");
        log.session.token_hash = token_hash(token);
        return log;
    }

    std::map<std::string, Log> logs;
    std::vector<core::Command> commands;
    std::optional<Error> refuse_all;
    bool automatic = true;  // else the test calls run_batch()
    bool pushes_first = false;
    bool lose_pushes = false;
    std::function<void(const std::vector<Push>&)> on_pushes;

private:
    struct Waiting {
        core::Command command;
        Address address;
        Callback callback;
    };

    void release_pushes() {
        if (fresh_.empty()) return;
        auto pushes = std::exchange(fresh_, {});
        if (lose_pushes || !on_pushes) return;
        loop_.post([this, pushes = std::move(pushes)] { on_pushes(pushes); });
    }

    Log* find(const Address& address) {
        for (auto& [id, log] : logs)
            if (address.session.empty() ? log.session.token_hash == address.token_hash
                                        : log.session.id == address.session)
                return &log;
        return nullptr;
    }

    Reply run(core::Command& command, const Address& address) {
        Reply reply;
        if (refuse_all) {
            reply.refusal = refuse_all;
            return reply;
        }
        if (auto* arrived = std::get_if<core::CustomerArrived>(&command)) {
            Log& log = logs[arrived->session.value];
            log.session.id = arrived->session;
            log.session.site = arrived->site;
            log.session.token_hash = arrived->token_hash;
            log.session.customer = arrived->customer;
            append(log, "session");
            reply.session = log.session;
            return reply;
        }
        Log* log = find(address);
        if (!log) {
            reply.refusal = Error{"token_invalid", "This token opens no session.", {}};
            return reply;
        }
        if (auto* said = std::get_if<core::CustomerSaid>(&command)) {
            say(*log, *said, reply);
        } else if (auto* read = std::get_if<core::ReadEvents>(&command)) {
            for (const core::Event& event : log->events)
                if (event.seq > read->after &&
                    reply.events.size() < static_cast<std::size_t>(read->limit))
                    reply.events.push_back(event);
        } else if (std::holds_alternative<core::HumanRequested>(command)) {
            log->session.state = core::SessionState::waiting;
            append(*log, "session");
        }
        reply.session = log->session;
        return reply;
    }

    void say(Log& log, const core::CustomerSaid& said, Reply& reply) {
        const auto known = log.said.find(said.client_id);
        if (known == log.said.end() && said.too_early_ms > 0) {
            reply.refusal = Error{"too_many_messages", "", said.too_early_ms};
        } else if (known == log.said.end()) {
            append(log, "message");
            log.said[said.client_id] = {log.session.head, said.text};
            reply.events.push_back(log.events.back());
        } else if (known->second.second != said.text) {
            reply.refusal = Error{"client_id_reused", "Another body came under this id.", {}};
        } else {
            reply.replayed = true;
            reply.events.push_back(log.events[static_cast<std::size_t>(known->second.first - 1)]);
        }
    }

    ManualLoop& loop_;
    std::deque<Waiting> waiting_;
    std::vector<Push> fresh_;
};

class FakeSocket final : public net::WebSocket {
public:
    net::SendStatus send_text(std::string_view text) override {
        if (overflows) return net::SendStatus::overflow;
        sent.emplace_back(text);
        return net::SendStatus::sent;
    }
    void ping() override { ++pings; }
    void close(std::uint16_t code, std::string_view reason) override {
        if (!closed) closed = {code, std::string(reason)};
    }
    [[nodiscard]] std::size_t buffered_bytes() const override { return buffered; }

    std::vector<std::string> sent;
    std::optional<std::pair<std::uint16_t, std::string>> closed;
    int pings = 0;
    std::size_t buffered = 0;
    bool overflows = false;
};

class FakeStream final : public net::ResponseStream {
public:
    net::SendStatus write(std::string_view bytes) override {
        text += bytes;
        return overflows ? net::SendStatus::overflow : net::SendStatus::sent;
    }
    void finish() override { finished = true; }

    std::string text;
    bool finished = false;
    bool overflows = false;
};

// What became of an exchange; outlives it.
struct Outcome {
    std::optional<net::HttpResponse> response;
    std::unique_ptr<net::WebSocketHandler> socket_handler;
    std::string protocol;
    FakeSocket socket;
    std::unique_ptr<net::ResponseStreamHandler> stream_handler;
    FakeStream stream;
    std::function<void()> abandoned;

    [[nodiscard]] int status() const { return response ? response->status : 0; }
    [[nodiscard]] std::string header(std::string_view name) const {
        return response ? std::string(net::find_header(response->headers, name)) : "";
    }
    [[nodiscard]] json::object body() const {
        return response ? parse_json_object(response->body).value_or(json::object{})
                        : json::object{};
    }
    [[nodiscard]] std::string code() const { return string_or_empty(body(), "code"); }

    void open_socket() { socket_handler->on_open(socket); }
    void say(std::string_view text) { socket_handler->on_text(text); }
    void hang_up() {
        socket_handler->on_close(1006);
        socket_handler.reset();
    }
};

class FakeExchange final : public net::Exchange {
public:
    FakeExchange(net::HttpRequest request, std::shared_ptr<Outcome> outcome)
        : request_(std::move(request)), outcome_(std::move(outcome)) {}

    net::HttpRequest& request() override { return request_; }
    void respond(net::HttpResponse response) override { outcome_->response = std::move(response); }
    void stream(net::HttpResponse head,
                std::unique_ptr<net::ResponseStreamHandler> handler) override {
        outcome_->response = std::move(head);
        outcome_->stream_handler = std::move(handler);
        outcome_->stream_handler->on_open(outcome_->stream);
    }
    [[nodiscard]] bool wants_websocket() const override {
        return request_.header("upgrade") == "websocket";
    }
    void accept_websocket(std::string_view protocol,
                          std::unique_ptr<net::WebSocketHandler> handler) override {
        outcome_->protocol = protocol;
        outcome_->socket_handler = std::move(handler);
    }
    void on_abandoned(std::function<void()> callback) override {
        outcome_->abandoned = std::move(callback);
    }

private:
    net::HttpRequest request_;
    std::shared_ptr<Outcome> outcome_;
};

// One gateway with everything around it.
class World {
public:
    explicit World(std::function<void(Options&)> change = {}, LimitOptions limits = {})
        : commons(limits, 42) {
        Options options;
        options.sites = {{SiteId("default"), {"https://shop.example"}},
                         {SiteId("other"), {"https://other.example"}}};
        options.public_url = "https://chat.example.com";
        options.trusted_proxies = {"127.0.0.1"};
        if (change) change(options);
        Hooks hooks;
        hooks.not_ready_reasons = [this] { return not_ready; };
        hooks.metrics_text = [] { return std::string("up 1\n"); };
        hooks.replaced = [this](const SessionId&, std::uint64_t instance, std::uint64_t epoch) {
            replaced.emplace_back(instance, epoch);
        };
        hooks.desk_request = [](net::HttpRequest request,
                                std::move_only_function<void(net::HttpResponse)> answer) {
            answer({.status = 200, .headers = {}, .body = "desk:" + request.body});
        };
        gateway = std::move(
            *Gateway::make({loop, backend, commons, random}, std::move(options), std::move(hooks)));
        backend.on_pushes = [this](const std::vector<Push>& pushes) { gateway->deliver(pushes); };
    }

    std::shared_ptr<Outcome> ask(std::string method, std::string path,
                                 std::vector<net::Header> headers = {}, std::string body = {}) {
        net::HttpRequest request;
        request.method = std::move(method);
        const std::size_t mark = path.find('?');
        request.path = path.substr(0, mark);
        if (mark != std::string::npos) request.query = path.substr(mark + 1);
        request.headers = std::move(headers);
        request.body = std::move(body);
        request.peer_address = "127.0.0.1";
        if (!request.body.empty() && request.header("content-type").empty())
            request.headers.push_back({"content-type", "application/json"});
        auto outcome = std::make_shared<Outcome>();
        gateway->handle(std::make_shared<FakeExchange>(std::move(request), outcome));
        loop.run_ready();
        return outcome;
    }

    std::shared_ptr<Outcome> ask_as(const std::string& token, std::string method, std::string path,
                                    std::string body = {}) {
        return ask(std::move(method), std::move(path), {{"authorization", "Bearer " + token}},
                   std::move(body));
    }

    // A socket after its upgrade, before its hello.
    std::shared_ptr<Outcome> upgrade(std::vector<net::Header> more = {}) {
        more.push_back({"upgrade", "websocket"});
        more.push_back({"sec-websocket-protocol", "deskbell.v1"});
        auto outcome = ask("GET", "/v1/socket", std::move(more));
        if (outcome->socket_handler) outcome->open_socket();
        return outcome;
    }

    std::shared_ptr<Outcome> connect(const std::string& token, std::int64_t after = 0,
                                     const std::string& instance = "tab") {
        auto outcome = upgrade();
        outcome->say(R"({"type":"hello","token":")" + token + R"(","after":)" +
                     std::to_string(after) + R"(,"instance":")" + instance + "\"}");
        loop.run_ready();
        return outcome;
    }

    ManualClock clock;
    ManualLoop loop{clock};
    FakeBackend backend{loop};
    SeededRandom random{7};
    Commons commons;
    std::vector<std::string> not_ready;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> replaced;
    std::unique_ptr<Gateway> gateway;
};

// A token of the right form that names the n-th customer.
inline std::string token_of(int n) {
    SeededRandom random(static_cast<std::uint64_t>(n) + 1000);
    return make_token(random);
}

}  // namespace deskbell::gateway::testing
