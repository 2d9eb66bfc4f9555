// What was planned against the world, and how it is taken back.

#include "base/json.hpp"
#include "sim/world/world_impl.hpp"

#include <boost/json.hpp>

#include <utility>

namespace deskbell::sim {
namespace {

std::string random_token(Kernel& kernel) { return "dbs_" + kernel.dice().base32(52); }

}  // namespace

void World::schedule_troubles() {
    for (const PlannedTrouble& planned : profile_.troubles)
        kernel_.world.after(planned.at_ms, [this, planned] {
            if (calm_) return;
            trace_.note("TROUBLE", to_text(planned.trouble));
            trace_.probe(std::string("trouble: ") + std::string(to_text(planned.trouble)));
            strike(planned);
        });
}

void World::until(std::int64_t duration_ms, std::move_only_function<void()> end) {
    kernel_.world.after(duration_ms, [this, end = std::move(end)]() mutable {
        if (!calm_) end();
    });
}

void World::strike(const PlannedTrouble& planned) {
    switch (planned.trouble) {
        case Trouble::kill:
        case Trouble::power_loss:
        case Trouble::crash_at_point:
        case Trouble::crash_in_write:
        case Trouble::restart:
        case Trouble::restore_backup:
        case Trouble::clock_step:
            return strike_process(planned);
        case Trouble::slack_unreachable:
        case Trouble::events_unreachable:
        case Trouble::network_down:
        case Trouble::links_cut:
        case Trouble::forged_events:
        case Trouble::wrong_tokens:
            return strike_network(planned);
        case Trouble::disk_full:
        case Trouble::disk_read_only:
        case Trouble::disk_io_error:
        case Trouble::slow_disk:
            return strike_disk(planned);
        default:
            return strike_slack(planned);
    }
}

void World::strike_process(const PlannedTrouble& planned) {
    switch (planned.trouble) {
        case Trouble::kill:
            return crash(Death::process, "planned");
        case Trouble::power_loss:
            return crash(Death::machine, "planned");
        case Trouble::crash_at_point:
            planned_death_ = kernel_.chance(0.5) ? Death::process : Death::machine;
            points_until_crash_ = static_cast<std::uint64_t>(planned.number);
            return;
        case Trouble::crash_in_write:
            writes_until_crash_ = planned.number;
            return;
        case Trouble::restart:
            return graceful_restart();
        case Trouble::restore_backup:
            return restore_backup();
        default:
            break;
    }
    // Our clock is wrong from here on; Slack's is not. Put right again after a while.
    kernel_.clock.step_wall(planned.number);
    slack_->clock.stepped_ms += planned.number;
    trace_.probe("K1 the clock jumped");
}

void World::graceful_restart() {
    if (!process_ || std::exchange(stopping_, true)) return;
    trace_.probe("G9 graceful restart");
    process_->stop([this, stopping = process_.get()] {
        if (process_.get() != stopping) return;
        kernel_.world.after(0, [this] {
            if (!process_ || disk_.is_off()) return;
            network_.host_gone(*process_, false);
            process_->die();
            process_.reset();
            trace_.note("stopped");
            boot_later(kernel_.between(100, 3'000));
        });
    });
}

// A copy is taken now; later, after a crash, it is what the machine finds.
void World::restore_backup() {
    if (!process_ || backup_) return;
    backup_ = disk_.snapshot();
    backup_heads_ = truth_.heads();
    until(kernel_.between(5'000, 60'000), [this] {
        if (!process_ || disk_.is_off()) return;
        trace_.probe("D10 an older backup was put back");
        trace_.note("RESTORE");
        network_.host_gone(*process_, false);
        process_->die();
        process_.reset();
        disk_.kill();
        disk_.restore(*backup_);
        truth_.restored(backup_heads_);
        older_than_world_ = true;
        boot_later(1'000);
    });
}

void World::strike_disk(const PlannedTrouble& planned) {
    switch (planned.trouble) {
        case Trouble::disk_full:
            disk_.set_capacity(disk_.bytes_used() + kernel_.between(0, 40'000));
            break;
        case Trouble::disk_read_only:
            disk_.inject({.action = DiskAction::write, .trouble = DiskTrouble::read_only});
            break;
        case Trouble::disk_io_error:
            disk_.inject({.action = kernel_.chance(0.5) ? DiskAction::flush : DiskAction::write,
                          .trouble = DiskTrouble::io_error,
                          .after = kernel_.between(0, 20),
                          .times = 1});
            break;
        default:
            engine_weather_.commit_ms = 800;
            engine_weather_.commit_ms_max = 5'000;
            break;
    }
    until(planned.duration_ms, [this] {
        engine_weather_ = profile_.engine;
        disk_.set_capacity(-1);
        disk_.clear_faults();
    });
}

void World::strike_network(const PlannedTrouble& planned) {
    switch (planned.trouble) {
        case Trouble::slack_unreachable:
            slack_->weather.slack_unreachable = true;
            return until(planned.duration_ms,
                         [this] { slack_->weather.slack_unreachable = false; });
        case Trouble::events_unreachable:
            slack_->weather.events_unreachable = true;
            return until(planned.duration_ms,
                         [this] { slack_->weather.events_unreachable = false; });
        case Trouble::network_down:
            network_.weather.down = true;
            network_.cut_all();
            return until(planned.duration_ms, [this] { network_.weather.down = false; });
        case Trouble::links_cut:
            return network_.cut_all();
        case Trouble::forged_events:
            return attack_with_forged_events();
        default:
            return attack_with_wrong_tokens();
    }
}

void World::strike_slack(const PlannedTrouble& planned) {
    sandbox::Slack& slack = slack_->slack();
    const std::string channel = "support-" + std::to_string(kernel_.between(1, profile_.channels));
    switch (planned.trouble) {
        case Trouble::slack_failing: {
            sandbox::FaultRule failing;
            failing.effect = sandbox::Effect::error_page;
            failing.status = 503;
            const auto rule = slack.add_fault(failing);
            if (rule)
                until(planned.duration_ms,
                      [this, id = *rule] { (void)slack_->slack().remove_fault(id); });
            break;
        }
        case Trouble::archive_channel:
            (void)slack.archive(channel, true);
            until(planned.duration_ms, [this] { heal_channels(); });
            break;
        case Trouble::kick_bot:
            (void)slack.kick(channel, "");
            until(planned.duration_ms, [this] { heal_channels(); });
            break;
        case Trouble::rename_channel:
            (void)slack.rename(channel, channel + "-renamed");
            break;
        case Trouble::share_channel:
            for (const std::string& outsider : agents_->outsiders())
                if (slack.invite(channel, outsider))
                    trace_.probe("C4 the channel is shared with another company");
            until(planned.duration_ms, [this] { heal_channels(); });
            break;
        case Trouble::revoke_token:
        case Trouble::expire_token:
            if (planned.trouble == Trouble::revoke_token)
                slack.revoke_token();
            else
                slack.expire_token();
            until(planned.duration_ms, [this] { slack_->slack().restore_token(); });
            break;
        case Trouble::disable_events:
            slack.disable_events();
            until(planned.duration_ms, [this] { slack_->slack().enable_events(); });
            break;
        default:
            slack.limit_events();
            break;
    }
    slack_->pump();
}

// ---- Attackers. ----

void World::attack_with_forged_events() {
    const auto threads = agents_->threads();
    if (threads.empty()) return;
    const SeenThread& thread = threads[kernel_.pick(threads.size())];
    const std::string team = slack_->slack().workspace().team_id;
    const boost::json::object event = {{"type", "message"},
                                       {"user", "U0FORGED01"},
                                       {"text", "q0=m1=q forged"},
                                       {"ts", "1999999999.000100"},
                                       {"thread_ts", thread.root_ts},
                                       {"channel", thread.channel},
                                       {"team", team}};
    const boost::json::object envelope = {
        {"type", "event_callback"}, {"event_id", "EvFORGED"}, {"team_id", team}, {"event", event}};
    net::HttpRequest request;
    request.method = "POST";
    request.path = "/slack/events";
    request.body = boost::json::serialize(envelope);
    request.headers = {
        {"content-type", "application/json"},
        {"x-slack-request-timestamp", std::to_string(slack_->clock.wall_ms() / 1000)}};
    if (kernel_.chance(0.7))
        request.headers.push_back({"x-slack-signature", "v0=" + std::string(64, 'a')});
    network_.request(std::move(request), 10'000, [this](std::optional<net::HttpResponse> answer) {
        if (!answer) return;
        trace_.probe("A1 forged event");
        if (answer->status != 401)
            trace_.violate("S8", "a forged event was answered " + std::to_string(answer->status));
    });
}

void World::attack_with_wrong_tokens() {
    for (const char* path : {"/v1/session", "/v1/session/events?after=0", "/v1/session/messages"}) {
        net::HttpRequest request;
        const std::string_view target = path;
        const std::size_t mark = target.find('?');
        request.path = target.substr(0, mark);
        if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
        request.method = target.ends_with("messages") ? "POST" : "GET";
        if (request.method == "POST") {
            request.body = R"({"client_id":"q","text":"q0=m2=q"})";
            request.headers.push_back({"content-type", "application/json"});
        }
        request.headers.push_back({"authorization", "Bearer " + random_token(kernel_)});
        network_.request(
            std::move(request), 10'000, [this](std::optional<net::HttpResponse> answer) {
                if (!answer) return;
                trace_.probe("A2 wrong token");
                if (answer->status != 401 && answer->status != 429 && answer->status != 503)
                    trace_.violate("S8",
                                   "a wrong token was answered " + std::to_string(answer->status));
            });
    }
}

// ---- Fair weather. ----

void World::heal_channels() {
    sandbox::Slack& slack = slack_->slack();
    for (const sandbox::Channel& channel : slack.workspace().channels) {
        if (channel.is_archived) (void)slack.archive(channel.id, false);
        for (const std::string& outsider : agents_->outsiders())
            if (channel.has_member(outsider)) (void)slack.kick(channel.id, outsider);
        if (!channel.has_member(slack.workspace().app.user_id)) (void)slack.invite(channel.id, "");
    }
    slack_->pump();
}

void World::heal() {
    calm_ = true;
    trace_.note("CALM");
    for (const auto& customer : customers_) customer->calm_down();
    agents_->calm_down();
    network_.weather = NetworkWeather{};
    slack_->weather = WireWeather{};
    engine_weather_ = EngineWeather{};
    points_until_crash_ = 0;
    writes_until_crash_ = 0;
    connects_when_calm_ = connects();
    calm_since_ = kernel_.now();
    disk_.set_capacity(-1);
    disk_.clear_faults();
    kernel_.clock.step_wall(-slack_->clock.stepped_ms);
    slack_->clock.stepped_ms = 0;
    sandbox::Slack& slack = slack_->slack();
    sandbox::clear_weather(slack);
    slack.clear_faults();
    slack.restore_token();
    slack.enable_events();
    heal_channels();
}

// What the model met, by the names of its own.
void World::count_weather() {
    for (const auto& [effect, hits] : sandbox::hits_by_effect(slack_->slack()))
        trace_.probe("Slack: " + effect, hits);
}

}  // namespace deskbell::sim
