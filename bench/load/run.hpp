#pragma once
// One operating point: errands (a ping, a message, an answer, a round trip) are begun either at a
// steady pace or so that a fixed number is always under way, and each must end exactly once.
// Latencies count from the moment an errand was due, so a server that stalls cannot hide it.

#include "customers.hpp"
#include "meters.hpp"
#include "slack_stub.hpp"

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace bench {

enum class Errand : std::uint8_t {
    ping,        // a request and its answer, nothing stored
    to_slack,    // stored, posted in the thread, receipt shown to the customer
    from_slack,  // a signed event, acknowledged, shown to the customer
    round_trip,  // the customer writes; the agent answers the moment the post is in Slack
};

struct Plan {
    std::string name;
    Errand errand = Errand::ping;
    double per_second = 0;       // 0: saturated
    std::size_t under_way = 32;  // when saturated
    double seconds = 2;
    double warm_up_seconds = 0.4;
};

struct World {
    EventLoop& loop;
    Customers& customers;
    SlackStub& slack;
    Agents& agents;
    pid_t server;
};

class Run {
public:
    Run(World world, Plan plan, std::uint32_t& next_ordinal);
    // Blocks until the errands have ended or are given up as lost; one JSON object.
    [[nodiscard]] std::string measure();

private:
    struct Trip {
        std::uint64_t due_ns = 0;
        std::uint32_t customer = 0;
        std::uint8_t steps_left = 0;
        bool seen_in_slack = false;
        bool seen_by_customer = false;
    };

    void listen();
    void begin(std::uint64_t due_ns);
    void begin_what_is_due(std::uint64_t now, std::uint64_t end);
    void step(Trip& trip, Histogram& latencies);
    void on_post(std::int64_t ordinal, std::string_view thread);
    void on_reply(Customer& customer, std::int64_t ordinal);
    void agent_answers(std::uint32_t ordinal);
    [[nodiscard]] Trip* trip_of(std::int64_t ordinal);
    [[nodiscard]] Trip* trip_of(const Customer& customer) { return trip_of(customer.errand); }
    [[nodiscard]] std::string report(double seconds, std::uint64_t cpu_ns,
                                     std::uint64_t ended) const;

    World world_;
    Plan plan_;
    std::uint32_t& next_ordinal_;
    std::uint32_t first_ordinal_;
    std::vector<Trip> trips_;
    std::deque<std::uint32_t> free_customers_;
    std::size_t under_way_ = 0;
    std::uint64_t ended_ = 0;
    std::uint64_t doubled_ = 0;
    std::uint64_t crossed_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t next_due_ns_ = 0;
    bool is_counting_ = false;

    Histogram stored_;     // the server's answer: durable (or the ping's pong)
    Histogram in_slack_;   // the post's arrival at Slack
    Histogram delivered_;  // the receipt at the customer
    Histogram shown_;      // an agent's words at the customer
};

}  // namespace bench
