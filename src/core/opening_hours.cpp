#include "core/opening_hours.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

namespace deskbell::core {
namespace {

constexpr int minutes_a_day = 24 * 60;
constexpr int days_ahead_max = 366;
constexpr std::array<std::string_view, 7> short_names = {"mon", "tue", "wed", "thu",
                                                         "fri", "sat", "sun"};
constexpr std::array<const char*, 7> long_names = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday"};

std::optional<std::size_t> day_of(std::string_view name) {
    const auto found = std::ranges::find(short_names, name);
    if (found == short_names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - short_names.begin());
}

// "09:00"; "24:00" is the end of a day.
std::optional<int> minute_of(std::string_view text) {
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
        return std::nullopt;
    const int minute =
        ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
    if (text[3] > '5' || minute > minutes_a_day) return std::nullopt;
    return minute;
}

// "mon-fri", "sat,sun", "tue"
std::optional<std::vector<std::size_t>> days_of(std::string_view text) {
    std::vector<std::size_t> days;
    while (true) {
        const std::string_view part = text.substr(0, text.find(','));
        const std::size_t dash = part.find('-');
        const auto first = day_of(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : day_of(part.substr(dash + 1));
        if (!first || !last) return std::nullopt;
        for (std::size_t day = *first;; day = (day + 1) % 7) {
            days.push_back(day);
            if (day == *last) break;
        }
        if (part.size() == text.size()) return days;
        text.remove_prefix(part.size() + 1);
    }
}

}  // namespace

Result<void> OpeningHours::add(std::string_view entry) {
    const auto wrong = [&] {
        return fail("hours_invalid",
                    "\"" + std::string(entry) + "\" is not like \"mon-fri 09:00-18:00\".");
    };
    const std::string text = to_lower_ascii(trim(entry));
    const std::size_t blank = text.find(' ');
    if (blank == std::string::npos) return wrong();
    const auto days = days_of(std::string_view(text).substr(0, blank));
    const std::string_view times = trim(std::string_view(text).substr(blank));
    const std::size_t dash = times.find('-');
    if (!days || dash == std::string_view::npos) return wrong();
    const auto from = minute_of(times.substr(0, dash));
    auto to = minute_of(times.substr(dash + 1));
    if (!from || !to || *from == *to || *from == minutes_a_day) return wrong();
    if (*to < *from) *to += minutes_a_day;
    for (const std::size_t day : *days) week_[day].push_back({*from, *to});
    return {};
}

const std::vector<OpeningHours::Span>& OpeningHours::spans_of(const LocalDate& day) const {
    static const std::vector<Span> none;
    if (holidays_.contains(day)) return none;
    return week_[static_cast<std::size_t>(weekday_of(day))];
}

bool OpeningHours::open_at(WallMs at) const {
    const LocalTime local = zone_.local(at);
    const auto within = [](const std::vector<Span>& spans, int minute) {
        return std::ranges::any_of(spans, [minute](const Span& span) {
            return span.from_minute <= minute && minute < span.to_minute;
        });
    };
    return within(spans_of(local.date), local.minute_of_day) ||
           within(spans_of(next_day(local.date, -1)), local.minute_of_day + minutes_a_day);
}

WallMs OpeningHours::opens_after(WallMs at) const {
    const LocalDate today = zone_.local(at).date;
    for (int ahead = 0; ahead <= days_ahead_max; ++ahead) {
        const LocalDate day = next_day(today, ahead);
        WallMs first = 0;
        for (const Span& span : spans_of(day)) {
            const WallMs opens = zone_.wall(day, span.from_minute);
            if (opens > at && (first == 0 || opens < first)) first = opens;
        }
        if (first > 0) return first;
    }
    return 0;
}

std::string OpeningHours::words_for(WallMs opens_at, WallMs now) const {
    const LocalTime opens = zone_.local(opens_at);
    const LocalDate today = zone_.local(now).date;
    char text[64];
    std::string words;
    if (opens.date == today) {
        words = "today";
    } else if (opens.date == next_day(today)) {
        words = "tomorrow";
    } else if (opens.date < next_day(today, 7)) {
        words = std::string("on ") + long_names[static_cast<std::size_t>(opens.weekday)];
    } else {
        std::snprintf(text, sizeof text, "on %04d-%02d-%02d", opens.date.year, opens.date.month,
                      opens.date.day);
        words = text;
    }
    std::snprintf(text, sizeof text, " at %02d:%02d (", opens.minute_of_day / 60,
                  opens.minute_of_day % 60);
    std::string city = zone_.name().substr(zone_.name().rfind('/') + 1);
    std::ranges::replace(city, '_', ' ');
    return words + text + city + " time)";
}

}  // namespace deskbell::core
