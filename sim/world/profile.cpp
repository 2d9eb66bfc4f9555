#include "sim/world/profile.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>
#include <iterator>
#include <utility>

namespace deskbell::sim {
namespace {

constexpr std::array<std::string_view, 26> trouble_names = {"kill",
                                                            "power loss",
                                                            "crash at point",
                                                            "crash in a write",
                                                            "restart",
                                                            "Slack unreachable",
                                                            "Slack failing",
                                                            "events unreachable",
                                                            "network down",
                                                            "links cut",
                                                            "channel archived",
                                                            "bot kicked",
                                                            "channel renamed",
                                                            "channel shared",
                                                            "token revoked",
                                                            "token expired",
                                                            "events disabled",
                                                            "events limited",
                                                            "disk full",
                                                            "disk read-only",
                                                            "disk I/O error",
                                                            "slow disk",
                                                            "clock step",
                                                            "backup restored",
                                                            "forged events",
                                                            "wrong tokens"};

// The dice of the profile alone, so that a change in the world does not change what is planned.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(seed * 0x9E3779B97F4A7C15ull + 1) {}
    [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high) {
        return low +
               static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(high - low + 1)));
    }
    [[nodiscard]] bool chance(double probability) {
        return static_cast<double>(random_.below(1'000'000)) < probability * 1e6;
    }
    // 0 in most seeds, else up to `most`.
    [[nodiscard]] double sometimes(double how_often, double most) {
        return chance(how_often) ? most * static_cast<double>(between(10, 100)) / 100.0 : 0.0;
    }

private:
    SeededRandom random_;
};

void add_people(Profile& profile, Dice& dice) {
    profile.customers = static_cast<int>(dice.between(2, 6));
    profile.channels = static_cast<int>(dice.between(1, 3));
    profile.fault_phase_ms = dice.between(90'000, 300'000);
    profile.habits.pause_ms = dice.between(1'000, 9'000);
    profile.habits.asks = dice.chance(0.7) ? 0.8 : 0.15;
    profile.habits.closes = dice.sometimes(0.5, 0.06);
    profile.habits.pasted_lines = dice.sometimes(0.3, 0.05);
    profile.agent_habits.pause_ms = dice.between(1'000, 9'000);
    profile.agent_habits.resolves = dice.sometimes(0.5, 0.08);
    profile.agent_habits.deletes_roots = dice.sometimes(0.15, 0.04);
}

void add_call_weather(sandbox::CallWeather& weather, Dice& dice, double most) {
    double* const effects[] = {&weather.reset_before,
                               &weather.reset_after,
                               &weather.unanswered,
                               &weather.unanswered_after,
                               &weather.zombie,
                               &weather.zombie_reset,
                               &weather.error_page,
                               &weather.error_page_after,
                               &weather.api_error,
                               &weather.api_error_after,
                               &weather.half_body,
                               &weather.truncated,
                               &weather.late,
                               &weather.rate_limited,
                               &weather.rate_limit_storm};
    for (double* effect : effects) *effect = dice.sometimes(0.2, most / 3);
    weather.rate_limit_storm /= 4;
}

void add_event_weather(sandbox::EventWeather& weather, Dice& dice) {
    double* const effects[] = {&weather.lost,    &weather.first_lost,    &weather.answer_lost,
                               &weather.twice,   &weather.late,          &weather.shuffled,
                               &weather.phantom, &weather.phantom_kept,  &weather.unfurled,
                               &weather.stray,   &weather.bad_signature, &weather.old_timestamp};
    for (double* effect : effects) *effect = dice.sometimes(0.25, 0.2);
    weather.over_limit = dice.sometimes(0.1, 0.05);
    weather.very_late_ms_max = dice.between(10'000, 120'000);
}

void add_slack_weather(Profile& profile, Dice& dice) {
    if (dice.chance(0.6)) add_call_weather(profile.slack.posts, dice, 0.3);
    if (dice.chance(0.35)) add_call_weather(profile.slack.reads, dice, 0.3);
    if (dice.chance(0.15)) add_call_weather(profile.slack.anything, dice, 0.1);
    if (dice.chance(0.6)) add_event_weather(profile.slack.events, dice);
    profile.slack.stale_read = dice.sometimes(0.3, 0.8);
    profile.slack.unthreaded_reply = dice.sometimes(0.08, 0.05);

    profile.slack.retry_after_s = dice.between(1, 30);
    if (dice.chance(0.15)) profile.slack.strip_metadata = true;
    if (dice.chance(0.08)) profile.slack.history_limited = true;
    if (dice.chance(0.1)) profile.slack.client_msg_id_dedupe = true;
    if (dice.chance(0.15)) profile.slack.unfurl_links = true;
    if (dice.chance(0.2)) profile.slack.thread_under_tombstone = false;
    profile.wire.latency_ms = dice.between(10, 200);
    profile.wire.latency_ms_max = dice.between(300, 4'000);
}

void add_network_weather(Profile& profile, Dice& dice) {
    profile.network.latency_ms = dice.between(2, 120);
    profile.network.latency_ms_max = dice.between(200, 3'000);
    profile.network.request_lost = dice.sometimes(0.3, 0.15);
    profile.network.answer_lost = dice.sometimes(0.3, 0.15);
    profile.network.cut_a_minute = dice.sometimes(0.5, 3.0);
    profile.network.half_open = dice.sometimes(0.4, 0.6);
    profile.network.one_way_a_minute = dice.sometimes(0.25, 0.3);
    profile.network.slow_reader = dice.sometimes(0.25, 0.3);
    profile.habits.http_only = dice.sometimes(0.5, 0.6);
    profile.engine.commit_ms = dice.between(1, 8);
    profile.engine.commit_ms_max = dice.between(10, 400);
    if (dice.chance(0.1))
        profile.engine.waiting_max = static_cast<std::size_t>(dice.between(4, 16));
}

void plan(Profile& profile, Dice& dice, Trouble trouble) {
    PlannedTrouble planned;
    planned.trouble = trouble;
    planned.at_ms = dice.between(5'000, profile.fault_phase_ms - 5'000);
    planned.duration_ms = dice.between(2'000, 90'000);
    if (trouble == Trouble::crash_at_point || trouble == Trouble::crash_in_write)
        planned.number = dice.between(1, 200);
    if (trouble == Trouble::clock_step)
        planned.number = dice.between(-1, 1) * dice.between(1'000, 400'000'000);
    profile.troubles.push_back(planned);
}

void add_troubles(Profile& profile, Dice& dice) {
    constexpr Trouble often[] = {Trouble::kill,
                                 Trouble::power_loss,
                                 Trouble::crash_at_point,
                                 Trouble::crash_at_point,
                                 Trouble::crash_in_write,
                                 Trouble::restart,
                                 Trouble::slack_unreachable,
                                 Trouble::slack_failing,
                                 Trouble::events_unreachable,
                                 Trouble::links_cut};
    const std::int64_t count = dice.between(0, 5);
    for (std::int64_t i = 0; i < count; ++i)
        plan(profile, dice,
             often[static_cast<std::size_t>(dice.between(0, std::ssize(often) - 1))]);
    for (std::size_t i = 0; i < trouble_names.size(); ++i) {
        const auto trouble = static_cast<Trouble>(i);
        const bool rare = trouble == Trouble::restore_backup || trouble == Trouble::disk_io_error;
        if (dice.chance(rare ? 0.04 : 0.06)) plan(profile, dice, trouble);
    }
    std::sort(profile.troubles.begin(), profile.troubles.end(),
              [](const auto& a, const auto& b) { return a.at_ms < b.at_ms; });
}

}  // namespace

std::string_view to_text(Trouble trouble) {
    return trouble_names[static_cast<std::size_t>(trouble)];
}

Profile calm_profile(std::uint64_t seed) {
    Profile profile;
    profile.seed = seed;
    Dice dice(seed);
    add_people(profile, dice);
    return profile;
}

Profile make_profile(std::uint64_t seed) {
    Profile profile = calm_profile(seed);
    Dice dice(seed + 1'000'003);
    if (dice.chance(0.03)) return profile;
    profile.scans_debug_log = dice.chance(0.2);
    if (dice.chance(0.75)) add_slack_weather(profile, dice);
    if (dice.chance(0.75)) add_network_weather(profile, dice);
    if (dice.chance(0.8)) add_troubles(profile, dice);
    return profile;
}

namespace {

void describe(std::string& text, const char* title,
              std::initializer_list<std::pair<const char*, double>> values) {
    bool first = true;
    for (const auto& [name, value] : values) {
        if (value == 0) continue;
        char part[80];
        std::snprintf(part, sizeof part, "%s %.3f", name, value);
        text += std::exchange(first, false) ? std::string("\n  ") + title + ": " : ", ";
        text += part;
    }
}

void describe(std::string& text, const char* title, const sandbox::CallWeather& weather) {
    describe(text, title,
             {{"reset before", weather.reset_before},
              {"reset after", weather.reset_after},
              {"unanswered", weather.unanswered},
              {"applied unanswered", weather.unanswered_after},
              {"zombie", weather.zombie},
              {"zombie reset", weather.zombie_reset},
              {"error page", weather.error_page},
              {"applied error page", weather.error_page_after},
              {"internal_error", weather.api_error},
              {"applied internal_error", weather.api_error_after},
              {"half body", weather.half_body},
              {"truncated", weather.truncated},
              {"late", weather.late},
              {"429", weather.rate_limited},
              {"429 storm", weather.rate_limit_storm}});
}

}  // namespace

std::string describe(const Profile& profile) {
    std::string text = "seed " + std::to_string(profile.seed) + ": " +
                       std::to_string(profile.customers) + " customers, " +
                       std::to_string(profile.channels) + " channels, " +
                       std::to_string(profile.fault_phase_ms / 1000) + " s of weather";
    describe(text, "posts", profile.slack.posts);
    describe(text, "reads", profile.slack.reads);
    describe(text, "all calls", profile.slack.anything);
    const sandbox::EventWeather& events = profile.slack.events;
    describe(text, "events",
             {{"lost", events.lost},
              {"first lost", events.first_lost},
              {"answer lost", events.answer_lost},
              {"twice", events.twice},
              {"late", events.late},
              {"shuffled", events.shuffled},
              {"phantom", events.phantom},
              {"phantom kept", events.phantom_kept},
              {"unfurled", events.unfurled},
              {"stray", events.stray},
              {"bad signature", events.bad_signature},
              {"old timestamp", events.old_timestamp},
              {"over limit", events.over_limit}});
    describe(text, "Slack",
             {{"stale reads", profile.slack.stale_read},
              {"unthreaded replies", profile.slack.unthreaded_reply},
              {"stripped metadata", profile.slack.strip_metadata ? 1.0 : 0.0},
              {"history limited", profile.slack.history_limited ? 1.0 : 0.0}});
    describe(text, "network",
             {{"request lost", profile.network.request_lost},
              {"answer lost", profile.network.answer_lost},
              {"cuts a minute", profile.network.cut_a_minute},
              {"half-open", profile.network.half_open},
              {"one-way", profile.network.one_way_a_minute},
              {"slow readers", profile.network.slow_reader}});
    for (const PlannedTrouble& planned : profile.troubles) {
        text += "\n  at " + std::to_string(planned.at_ms / 1000) + " s: ";
        text += to_text(planned.trouble);
        text += " (" + std::to_string(planned.duration_ms / 1000) + " s";
        if (planned.number != 0) text += ", " + std::to_string(planned.number);
        text += ")";
    }
    return text;
}

}  // namespace deskbell::sim
