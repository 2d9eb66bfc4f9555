// Against the C library, which knows one zone at a time and is right about it.

#include "base/time_zone.hpp"
#include "base/posix_zone.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

namespace deskbell {
namespace {

constexpr const char* zones[] = {"Europe/Berlin",     "America/New_York",
                                 "America/Sao_Paulo", "Asia/Kolkata",
                                 "Asia/Tehran",       "Australia/Lord_Howe",
                                 "Pacific/Chatham",   "Africa/Casablanca",
                                 "Europe/Dublin",     "America/Godthab",
                                 "Pacific/Apia",      "Africa/Monrovia",
                                 "Antarctica/Troll",  "UTC",
                                 "Asia/Gaza"};

struct SystemZone {
    explicit SystemZone(const char* name) {
        setenv("TZ", (std::string(":") + name).c_str(), 1);
        tzset();
    }
    ~SystemZone() {
        unsetenv("TZ");
        tzset();
    }
};

std::string show(const LocalTime& time) {
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02d %d %02d:%02d", time.date.year, time.date.month,
                  time.date.day, time.weekday, time.minute_of_day / 60, time.minute_of_day % 60);
    return text;
}

std::string system_time(std::int64_t second) {
    const std::time_t at = second;
    std::tm parts{};
    localtime_r(&at, &parts);
    LocalTime time;
    time.date = {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday};
    time.minute_of_day = parts.tm_hour * 60 + parts.tm_min;
    time.weekday = (parts.tm_wday + 6) % 7;
    return show(time);
}

TEST(TimeZone, shows_the_time_that_the_system_shows) {
    for (const char* name : zones) {
        const auto zone = TimeZone::load(name);
        ASSERT_TRUE(zone) << name;
        const SystemZone system(name);
        // Every five days and a bit, from 1950 to 2130: far behind what files list.
        for (std::int64_t at = -631'152'000; at < 5'049'129'600; at += 439'261) {
            ASSERT_EQ(show(zone->local(at * 1000)), system_time(at)) << name << " " << at;
        }
        // Every quarter of an hour of two years, some of them by the rule alone.
        for (std::int64_t from : {1'767'225'600LL, 2'240'524'800LL}) {
            for (std::int64_t at = from; at < from + 366 * 86'400; at += 900) {
                ASSERT_EQ(show(zone->local(at * 1000)), system_time(at)) << name << " " << at;
            }
        }
    }
}

TEST(TimeZone, a_shown_time_leads_back_to_its_moment) {
    const auto berlin = TimeZone::load("Europe/Berlin");
    ASSERT_TRUE(berlin);
    EXPECT_EQ(berlin->wall({2026, 11, 23}, 9 * 60), 1'795'420'800'000);  // 08:00 UTC
    EXPECT_EQ(berlin->wall({2026, 7, 1}, 9 * 60), 1'782'889'200'000);    // 07:00 UTC
    // 02:30 is jumped over: what a clock that was not put forward calls so.
    EXPECT_EQ(show(berlin->local(berlin->wall({2026, 3, 29}, 150))), "2026-03-29 6 03:30");
    // 02:30 comes twice: the first of them.
    EXPECT_EQ(berlin->wall({2026, 10, 25}, 150), 1'792'888'200'000);
    for (const char* name : zones) {
        const auto zone = TimeZone::load(name);
        for (std::int64_t at = 1'767'225'600; at < 1'798'761'600; at += 86'400 / 3) {
            const LocalTime shown = zone->local(at * 1000);
            const LocalTime again = zone->local(zone->wall(shown.date, shown.minute_of_day));
            ASSERT_EQ(show(again), show(shown)) << name << " " << at;
        }
    }
}

TEST(TimeZone, unknown_names_and_ways_out_are_refused) {
    for (const char* name : {"", "Europe/Atlantis", "../../../etc/passwd", "/etc/localtime",
                             "Europe", "Europe/Ber lin", "zone.tab"}) {
        const auto zone = TimeZone::load(name);
        ASSERT_FALSE(zone) << name;
        EXPECT_EQ(zone.error().code, "timezone_unknown");
    }
}

TEST(TimeZone, no_prefix_of_a_file_does_harm) {
    std::ifstream stream("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    const std::string whole = content.str();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        if (const auto zone = TimeZone::parse(whole.substr(0, size), "cut"))
            (void)zone->local(1'800'000'000'000);
    }
    EXPECT_TRUE(TimeZone::parse(whole, "whole"));
}

TEST(PosixZone, odd_rules_are_read_and_broken_ones_are_not) {
    for (const char* rule :
         {"UTC0", "<+0330>-3:30", "CET-1CEST,M3.5.0,M10.5.0/3", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
          "IST-1GMT0,M10.5.0,M3.5.0/1", "EST5EDT,J60/2,J300/2", "AAA3BBB,59,299/25:30"})
        EXPECT_TRUE(parse_posix_zone(rule)) << rule;
    for (const char* rule : {"", "C-1", "CET", "CET-1CEST", "CET-1CEST,M13.1.0,M10.5.0",
                             "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<+03-3"})
        EXPECT_FALSE(parse_posix_zone(rule)) << rule;
}

TEST(Dates, count_on_and_are_checked) {
    EXPECT_EQ(next_day({2026, 12, 31}), (LocalDate{2027, 1, 1}));
    EXPECT_EQ(next_day({2028, 2, 28}), (LocalDate{2028, 2, 29}));
    EXPECT_EQ(weekday_of({2026, 11, 22}), 6);
    EXPECT_EQ(*parse_date("2026-12-24"), (LocalDate{2026, 12, 24}));
    for (const char* text :
         {"2026-02-30", "2026-1-1", "24.12.2026", "2026-13-01", "2026-12-2x", ""})
        EXPECT_FALSE(parse_date(text)) << text;
}

}  // namespace
}  // namespace deskbell
