// WebSocket frames from anybody: however the bytes are cut, the same events come out; every message
// is UTF-8 and within its bound, and nothing comes after an error.

#include "base/text.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "net/websocket_frames.hpp"

#include <string>
#include <utility>
#include <vector>

namespace deskbell::net {
namespace {

constexpr std::size_t message_bytes_max = 1000;

struct Event {
    FrameEvent::Kind kind = FrameEvent::Kind::more;
    std::string payload;
    std::uint16_t code = 0;

    friend bool operator==(const Event&, const Event&) = default;
};

void check(const Event& event) {
    switch (event.kind) {
        case FrameEvent::Kind::text:
            FUZZ_CHECK(event.payload.size() <= message_bytes_max);
            FUZZ_CHECK(is_utf8(event.payload));
            break;
        case FrameEvent::Kind::ping:
        case FrameEvent::Kind::pong:
            FUZZ_CHECK(event.payload.size() <= 125);
            break;
        case FrameEvent::Kind::close:
            FUZZ_CHECK(event.payload.size() <= 123 && is_utf8(event.payload));
            FUZZ_CHECK(event.code == close_code::none_given || is_sendable_close_code(event.code));
            break;
        case FrameEvent::Kind::error:
            FUZZ_CHECK(event.code == close_code::protocol_error ||
                       event.code == close_code::unacceptable_data ||
                       event.code == close_code::bad_text || event.code == close_code::too_large);
            break;
        case FrameEvent::Kind::more:
            break;
    }
}

std::vector<Event> read_all(std::vector<std::string> pieces) {
    FrameReader reader(message_bytes_max);
    std::vector<Event> events;
    bool has_failed = false;
    for (std::string& piece : pieces) {
        std::span<char> bytes(piece);
        for (;;) {
            const std::size_t before = bytes.size();
            const FrameEvent event = reader.next(bytes);
            if (event.kind == FrameEvent::Kind::more) {
                FUZZ_CHECK(bytes.empty());
                break;
            }
            FUZZ_CHECK(!has_failed && bytes.size() < before);
            has_failed = event.kind == FrameEvent::Kind::error;
            events.push_back({event.kind, std::string(event.payload), event.code});
            check(events.back());
        }
    }
    return events;
}

}  // namespace
}  // namespace deskbell::net

DESKBELL_FUZZ(websocket_frames) {
    using namespace deskbell;
    fuzz::Input bytes(input);
    const std::uint64_t seed = bytes.byte();
    const std::string_view stream = bytes.rest();
    auto whole = net::read_all({std::string(stream)});
    auto cut = net::read_all(fuzz::in_random_pieces(stream, seed));
    // How soon broken UTF-8 or a size is noticed may differ by a piece, what is noticed may not.
    FUZZ_CHECK(whole == cut);
}
