#pragma once
// Checks UTF-8 as it arrives, in pieces cut anywhere, and fails at the first byte that cannot be.

#include <cstdint>
#include <cstring>
#include <string_view>

namespace deskbell::net {

class Utf8Checker {
public:
    // False once the bytes so far can be the beginning of no valid text.
    [[nodiscard]] bool feed(std::string_view bytes) {
        const char* at = bytes.data();
        const char* const end = at + bytes.size();
        while (at != end) {
            if (left_ == 0 && end - at >= 8) {
                std::uint64_t word = 0;
                std::memcpy(&word, at, sizeof word);
                if ((word & 0x8080808080808080u) == 0) {  // eight ASCII characters
                    at += 8;
                    continue;
                }
            }
            if (!feed_byte(static_cast<std::uint8_t>(*at++))) return false;
        }
        return true;
    }
    // Whether a character ends here.
    [[nodiscard]] bool is_whole() const { return left_ == 0; }

private:
    bool feed_byte(std::uint8_t byte) {
        if (left_ > 0) {
            if (byte < low_ || byte > high_) return false;
            low_ = 0x80;
            high_ = 0xbf;
            --left_;
            return true;
        }
        if (byte < 0x80) return true;
        if (byte < 0xc2 || byte > 0xf4) return false;  // overlong, or past U+10FFFF
        left_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        // The second byte is what tells overlong forms, surrogates and too large values.
        low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
        high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
        return true;
    }

    std::uint8_t left_ = 0;
    std::uint8_t low_ = 0x80;
    std::uint8_t high_ = 0xbf;
};

}  // namespace deskbell::net
