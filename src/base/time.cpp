#include "base/time.hpp"

#include <cstdio>
#include <ctime>

namespace deskbell {
namespace {

std::tm to_utc(WallMs at, std::int64_t& milliseconds) {
    std::int64_t seconds = at / 1000;
    milliseconds = at % 1000;
    if (milliseconds < 0) {  // before 1970 the remainder counts backwards
        milliseconds += 1000;
        --seconds;
    }
    const std::time_t time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    return parts;
}

}  // namespace

std::string to_rfc3339(WallMs at) {
    std::int64_t milliseconds = 0;
    const std::tm parts = to_utc(at, milliseconds);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                  static_cast<int>(milliseconds));
    return text;
}

std::string to_hours_minutes(WallMs at) {
    std::int64_t milliseconds = 0;
    const std::tm parts = to_utc(at, milliseconds);
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d", parts.tm_hour, parts.tm_min);
    return text;
}

}  // namespace deskbell
