#include "core/opening_hours.hpp"

#include <gtest/gtest.h>

namespace deskbell::core {
namespace {

OpeningHours hours_of(const std::string& zone, const std::vector<std::string>& week) {
    OpeningHours hours;
    hours.set_zone(*TimeZone::load(zone));
    for (const std::string& entry : week) EXPECT_TRUE(hours.add(entry)) << entry;
    return hours;
}

struct Moment {
    LocalDate date;
    int hour = 0;
    int minute = 0;
};
WallMs at(const OpeningHours& hours, Moment moment) {
    return hours.zone().wall(moment.date, moment.hour * 60 + moment.minute);
}

TEST(OpeningHours, a_week_in_its_own_time_zone) {
    const OpeningHours berlin = hours_of(
        "Europe/Berlin", {"mon-fri 09:00-12:30", "mon-fri 13:30-18:00", "sat 10:00-14:00"});
    const LocalDate monday{2026, 11, 23};
    EXPECT_FALSE(berlin.open_at(at(berlin, {monday, 8, 59})));
    EXPECT_TRUE(berlin.open_at(at(berlin, {monday, 9, 0})));
    EXPECT_FALSE(berlin.open_at(at(berlin, {monday, 12, 30})));
    EXPECT_TRUE(berlin.open_at(at(berlin, {monday, 17, 59})));
    EXPECT_FALSE(berlin.open_at(at(berlin, {monday, 18, 0})));
    EXPECT_FALSE(berlin.open_at(at(berlin, {{2026, 11, 22}, 11, 0})));  // Sunday
    // The same clock in summer and in winter, two moments of UTC.
    EXPECT_EQ(berlin.opens_after(at(berlin, {{2026, 7, 5}, 12, 0})), 1'783'321'200'000);
    EXPECT_EQ(berlin.opens_after(at(berlin, {{2026, 11, 22}, 12, 0})), 1'795'420'800'000);
    EXPECT_EQ(berlin.opens_after(at(berlin, {monday, 12, 45})), at(berlin, {monday, 13, 30}));
    EXPECT_EQ(berlin.opens_after(at(berlin, {{2026, 11, 27}, 18, 0})),
              at(berlin, {{2026, 11, 28}, 10, 0}));
}

TEST(OpeningHours, holidays_and_nights) {
    OpeningHours hours =
        hours_of("America/New_York", {"fri-sun 20:00-02:00", "mon,wed 00:00-24:00"});
    EXPECT_TRUE(hours.open_at(at(hours, {{2026, 11, 21}, 1, 59})));  // of Friday's night
    EXPECT_FALSE(hours.open_at(at(hours, {{2026, 11, 21}, 2, 0})));
    EXPECT_TRUE(hours.open_at(at(hours, {{2026, 11, 23}, 23, 59})));  // all of Monday
    EXPECT_FALSE(hours.open_at(at(hours, {{2026, 11, 24}, 0, 0})));
    hours.add_holiday({2026, 11, 25});
    EXPECT_FALSE(hours.open_at(at(hours, {{2026, 11, 25}, 12, 0})));
    EXPECT_EQ(hours.opens_after(at(hours, {{2026, 11, 24}, 12, 0})),
              at(hours, {{2026, 11, 27}, 20, 0}));
}

TEST(OpeningHours, never_open_opens_never) {
    const OpeningHours never = hours_of("UTC", {});
    EXPECT_FALSE(never.open_at(1'795'420'800'000));
    EXPECT_EQ(never.opens_after(1'795'420'800'000), 0);
}

TEST(OpeningHours, an_opening_that_the_clock_jumps_over_comes_with_the_jump) {
    const OpeningHours hours = hours_of("Europe/Berlin", {"sun 02:30-04:00"});
    const WallMs opens = hours.opens_after(at(hours, {{2026, 3, 28}, 12, 0}));
    EXPECT_TRUE(hours.open_at(opens));
}

TEST(OpeningHours, words_for_customers) {
    const OpeningHours hours = hours_of("America/New_York", {"mon-fri 09:00-18:00"});
    const WallMs now = at(hours, {{2026, 11, 22}, 12, 0});
    const auto words = [&](LocalDate day) { return hours.words_for(at(hours, {day, 9, 0}), now); };
    EXPECT_EQ(words({2026, 11, 22}), "today at 09:00 (New York time)");
    EXPECT_EQ(words({2026, 11, 23}), "tomorrow at 09:00 (New York time)");
    EXPECT_EQ(words({2026, 11, 27}), "on Friday at 09:00 (New York time)");
    EXPECT_EQ(words({2026, 12, 28}), "on 2026-12-28 at 09:00 (New York time)");
}

TEST(OpeningHours, what_cannot_be_read_is_refused) {
    OpeningHours hours;
    for (const char* entry : {"", "mon", "mon 9-18", "mon 09:00", "mon 09:00-09:00",
                              "mo 09:00-18:00", "mon- 09:00-18:00", "mon 09:60-18:00",
                              "mon 25:00-26:00", "mon 24:00-02:00", "mon,, 09:00-18:00"})
        EXPECT_FALSE(hours.add(entry)) << entry;
}

}  // namespace
}  // namespace deskbell::core
