#include "base/posix_zone.hpp"

#include <chrono>

namespace deskbell {
namespace {

constexpr std::int64_t day_s = 86'400;

class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
    bool skip(char c) {
        if (!at(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    // "CET" or "<+03>".
    bool name() {
        if (skip('<')) {
            const std::size_t end = rest_.find('>');
            if (end == std::string_view::npos) return false;
            rest_.remove_prefix(end + 1);
            return true;
        }
        std::size_t length = 0;
        while (length < rest_.size() && ((rest_[length] >= 'A' && rest_[length] <= 'Z') ||
                                         (rest_[length] >= 'a' && rest_[length] <= 'z')))
            ++length;
        rest_.remove_prefix(length);
        return length >= 3;
    }
    std::optional<int> number(int least, int most) {
        int value = 0;
        std::size_t digits = 0;
        while (digits < rest_.size() && digits < 4 && rest_[digits] >= '0' && rest_[digits] <= '9')
            value = value * 10 + (rest_[digits++] - '0');
        rest_.remove_prefix(digits);
        if (digits == 0 || value < least || value > most) return std::nullopt;
        return value;
    }
    // [+-]hh[:mm[:ss]]
    std::optional<std::int64_t> time() {
        const bool negative = at('-');
        if (negative || at('+')) rest_.remove_prefix(1);
        const auto hours = number(0, 167);
        if (!hours) return std::nullopt;
        std::int64_t seconds = *hours * std::int64_t{3600};
        for (const int unit : {60, 1}) {
            if (!skip(':')) break;
            const auto part = number(0, 59);
            if (!part) return std::nullopt;
            seconds += *part * unit;
        }
        return negative ? -seconds : seconds;
    }
    std::optional<PosixZone::Rule> rule() {
        using Kind = PosixZone::Rule::Kind;
        PosixZone::Rule rule;
        if (skip('M')) {
            const auto month = number(1, 12);
            if (!month || !skip('.')) return std::nullopt;
            const auto week = number(1, 5);
            if (!week || !skip('.')) return std::nullopt;
            const auto weekday = number(0, 6);
            if (!weekday) return std::nullopt;
            rule.month = *month;
            rule.week = *week;
            rule.weekday = *weekday;
        } else {
            rule.kind = skip('J') ? Kind::julian : Kind::day;
            const auto day = number(rule.kind == Kind::julian ? 1 : 0, 365);
            if (!day) return std::nullopt;
            rule.day = *day;
        }
        if (!skip('/')) return rule;
        const auto time_s = time();
        if (!time_s) return std::nullopt;
        rule.time_s = *time_s;
        return rule;
    }

private:
    std::string_view rest_;
};

// In seconds of a clock there that knows no summer, since 1970.
std::int64_t moment_in(const PosixZone::Rule& rule, int year) {
    using namespace std::chrono;
    const auto new_year = sys_days(std::chrono::year(year) / January / 1);
    sys_days days = new_year;
    switch (rule.kind) {
        case PosixZone::Rule::Kind::weekday: {
            const auto month = std::chrono::year(year) / rule.month;
            const weekday wanted(static_cast<unsigned>(rule.weekday));
            days = rule.week == 5 ? sys_days(month / wanted[last])
                                  : sys_days(month / wanted[static_cast<unsigned>(rule.week)]);
            break;
        }
        case PosixZone::Rule::Kind::julian: {
            const bool after_leap_day = std::chrono::year(year).is_leap() && rule.day >= 60;
            days = new_year + std::chrono::days(rule.day - 1 + (after_leap_day ? 1 : 0));
            break;
        }
        case PosixZone::Rule::Kind::day:
            days = new_year + std::chrono::days(rule.day);
            break;
    }
    return days.time_since_epoch().count() * day_s + rule.time_s;
}

}  // namespace

std::int64_t PosixZone::offset_s(std::int64_t utc_s) const {
    if (!has_summer) return standard_s;
    const std::int64_t local_s = utc_s + standard_s;
    const auto days = std::chrono::floor<std::chrono::days>(
        std::chrono::sys_seconds(std::chrono::seconds(local_s)));
    const int year = int(std::chrono::year_month_day(days).year());
    // The neighbours too: south of the equator summer spans the new year, and rules may reach over
    // it. The last of their moments that has passed decides.
    std::int64_t newest_s = INT64_MIN;
    bool summer = false;
    for (int one = year - 1; one <= year + 1; ++one) {
        const std::int64_t begins_s = moment_in(begins, one) - standard_s;
        const std::int64_t ends_s = moment_in(ends, one) - summer_s;
        if (begins_s <= utc_s && begins_s > newest_s) newest_s = begins_s, summer = true;
        if (ends_s <= utc_s && ends_s > newest_s) newest_s = ends_s, summer = false;
    }
    return summer ? summer_s : standard_s;
}

std::optional<PosixZone> parse_posix_zone(std::string_view text) {
    Reader reader(text);
    PosixZone zone;
    if (!reader.name()) return std::nullopt;
    const auto west = reader.time();
    if (!west) return std::nullopt;
    zone.standard_s = -*west;
    if (reader.done()) return zone;
    if (!reader.name()) return std::nullopt;
    zone.has_summer = true;
    zone.summer_s = zone.standard_s + 3600;
    if (!reader.at(',')) {
        const auto summer_west = reader.time();
        if (!summer_west) return std::nullopt;
        zone.summer_s = -*summer_west;
    }
    if (!reader.skip(',')) return std::nullopt;
    const auto begins = reader.rule();
    if (!begins || !reader.skip(',')) return std::nullopt;
    const auto ends = reader.rule();
    if (!ends || !reader.done()) return std::nullopt;
    zone.begins = *begins;
    zone.ends = *ends;
    return zone;
}

}  // namespace deskbell
