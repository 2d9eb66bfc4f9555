#include "sim/world/process.hpp"

#include <utility>

namespace deskbell::sim {
namespace {

constexpr std::size_t gateway_units = 2;
constexpr std::size_t batch_commands_max = 256;
constexpr std::int64_t courier_deadline_ms = 10'000;
constexpr std::int64_t goodbye_ms = 2'000;

core::Policy policy_of(const app::Config& config) {
    core::Policy policy;
    policy.routes = config.slack.routes;
    policy.bot_answers = config.bot.kind != app::BotKind::none;
    policy.message_characters_max = static_cast<std::size_t>(config.limits.message_characters_max);
    return policy;
}

gateway::Options options_of(const app::Config& config) {
    gateway::Options options;
    for (const app::SiteConfig& site : config.sites)
        options.sites.push_back({SiteId(site.id), site.origins});
    options.public_url = config.server.public_url;
    return options;
}

gateway::LimitOptions limits_of(const app::Config& config) {
    gateway::LimitOptions limits;
    limits.sessions_per_minute_per_ip = config.limits.sessions_per_minute_per_ip;
    limits.messages_per_second_per_session = config.limits.messages_per_second_per_session;
    return limits;
}

}  // namespace

// ---- The engine's mailbox. ----

bool SimIntake::try_submit(engine::Envelope& envelope, engine::Lane lane) {
    const std::size_t bound =
        lane == engine::Lane::customers ? weather_.waiting_max / 2 : weather_.waiting_max;
    if (closed_ || waiting_.size() >= bound) return false;
    waiting_.push_back(std::move(envelope));
    schedule();
    return true;
}

void SimIntake::schedule() {
    if (std::exchange(scheduled_, true)) return;
    loop_.after(kernel_.skewed(weather_.commit_ms, weather_.commit_ms_max), [this] { run(); });
}

void SimIntake::run() {
    scheduled_ = false;
    std::vector<engine::Envelope> batch;
    while (!waiting_.empty() && batch.size() < batch_commands_max) {
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    if (batch.empty()) return;
    engine_.run(std::move(batch));
    if (!waiting_.empty()) schedule();
}

// ---- What the engine tells. ----

// Records what was committed, then hands on as the app does; a disk that cannot be believed ends
// the process as the app's abort() would.
class Process::Effects final : public engine::Effects {
public:
    Effects(Process& process, Truth& truth, std::function<void(const std::string&)> store_failed)
        : process_(process), truth_(truth), store_failed_(std::move(store_failed)) {}

    void pushed(std::vector<engine::Push> pushes) override {
        if (!process_.alive_) return;
        for (const engine::Push& push : pushes) truth_.committed(push);
        process_.hub_.pushed(std::move(pushes));
    }
    void notice(const SessionId& session, std::string code, std::string text) override {
        process_.hub_.notice(session, std::move(code), std::move(text));
    }
    void lane_ready(core::LaneNews news) override { process_.hub_.lane_ready(std::move(news)); }
    void card_changed(const SessionId& session) override { process_.hub_.card_changed(session); }
    void bot_turn(engine::BotTurn turn) override { process_.hub_.bot_turn(std::move(turn)); }
    void alert(core::Alert alert) override { process_.hub_.alert(std::move(alert)); }
    void queue_changed() override { process_.hub_.queue_changed(); }
    void store_failed(const Error& why) override {
        if (process_.alive_) store_failed_(why.code);
    }

private:
    Process& process_;
    Truth& truth_;
    std::function<void(const std::string&)> store_failed_;
};

// ---- The process. ----

Process::Process(Setup setup)
    : kernel_(setup.kernel),
      network_(setup.network),
      config_(setup.config),
      random_(setup.seed),
      store_(std::move(setup.store)),
      effects_(std::make_unique<Effects>(*this, setup.truth, std::move(setup.store_failed))),
      engine_(std::make_unique<engine::Engine>(*store_, policy_of(config_), kernel_.clock, random_,
                                               *effects_)),
      intake_(std::make_unique<SimIntake>(kernel_, engine_loop_, *engine_, setup.weather)),
      http_(setup.make_http(office_loop_)),
      office_(std::make_unique<app::OfficeWork>(
          app::OfficeWork::Setup{config_, office_loop_, *http_, random_, *intake_, figures_,
                                 std::move(setup.reconcile)},
          std::move(setup.bot))),
      commons_(std::make_unique<gateway::Commons>(limits_of(config_), random_.next_u64())) {
    kernel_.add(engine_loop_);
    kernel_.add(office_loop_);
    make_units();
    hub_.office = office_->door();
}

Process::~Process() {
    die();
    network_.host_gone(*this, false);
    units_.clear();
    office_.reset();
    http_.reset();
    intake_.reset();
    engine_.reset();
    store_.reset();
}

void Process::make_units() {
    for (std::size_t i = 0; i < gateway_units; ++i) {
        units_.push_back(std::make_unique<Unit>(kernel_, *intake_, health_));
        kernel_.add(units_.back()->loop);
    }
    for (std::size_t i = 0; i < gateway_units; ++i) {
        Unit& unit = *units_[i];
        unit.gateway = std::move(*gateway::Gateway::make(
            {unit.loop, unit.backend, *commons_, random_}, options_of(config_), hooks_for(i)));
        hub_.gateways.push_back(
            {&unit.loop,
             [&unit](std::vector<gateway::Push> pushes) { unit.gateway->deliver(pushes); },
             [&unit](const SessionId& session, const std::string& code, const std::string& text) {
                 unit.gateway->notice(session, code, text);
             }});
    }
}

gateway::Hooks Process::hooks_for(std::size_t own) {
    gateway::Hooks hooks;
    Loop& own_loop = units_[own]->loop;
    hooks.desk_request = [this, &own_loop](
                             net::HttpRequest request,
                             std::move_only_function<void(net::HttpResponse)> answer) {
        office_loop_.post(
            [this, &own_loop, request = std::move(request), answer = std::move(answer)]() mutable {
                office_->receive(std::move(request), [&own_loop, answer = std::move(answer)](
                                                         net::HttpResponse response) mutable {
                    own_loop.post(
                        [answer = std::move(answer), response = std::move(response)]() mutable {
                            answer(std::move(response));
                        });
                });
            });
    };
    hooks.not_ready_reasons = [] { return std::vector<std::string>(); };
    hooks.metrics_text = [] { return std::string(); };
    hooks.replaced = [this, own](const SessionId& session, std::uint64_t instance,
                                 std::uint64_t epoch) {
        for (std::size_t other = 0; other < units_.size(); ++other)
            if (other != own)
                units_[other]->loop.post([&unit = *units_[other], session, instance, epoch] {
                    unit.gateway->replaced(session, instance, epoch);
                });
    };
    hooks.live = [this, own](const SessionId& session, const std::string& frame,
                             std::uint64_t except) {
        for (std::size_t other = 0; other < units_.size(); ++other)
            if (other != own)
                units_[other]->loop.post([&unit = *units_[other], session, frame, except] {
                    unit.gateway->live(session, frame, except);
                });
    };
    return hooks;
}

void Process::start() {
    engine_loop_.post([this] { engine_->start(); });
    tend();
    office_loop_.post([this] { office_->start(); });
}

// As the engine's thread does when nothing comes.
void Process::tend() {
    tend_timer_ = engine_loop_.after(1'000, [this] {
        engine_->tend();
        tend();
    });
}

void Process::handle(std::size_t index, std::shared_ptr<net::Exchange> exchange) {
    if (alive_) units_[index]->gateway->handle(std::move(exchange));
}

void Process::stop(std::function<void()> stopped) {
    stopping_ = true;
    for (const auto& unit : units_) unit->loop.post([&unit = *unit] { unit.gateway->drain(); });
    network_.goodbye(*this, gateway::restart_delay_reason(random_, 20));
    kernel_.world.after(
        goodbye_ms, [this, token = std::weak_ptr(token_), stopped = std::move(stopped)] {
            if (token.expired() || !alive_) return;
            office_loop_.post([this, stopped] {
                office_->finish(courier_deadline_ms, [this, stopped] { finish_stop(stopped); });
            });
        });
}

// The engine finishes what is in its mailbox.
void Process::finish_stop(const std::function<void()>& stopped) {
    intake_->close();
    kernel_.world.after(1, [this, token = std::weak_ptr(token_), stopped] {
        if (token.expired() || !alive_) return;
        if (!intake_->idle()) return finish_stop(stopped);
        stopped();
    });
}

void Process::die() {
    if (!std::exchange(alive_, false)) return;
    for (const auto& unit : units_) kernel_.remove(unit->loop);
    kernel_.remove(office_loop_);
    kernel_.remove(engine_loop_);
    for (const auto& unit : units_) unit->loop.end();
    office_loop_.end();
    engine_loop_.end();
}

std::size_t Process::pieces_waiting() const {
    std::size_t pieces = engine_loop_.posted() + office_loop_.posted() + office_loop_.timers();
    for (const auto& unit : units_) pieces += unit->loop.posted() + unit->loop.timers();
    return pieces;
}

}  // namespace deskbell::sim
