#include "base/time_zone.hpp"

#include "base/posix_zone.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <vector>

namespace deskbell {
namespace {

constexpr std::int64_t day_s = 86'400;
constexpr std::size_t file_bytes_max = 1 << 20;
constexpr std::size_t header_bytes = 44;

std::int64_t floor_to_s(WallMs at) { return at >= 0 ? at / 1000 : -((-at + 999) / 1000); }

std::chrono::year_month_day civil(const LocalDate& date) {
    return std::chrono::year(date.year) / date.month / date.day;
}

LocalDate date_of(std::chrono::sys_days days) {
    const std::chrono::year_month_day civil(days);
    return {int(civil.year()), int(unsigned(civil.month())), int(unsigned(civil.day()))};
}

// Names come from a configuration; none may lead out of the folder.
bool is_zone_name(const std::string& name) {
    return !name.empty() && name.size() <= 80 && name.front() != '/' &&
           name.find("..") == std::string::npos && std::ranges::all_of(name, [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '/' || c == '_' || c == '-' || c == '+';
           });
}

// Big-endian numbers out of a file whose sizes are not believed.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : rest_(bytes) {}
    [[nodiscard]] bool has(std::size_t count) const { return rest_.size() >= count; }
    std::string_view take(std::size_t count) {
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::int64_t number(std::size_t width) {
        std::uint64_t value = 0;
        const std::string_view digits = take(width);
        for (const char digit : digits) value = value << 8 | static_cast<unsigned char>(digit);
        const unsigned unused = static_cast<unsigned>(64 - width * 8);
        return static_cast<std::int64_t>(value << unused) >> unused;
    }
    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

struct Counts {
    std::size_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0;

    [[nodiscard]] std::size_t body_bytes(std::size_t width) const {
        return times * width + times + types * 6 + letters + leaps * (width + 4) + standard + utc;
    }
};

Result<Counts> read_header(Bytes& bytes, char& version) {
    if (!bytes.has(header_bytes) || bytes.take(4) != "TZif")
        return fail("timezone_unreadable", "That is no time zone file.");
    version = bytes.take(1).front();
    bytes.take(15);
    Counts counts;
    for (std::size_t* count : {&counts.utc, &counts.standard, &counts.leaps, &counts.times,
                               &counts.types, &counts.letters}) {
        const std::int64_t value = bytes.number(4);
        if (value < 0 || value > 100'000)
            return fail("timezone_unreadable", "The time zone file is damaged.");
        *count = static_cast<std::size_t>(value);
    }
    return counts;
}

}  // namespace

struct TimeZone::Data {
    struct Change {
        std::int64_t at_s = 0;  // from then on
        std::int64_t offset_s = 0;
    };
    std::string name = "UTC";
    std::int64_t first_offset_s = 0;
    std::vector<Change> changes;
    std::optional<PosixZone> after;  // the last of them
};

LocalDate next_day(const LocalDate& date, int days) {
    return date_of(std::chrono::sys_days(civil(date)) + std::chrono::days(days));
}

int weekday_of(const LocalDate& date) {
    return int(std::chrono::weekday(std::chrono::sys_days(civil(date))).iso_encoding()) - 1;
}

Result<LocalDate> parse_date(std::string_view text) {
    LocalDate date;
    const auto number = [](std::string_view digits, int& value) {
        const char* const last = digits.data() + digits.size();
        const auto [end, failed] = std::from_chars(digits.data(), last, value);
        return failed == std::errc() && end == last;
    };
    const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-';
    if (!shaped || !number(text.substr(0, 4), date.year) ||
        !number(text.substr(5, 2), date.month) || !number(text.substr(8, 2), date.day) ||
        !civil(date).ok())
        return fail("date_invalid", "A day is written like 2026-12-24.");
    return date;
}

TimeZone::TimeZone() : data_(std::make_shared<Data>()) {}

Result<TimeZone> TimeZone::load(const std::string& name, const std::string& folder) {
    const Error unknown{"timezone_unknown",
                        "There is no time zone \"" + name +
                            "\" here; write it like Europe/Berlin. (Is tzdata installed?)",
                        std::nullopt};
    if (!is_zone_name(name)) return std::unexpected(unknown);
    const char* const set = std::getenv("TZDIR");
    const std::string base = !folder.empty() ? folder : set ? set : "/usr/share/zoneinfo";
    std::ifstream stream(base + "/" + name, std::ios::binary);
    std::string bytes;
    if (stream) {
        bytes.resize(file_bytes_max);
        stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
    }
    auto zone = parse(bytes, name);
    if (!zone) return std::unexpected(unknown);
    return zone;
}

Result<TimeZone> TimeZone::parse(std::string_view content, std::string name) {
    const auto damaged = [] {
        return fail("timezone_unreadable", "The time zone file is damaged.");
    };
    Bytes bytes(content);
    char version = 0;
    auto counts = read_header(bytes, version);
    if (!counts) return std::unexpected(counts.error());
    std::size_t width = 4;
    if (version >= '2') {  // the first body is for readers of long ago; the second says the same
        const std::size_t first = counts->body_bytes(4);
        if (!bytes.has(first)) return damaged();
        bytes.take(first);
        counts = read_header(bytes, version);
        if (!counts) return std::unexpected(counts.error());
        width = 8;
    }
    if (counts->types == 0 || !bytes.has(counts->body_bytes(width))) return damaged();
    auto data = std::make_shared<Data>();
    data->name = std::move(name);
    data->changes.resize(counts->times);
    for (Data::Change& change : data->changes) change.at_s = bytes.number(width);
    const std::string_view type_of_change = bytes.take(counts->times);
    std::vector<std::int64_t> offsets;
    for (std::size_t i = 0; i < counts->types; ++i) {
        offsets.push_back(bytes.number(4));
        bytes.take(2);
        if (offsets.back() < -26 * 3600 || offsets.back() > 26 * 3600) return damaged();
    }
    for (std::size_t i = 0; i < counts->times; ++i) {
        const auto type = static_cast<unsigned char>(type_of_change[i]);
        if (type >= offsets.size() || (i > 0 && data->changes[i].at_s <= data->changes[i - 1].at_s))
            return damaged();
        data->changes[i].offset_s = offsets[type];
    }
    data->first_offset_s = offsets.front();
    bytes.take(counts->letters + counts->leaps * (width + 4) + counts->standard + counts->utc);
    if (width == 8 && bytes.rest().starts_with('\n')) {
        const std::string_view rule = bytes.rest().substr(1);
        data->after = parse_posix_zone(rule.substr(0, rule.find('\n')));
    }
    TimeZone zone;
    zone.data_ = std::move(data);
    return zone;
}

const std::string& TimeZone::name() const { return data_->name; }

std::int64_t TimeZone::offset_s(WallMs at) const {
    const std::int64_t second = floor_to_s(at);
    const auto& changes = data_->changes;
    const auto later = std::ranges::upper_bound(changes, second, {}, &Data::Change::at_s);
    if (later == changes.end() && data_->after) return data_->after->offset_s(second);
    return later == changes.begin() ? data_->first_offset_s : std::prev(later)->offset_s;
}

LocalTime TimeZone::local(WallMs at) const {
    const std::int64_t second = floor_to_s(at) + offset_s(at);
    const std::int64_t days = second >= 0 ? second / day_s : -((-second + day_s - 1) / day_s);
    LocalTime time;
    time.date = date_of(std::chrono::sys_days(std::chrono::days(days)));
    time.minute_of_day = static_cast<int>((second - days * day_s) / 60);
    time.weekday = weekday_of(time.date);
    return time;
}

WallMs TimeZone::wall(const LocalDate& date, int minute_of_day) const {
    const auto days = std::chrono::sys_days(civil(date)).time_since_epoch().count();
    const std::int64_t shown = days * day_s + minute_of_day * std::int64_t{60};
    // The offsets on either side of a change nearby; the earlier moment that shows this time wins.
    const std::int64_t before = offset_s((shown - day_s) * 1000);
    const std::int64_t after = offset_s((shown + day_s) * 1000);
    for (const std::int64_t offset : {std::max(before, after), std::min(before, after)}) {
        if (offset_s((shown - offset) * 1000) == offset) return (shown - offset) * 1000;
    }
    return (shown - before) * 1000;  // the clock jumped over it
}

}  // namespace deskbell
