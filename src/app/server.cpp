#include "app/server.hpp"
#include "app/desk_policy.hpp"

#include "app/admin_door.hpp"
#include "app/gateway_unit.hpp"
#include "app/incarnation.hpp"
#include "app/metrics.hpp"
#include "app/office.hpp"
#include "app/site_settings.hpp"
#include "base/log.hpp"
#include "base/web_asset.hpp"
#include "engine/engine_thread.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace deskbell::app {
namespace {

// Together under the 20 s that a supervisor waits.
constexpr std::int64_t goodbye_deadline_ms = 4'000;
constexpr std::int64_t courier_deadline_ms = 10'000;

gateway::LimitOptions limits_of(const Config& config) {
    gateway::LimitOptions limits;
    limits.sessions_per_minute_per_ip = config.limits.sessions_per_minute_per_ip;
    limits.messages_per_second_per_session = config.limits.messages_per_second_per_session;
    // Whoever lifts the limit on messages (a benchmark) means requests too.
    if (config.limits.messages_per_second_per_session == 0)
        limits.requests_per_second_per_session = 0;
    return limits;
}

gateway::Options gateway_options(const Config& config, const ServerExtras& extras,
                                 const engine::ReconcilePlan& reconcile) {
    gateway::Options options;
    options.log_run = reconcile.log_run;
    options.log_run_began = reconcile.log_run_began;
    for (const SiteConfig& site : config.sites)
        options.sites.push_back({SiteId(site.id), site.origins, site_settings_json(config, site),
                                 site.identity_secret.reveal()});
    options.public_url = config.server.public_url;
    options.trusted_proxies = config.server.trusted_proxies;
    options.assets = web_assets();
    options.demo_pages = config.server.demo_page;
    // Dead after two missed signs of life and a quarter of one, or two seconds: pings go out by the
    // second.
    options.heartbeat_ms = config.server.heartbeat_s * 1000;
    options.silence_ms_max =
        options.heartbeat_ms * 2 + std::max<std::int64_t>(options.heartbeat_ms / 4, 2'000);
    boost::json::object demo;
    if (!extras.sandbox_url.empty()) {
        demo["sandbox_url"] = extras.sandbox_url;
        options.demo_desk_origin = extras.sandbox_url.substr(0, extras.sandbox_url.rfind('/'));
    }
    options.demo_config_json = boost::json::serialize(demo);
    return options;
}

// Made once and kept: addresses that were given stay good over a restart.
std::string link_key_of(store::Store& store, Random& random) {
    const std::string name = "file_link_key";
    std::string key = store.note(name);
    if (!key.empty()) return key;
    key = random.base32(52);
    store.begin();
    store.set_note(name, key);
    store.commit();
    return key;
}

std::size_t gateway_threads(const Config& config) {
    if (config.server.gateway_threads > 0)
        return static_cast<std::size_t>(config.server.gateway_threads);
    return std::max(1u, std::thread::hardware_concurrency()) > 1
               ? std::thread::hardware_concurrency() - 1
               : 1;
}

}  // namespace

class Server::Impl {
public:
    Impl(Config config, ServerExtras extras)
        : config_(std::move(config)), extras_(std::move(extras)) {}
    ~Impl() { stop(); }

    Result<void> start();
    void stop();
    [[nodiscard]] std::string url() const;

private:
    Result<void> open_engine();
    Result<void> read_incarnation();
    Result<void> open_files();
    [[nodiscard]] gateway::FileOptions file_options();
    void make_door();
    [[nodiscard]] HouseFigures house_figures() const;
    void describe(boost::json::object& out) const;
    void connect_hub();
    void tell_live(const SessionId& session, std::string frame);
    gateway::Hooks hooks_for(std::size_t unit);
    Result<void> listen();
    [[nodiscard]] std::vector<std::string> not_ready_reasons() const;

    const Config config_;
    const ServerExtras extras_;
    SystemClock clock_;
    SystemRandom random_;
    StoreHealth store_health_;
    FiguresBoard figures_;
    EffectsHub hub_;
    std::optional<files::FileFolder> folder_;
    std::string link_key_;
    std::unique_ptr<files::DiskThread> disk_;  // outlives everybody who gives it work
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<engine::Engine> engine_;
    std::unique_ptr<engine::EngineThread> engine_thread_;
    std::unique_ptr<Office> office_;
    engine::ReconcilePlan reconcile_;
    std::unique_ptr<AdminDoor> door_;
    std::unique_ptr<gateway::Commons> commons_;
    std::vector<std::unique_ptr<GatewayUnit>> units_;
    std::atomic<bool> stopping_{false};
    std::uint16_t port_ = 0;
    bool stopped_ = false;
};

Result<void> Server::Impl::open_engine() {
    auto store = store::open_sqlite_store(
        {.path = config_.server.database_file, .ballast_bytes = config_.server.ballast_bytes});
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    auto read = read_incarnation();
    if (!read && store::disk_room(config_.server.database_file).is_short()) {
        store_->give_up_reserve();
        read = read_incarnation();
    }
    if (!read) return read;
    engine_ = std::make_unique<engine::Engine>(*store_, policy_of(config_), clock_, random_, hub_);
    engine_thread_ = std::make_unique<engine::EngineThread>(*engine_);
    return {};
}

// Is the database older than the world? Said once, here; what follows from it is the engine's and
// the office's.
Result<void> Server::Impl::read_incarnation() {
    const std::string& file = config_.server.database_file;
    Incarnation incarnation(file);
    try {
        const std::int64_t in_store = stamp_of(*store_);
        const auto beside_it = incarnation.read();
        const bool older = is_older_than_world(in_store, beside_it);
        if (older) {
            if (const std::size_t again = forget_again(*store_, file, clock_.wall_ms()); again > 0)
                log::info("{} sessions that were forgotten are forgotten once more", again);
        }
        reconcile_ = engine::prepare_reconcile(*store_, older, clock_, random_);
        if (reconcile_.due) reconcile_.forgotten = forgotten_sessions(file);
        const std::int64_t stamp = std::max(in_store, beside_it.value_or(0)) + 1;
        set_stamp(*store_, stamp);
        return incarnation.write(stamp);
    } catch (const store::StoreFailure& failure) {
        return std::unexpected(failure.error);
    }
}

// What a former process left unnamed, and what no row knows, goes before anybody can add to it.
Result<void> Server::Impl::open_files() {
    disk_ = std::make_unique<files::DiskThread>();
    if (!config_.files.enabled) return {};
    auto folder =
        files::FileFolder::open(files_folder(config_.files, config_.server.database_file));
    if (!folder) return std::unexpected(folder.error());
    folder_ = std::move(*folder);
    try {
        const std::size_t gone = folder_->sweep([this](const FileId& id) {
            const auto file = store_->file(id);
            return file && file->state == core::FileState::ready;
        });
        if (gone > 0) log::info("files: {} that nobody knows were removed", gone);
        link_key_ = link_key_of(*store_, random_);
    } catch (const store::StoreFailure& failure) {
        return std::unexpected(failure.error);
    }
    hub_.drop_file = [this](const FileId& id) {
        files::DiskThread::Work work = [this, id] { folder_->remove(id); };
        (void)disk_->try_post(work);  // the sweep at the next start finds it otherwise
    };
    return {};
}

gateway::FileOptions Server::Impl::file_options() {
    gateway::FileOptions options;
    if (!folder_) return options;
    options.folder = &*folder_;
    options.disk = disk_.get();
    options.bytes_max = config_.files.bytes_max;
    options.types = config_.files.types;
    options.link_key = link_key_;
    return options;
}

void Server::Impl::make_door() {
    door_ = std::make_unique<AdminDoor>(AdminDoor::Setup{
        config_.server.database_file, files_folder(config_.files, config_.server.database_file),
        clock_, *engine_, *engine_thread_, [this](boost::json::object& out) { describe(out); }});
}

HouseFigures Server::Impl::house_figures() const {
    HouseFigures figures;
    figures.reconciling = office_ && office_->reconciling();
    const WallMs backed_up_at = door_ ? door_->last_backup_at() : 0;
    if (backed_up_at > 0) figures.backup_age_ms = clock_.wall_ms() - backed_up_at;
    figures.engine = engine_->figures();
    figures.desk = figures_.desk();
    figures.disk_free_bytes = store::disk_room(config_.server.database_file).free_bytes;
    return figures;
}

void Server::Impl::describe(boost::json::object& out) const {
    out["running"] = true;
    out["reconciling"] = house_figures().reconciling;
    boost::json::array reasons;
    for (const std::string& reason : not_ready_reasons()) reasons.emplace_back(reason);
    out["not_ready"] = std::move(reasons);
    const DeskFigures desk = figures_.desk();
    out["slack"] = {{"trouble", desk.trouble},
                    {"canary", desk.canary},
                    {"events_missed", desk.events_missed},
                    {"sockets_live", desk.sockets.live},
                    {"sockets_wanted", desk.sockets.wanted},
                    {"sockets_trouble", desk.sockets_trouble}};
}

void Server::Impl::tell_live(const SessionId& session, std::string frame) {
    const auto shared = std::make_shared<const std::string>(std::move(frame));
    for (const auto& unit : units_) {
        unit->loop().post(
            [&unit = *unit, session, shared] { unit.gateway().live(session, *shared); });
    }
}

void Server::Impl::connect_hub() {
    for (const auto& unit : units_) {
        hub_.gateways.push_back(
            {&unit->loop(),
             [&unit = *unit](std::vector<gateway::Push> pushes) { unit.gateway().deliver(pushes); },
             [&unit = *unit](const SessionId& session, const std::string& code,
                             const std::string& text) {
                 unit.gateway().notice(session, code, text);
             },
             [&unit = *unit](const SessionId& session) { unit.gateway().shut_out(session); }});
    }
    hub_.note_forgotten = [this](const SessionId& session) {
        const auto noted = note_forgotten(forgotten_file(config_.server.database_file), session);
        if (!noted) log::error("forget: {}", noted.error().detail);
        return noted.has_value();
    };
    hub_.office = office_->door();
}

gateway::Hooks Server::Impl::hooks_for(std::size_t own) {
    gateway::Hooks hooks;
    Loop& own_loop = units_[own]->loop();
    hooks.desk_request = [this, &own_loop](
                             net::HttpRequest request,
                             std::move_only_function<void(net::HttpResponse)> answer) {
        office_->receive(std::move(request), own_loop, std::move(answer));
    };
    hooks.not_ready_reasons = [this] { return not_ready_reasons(); };
    hooks.ready_notes = [this] {
        std::vector<std::string> notes;
        if (office_->reconciling()) notes.emplace_back("reconciling");
        return notes;
    };
    hooks.metrics_text = [this] {
        return metrics_text(commons_->counters, figures_.get(), engine_thread_->waiting(),
                            house_figures());
    };
    hooks.replaced = [this, own](const SessionId& session, std::uint64_t instance,
                                 std::uint64_t epoch) {
        for (std::size_t other = 0; other < units_.size(); ++other) {
            if (other == own) continue;
            units_[other]->loop().post([&unit = *units_[other], session, instance, epoch] {
                unit.gateway().replaced(session, instance, epoch);
            });
        }
    };
    hooks.live = [this, own](const SessionId& session, const std::string& frame,
                             std::uint64_t except) {
        for (std::size_t other = 0; other < units_.size(); ++other) {
            if (other == own) continue;
            units_[other]->loop().post([&unit = *units_[other], session, frame, except] {
                unit.gateway().live(session, frame, except);
            });
        }
    };
    hooks.typing = [this](const SessionId& session, bool on) {
        office_->customer_types(session, on);
    };
    return hooks;
}

std::vector<std::string> Server::Impl::not_ready_reasons() const {
    std::vector<std::string> reasons;
    if (stopping_) reasons.emplace_back("stopping");
    const engine::Figures figures = engine_->figures();
    if (figures.store_failed) reasons.emplace_back("store_unavailable");
    if (figures.store_state == engine::StoreState::full) reasons.emplace_back("storage_full");
    if (figures.store_state == engine::StoreState::read_only)
        reasons.emplace_back("storage_read_only");
    return reasons;
}

// A desk that refuses us is no reason to send customers away: their words are kept, and the bot
// still answers.
Result<void> Server::Impl::listen() {
    port_ = config_.server.listen.port;
    for (std::size_t i = 0; i < units_.size(); ++i) {
        auto bound = units_[i]->start(hooks_for(i), config_.server.listen.address, port_);
        if (!bound) return std::unexpected(bound.error());
        port_ = *bound;  // when port 0 was asked for, the others join the first
    }
    return {};
}

Result<void> Server::Impl::start() {
    if (auto opened = open_engine(); !opened) return opened;
    if (auto opened = open_files(); !opened) return opened;
    auto office = Office::make({config_, clock_, random_, *engine_thread_, figures_, reconcile_,
                                folder_ ? &*folder_ : nullptr, disk_.get(),
                                [this](const SessionId& session, std::string frame) {
                                    tell_live(session, std::move(frame));
                                }});
    if (!office) return std::unexpected(office.error());
    office_ = std::move(*office);
    commons_ = std::make_unique<gateway::Commons>(limits_of(config_), random_.next_u64());
    const std::size_t threads = gateway_threads(config_);
    gateway::Options gateway = gateway_options(config_, extras_, reconcile_);
    gateway.files = file_options();
    for (std::size_t i = 0; i < threads; ++i) {
        units_.push_back(std::make_unique<GatewayUnit>(GatewayUnit::Setup{
            "gateway-" + std::to_string(i), clock_, random_, *engine_thread_, store_health_,
            *commons_, gateway, config_.server.tls_certificate, config_.server.tls_key}));
    }
    connect_hub();
    make_door();
    // What a former process left unfinished is handed out first, before anybody can add to it.
    engine_->start();
    engine_thread_->start();
    if (auto listening = listen(); !listening) return listening;
    office_->start();
    door_->start();
    log::info("listening on {}", url());
    return {};
}

void Server::Impl::stop() {
    if (stopped_) return;
    stopped_ = true;
    stopping_ = true;
    if (door_) door_->stop();
    for (const auto& unit : units_)
        unit->say_goodbye(goodbye_deadline_ms / static_cast<std::int64_t>(units_.size()));
    if (office_) office_->finish(courier_deadline_ms);
    if (engine_thread_) engine_thread_->stop_and_join();
    if (office_) office_->stop();
    if (disk_) disk_->stop_and_join();  // answers of its work find their loops
    for (const auto& unit : units_) unit->stop();
    units_.clear();
    office_.reset();
    door_.reset();
    engine_thread_.reset();
    engine_.reset();
    store_.reset();
}

std::string Server::Impl::url() const {
    const bool v6 = config_.server.listen.address.contains(':');
    const std::string host =
        v6 ? "[" + config_.server.listen.address + "]" : config_.server.listen.address;
    const std::string scheme = config_.server.tls_certificate.empty() ? "http://" : "https://";
    return scheme + host + ":" + std::to_string(port_);
}

Server::Server(Config config, ServerExtras extras)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(extras))) {}
Server::~Server() = default;
Result<void> Server::start() { return impl_->start(); }
void Server::stop() { impl_->stop(); }
std::string Server::url() const { return impl_->url(); }

}  // namespace deskbell::app
