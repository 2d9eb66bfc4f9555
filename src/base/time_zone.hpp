#pragma once
// Local time anywhere: the system's own time zone files (TZif, RFC 8536), read once.
//
// What this is: a value that many may share and read from any thread. libstdc++ 12 has no tzdb, and
// the C library keeps one zone for the whole process; docs/decisions says why this reader is ours.
// What it never does: read a file after load(); know what time it is.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace deskbell {

struct LocalDate {
    int year = 1970;
    int month = 1;  // 1 to 12
    int day = 1;

    friend auto operator<=>(const LocalDate&, const LocalDate&) = default;
};

struct LocalTime {
    LocalDate date;
    int minute_of_day = 0;  // 0 to 1439
    int weekday = 0;        // 0 is Monday
};

[[nodiscard]] LocalDate next_day(const LocalDate& date, int days = 1);
[[nodiscard]] int weekday_of(const LocalDate& date);  // 0 is Monday
// "2026-12-24"; nothing when there is no such day.
[[nodiscard]] Result<LocalDate> parse_date(std::string_view text);

class TimeZone {
public:
    TimeZone();  // UTC

    // By its name, "Europe/Berlin", below `folder` (the system's when empty). `timezone_unknown`.
    [[nodiscard]] static Result<TimeZone> load(const std::string& name,
                                               const std::string& folder = "");
    // A file's content; for tests and fuzzing.
    [[nodiscard]] static Result<TimeZone> parse(std::string_view bytes, std::string name);

    [[nodiscard]] const std::string& name() const;
    [[nodiscard]] std::int64_t offset_s(WallMs at) const;  // east of Greenwich
    [[nodiscard]] LocalTime local(WallMs at) const;
    // When a clock there first shows that time, or would if it were not put forward just then.
    [[nodiscard]] WallMs wall(const LocalDate& date, int minute_of_day) const;

private:
    struct Data;
    std::shared_ptr<const Data> data_;
};

}  // namespace deskbell
