#pragma once
// When the team is there: a week, holidays and a time zone. Pure.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/time_zone.hpp"

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::core {

class OpeningHours {
public:
    void set_zone(TimeZone zone) { zone_ = std::move(zone); }
    [[nodiscard]] const TimeZone& zone() const { return zone_; }
    // "mon-fri 09:00-12:30", "sat,sun 10:00-14:00"; a span that ends before it begins ends the next
    // day. `hours_invalid` otherwise.
    [[nodiscard]] Result<void> add(std::string_view entry);
    void add_holiday(const LocalDate& day) { holidays_.insert(day); }

    [[nodiscard]] bool open_at(WallMs at) const;
    // The next time the doors open, from a time at which they are closed; 0: not within a year.
    [[nodiscard]] WallMs opens_after(WallMs at) const;
    // "tomorrow at 09:00 (Berlin time)", for customers.
    [[nodiscard]] std::string words_for(WallMs opens_at, WallMs now) const;

private:
    struct Span {
        int from_minute = 0;
        int to_minute = 0;  // past 24:00 when it goes on the next day
    };
    [[nodiscard]] const std::vector<Span>& spans_of(const LocalDate& day) const;

    TimeZone zone_;
    std::array<std::vector<Span>, 7> week_;  // 0 is Monday
    std::set<LocalDate> holidays_;
};

}  // namespace deskbell::core
