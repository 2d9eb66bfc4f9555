// WebSocket conversations that are right: fragments, control frames between them, any mask, cut
// anywhere, must come out as exactly what was sent.

#include "base/text.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "net/websocket_frames.hpp"

#include <string>
#include <vector>

namespace deskbell::net {
namespace {

constexpr std::size_t message_bytes_max = 64u << 10;

struct Sent {
    FrameEvent::Kind kind = FrameEvent::Kind::text;
    std::string payload;
    std::uint16_t code = 0;
};

void append_frame(std::string& stream, Opcode opcode, bool is_final, std::string_view payload,
                  std::uint64_t mask) {
    stream += static_cast<char>((is_final ? 0x80 : 0) | static_cast<int>(opcode));
    if (payload.size() < 126) {
        stream += static_cast<char>(0x80 | payload.size());
    } else {
        const std::size_t extended = payload.size() < 0x10000 ? 2 : 8;
        stream += static_cast<char>(0x80 | (extended == 2 ? 126 : 127));
        for (std::size_t i = extended; i-- > 0;)
            stream += static_cast<char>(payload.size() >> (8 * i));
    }
    char key[4];
    for (int i = 0; i < 4; ++i) stream += key[i] = static_cast<char>(mask >> (8 * i));
    for (std::size_t i = 0; i < payload.size(); ++i)
        stream += static_cast<char>(payload[i] ^ key[i % 4]);
}

void send_text(fuzz::Input& input, std::string& stream, std::vector<Sent>& sent) {
    // A short text that is said many times crosses the borders between the forms of a length.
    std::string text = input.text(300);
    if (!is_utf8(text)) text = without_controls(text);
    const std::size_t repeats = input.below(16) == 0 ? 256 : 1 + input.below(4);
    std::string message;
    for (std::size_t i = 0; i < repeats && message.size() + text.size() <= message_bytes_max; ++i)
        message += text;
    std::string_view left = message;
    Opcode opcode = Opcode::text;
    for (std::size_t pieces = input.below(5); pieces > 0; --pieces) {
        const std::size_t length = input.number(2) % (left.size() + 1);
        append_frame(stream, opcode, false, left.substr(0, length), input.number(4));
        left.remove_prefix(length);
        opcode = Opcode::continuation;
        if (!input.flag()) continue;
        const std::string ping = input.text(125);
        append_frame(stream, Opcode::ping, true, ping, input.number(4));
        sent.push_back({FrameEvent::Kind::ping, ping, 0});
    }
    append_frame(stream, opcode, true, left, input.number(4));
    sent.push_back({FrameEvent::Kind::text, message, 0});
}

}  // namespace
}  // namespace deskbell::net

DESKBELL_FUZZ(websocket_messages) {
    using namespace deskbell;
    using Kind = net::FrameEvent::Kind;
    fuzz::Input bytes(input);
    const std::uint64_t seed = bytes.byte();
    std::string stream;
    std::vector<net::Sent> sent;
    for (int i = 0; i < 12 && !bytes.empty(); ++i) {
        switch (bytes.below(4)) {
            case 0: {
                const std::string payload = bytes.text(125);
                net::append_frame(stream, net::Opcode::pong, true, payload, bytes.number(4));
                sent.push_back({Kind::pong, payload, 0});
                break;
            }
            case 1: {
                const auto code = static_cast<std::uint16_t>(3000 + bytes.number(2) % 2000);
                const std::string reason = without_controls(bytes.text(40));
                std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
                net::append_frame(stream, net::Opcode::close, true, payload + reason,
                                  bytes.number(4));
                sent.push_back({Kind::close, reason, code});
                break;
            }
            default:
                net::send_text(bytes, stream, sent);
        }
    }
    net::FrameReader reader(net::message_bytes_max);
    std::size_t next = 0;
    for (std::string& piece : fuzz::in_random_pieces(stream, seed)) {
        std::span<char> left(piece);
        for (auto event = reader.next(left); event.kind != Kind::more; event = reader.next(left)) {
            FUZZ_CHECK(next < sent.size());
            FUZZ_CHECK(event.kind == sent[next].kind && event.payload == sent[next].payload);
            FUZZ_CHECK(event.code == sent[next].code);
            ++next;
        }
    }
    FUZZ_CHECK(next == sent.size());
}
