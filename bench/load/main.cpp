// The load generator: starts a server, is its Slack and its customers, and prints one JSON object.
//
//   load --peer bridge|echo|subscriber --port N [--slack-port N] [--customers N] [--active N]
//        [--seconds S] [--warm-up S] --log FILE -- server command …
//   load --flush FILE        the disk's yardstick alone
//
// The server runs on CPU 0, this process on CPU 1.

#include "run.hpp"
#include "server_process.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace bench {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::size_t warm_customers = 100;
constexpr double low_rate = 300;  // messages a second: a busy day, not a benchmark's

struct Options {
    std::map<std::string, std::string> values;
    std::vector<std::string> command;

    [[nodiscard]] std::string text(const std::string& name,
                                   const std::string& otherwise = "") const {
        const auto found = values.find(name);
        return found == values.end() ? otherwise : found->second;
    }
    [[nodiscard]] double number(const std::string& name, double otherwise) const {
        const auto found = values.find(name);
        return found == values.end() ? otherwise : std::atof(found->second.c_str());
    }
};

Options read_options(int count, char** words) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--") {
            options.command.assign(words + i + 1, words + count);
            break;
        }
        if (!word.starts_with("--") || i + 1 >= count) give_up("cannot read option " + word);
        options.values[word.substr(2)] = words[++i];
    }
    return options;
}

Peer read_peer(const std::string& name) {
    if (name == "bridge") return Peer::bridge;
    if (name == "echo") return Peer::echo;
    if (name == "subscriber") return Peer::subscriber;
    give_up("--peer must be bridge, echo or subscriber");
}

void wait_until_ready(EventLoop& loop, HttpPool& pool, ServerProcess& server, Peer peer) {
    for (int attempt = 0; attempt < 400; ++attempt) {
        if (!server.is_running()) give_up("the server ended; see its log");
        int answer = -1;
        pool.request("GET /readyz HTTP/1.1\r\nHost: bench.example\r\n\r\n",
                     [&](int status, std::string_view) { answer = status; });
        if (!loop.turn_until([&] { return answer >= 0; }, 10 * second_ns)) break;
        // The transport peers only know how to be there.
        if (answer == 200 || (peer != Peer::bridge && answer > 0)) return;
        loop.rest(second_ns / 20);
    }
    give_up("the server does not get ready");
}

// Memory that a connected customer costs: what a session leaves behind, and then its open socket.
std::string measure_memory(World& world, std::size_t count) {
    world.customers.arrive(warm_customers);
    world.customers.open_sockets();
    world.loop.rest(second_ns / 2);
    const std::int64_t before = memory_bytes_of(world.server);
    const std::uint64_t cpu_before = cpu_ns_of(world.server);
    world.customers.arrive(count);
    world.loop.rest(second_ns / 4);
    const std::int64_t arrived = memory_bytes_of(world.server);
    world.customers.open_sockets();
    const std::uint64_t cpu_opened = cpu_ns_of(world.server);
    world.loop.rest(second_ns);
    const std::int64_t opened = memory_bytes_of(world.server);
    const std::uint64_t cpu_rested = cpu_ns_of(world.server);
    for (const auto& customer : world.customers.all()) {
        if (!customer->is_welcome()) give_up("an idle customer was disconnected");
    }
    const auto each = [&](std::int64_t bytes) {
        return static_cast<double>(bytes) / static_cast<double>(count);
    };
    return fmt::format(
        R"("idle":{{"customers":{},"bytes_per_customer":{:.1f},"bytes_per_socket":{:.1f},)"
        R"("base_bytes":{},"cpu_us_per_arrival":{:.1f},"cpu_percent":{:.3f}}})",
        count, each(opened - before), each(opened - arrived), before,
        each(static_cast<std::int64_t>(cpu_opened - cpu_before)) / 1e3,
        static_cast<double>(cpu_rested - cpu_opened) / 1e7);
}

void open_threads(World& world) {
    std::size_t asked = 0;
    for (const auto& customer : world.customers.all()) {
        if (!customer->is_welcome()) continue;
        customer->ask_for_human();
        ++asked;
    }
    const auto all_there = [&] { return world.slack.threads() >= asked; };
    if (!world.loop.turn_until(all_there, 30 * second_ns))
        give_up("not every customer got a thread");
    // The introductions follow their threads; begin when Slack has heard nothing for a while.
    for (std::uint64_t posts = 0; posts != world.slack.posts();) {
        posts = world.slack.posts();
        world.loop.rest(second_ns / 2);
    }
    for (const auto& customer : world.customers.all()) {
        if (!customer->is_welcome()) continue;
        customer->thread = world.slack.thread_of(customer->session());
        if (customer->thread.empty()) give_up("a thread does not name its session");
    }
}

std::vector<Plan> plans_of(Peer peer, double seconds, double warm_up_seconds) {
    std::vector<Plan> plans{{.name = "ping_saturated", .under_way = 100, .seconds = seconds / 2}};
    if (peer != Peer::bridge) return plans;
    // A virtual machine needs some thousand messages until its compiler is done; these count for
    // nothing.
    plans.push_back(
        {.name = "warm_up_to_slack", .errand = Errand::to_slack, .seconds = warm_up_seconds});
    plans.push_back({.name = "warm_up_from_slack",
                     .errand = Errand::from_slack,
                     .seconds = warm_up_seconds / 3});
    plans.push_back({.name = "to_slack_saturated", .errand = Errand::to_slack, .seconds = seconds});
    plans.push_back(
        {.name = "from_slack_saturated", .errand = Errand::from_slack, .seconds = seconds});
    plans.push_back({.name = "to_slack_300",
                     .errand = Errand::to_slack,
                     .per_second = low_rate,
                     .seconds = seconds});
    plans.push_back({.name = "from_slack_300",
                     .errand = Errand::from_slack,
                     .per_second = low_rate,
                     .seconds = seconds});
    plans.push_back({.name = "round_trip_300",
                     .errand = Errand::round_trip,
                     .per_second = low_rate,
                     .seconds = seconds});
    return plans;
}

int measure(const Options& options) {
    const Peer peer = read_peer(options.text("peer"));
    const auto port = static_cast<std::uint16_t>(options.number("port", 0));
    EventLoop loop;
    SlackStub slack(loop, static_cast<std::uint16_t>(options.number("slack-port", 0)));
    ServerProcess server(options.command, 0, options.text("log"));
    pin_to_cpu(1);
    Agents agents(loop, port, slack);
    Customers customers(loop, peer, port);
    {
        HttpPool pool(loop, port, 1);
        wait_until_ready(loop, pool, server, peer);
    }
    World world{loop, customers, slack, agents, server.id()};
    std::string report =
        measure_memory(world, static_cast<std::size_t>(options.number("customers", 5000)));
    customers.keep_only(static_cast<std::size_t>(options.number("active", 500)));
    loop.rest(second_ns / 5);
    if (peer == Peer::bridge) open_threads(world);
    std::uint32_t next_ordinal = 1;
    std::deque<Run> runs;  // they all stay: an answer may come later than its run waits for
    if (peer != Peer::subscriber) {
        for (const Plan& plan :
             plans_of(peer, options.number("seconds", 2), options.number("warm-up", 1))) {
            report += "," + runs.emplace_back(world, plan, next_ordinal).measure();
            loop.rest(second_ns / 5);
        }
    }
    std::printf("{%s}\n", report.c_str());
    return 0;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    std::signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1000);
    const bench::Options options = bench::read_options(count, words);
    const std::string flush_file = options.text("flush");
    if (!flush_file.empty()) {
        std::printf("{\"flush_us\":%.1f}\n", bench::flush_us_median(flush_file.c_str()));
        return 0;
    }
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    return bench::measure(options);
}
