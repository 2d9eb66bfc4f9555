#include "net/websocket_frames.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace deskbell::net {
namespace {

constexpr std::size_t mask_bytes = 4;

}  // namespace

FrameEvent FrameReader::next(std::span<char>& bytes) {
    if (has_failed_) {
        bytes = {};
        return {};
    }
    // What the last event showed has been used: an idle connection keeps nothing.
    if (!is_in_message_ && !is_in_payload_ && header_size_ == 0) pieces_.reset();
    for (;;) {
        if (!is_in_payload_) {
            if (bytes.empty()) return {};
            const FrameEvent event = read_header(bytes);
            if (event.kind == FrameEvent::Kind::error || !is_in_payload_) return event;
        }
        if (payload_left_ > 0 && bytes.empty()) return {};
        const FrameEvent event = read_payload(bytes);
        if (event.kind != FrameEvent::Kind::more) return event;
    }
}

// ---- headers

FrameEvent FrameReader::read_header(std::span<char>& bytes) {
    while (header_size_ < header_needed_) {
        if (bytes.empty()) return {};
        header_[header_size_++] = bytes.front();
        bytes = bytes.subspan(1);
        FrameEvent verdict;
        if (header_size_ == 1) verdict = check_first_byte();
        if (header_size_ == 2) verdict = check_second_byte();
        if (header_size_ > 2 && header_size_ + mask_bytes == header_needed_) {
            verdict = check_length();
        }
        if (verdict.kind == FrameEvent::Kind::error) return verdict;
    }
    is_in_payload_ = true;
    mask_at_ = 0;
    return {};
}

FrameEvent FrameReader::check_first_byte() {
    if ((header_byte(0) & 0x70) != 0) return fail(close_code::protocol_error);
    switch (opcode()) {
        case Opcode::text:
            return is_in_message_ ? fail(close_code::protocol_error) : FrameEvent{};
        case Opcode::binary:
            return fail(is_in_message_ ? close_code::protocol_error
                                       : close_code::unacceptable_data);
        case Opcode::continuation:
            return is_in_message_ ? FrameEvent{} : fail(close_code::protocol_error);
        case Opcode::close:
        case Opcode::ping:
        case Opcode::pong:
            return is_final() ? FrameEvent{} : fail(close_code::protocol_error);
    }
    return fail(close_code::protocol_error);  // a reserved opcode
}

FrameEvent FrameReader::check_second_byte() {
    const bool is_masked = (header_byte(1) & 0x80) != 0;
    const std::uint8_t length = header_byte(1) & 0x7f;
    if (!is_masked) return fail(close_code::protocol_error);
    if (is_control() && length > control_bytes_max) return fail(close_code::protocol_error);
    const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
    header_needed_ = static_cast<std::uint8_t>(2 + extended + mask_bytes);
    if (extended > 0) return {};
    payload_left_ = length;
    return check_length();
}

// Refuses by what was declared, before any of it is kept.
FrameEvent FrameReader::check_length() {
    std::uint64_t length = header_byte(1) & 0x7f;
    if (length >= 126) {
        const std::size_t extended = length == 126 ? 2 : 8;
        const std::uint64_t smallest = length == 126 ? 126 : 0x10000;
        length = 0;
        for (std::size_t i = 0; i < extended; ++i) length = length << 8 | header_byte(2 + i);
        if (length < smallest) return fail(close_code::protocol_error);  // not the shortest form
        if (length >> 63 != 0) return fail(close_code::protocol_error);
    }
    if (!is_control()) {
        const std::size_t held = pieces_ ? pieces_->message.size() : 0;
        if (length > message_bytes_max_ - held) return fail(close_code::too_large);
    }
    payload_left_ = static_cast<std::size_t>(length);
    return {};
}

// ---- payloads

FrameEvent FrameReader::read_payload(std::span<char>& bytes) {
    const std::span<char> payload = bytes.first(std::min(payload_left_, bytes.size()));
    bytes = bytes.subspan(payload.size());
    unmask(payload);
    payload_left_ -= payload.size();
    const FrameEvent event = is_control() ? read_control(payload) : read_data(payload);
    if (payload_left_ == 0) {
        is_in_payload_ = false;
        header_size_ = 0;
        header_needed_ = 2;
    }
    return event;
}

FrameEvent FrameReader::read_data(std::span<char> payload) {
    const std::string_view text(payload.data(), payload.size());
    const bool is_message_whole = payload_left_ == 0 && is_final();
    const bool is_first_piece = opcode() == Opcode::text && (!pieces_ || pieces_->message.empty());
    is_in_message_ = !is_final();
    if (is_message_whole && is_first_piece && (!pieces_ || pieces_->utf8.is_whole())) {
        Utf8Checker utf8;
        if (!utf8.feed(text) || !utf8.is_whole()) return fail(close_code::bad_text);
        pieces_.reset();
        return {FrameEvent::Kind::text, text};
    }
    Pieces& held = pieces();
    if (!held.utf8.feed(text)) return fail(close_code::bad_text);
    held.message += text;
    held.count();
    if (!is_message_whole) {
        return HeldBytes::are_too_many() ? fail(close_code::try_again_later) : FrameEvent{};
    }
    if (!held.utf8.is_whole()) return fail(close_code::bad_text);
    // The message moves to where it lives until the next call, and the pieces begin anew.
    held.control = std::exchange(held.message, {});
    held.utf8 = {};
    return {FrameEvent::Kind::text, held.control};
}

FrameEvent FrameReader::read_control(std::span<char> payload) {
    const std::string_view text(payload.data(), payload.size());
    const std::size_t declared = header_byte(1) & 0x7f;
    if (payload.size() == declared) return finish_control(text);
    Pieces& held = pieces();
    const bool is_first_piece = payload_left_ + payload.size() == declared;
    if (is_first_piece) held.control.clear();
    held.control += text;
    return payload_left_ == 0 ? finish_control(held.control) : FrameEvent{};
}

FrameEvent FrameReader::finish_control(std::string_view payload) {
    switch (opcode()) {
        case Opcode::ping:
            return {FrameEvent::Kind::ping, payload};
        case Opcode::pong:
            return {FrameEvent::Kind::pong, payload};
        default:
            return finish_close(payload);
    }
}

FrameEvent FrameReader::finish_close(std::string_view payload) {
    if (payload.empty()) return {FrameEvent::Kind::close, {}, close_code::none_given};
    if (payload.size() == 1) return fail(close_code::protocol_error);
    const auto high = static_cast<std::uint8_t>(payload[0]);
    const auto low = static_cast<std::uint8_t>(payload[1]);
    const auto code = static_cast<std::uint16_t>(high << 8 | low);
    if (!is_sendable_close_code(code)) return fail(close_code::protocol_error);
    const std::string_view reason = payload.substr(2);
    if (!is_utf8(reason)) return fail(close_code::bad_text);
    return {FrameEvent::Kind::close, reason, code};
}

FrameEvent FrameReader::fail(std::uint16_t code) {
    has_failed_ = true;
    pieces_.reset();
    return {FrameEvent::Kind::error, {}, code};
}

void FrameReader::unmask(std::span<char> payload) {
    const char* const mask = header_.data() + header_needed_ - mask_bytes;
    std::array<char, 8> key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = mask[(mask_at_ + i) % mask_bytes];
    std::uint64_t wide_key = 0;
    std::memcpy(&wide_key, key.data(), sizeof wide_key);
    std::size_t at = 0;
    for (; at + 8 <= payload.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, payload.data() + at, sizeof word);
        word ^= wide_key;
        std::memcpy(payload.data() + at, &word, sizeof word);
    }
    for (; at < payload.size(); ++at) payload[at] ^= key[at % 8];
    mask_at_ = static_cast<std::uint8_t>((mask_at_ + payload.size()) % mask_bytes);
}

FrameReader::Pieces& FrameReader::pieces() {
    if (!pieces_) pieces_ = std::make_unique<Pieces>();
    return *pieces_;
}

// ---- writing

std::string_view write_frame_header(Opcode opcode, std::size_t payload_bytes, FrameHeader& header) {
    header[0] = static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode));
    if (payload_bytes < 126) {
        header[1] = static_cast<char>(payload_bytes);
        return {header.data(), 2};
    }
    const std::size_t extended = payload_bytes < 0x10000 ? 2 : 8;
    header[1] = static_cast<char>(extended == 2 ? 126 : 127);
    for (std::size_t i = 0; i < extended; ++i) {
        header[2 + i] = static_cast<char>(payload_bytes >> (8 * (extended - 1 - i)));
    }
    return {header.data(), 2 + extended};
}

std::string to_close_frame(std::uint16_t code, std::string_view reason) {
    std::string payload;
    if (code != close_code::none_given) {
        payload += static_cast<char>(code >> 8);
        payload += static_cast<char>(code & 0xff);
        payload += prefix_at_most(reason, 123);
    }
    FrameHeader header;
    std::string frame(write_frame_header(Opcode::close, payload.size(), header));
    frame += payload;
    return frame;
}

bool is_sendable_close_code(std::uint16_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

}  // namespace deskbell::net
