#pragma once
// Connections that a test opens, speaks over and ends by hand.

#include "desk/slack/slack_json.hpp"
#include "net/websocket_client.hpp"

#include <memory>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct FakeSockets final : net::WebSocketClient {
    struct Connection {
        std::string url;
        net::ClientSocketHandler* handler = nullptr;  // null: dropped or ended
        std::vector<std::string> sent;
        int pings = 0;
        bool goodbye = false;
        bool answers_pings = true;

        void open() { handler->on_open(); }
        void hello() { say(R"({"type":"hello","num_connections":2})"); }
        void say(const std::string& text) { handler->on_text(text); }
        void end(const std::string& why = "reset") {
            std::exchange(handler, nullptr)->on_closed(why);
        }
        [[nodiscard]] bool is_there() const { return handler != nullptr; }
        [[nodiscard]] bool acknowledged(const std::string& id) const {
            for (const std::string& text : sent)
                if (text.find("\"" + id + "\"") != std::string::npos) return true;
            return false;
        }
    };

    class Socket final : public net::ClientSocket {
    public:
        explicit Socket(std::shared_ptr<Connection> connection)
            : connection_(std::move(connection)) {}
        ~Socket() override { connection_->handler = nullptr; }
        bool send_text(std::string text) override {
            if (!connection_->is_there()) return false;
            connection_->sent.push_back(std::move(text));
            return true;
        }
        void ping() override {
            ++connection_->pings;
            if (connection_->is_there() && connection_->answers_pings)
                connection_->handler->on_pong();
        }
        void close(std::uint16_t) override { connection_->goodbye = true; }

    private:
        std::shared_ptr<Connection> connection_;
    };

    std::vector<std::shared_ptr<Connection>> all;

    std::unique_ptr<net::ClientSocket> connect(const std::string& url,
                                               net::ClientSocketHandler& handler) override {
        all.push_back(std::make_shared<Connection>());
        all.back()->url = url;
        all.back()->handler = &handler;
        return std::make_unique<Socket>(all.back());
    }
    [[nodiscard]] std::size_t there() const {
        std::size_t count = 0;
        for (const auto& one : all) count += one->is_there() ? 1 : 0;
        return count;
    }
};

inline std::string envelope_text(const std::string& id, const std::string& event_id,
                                 const std::string& more = "") {
    return R"({"envelope_id":")" + id + R"(","type":"events_api","payload":{"event_id":")" +
           event_id + R"("})" + more + "}";
}

}  // namespace deskbell::desk::slack
