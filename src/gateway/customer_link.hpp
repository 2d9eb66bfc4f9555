#pragma once
// One customer's WebSocket, from the hello to the close.
//
// What this is: the conversation `deskbell.v1` on one socket: greet, resume, relay, answer, notice
// silence. Who calls it: the connection that owns it (WebSocketHandler) and the loop's hub
// (Listener). Threading: the loop's thread only. What it never does: keep a message, decide about a
// session, wait. Every bound closes with a code of its own.
//
// An idle customer must cost hundreds of bytes: ids and numbers, no callbacks kept, no timers of
// its own, and what only the greeting needs is freed with it.

#include "gateway/context.hpp"
#include "gateway/event_feed.hpp"
#include "gateway/requests.hpp"
#include "net/http_server.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::gateway {

namespace close_code {
inline constexpr std::uint16_t try_again_later = 1013;  // the backend is busy; reason: milliseconds
inline constexpr std::uint16_t replaced = 4001;
inline constexpr std::uint16_t bad_frame = 4002;
inline constexpr std::uint16_t token_invalid = 4003;
inline constexpr std::uint16_t heartbeat_missed = 4009;
inline constexpr std::uint16_t upgrade_client = 4010;
inline constexpr std::uint16_t too_many_requests = 4029;
}  // namespace close_code

// Where the upgrade came from: needed until the hello names the session.
struct LinkOrigin {
    std::string origin;
    bool same_origin = false;
    std::string network;
};

class CustomerLink final : public net::WebSocketHandler, public Listener {
public:
    CustomerLink(Context& context, LinkOrigin origin);
    ~CustomerLink() override;

    void on_open(net::WebSocket& socket) override;
    void on_text(std::string_view text) override;
    void on_pong() override;
    void on_close(std::uint16_t code) override;

    void pushed(const Push& push, const std::string& frame) override;
    void live(const std::string& frame) override;
    [[nodiscard]] SteadyMs due(SteadyMs now) override;
    void resume() override;
    void replaced() override;
    void evict() override;
    void shut_out() override;
    [[nodiscard]] std::uint64_t instance() const override { return instance_; }
    [[nodiscard]] std::uint64_t epoch() const override { return epoch_; }

private:
    // Only while the hello is awaited and answered.
    struct Greeting {
        LinkOrigin from;
        std::int64_t after = 0;
        std::optional<std::string> log;
        bool hello_read = false;
        SteadyMs asked_at = 0;
        std::vector<std::string> early_frames;  // sent before the welcome; taken after it
    };

    void greet(std::string_view text);
    void ask_for_session(const Hello& hello);
    void greeted(Reply reply);
    void welcome(const Reply& reply);
    [[nodiscard]] bool follows_another_run(const core::Session& session,
                                           const Greeting& greeting) const;

    void take(Frame frame);
    void take_request(Frame& frame);
    void relay_typing(bool on);
    void submit(Frame& frame);
    void answered(const std::string& id_json, bool is_message, const Reply& reply);
    [[nodiscard]] bool is_flooding(const Frame& frame);

    void read_more();
    void page_read(const Reply& reply);
    void send_page(const std::vector<core::Event>& events);
    void wait_for_reader();

    void send(std::string_view frame);
    void send_ok(const std::string& id_json);
    void send_error(const std::string& id_json, const Error& error);
    void close(std::uint16_t code, std::string_view reason);
    void close_for(const Error& refusal);
    void leave_session();

    // An answer for a link that may be gone when it comes.
    template <class Method>
    [[nodiscard]] Backend::Callback when_answered(Method method);

    static constexpr std::int64_t page_events_max = 200;
    static constexpr std::size_t early_frames_max = 16;           // more: 4029
    static constexpr std::size_t requests_in_flight_max = 64;     // more: `busy`
    static constexpr std::size_t buffered_bytes_max = 64u << 10;  // catching up pauses beyond

    Context& context_;
    net::WebSocket* socket_ = nullptr;  // from on_open until on_close
    std::unique_ptr<Greeting> greeting_;
    std::string session_;  // the hub's key points into it while bound
    EventFeed feed_;
    SteadyMs last_heard_ = 0;
    SteadyMs next_ping_ = 0;
    std::uint64_t instance_ = 0;
    std::uint64_t epoch_ = 0;
    std::uint64_t session_key_ = 0;  // of the rate limits
    std::int64_t message_flood_us_ = 0;
    std::int64_t request_flood_us_ = 0;
    ListenerHandle handle_;
    std::uint16_t requests_in_flight_ = 0;
    bool bound_ = false;
    bool stalled_ = false;  // the reader is slow; resume() goes on
    bool closing_ = false;
};

// Twice this, with the connection's buffers and the hub's entries, is what a visitor may cost.
static_assert(sizeof(CustomerLink) <= 256);

// How `instance` is remembered and compared. 0: none was given.
[[nodiscard]] std::uint64_t instance_key(std::string_view instance);

}  // namespace deskbell::gateway
