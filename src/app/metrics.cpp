#include "app/metrics.hpp"

#include "app/version.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace deskbell::app {
namespace {

class Page {
public:
    void gauge(const std::string& name, const std::string& help, double value) {
        prometheus::BuildGauge()
            .Name("deskbell_" + name)
            .Help(help)
            .Register(registry_)
            .Add({})
            .Set(value);
    }
    void counter(const std::string& name, const std::string& help, std::uint64_t value) {
        prometheus::BuildCounter()
            .Name("deskbell_" + name + "_total")
            .Help(help)
            .Register(registry_)
            .Add({})
            .Increment(static_cast<double>(value));
    }
    void build(const std::string& version) {
        prometheus::BuildGauge()
            .Name("deskbell_build_info")
            .Help("The version that runs")
            .Register(registry_)
            .Add({{"version", version}})
            .Set(1);
    }
    [[nodiscard]] std::string text() {
        return prometheus::TextSerializer().Serialize(registry_.Collect());
    }

private:
    prometheus::Registry registry_;
};

void add_gateway(Page& page, const gateway::Counters& counters) {
    page.gauge("gateway_sockets", "WebSockets open",
               static_cast<double>(counters.links_open.load()));
    page.gauge("gateway_streams", "Event streams open",
               static_cast<double>(counters.streams_open.load()));
    page.gauge("gateway_polls", "Long polls waiting",
               static_cast<double>(counters.polls_waiting.load()));
    page.counter("gateway_requests", "HTTP requests", counters.requests);
    page.counter("gateway_requests_refused", "HTTP requests refused with a code",
                 counters.requests_refused);
    page.counter("gateway_rate_limited", "Requests refused for their rate",
                 counters.requests_rate_limited);
    page.counter("gateway_sessions", "Sessions created", counters.sessions_created);
    page.counter("gateway_messages", "Customers' messages accepted", counters.messages_accepted);
    page.counter("gateway_events_sent", "Events sent to customers", counters.events_sent);
    page.counter("gateway_catch_up_reads", "Reads of the log to catch up", counters.catch_up_reads);
    page.counter("gateway_sockets_replaced", "Sockets closed for a newer one",
                 counters.links_replaced);
    page.counter("gateway_sockets_silent", "Sockets closed for silence", counters.links_silent);
}

void add_courier(Page& page, const courier::Figures& figures) {
    page.gauge("courier_lanes_waiting", "Sessions with something to say to the desk",
               static_cast<double>(figures.lanes_waiting));
    page.gauge("courier_posts_in_flight", "Posts in the air",
               static_cast<double>(figures.posts_in_flight));
    page.gauge("courier_posts_unknown", "Posts whose outcome is unknown",
               static_cast<double>(figures.posts_unknown));
    page.gauge("courier_oldest_wait_seconds", "How long the oldest letter has waited",
               static_cast<double>(figures.oldest_wait_ms) / 1000);
    page.gauge("courier_destinations_parked", "Channels that take no posts",
               static_cast<double>(figures.destinations_parked));
    page.gauge("courier_desk_parked", "1 while the desk refuses us", figures.desk_parked ? 1 : 0);
    page.counter("courier_posts", "Posts confirmed by the desk", figures.posts_sent);
    page.counter("courier_letters_folded", "Letters that travelled in another's post",
                 figures.posts_folded);
    page.counter("courier_rate_limited", "Times the desk asked us to wait", figures.rate_limited);
    page.counter("courier_looked_up_found", "Unknown posts that were there",
                 figures.looked_up_found);
    page.counter("courier_looked_up_absent", "Unknown posts that were not there",
                 figures.looked_up_absent);
    page.counter("courier_confirmed_by_echo", "Posts whose event was faster than their answer",
                 figures.confirmed_by_echo);
    page.counter("courier_dup_repaired", "Second copies of a post that were taken back",
                 figures.dup_repaired);
    page.counter("courier_confirmed_missing", "Posts that Slack confirmed and did not have",
                 figures.confirmed_missing);
    page.gauge("courier_posts_watched", "Posts of which a copy may still appear",
               static_cast<double>(figures.posts_watched));
    page.counter("courier_strays", "Posts that came out elsewhere and were taken back",
                 figures.strays);
}

void add_desk(Page& page, const DeskFigures& desk) {
    page.counter("slack_events_missed", "Messages in Slack that no event told of in time",
                 desk.events_missed);
    const auto& sockets = desk.sockets;
    if (sockets.wanted == 0) return;
    page.gauge("slack_sockets_live", "Socket Mode connections that Slack has greeted",
               static_cast<double>(sockets.live));
    page.gauge("slack_sockets_wanted", "Socket Mode connections that there should be",
               static_cast<double>(sockets.wanted));
    page.counter("slack_envelopes", "Envelopes that came over Socket Mode", sockets.envelopes);
    page.counter("slack_envelopes_unacknowledged", "Envelopes that were left to come again",
                 sockets.unacknowledged);
    page.counter("slack_sockets_lost", "Connections that ended by themselves", sockets.lost);
    page.counter("slack_sockets_replaced", "Connections that were replaced before they ended",
                 sockets.replaced);
    page.counter("slack_sockets_suspected", "Connections that looked alive and brought nothing",
                 sockets.suspected);
}

void add_store(Page& page, const HouseFigures& house) {
    const engine::Figures& engine = house.engine;
    page.gauge("store_full", "1 while the disk is full: customers are refused",
               engine.store_state == engine::StoreState::full ? 1 : 0);
    page.gauge("store_read_only", "1 while the disk takes no writes: customers are refused",
               engine.store_state == engine::StoreState::read_only ? 1 : 0);
    if (house.disk_free_bytes >= 0) {
        page.gauge("store_disk_free_bytes", "Free for the database, its ballast not counted",
                   static_cast<double>(house.disk_free_bytes));
    }
    page.counter("engine_commands", "Commands taken", engine.commands);
    page.counter("engine_batches", "Batches committed, one flush each", engine.batches);
    page.counter("engine_batches_failed", "Batches that the store refused", engine.batches_failed);
}

}  // namespace

std::string metrics_text(const gateway::Counters& counters, const courier::Figures& courier,
                         std::size_t engine_waiting, const HouseFigures& house) {
    Page page;
    page.build(version());
    page.gauge("engine_commands_waiting", "Commands in the engine's mailbox",
               static_cast<double>(engine_waiting));
    page.gauge("reconciling", "1 while Slack is read before anything is sent, after a restore",
               house.reconciling ? 1 : 0);
    if (house.backup_age_ms >= 0) {
        page.gauge("backup_age_seconds", "Since the last backup that was made and checked",
                   static_cast<double>(house.backup_age_ms) / 1000);
    }
    add_store(page, house);
    add_gateway(page, counters);
    add_courier(page, courier);
    add_desk(page, house.desk);
    return page.text();
}

}  // namespace deskbell::app
