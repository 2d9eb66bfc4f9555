#include "gateway/file_links.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "core/render.hpp"
#include "gateway/responses.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace deskbell::gateway {
namespace {

constexpr std::int64_t slot_s = 300;

std::string signature_of(std::string_view key, std::string_view id, std::string_view ends) {
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()),
                                key.size());
    const std::string signed_text = "file\n" + std::string(id) + "\n" + std::string(ends);
    crypto_auth_hmacsha256_update(
        &state, reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size());
    crypto_auth_hmacsha256_final(&state, mac.data());
    return to_hex(mac);
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc() || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

}  // namespace

std::int64_t link_end_s(WallMs now) {
    const std::int64_t seconds = (now + link_life_ms) / 1000;
    return (seconds + slot_s - 1) / slot_s * slot_s;
}

std::string file_link(std::string_view key, const FileId& id, std::int64_t ends_s) {
    const std::string ends = std::to_string(ends_s);
    return "/v1/files/" + id.value + "?e=" + ends + "&s=" + signature_of(key, id.value, ends);
}

std::optional<std::string_view> link_refusal(std::string_view key, std::string_view id,
                                             std::string_view ends, std::string_view signature,
                                             WallMs now) {
    const std::string expected = signature_of(key, id, ends);
    const bool same = !key.empty() && signature.size() == expected.size() &&
                      sodium_memcmp(signature.data(), expected.data(), expected.size()) == 0;
    const auto end = number(ends);
    if (!same || !end) return "link_invalid";
    if (*end * 1000 <= now) return "link_expired";
    return std::nullopt;
}

std::string file_with_link(std::string_view key, const core::File& file, WallMs now) {
    const std::int64_t ends_s = link_end_s(now);
    std::string json = core::render_file(file);
    json.pop_back();
    return json + ",\"url\":" + json_string(file_link(key, file.id, ends_s)) +
           ",\"url_expires_at\":" + json_string(to_rfc3339(ends_s * 1000)) + "}";
}

std::optional<ByteRange> read_range(std::string_view header, std::size_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit) || header.find(',') != std::string_view::npos)
        return std::nullopt;
    const std::string_view range = trim(header.substr(unit.size()));
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = number(range.substr(0, dash));
    const auto last = number(range.substr(dash + 1));
    if (!first && !last) return std::nullopt;
    if ((dash > 0 && !first) || (dash + 1 < range.size() && !last)) return std::nullopt;
    if (!first) {  // the last so many
        const auto count = std::min<std::size_t>(static_cast<std::size_t>(*last), size);
        if (count == 0) return ByteRange{.unsatisfiable = true};
        return ByteRange{.first = size - count, .count = count};
    }
    const auto begin = static_cast<std::size_t>(*first);
    if (begin >= size || (last && *last < *first)) return ByteRange{.unsatisfiable = begin >= size};
    const std::size_t end = last ? std::min(static_cast<std::size_t>(*last), size - 1) : size - 1;
    return ByteRange{.first = begin, .count = end - begin + 1};
}

}  // namespace deskbell::gateway
