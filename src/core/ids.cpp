#include "core/ids.hpp"

#include <string>

namespace deskbell::core {
namespace {

// Sorts as the numbers do, unlike the alphabet of RFC 4648.
constexpr char ordered_alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

std::string ordered_base32(std::uint64_t value, std::size_t characters) {
    std::string text(characters, '0');
    for (std::size_t i = characters; i > 0; --i) {
        text[i - 1] = ordered_alphabet[value & 31];
        value >>= 5;
    }
    return text;
}

}  // namespace

MessageId make_message_id(WallMs now, std::int64_t seq, Random& random) {
    return MessageId("msg_" + ordered_base32(static_cast<std::uint64_t>(now), 10) +
                     ordered_base32(static_cast<std::uint64_t>(seq) & 0x7fff, 3) +
                     ordered_base32(random.next_u64(), 8));
}

FileId make_file_id(Random& random) {
    return FileId("file_" + ordered_base32(random.next_u64(), 13) +
                  ordered_base32(random.next_u64(), 13));
}

LetterId make_letter_id(WallMs now, Random& random) {
    std::string text = random.uuid();
    auto rest = static_cast<std::uint64_t>(now);
    for (std::size_t i = 13; i > 0; --i) {
        if (text[i - 1] == '-') continue;
        text[i - 1] = "0123456789abcdef"[rest & 15];
        rest >>= 4;
    }
    text[14] = '7';
    return LetterId(std::move(text));
}

}  // namespace deskbell::core
