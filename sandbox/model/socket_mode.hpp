#pragma once
// Socket Mode: which of the app's sockets gets an envelope, what it must acknowledge and when, and
// how Slack takes sockets down. It holds no socket: whoever carries bytes performs its orders.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sandbox/model/workspace.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sandbox {

struct World;

using SocketId = std::uint64_t;

// What the carrier has to do with a socket, in this order.
struct SocketOrder {
    enum class Kind { send, close };
    Kind kind = Kind::send;
    SocketId socket = 0;
    std::string text;  // the frame, or the reason for closing
};

struct ModeSocket {
    enum class State {
        open,
        warned,     // "disconnect: warning" was sent; envelopes go elsewhere if they can
        refreshing  // "disconnect: refresh_requested" was sent; closed soon
    };
    SocketId id = 0;
    State state = State::open;
    bool is_stalled = false;  // looks open, swallows what it is given
    bool is_ghost = false;    // its connection is gone, but Slack has not noticed
    SteadyMs opened_ms = 0;
    SteadyMs ends_ms = 0;      // warned ten seconds before, refreshed then
    SteadyMs vanishes_ms = 0;  // of ghosts, and of those refreshing
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
};

class SocketMode {
public:
    static constexpr std::size_t sockets_max = 10;
    static constexpr std::size_t tickets_max = 100;
    static constexpr std::int64_t ticket_lifetime_ms = 30'000;
    static constexpr std::int64_t acknowledge_ms = 3'000;
    static constexpr std::int64_t warning_ms = 10'000;
    static constexpr std::int64_t refresh_grace_ms = 10'000;
    static constexpr std::int64_t debug_lifetime_ms = 360'000;

    struct UnderWay {
        std::uint64_t delivery = 0;
        SocketId socket = 0;
        SteadyMs deadline_ms = 0;
        bool takes_payload = false;
    };
    struct Ticket {
        std::string text;
        SteadyMs expires_ms = 0;
    };

    std::map<SocketId, ModeSocket> sockets;     // ghosts are among them
    std::map<std::string, UnderWay> under_way;  // by envelope_id
    std::deque<Ticket> tickets;
    std::vector<SocketOrder> orders;  // not yet fetched
    SocketId next_id = 1;
};

// The path and query of a fresh socket URL, good for one connection.
[[nodiscard]] std::string make_socket_path(World& world);
// When a timer of Socket Mode is due, envelopes apart.
[[nodiscard]] std::optional<SteadyMs> next_socket_timer(const World& world);
// For the page.
[[nodiscard]] json::array shown_sockets(const World& world);

}  // namespace deskbell::sandbox
