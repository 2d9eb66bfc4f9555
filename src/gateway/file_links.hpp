#pragma once
// Addresses that open one file for a few minutes, without a token: for <img> and <a>. Pure.
//
// The signature covers the id and the end of its time. Times are rounded up, so that the same file
// keeps its address for a while and browsers may keep its picture.

#include "base/clock.hpp"
#include "core/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::gateway {

inline constexpr std::int64_t link_life_ms = 10 * 60'000;

// "/v1/files/file_…?e=1763800600&s=…"
[[nodiscard]] std::string file_link(std::string_view key, const FileId& id, std::int64_t ends_s);
[[nodiscard]] std::int64_t link_end_s(WallMs now);
// Nothing, or the code: `link_invalid`, `link_expired`.
[[nodiscard]] std::optional<std::string_view> link_refusal(std::string_view key,
                                                           std::string_view id,
                                                           std::string_view ends,
                                                           std::string_view signature, WallMs now);
// The file as in events, with `url` and `url_expires_at`.
[[nodiscard]] std::string file_with_link(std::string_view key, const core::File& file, WallMs now);

// "bytes=0-99" of so many bytes: first and count. Nothing: the whole; `unsatisfiable` when it lies
// outside.
struct ByteRange {
    std::size_t first = 0;
    std::size_t count = 0;
    bool unsatisfiable = false;
};
[[nodiscard]] std::optional<ByteRange> read_range(std::string_view header, std::size_t size);

}  // namespace deskbell::gateway
