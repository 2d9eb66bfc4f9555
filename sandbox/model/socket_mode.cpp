#include "sandbox/model/socket_mode.hpp"

#include "base/json.hpp"
#include "sandbox/model/form.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::string_view host = "applink-sandbox";

json::object disconnect_frame(std::string_view reason) {
    return {{"type", "disconnect"}, {"reason", reason}, {"debug_info", {{"host", host}}}};
}

void order(World& world, SocketId socket, const json::object& frame) {
    world.sockets.orders.push_back({SocketOrder::Kind::send, socket, json::serialize(frame)});
}

void order_close(World& world, SocketId socket, std::string_view reason) {
    world.sockets.orders.push_back({SocketOrder::Kind::close, socket, std::string(reason)});
}

json::object hello_frame(const World& world, const ModeSocket& socket) {
    return {{"type", "hello"},
            {"num_connections", world.sockets.sockets.size()},
            {"debug_info",
             {{"host", host},
              {"build_number", 54},
              {"approximate_connection_time", (socket.ends_ms - socket.opened_ms) / 1000}}},
            {"connection_info", {{"app_id", world.workspace.app.app_id}}}};
}

// What a delivery is in Socket Mode: its type, and the payload that HTTP would have put in a form.
struct Envelope {
    std::string_view type;
    json::value payload;
    bool takes_payload = false;
};

Envelope envelope_of(const Delivery& delivery) {
    json::error_code failed;
    if (delivery.content_type == "application/json")
        return {"events_api", json::parse(delivery.body, failed), false};
    const auto fields = parse_form(delivery.body);
    if (const auto payload = fields.find("payload"); payload != fields.end())
        return {"interactive", json::parse(payload->second, failed), true};
    json::object command;
    for (const auto& [name, value] : fields) command[name] = value;
    return {"slash_commands", std::move(command), true};
}

// The words for a retry differ from those of HTTP.
std::string_view retry_reason(const Delivery& delivery) {
    if (delivery.attempt == 0) return "";
    return delivery.retry_reason == "http_timeout" ? "timeout" : "no_active_connection";
}

// Any one of those that are not on their way out; of the others when there is none.
ModeSocket* choose_socket(World& world) {
    std::vector<ModeSocket*> candidates;
    for (const auto least :
         {ModeSocket::State::open, ModeSocket::State::warned, ModeSocket::State::refreshing}) {
        for (auto& [id, socket] : world.sockets.sockets)
            if (socket.state == least) candidates.push_back(&socket);
        if (!candidates.empty()) return candidates[world.random.below(candidates.size())];
    }
    return nullptr;
}

void send_envelope(World& world, ModeSocket& socket, const Delivery& delivery) {
    Envelope envelope = envelope_of(delivery);
    const std::string id = world.random.uuid();
    json::object frame{{"envelope_id", id},
                       {"payload", std::move(envelope.payload)},
                       {"type", envelope.type},
                       {"accepts_response_payload", envelope.takes_payload}};
    if (envelope.type == "events_api") {
        frame["retry_attempt"] = delivery.attempt;
        frame["retry_reason"] = retry_reason(delivery);
    }
    ++socket.sent;
    world.sockets.under_way.emplace(
        id, SocketMode::UnderWay{delivery.id, socket.id,
                                 world.clock.steady_ms() + SocketMode::acknowledge_ms,
                                 envelope.takes_payload});
    if (!socket.is_stalled && !socket.is_ghost) order(world, socket.id, frame);
}

void refresh(World& world, ModeSocket& socket) {
    if (socket.state == ModeSocket::State::refreshing) return;
    socket.state = ModeSocket::State::refreshing;
    socket.vanishes_ms = world.clock.steady_ms() + SocketMode::refresh_grace_ms;
    if (!socket.is_ghost && !socket.is_stalled)
        order(world, socket.id, disconnect_frame("refresh_requested"));
}

void warn(World& world, ModeSocket& socket) {
    if (socket.state != ModeSocket::State::open) return;
    socket.state = ModeSocket::State::warned;
    socket.ends_ms = std::min(socket.ends_ms, world.clock.steady_ms() + SocketMode::warning_ms);
    if (!socket.is_ghost && !socket.is_stalled)
        order(world, socket.id, disconnect_frame("warning"));
}

void end_all(World& world, std::string_view reason) {
    for (const auto& [id, socket] : world.sockets.sockets) {
        if (socket.is_ghost) continue;
        order(world, id, disconnect_frame(reason));
        order_close(world, id, reason);
    }
    world.sockets.sockets.clear();
    world.changed(false);
}

// Warnings, refreshes, ends; and ghosts that Slack notices at last.
void run_timers(World& world) {
    const SteadyMs now = world.clock.steady_ms();
    auto& sockets = world.sockets.sockets;
    for (auto it = sockets.begin(); it != sockets.end();) {
        ModeSocket& socket = it->second;
        if (now >= socket.ends_ms) refresh(world, socket);
        if (now >= socket.ends_ms - SocketMode::warning_ms) warn(world, socket);
        if (socket.vanishes_ms == 0 || now < socket.vanishes_ms) {
            ++it;
            continue;
        }
        if (!socket.is_ghost) order_close(world, socket.id, "refresh_requested");
        it = sockets.erase(it);
        world.changed(false);
    }
}

}  // namespace

std::string make_socket_path(World& world) {
    SocketMode& mode = world.sockets;
    const SteadyMs now = world.clock.steady_ms();
    std::erase_if(mode.tickets, [now](const auto& ticket) { return ticket.expires_ms < now; });
    if (mode.tickets.size() >= SocketMode::tickets_max) mode.tickets.pop_front();
    mode.tickets.push_back({world.random.uuid() + make_secret(world.random, 12),
                            now + SocketMode::ticket_lifetime_ms});
    return "/link/?ticket=" + mode.tickets.back().text + "&app_id=" + world.workspace.app.app_id;
}

std::optional<SteadyMs> next_socket_timer(const World& world) {
    std::optional<SteadyMs> due;
    const auto consider = [&due](SteadyMs at) {
        if (!due || at < *due) due = at;
    };
    for (const auto& [id, socket] : world.sockets.sockets) {
        if (socket.state == ModeSocket::State::open)
            consider(socket.ends_ms - SocketMode::warning_ms);
        if (socket.state == ModeSocket::State::warned) consider(socket.ends_ms);
        if (socket.vanishes_ms != 0) consider(socket.vanishes_ms);
    }
    for (const auto& [id, envelope] : world.sockets.under_way) consider(envelope.deadline_ms);
    return due;
}

Result<void> Slack::redeem_ticket(std::string_view ticket) {
    auto& tickets = world_->sockets.tickets;
    const auto found = std::ranges::find(tickets, ticket, &SocketMode::Ticket::text);
    if (found == tickets.end() || found->expires_ms < world_->clock.steady_ms())
        return fail("invalid_ticket", "The ticket is unknown, used or too old.");
    tickets.erase(found);
    if (!world_->workspace.settings.socket_mode)
        return fail("link_disabled", "Socket Mode is switched off.");
    return {};
}

SocketId Slack::open_socket(bool debug_reconnects) {
    World& world = *world_;
    SocketMode& mode = world.sockets;
    ModeSocket socket;
    socket.id = mode.next_id++;
    if (mode.sockets.size() >= SocketMode::sockets_max) {
        order(world, socket.id, disconnect_frame("too_many_websockets"));
        order_close(world, socket.id, "too_many_websockets");
        return socket.id;
    }
    socket.opened_ms = world.clock.steady_ms();
    socket.ends_ms =
        socket.opened_ms + (debug_reconnects ? SocketMode::debug_lifetime_ms
                                             : world.workspace.settings.socket_lifetime_s * 1000);
    mode.sockets.emplace(socket.id, socket);
    order(world, socket.id, hello_frame(world, socket));
    world.changed(false);
    return socket.id;
}

void Slack::socket_closed(SocketId id, bool cleanly) {
    World& world = *world_;
    const auto found = world.sockets.sockets.find(id);
    if (found == world.sockets.sockets.end()) return;
    const std::int64_t ghost_s = world.workspace.settings.socket_ghost_s;
    world.changed(false);
    if (cleanly || ghost_s == 0) {
        world.sockets.sockets.erase(found);
        return;
    }
    found->second.is_ghost = true;
    found->second.vanishes_ms = world.clock.steady_ms() + ghost_s * 1000;
}

void Slack::socket_text(SocketId id, std::string_view text) {
    const auto frame = parse_json_object(text);
    if (!frame) return;
    auto& under_way = world_->sockets.under_way;
    const auto found = under_way.find(string_or_empty(*frame, "envelope_id"));
    if (found == under_way.end()) return;  // too late, or twice
    const SocketMode::UnderWay envelope = found->second;
    under_way.erase(found);
    if (const auto socket = world_->sockets.sockets.find(id);
        socket != world_->sockets.sockets.end())
        ++socket->second.acknowledged;
    DeliveryOutcome outcome;
    outcome.status = 200;
    if (const json::value* payload = frame->if_contains("payload");
        payload && envelope.takes_payload &&
        !(payload->is_object() && payload->get_object().empty()))
        outcome.body =
            payload->is_string() ? std::string(payload->get_string()) : json::serialize(*payload);
    delivered(envelope.delivery, outcome);
}

std::vector<SocketOrder> Slack::socket_orders() {
    World& world = *world_;
    SocketMode& mode = world.sockets;
    if (!world.workspace.settings.socket_mode && !mode.sockets.empty())
        end_all(world, "link_disabled");
    run_timers(world);
    const SteadyMs now = world.clock.steady_ms();
    std::vector<std::uint64_t> late;
    std::erase_if(mode.under_way, [now, &late](const auto& item) {
        if (now < item.second.deadline_ms) return false;
        late.push_back(item.second.delivery);
        return true;
    });
    for (const std::uint64_t delivery : late)
        delivered(delivery, {DeliveryOutcome::Kind::timeout, 0, false});
    if (world.workspace.settings.socket_mode)
        for (const Delivery& delivery : world.deliveries.take_due(now, world.now_ts(), 1000)) {
            world.changed();
            if (ModeSocket* socket = choose_socket(world))
                send_envelope(world, *socket, delivery);
            else
                delivered(delivery.id, {DeliveryOutcome::Kind::connection_failed, 0, false});
        }
    return std::exchange(mode.orders, {});
}

std::optional<SteadyMs> Slack::next_socket_due() const {
    std::optional<SteadyMs> due = next_socket_timer(*world_);
    if (!world_->workspace.settings.socket_mode) return due;
    const auto delivery = world_->deliveries.next_due();
    if (delivery && (!due || *delivery < *due)) due = delivery;
    return due;
}

Result<void> Slack::command_sockets(std::string_view command, SocketId id) {
    World& world = *world_;
    bool found = false;
    for (auto& [known, socket] : world.sockets.sockets) {
        if (id != 0 && known != id) continue;
        found = true;
        if (command == "warn") {
            warn(world, socket);
        } else if (command == "refresh") {
            refresh(world, socket);
        } else if (command == "stall" || command == "resume") {
            socket.is_stalled = command == "stall";
        } else if (command == "ghost") {
            if (!socket.is_ghost) order_close(world, known, "ghost");
            socket.is_ghost = true;
            const std::int64_t ghost_s =
                std::max<std::int64_t>(1, world.workspace.settings.socket_ghost_s);
            socket.vanishes_ms = world.clock.steady_ms() + ghost_s * 1000;
        } else {
            return fail("invalid_request", "warn, refresh, stall, resume or ghost.");
        }
    }
    if (!found) return fail("invalid_request", "There is no such socket.");
    world.changed(false);
    return {};
}

json::array shown_sockets(const World& world) {
    json::array list;
    const SteadyMs now = world.clock.steady_ms();
    for (const auto& [id, socket] : world.sockets.sockets) {
        std::string_view state = "open";
        if (socket.state == ModeSocket::State::warned) state = "warned";
        if (socket.state == ModeSocket::State::refreshing) state = "refreshing";
        if (socket.is_stalled) state = "stalled";
        if (socket.is_ghost) state = "ghost";
        const auto waiting = std::ranges::count_if(
            world.sockets.under_way, [id](const auto& item) { return item.second.socket == id; });
        list.push_back({{"id", id},
                        {"state", state},
                        {"open_s", (now - socket.opened_ms) / 1000},
                        {"sent", socket.sent},
                        {"acknowledged", socket.acknowledged},
                        {"waiting", waiting}});
    }
    return list;
}

}  // namespace deskbell::sandbox
