#pragma once
// A time zone's rule for ever: "CET-1CEST,M3.5.0,M10.5.0/3", as stands at the end of its file.
// For src/base/time_zone.cpp only.

#include <cstdint>
#include <optional>
#include <string_view>

namespace deskbell {

struct PosixZone {
    struct Rule {
        enum class Kind : std::uint8_t { weekday, julian, day } kind = Kind::weekday;
        int month = 1, week = 1,
            weekday = 0;  // weekday: the week-th such day (5: the last), 0 Sunday
        int day = 0;      // julian: 1 to 365, no leap day; day: 0 to 365
        std::int64_t time_s = 2 * 3600;
    };
    std::int64_t standard_s = 0;  // east of Greenwich
    std::int64_t summer_s = 0;
    bool has_summer = false;
    Rule begins;
    Rule ends;

    [[nodiscard]] std::int64_t offset_s(std::int64_t utc_s) const;
};

[[nodiscard]] std::optional<PosixZone> parse_posix_zone(std::string_view text);

}  // namespace deskbell
