// The experiment of docs/pace.md: its cells, the paste, the outages, as JSON on standard output.
//   pace            all of it, three minutes of one core
//   pace --quick    without the cells of 10,000 customers
#include "base/log.hpp"
#include "sim/pace/experiment.hpp"

#include <cstdio>
#include <cstring>
#include <string>

namespace {

using namespace deskbell::pacing;

const char* separator = "";

void begin(const char* kind) {
    std::printf("%s\n{\"kind\":\"%s\"", separator, kind);
    separator = ",";
}
void number(const char* name, double value) { std::printf(",\"%s\":%.10g", name, value); }
void count(const char* name, std::uint64_t value) {
    std::printf(",\"%s\":%llu", name, static_cast<unsigned long long>(value));
}
void end() {
    std::printf("}");
    std::fflush(stdout);
}

void load_of(const Load& load) {
    count("customers", load.customers);
    count("channels", load.channels);
    number("messages_per_minute", load.messages_per_minute);
    number("minutes", static_cast<double>(load.minutes));
    number("stay_minutes", static_cast<double>(load.stay_minutes));
}

void measured(const std::string& who, const Measured& what) {
    const Summary& summary = what.summary;
    const auto named = [&](const char* name) { return who + "_" + name; };
    number(named("p50_ms").c_str(), static_cast<double>(summary.p50_ms));
    number(named("p95_ms").c_str(), static_cast<double>(summary.p95_ms));
    number(named("max_ms").c_str(), static_cast<double>(summary.max_ms));
    number(named("opened_p95_ms").c_str(), static_cast<double>(summary.opened_p95_ms));
    number(named("jain").c_str(), summary.jain);
    number(named("letters_a_post").c_str(), summary.letters_a_post);
    number(named("letters_per_second").c_str(), summary.letters_per_second);
    count(named("missing").c_str(), summary.missing);
    count(named("grows").c_str(), summary.grows);
    count(named("posts").c_str(), what.posts);
    count(named("posts_a_minute_most").c_str(), what.posts_a_minute_most);
}

void show(const Cell& cell) {
    begin(cell.load.stay_minutes > 0 ? "coming_and_going" : "cell");
    load_of(cell.load);
    measured("courier", cell.courier);
    measured("folding", cell.folding);
    measured("plain", cell.plain);
    count("rate_limited", cell.rate_limited);
    count("out_of_order", cell.out_of_order);
    if (cell.floor_ms) number("floor_ms", static_cast<double>(*cell.floor_ms));
    end();
}

void show(const Load& load, const Paste& paste) {
    begin("paste");
    load_of(load);
    count("lines", paste.lines);
    number("others_later_ms_max", static_cast<double>(paste.others_later_ms_max));
    number("others_p95_ms", static_cast<double>(paste.others_p95_ms));
    number("others_p95_without_ms", static_cast<double>(paste.others_p95_without_ms));
    number("there_after_ms", static_cast<double>(paste.there_after_ms));
    count("posts", paste.posts);
    end();
}

void show(const char* name, const Outage& outage) {
    begin("outage");
    std::printf(",\"name\":\"%s\"", name);
    load_of(outage.load);
    number("hours", static_cast<double>(outage.day.until - outage.day.from) / 3'600'000.0);
    count("letters", outage.letters);
    count("missing", outage.missing);
    count("out_of_order", outage.out_of_order);
    count("twice", outage.twice);
    count("requests", outage.requests);
    count("reads", outage.reads);
    count("reads_limited", outage.reads_limited);
    count("rate_limited", outage.rate_limited);
    number("drained_after_ms", static_cast<double>(outage.drained_after_ms));
    count("posts_a_second_most", outage.posts_a_second_most);
    count("posts_a_minute_most", outage.posts_a_minute_most);
    count("delays_told", outage.delays_told);
    end();
}

void capacities() {
    for (const double messages_per_minute : {1.0, 3.0}) {
        for (const std::size_t channels : {1U, 2U, 3U, 5U}) {
            const Load load{.channels = channels,
                            .messages_per_minute = messages_per_minute,
                            .minutes = 20,
                            .seed = 3};
            begin("capacity");
            load_of(load);
            count("within_2_s", customers_within(load, 2'000));
            count("within_30_s", customers_within(load, 30'000));
            count("within_120_s", customers_within(load, 120'000));
            end();
        }
    }
}

void outages() {
    constexpr deskbell::SteadyMs hour_ms = 3'600'000;
    const struct {
        const char* name;
        BadDay::Kind kind;
    } kinds[] = {{"no answers", BadDay::Kind::silent},
                 {"503", BadDay::Kind::unavailable},
                 {"no connection", BadDay::Kind::refused},
                 {"429", BadDay::Kind::limited}};
    for (const auto& [name, kind] : kinds) {
        for (const std::size_t customers : {100U, 1'000U}) {
            const Load load{.customers = customers,
                            .channels = 4,
                            .messages_per_minute = customers == 100 ? 0.4 : 0.1,
                            .minutes = 7 * 60};
            show(name, measure_outage(load, {.kind = kind,
                                             .from = hour_ms / 2,
                                             .until = hour_ms * 13 / 2,
                                             .done_percent = 20}));
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
    // The courier warns of what this experiment does to it on purpose.
    spdlog::set_level(spdlog::level::off);
    std::printf("[");
    for (const std::size_t customers : {10U, 100U, 1'000U, 10'000U}) {
        if (quick && customers > 1'000) continue;
        for (const std::size_t channels : {1U, 4U, 16U})
            show(measure_cell({.customers = customers, .channels = channels}, WithFloor::yes));
    }
    for (const std::size_t customers : {10U, 50U, 100U, 1'000U}) {
        for (const std::size_t channels : {1U, 4U, 16U}) {
            show(measure_cell({.customers = customers, .channels = channels, .stay_minutes = 10},
                              WithFloor::no));
        }
    }
    for (const std::size_t customers : {10U, 15U, 100U}) {
        const Load load{.customers = customers};
        show(load, measure_paste(load, 500));
    }
    capacities();
    outages();
    std::printf("\n]\n");
    return 0;
}
