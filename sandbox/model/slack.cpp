#include "sandbox/model/slack.hpp"

#include "sandbox/model/call_faults.hpp"
#include "sandbox/model/world.hpp"

namespace deskbell::sandbox {

Slack::Slack(Options options, const Clock& clock, Random& random)
    : world_(std::make_unique<World>(clock, random)) {
    set_public_url(options.public_url);
    found_workspace(*world_, options);
    found_oauth(*world_);
}

Slack::~Slack() = default;

ApiAnswer Slack::call(const ApiCall& call) {
    run_late(*world_);
    CallLogEntry entry;
    entry.at = world_->now_ts();
    entry.method = call.method;
    if (const auto named = call.args.find("channel"); named != call.args.end())
        if (const Channel* known = world_->workspace.find_channel(named->second))
            entry.channel = known->id;
    ApiAnswer answer = answer_with_faults(*world_, call, entry);
    answer.date_skew_s = world_->workspace.settings.date_skew_s;
    log_call(*world_, std::move(entry));
    return answer;
}

std::vector<Delivery> Slack::next_deliveries(std::size_t entries) {
    run_late(*world_);
    run_pending_shares(*world_);
    if (world_->workspace.settings.socket_mode) return {};  // socket_orders() takes them
    auto taken = world_->deliveries.take_due(world_->clock.steady_ms(), world_->now_ts(), entries);
    for (Delivery& delivery : taken)
        delivery.timestamp_skew_s += world_->workspace.settings.signature_skew_s;
    if (!taken.empty()) world_->changed();
    return taken;
}

void Slack::delivered(std::uint64_t id, const DeliveryOutcome& outcome) {
    World& world = *world_;
    const bool is_too_much = world.deliveries.finished(id, outcome, world.clock.steady_ms(),
                                                       world.workspace.settings.retry_scale);
    // It is request URLs that Slack switches off.
    if (is_too_much && !world.workspace.settings.socket_mode) {
        world.events_disabled = true;
        world.count("events_disabled");
        world.deliveries.clear_pending();
    }
    answer_interaction(world, id, outcome);
    world.changed();
}

std::optional<SteadyMs> Slack::next_due() const {
    std::optional<SteadyMs> due;
    if (!world_->workspace.settings.socket_mode) due = world_->deliveries.next_due();
    if (const auto share = next_share_due(*world_); share && (!due || *share < *due)) due = share;
    if (const auto late = next_late(*world_); late && (!due || *late < *due)) due = late;
    return due;
}

}  // namespace deskbell::sandbox
