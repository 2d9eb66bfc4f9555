#include "sim/world/world.hpp"

#include "base/log.hpp"
#include "bot/bot.hpp"
#include "engine/reconcile.hpp"
#include "sim/world/log_watch.hpp"
#include "sim/world/world_impl.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::sim {
namespace {

constexpr std::int64_t drain_ms_max = 30 * 60'000;
constexpr std::int64_t look_interval_ms = 5'000;
constexpr std::int64_t settle_ms = 150'000;  // late copies have come, audits and sweeps have run
constexpr const char* api_url = "http://slack.sim/api/";

// Answers with a tag of its own, after a while, and sees to it that it is never shown two
// customers.
class TaggedBot final : public bot::Bot {
public:
    TaggedBot(Kernel& kernel, Trace& trace, Truth& truth)
        : kernel_(kernel), trace_(trace), truth_(truth) {}
    ~TaggedBot() override { *alive_ = false; }

    void answer(bot::Question question, std::move_only_function<void(bot::Answer)> done) override {
        const TrueSession* session = truth_.find(question.session.value);
        const int customer = session ? session->customer : -1;
        for (const core::Line& line : question.conversation)
            for (const Tag& tag : tags_in(line.text))
                if (customer >= 0 && tag.customer != customer)
                    trace_.violate("S6", "the bot was shown " + to_text(tag) +
                                             " in a question of customer " +
                                             std::to_string(customer));
        const auto asked = question.conversation.empty()
                               ? std::vector<Tag>()
                               : tags_in(question.conversation.back().text);
        bot::Answer answer{"Bot", "An answer", kernel_.chance(0.3)};
        if (!asked.empty())
            answer.text += " " + to_text({'x', asked.front().customer, asked.front().number});
        kernel_.world.after(
            kernel_.skewed(400, 20'000),
            [alive = alive_, answer = std::move(answer), done = std::move(done)]() mutable {
                if (*alive) done(std::move(answer));
            });
    }

private:
    Kernel& kernel_;
    Trace& trace_;
    Truth& truth_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

sandbox::Options slack_options(int channels) {
    sandbox::Options options;
    options.events_url = "http://deskbell.sim/slack/events";
    options.channels = {"general"};
    for (int i = 1; i <= channels; ++i) options.channels.push_back("support-" + std::to_string(i));
    return options;
}

}  // namespace

World::World(const Profile& profile, const RunOptions& options)
    : profile_(profile),
      options_(options),
      kernel_(profile.seed),
      trace_(kernel_, options.keep_lines),
      truth_(trace_),
      network_(kernel_, trace_),
      slack_(std::make_unique<SlackSide>(kernel_, trace_, network_, slack_options(profile.channels),
                                         profile.seed + 17)),
      disk_random_(profile.seed + 29),
      disk_(disk_random_, &kernel_.clock),
      engine_weather_(profile.engine) {
    make_config();
    watch_disk();
    network_.weather = profile.network;
    slack_->weather = profile.wire;
    agents_ = std::make_unique<Agents>(kernel_, trace_, truth_, *slack_, profile.agent_habits);
    checks_ = std::make_unique<Checks>(trace_, truth_, *slack_);
#ifdef DESKBELL_TEST_HOOKS
    test_hooks::observe_crash_points([this](std::string_view name) { reach_crash_point(name); });
#endif
}

World::~World() {
#ifdef DESKBELL_TEST_HOOKS
    test_hooks::observe_crash_points({});
#endif
    if (process_) process_->die();
    process_.reset();
}

void World::make_config() {
    config_.server.public_url = "https://chat.sim";
    app::SiteConfig site;
    site.id = "default";
    site.origins = {"https://shop.sim"};
    config_.sites = {site};
    config_.slack.api_url = api_url;
    config_.slack.bot_token = app::Secret(slack_->slack().workspace().app.bot_token);
    config_.slack.signing_secret = app::Secret(slack_->slack().workspace().app.signing_secret);
    core::Route route;
    for (int i = 1; i <= profile_.channels; ++i)
        route.destinations.emplace_back("#support-" + std::to_string(i));
    config_.slack.routes = {route};
    config_.limits.sessions_per_minute_per_ip = 10'000;
    config_.desk.presence_interval_ms = 0;  // who is at their desk decides nothing that is judged
    config_.bot.kind = app::BotKind::faq;   // stands for any bot: ours is given in
}

// ---- Lives and deaths of the process. ----

void World::boot_later(std::int64_t delay_ms) {
    kernel_.world.after(delay_ms, [this] { boot(); });
}

void World::boot() {
    if (process_) return;
    auto store = store::open_sqlite_store({.path = "deskbell.db", .vfs = disk_.vfs_name()});
    // A crash point in there ended it; its clearing away boots again, and what it says of the disk
    // is not to be believed.
    if (disk_.is_off()) return;
    if (!store) {
        trace_.note("store does not open", store.error().code, store.error().detail);
        if (store.error().code == "store_damaged")
            trace_.violate("S1", "the database is damaged after a crash");
        return boot_later(5'000);
    }
    const std::uint64_t seed = profile_.seed * 1'000 + ++starts_;
    SeededRandom random(seed);
    engine::ReconcilePlan reconcile;
    try {
        reconcile = engine::prepare_reconcile(**store, older_than_world_, kernel_.clock, random);
    } catch (const store::StoreFailure& failure) {
        trace_.note("reconcile cannot begin", failure.error.code);
        return boot_later(5'000);
    }
    if (disk_.is_off()) return;  // a crash point in there ended it; its clearing away boots again
    older_than_world_ = false;
    truth_.compare(**store);
    if (reconcile.due) trace_.probe("D10 started in reconcile mode");
    trace_.note("start", std::to_string(starts_));
    process_ = std::make_unique<Process>(Process::Setup{
        kernel_, truth_, network_, config_, engine_weather_, std::move(*store),
        [this](ManualLoop& loop) { return slack_->make_http(loop); },
        std::make_unique<TaggedBot>(kernel_, trace_, truth_),
        [this](const std::string& why) { crash(Death::process, "store failed: " + why); }, seed,
        std::move(reconcile)});
    network_.host = process_.get();
    process_->start();
    stopping_ = false;
}

void World::crash(Death death, const std::string& why) {
    if (disk_.is_off()) return;
    ++crashes_;
    trace_.note("CRASH", why, death == Death::machine ? "power lost" : "killed");
    trace_.probe(death == Death::machine ? "D2 power lost" : "D1 killed");
    disk_.power_off();
    if (process_) process_->die();
    kernel_.world.after(0, [this, death] { clear_away(death); });
}

void World::clear_away(Death death) {
    if (process_) network_.host_gone(*process_, death == Death::machine);
    process_.reset();
    if (death == Death::machine) {
        if (disk_.unflushed() > 0) trace_.probe("D2 unflushed writes were lost");
        disk_.crash(disk_random_);
    } else {
        disk_.kill();
    }
    boot_later(kernel_.between(200, 20'000));
}

void World::reach_crash_point(std::string_view name) {
    auto known = crash_points_.find(name);
    if (known == crash_points_.end()) known = crash_points_.emplace(name, 0).first;
    const std::uint64_t hit = ++known->second;
    if (disk_.is_off()) return;
    if (points_until_crash_ > 0 && --points_until_crash_ == 0) {
        trace_.probe("crashed at a named point");
        return crash(planned_death_, std::string(name));
    }
    const auto& at = options_.crash_at;
    if (at && at->point == name && at->nth == hit)
        crash(at->power_loss ? Death::machine : Death::process, std::string(name));
}

// Power is lost in the middle of a commit: after this write and before its flush, or the other way.
void World::watch_disk() {
    disk_.observe([this](const DiskEvent& event) {
        if (writes_until_crash_ == 0 || disk_.is_off() || !process_) return;
        if (event.action != DiskAction::write && event.action != DiskAction::flush) return;
        if (--writes_until_crash_ > 0) return;
        trace_.probe("D2 power lost in the middle of a commit");
        crash(Death::machine, "in the middle of a write");
    });
}

std::uint64_t World::connects() const {
    std::uint64_t all = 0;
    for (const auto& customer : customers_) all += customer->connects();
    return all;
}

// L2. In good weather a tab connects once, and again after a restart.
void World::check_backing_off() {
    const double minutes = static_cast<double>(kernel_.now() - calm_since_) / 60'000.0;
    const double allowed = static_cast<double>(customers_.size()) * 4 * (4 + minutes);
    const std::uint64_t connects_since = connects() - std::min(connects(), connects_when_calm_);
    if (static_cast<double>(connects_since) > allowed)
        trace_.violate("L2", std::to_string(connects_since) + " connects in " +
                                 std::to_string(minutes) + " minutes of good weather");
}

// ---- A run. ----

void World::keep_checking() {
    kernel_.world.after(look_interval_ms, [this] {
        checks_->always();
        if (process_) checks_->bounds(*process_);
        keep_checking();
    });
}

// For whoever reads the timeline: what still waits, and how far it has come.
void World::note_lanes() {
    if (!process_) return;
    for (const SessionId& id : process_->store().sessions_with_letters())
        for (const core::Letter& letter : process_->store().lane(id, 50))
            trace_.note("waits", id.value,
                        letter.id.value + " at " + std::to_string(letter.position) + " kind " +
                            std::to_string(static_cast<int>(letter.kind)) + " state " +
                            std::to_string(static_cast<int>(letter.state)) + " attempts " +
                            std::to_string(letter.attempts));
}

void World::drain() {
    heal();
    const SteadyMs end = kernel_.now() + drain_ms_max;
    std::string why = "…";
    while (kernel_.now() < end && !why.empty() && trace_.violations().empty()) {
        kernel_.run_for(look_interval_ms);
        why = process_ ? checks_->unrest(customers_, *agents_) : "no process";
    }
    if (!why.empty() || !trace_.violations().empty()) note_lanes();
    if (!why.empty() && trace_.violations().empty())
        trace_.violate("L1", "after 30 minutes of good weather: " + why);
    if (!trace_.violations().empty()) return;
    kernel_.run_for(settle_ms);
    checks_->always();
    check_backing_off();
    if (process_)
        checks_->at_rest(customers_, *agents_, process_->store());
    else
        trace_.violate("L1", "no process is up");
}

RunResult World::run() {
    const LogWatch watch(trace_, profile_.scans_debug_log,
                         {config_.slack.bot_token.reveal(), config_.slack.signing_secret.reveal()});
    if (auto applied = sandbox::apply_weather(slack_->slack(), profile_.slack); !applied)
        trace_.violate("L1", "the weather does not fit: " + applied.error().detail);
    boot();
    agents_->start();
    for (int i = 0; i < profile_.customers; ++i) {
        customers_.push_back(std::make_unique<Customer>(
            Customer::Surroundings{kernel_, trace_, truth_, network_}, i, profile_.habits));
        customers_.back()->start();
    }
    keep_checking();
    schedule_troubles();
    kernel_.run_for(profile_.fault_phase_ms);
    drain();
    count_weather();

    RunResult result;
    result.hash = trace_.hash();
    result.events = trace_.events();
    result.crashes = crashes_;
    result.simulated_ms = kernel_.now();
    result.violations = trace_.violations();
    result.probes = trace_.probes();
    result.crash_points.insert(crash_points_.begin(), crash_points_.end());
    result.lines.assign(trace_.lines().begin(), trace_.lines().end());
    return result;
}

RunResult run_world(const Profile& profile, const RunOptions& options) {
    World world(profile, options);
    return world.run();
}

}  // namespace deskbell::sim
