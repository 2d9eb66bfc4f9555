#pragma once
// WebSocket frames (RFC 6455), the server's side. Sans-I/O: bytes in, events out; no sockets.
//
// What this is: a reader that may be fed bytes cut anywhere, and writers of frame headers. Who uses
// it: net/websocket_connection, the tests and the fuzzers. What it never does: buffer what was
// declared too large; allocate for a message that arrives in one piece; negotiate extensions, so
// any reserved bit is an error.

#include "net/held_bytes.hpp"
#include "net/utf8_checker.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace deskbell::net {

enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unacceptable_data = 1003;
inline constexpr std::uint16_t none_given = 1005;  // never on the wire
inline constexpr std::uint16_t vanished = 1006;    // never on the wire
inline constexpr std::uint16_t bad_text = 1007;
inline constexpr std::uint16_t too_large = 1009;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t try_again_later = 1013;
inline constexpr std::uint16_t too_slow = 4008;
inline constexpr std::uint16_t heartbeat_missed = 4009;
}  // namespace close_code

struct FrameEvent {
    enum class Kind : std::uint8_t {
        more,   // all bytes were taken; feed more when there are more
        text,   // a whole message, valid UTF-8
        ping,   // answer with the same payload
        pong,   //
        close,  // `code` (1005: none given); payload is the reason
        error,  // close with `code`; the reader reads no more
    };
    Kind kind = Kind::more;
    std::string_view payload{};  // valid until the next call of next()
    std::uint16_t code = 0;
};

class FrameReader {
public:
    // `message_bytes_max` bounds a whole message, however many frames carry it.
    explicit FrameReader(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

    // Takes bytes from the front of `bytes` (unmasking them in place) up to the next event. Call
    // again until it says `more`.
    FrameEvent next(std::span<char>& bytes);

private:
    // Only while a frame or a message is in pieces.
    struct Pieces {
        std::string message;
        std::string control;
        Utf8Checker utf8;
        HeldBytes held;

        void count() { held.set(message.capacity() + control.capacity()); }
    };

    static constexpr std::size_t control_bytes_max = 125;

    FrameEvent read_header(std::span<char>& bytes);
    FrameEvent check_first_byte();
    FrameEvent check_second_byte();
    FrameEvent check_length();
    FrameEvent read_payload(std::span<char>& bytes);
    FrameEvent read_data(std::span<char> payload);
    FrameEvent read_control(std::span<char> payload);
    FrameEvent finish_control(std::string_view payload);
    FrameEvent finish_close(std::string_view payload);
    FrameEvent fail(std::uint16_t code);
    void unmask(std::span<char> payload);
    [[nodiscard]] Pieces& pieces();
    [[nodiscard]] std::uint8_t header_byte(std::size_t at) const {
        return static_cast<std::uint8_t>(header_[at]);
    }
    [[nodiscard]] bool is_control() const { return (header_byte(0) & 0x08) != 0; }
    [[nodiscard]] bool is_final() const { return (header_byte(0) & 0x80) != 0; }
    [[nodiscard]] Opcode opcode() const { return static_cast<Opcode>(header_byte(0) & 0x0f); }

    const std::size_t message_bytes_max_;
    std::unique_ptr<Pieces> pieces_;
    std::size_t payload_left_ = 0;
    std::array<char, 14> header_{};
    std::uint8_t header_size_ = 0;    // bytes of header_ that are there
    std::uint8_t header_needed_ = 2;  // grows as the header tells how long it is
    std::uint8_t mask_at_ = 0;        // which byte of the mask comes next
    bool is_in_payload_ = false;
    bool is_in_message_ = false;  // between a first frame without FIN and the last one
    bool has_failed_ = false;
};

// The header of an unmasked frame, FIN set. Returns how many bytes of `header` it takes.
using FrameHeader = std::array<char, 10>;
[[nodiscard]] std::string_view write_frame_header(Opcode opcode, std::size_t payload_bytes,
                                                  FrameHeader& header);

// A whole close frame; without a payload for 1005. The reason is cut to what a frame can carry.
[[nodiscard]] std::string to_close_frame(std::uint16_t code, std::string_view reason);

// Whether a peer may send this code (RFC 6455 §7.4, and what IANA has registered since).
[[nodiscard]] bool is_sendable_close_code(std::uint16_t code);

}  // namespace deskbell::net
