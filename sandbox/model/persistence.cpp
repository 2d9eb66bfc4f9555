// The workspace as a file: written whole, read whole.

#include "base/json.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t format_version = 1;

// What load() was given is not what save() wrote.
struct Malformed {};

const json::object& object_of(const json::value& value) {
    if (const json::object* object = value.if_object()) return *object;
    throw Malformed{};
}

const json::array& list_of(const json::object& object, std::string_view key) {
    static const json::array empty;
    const json::value* value = object.if_contains(key);
    if (!value) return empty;
    if (const json::array* list = value->if_array()) return *list;
    throw Malformed{};
}

std::string text_of(const json::object& object, std::string_view key) {
    return string_or_empty(object, key);
}

bool flag_of(const json::object& object, std::string_view key) {
    return find_bool(object, key).value_or(false);
}

Ts ts_of(const json::object& object, std::string_view key) {
    return find_int(object, key).value_or(0);
}

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
    std::vector<std::string> texts;
    for (const json::value& value : list_of(object, key)) {
        if (!value.is_string()) throw Malformed{};
        texts.emplace_back(value.get_string());
    }
    return texts;
}

json::array to_list(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

// Empty values are left out: most messages have few.
void put(json::object& object, std::string_view key, const std::string& value) {
    if (!value.empty()) object[key] = value;
}

json::object save_user(const User& user) {
    return {{"id", user.id},
            {"name", user.name},
            {"real_name", user.real_name},
            {"display_name", user.display_name},
            {"title", user.title},
            {"avatar", user.avatar},
            {"is_bot", user.is_bot},
            {"is_admin", user.is_admin},
            {"is_away", user.is_away},
            {"is_deleted", user.is_deleted},
            {"is_restricted", user.is_restricted},
            {"is_ultra_restricted", user.is_ultra_restricted},
            {"is_stranger", user.is_stranger},
            {"is_unknown", user.is_unknown},
            {"team_id", user.team_id}};
}

User load_user(const json::object& object) {
    return {text_of(object, "id"),
            text_of(object, "name"),
            text_of(object, "real_name"),
            text_of(object, "display_name"),
            text_of(object, "title"),
            text_of(object, "avatar"),
            flag_of(object, "is_bot"),
            flag_of(object, "is_admin"),
            flag_of(object, "is_away"),
            flag_of(object, "is_deleted"),
            flag_of(object, "is_restricted"),
            flag_of(object, "is_ultra_restricted"),
            flag_of(object, "is_stranger"),
            flag_of(object, "is_unknown"),
            text_of(object, "team_id")};
}

json::object save_message(const Message& message) {
    json::object object{{"ts", message.ts}, {"text", message.text}};
    if (message.thread_ts != 0) object["thread_ts"] = message.thread_ts;
    put(object, "user", message.user);
    put(object, "bot_id", message.bot_id);
    put(object, "subtype", message.subtype);
    put(object, "username", message.username);
    put(object, "icon_emoji", message.icon_emoji);
    put(object, "icon_url", message.icon_url);
    put(object, "client_msg_id", message.client_msg_id);
    if (!message.blocks.empty()) object["blocks"] = message.blocks;
    if (!message.attachments.empty()) object["attachments"] = message.attachments;
    if (!message.files.empty()) object["files"] = to_list(message.files);
    if (message.metadata) object["metadata"] = *message.metadata;
    if (message.edited)
        object["edited"] = {{"user", message.edited->user}, {"ts", message.edited->ts}};
    json::array reactions;
    for (const Reaction& reaction : message.reactions)
        reactions.push_back({{"name", reaction.name}, {"users", to_list(reaction.users)}});
    if (!reactions.empty()) object["reactions"] = std::move(reactions);
    return object;
}

Message load_message(const json::object& object) {
    Message message;
    message.ts = ts_of(object, "ts");
    message.thread_ts = ts_of(object, "thread_ts");
    message.user = text_of(object, "user");
    message.bot_id = text_of(object, "bot_id");
    message.subtype = text_of(object, "subtype");
    message.text = text_of(object, "text");
    message.blocks = list_of(object, "blocks");
    message.attachments = list_of(object, "attachments");
    message.files = texts_of(object, "files");
    message.username = text_of(object, "username");
    message.icon_emoji = text_of(object, "icon_emoji");
    message.icon_url = text_of(object, "icon_url");
    message.client_msg_id = text_of(object, "client_msg_id");
    if (const json::object* metadata = find_object(object, "metadata"))
        if (find_string(*metadata, "event_type")) message.metadata = *metadata;
    if (const json::object* edited = find_object(object, "edited"))
        message.edited = Edited{text_of(*edited, "user"), ts_of(*edited, "ts")};
    for (const json::value& reaction : list_of(object, "reactions"))
        message.reactions.push_back(
            {text_of(object_of(reaction), "name"), texts_of(object_of(reaction), "users")});
    if (message.ts <= 0) throw Malformed{};
    return message;
}

json::object save_channel(const Channel& channel) {
    json::array messages;
    for (const auto& [ts, message] : channel.messages) messages.push_back(save_message(message));
    return {{"id", channel.id},
            {"name", channel.name},
            {"topic", channel.topic},
            {"creator", channel.creator},
            {"is_private", channel.is_private},
            {"is_archived", channel.is_archived},
            {"created_s", channel.created_s},
            {"previous_names", to_list(channel.previous_names)},
            {"members", to_list(channel.members)},
            {"last_ts", channel.last_ts},
            {"pins", json::array(channel.pins.begin(), channel.pins.end())},
            {"messages", std::move(messages)}};
}

Channel load_channel(const json::object& object) {
    Channel channel;
    channel.id = text_of(object, "id");
    channel.name = text_of(object, "name");
    channel.topic = text_of(object, "topic");
    channel.creator = text_of(object, "creator");
    channel.is_private = flag_of(object, "is_private");
    channel.is_archived = flag_of(object, "is_archived");
    channel.created_s = ts_of(object, "created_s");
    channel.previous_names = texts_of(object, "previous_names");
    channel.members = texts_of(object, "members");
    channel.last_ts = ts_of(object, "last_ts");
    for (const json::value& ts : list_of(object, "pins"))
        if (ts.is_int64()) channel.pins.push_back(ts.get_int64());
    for (const json::value& value : list_of(object, "messages")) {
        Message message = load_message(object_of(value));
        channel.last_ts = std::max(channel.last_ts, message.ts);
        // Threads are told by their replies; roots come first, being older.
        if (Message* root = message.is_reply() ? channel.find(message.thread_ts) : nullptr)
            root->replies.insert(message.ts);
        else
            message.thread_ts = 0;
        if (!message.is_reply() || message.is_broadcast()) channel.main_view.insert(message.ts);
        const Ts ts = message.ts;
        channel.messages.emplace(ts, std::move(message));
    }
    if (channel.id.empty() || channel.name.empty()) throw Malformed{};
    return channel;
}

json::object save_app(const App& app) {
    return {{"app_id", app.app_id},
            {"bot_id", app.bot_id},
            {"user_id", app.user_id},
            {"bot_token", app.bot_token},
            {"app_token", app.app_token},
            {"signing_secret", app.signing_secret},
            {"verification_token", app.verification_token},
            {"scopes", to_list(app.scopes)},
            {"is_uninstalled", app.is_uninstalled}};
}

App load_app(const json::object& object) {
    App app{text_of(object, "app_id"),
            text_of(object, "bot_id"),
            text_of(object, "user_id"),
            text_of(object, "bot_token"),
            text_of(object, "app_token"),
            text_of(object, "signing_secret"),
            text_of(object, "verification_token"),
            texts_of(object, "scopes"),
            flag_of(object, "is_uninstalled")};
    if (app.bot_token.empty() || app.signing_secret.empty() || app.user_id.empty())
        throw Malformed{};
    return app;
}

json::object save_delivery(const Delivery& delivery, SteadyMs now) {
    return {{"kind", delivery.kind == DeliveryKind::event ? "event" : "interactive"},
            {"url", delivery.url},
            {"content_type", delivery.content_type},
            {"body", delivery.body},
            {"event_id", delivery.event_id},
            {"type", delivery.type},
            {"subtype", delivery.subtype},
            {"attempt", delivery.attempt},
            {"retry_reason", delivery.retry_reason},
            {"bad_signature", delivery.bad_signature},
            {"loses_answer", delivery.loses_answer},
            {"timestamp_skew_s", delivery.timestamp_skew_s},
            {"due_in_ms", delivery.due_ms - now},
            {"age_ms", now - delivery.created_ms}};
}

Delivery load_delivery(const json::object& object, SteadyMs now) {
    Delivery delivery;
    delivery.kind =
        text_of(object, "kind") == "event" ? DeliveryKind::event : DeliveryKind::interactive;
    delivery.url = text_of(object, "url");
    delivery.content_type = text_of(object, "content_type");
    delivery.body = text_of(object, "body");
    delivery.event_id = text_of(object, "event_id");
    delivery.type = text_of(object, "type");
    delivery.subtype = text_of(object, "subtype");
    delivery.attempt = static_cast<int>(std::clamp<Ts>(ts_of(object, "attempt"), 0, 3));
    delivery.retry_reason = text_of(object, "retry_reason");
    delivery.bad_signature = flag_of(object, "bad_signature");
    delivery.loses_answer = flag_of(object, "loses_answer");
    delivery.timestamp_skew_s = ts_of(object, "timestamp_skew_s");
    delivery.due_ms = now + ts_of(object, "due_in_ms");
    delivery.created_ms = now - ts_of(object, "age_ms");
    return delivery;
}

json::array save_foreign_bots(const Workspace& workspace) {
    json::array list;
    for (const ForeignBot& bot : workspace.foreign_bots)
        list.push_back({{"bot_id", bot.bot_id},
                        {"app_id", bot.app_id},
                        {"user_id", bot.user_id},
                        {"name", bot.name}});
    return list;
}

ForeignBot load_foreign_bot(const json::object& object) {
    return {text_of(object, "bot_id"), text_of(object, "app_id"), text_of(object, "user_id"),
            text_of(object, "name")};
}

Workspace load_workspace(const json::object& state) {
    if (find_int(state, "format") != format_version) throw Malformed{};
    const json::object* app = find_object(state, "app");
    const json::object* settings = find_object(state, "settings");
    if (!app || !settings) throw Malformed{};
    Workspace workspace;
    workspace.team_id = text_of(state, "team_id");
    workspace.name = text_of(state, "name");
    workspace.domain = text_of(state, "domain");
    workspace.app = load_app(*app);
    merge_settings(workspace.settings, *settings);
    workspace.events_url = text_of(state, "events_url");
    workspace.interactivity_url = text_of(state, "interactivity_url");
    if (const json::object* manifest = find_object(state, "manifest"))
        if (auto features = parse_features(*manifest)) workspace.features = std::move(*features);
    for (const json::value& user : list_of(state, "users"))
        workspace.users.push_back(load_user(object_of(user)));
    for (const json::value& bot : list_of(state, "foreign_bots"))
        workspace.foreign_bots.push_back(load_foreign_bot(object_of(bot)));
    for (const json::value& channel : list_of(state, "channels"))
        workspace.channels.push_back(load_channel(object_of(channel)));
    if (!workspace.find_user(workspace.app.user_id)) throw Malformed{};
    return workspace;
}

}  // namespace

json::object Slack::save() const {
    const Workspace& workspace = world_->workspace;
    const SteadyMs now = world_->clock.steady_ms();
    json::array users;
    for (const User& user : workspace.users) users.push_back(save_user(user));
    json::array channels;
    for (const Channel& channel : workspace.channels) channels.push_back(save_channel(channel));
    json::array deliveries;
    for (const Delivery& delivery : world_->deliveries.all())
        deliveries.push_back(save_delivery(delivery, now));
    return {{"format", format_version},
            {"team_id", workspace.team_id},
            {"name", workspace.name},
            {"domain", workspace.domain},
            {"app", save_app(workspace.app)},
            {"settings", settings_object(workspace.settings)},
            {"events_url", workspace.events_url},
            {"events_disabled", world_->events_disabled},
            {"interactivity_url", workspace.interactivity_url},
            {"manifest", to_manifest(workspace.features)},
            {"users", std::move(users)},
            {"foreign_bots", save_foreign_bots(workspace)},
            {"channels", std::move(channels)},
            {"deliveries", std::move(deliveries)},
            {"files", save_files(*world_)},
            {"oauth", save_oauth(*world_)}};
}

Result<void> Slack::load(const json::object& state) {
    try {
        Workspace workspace = load_workspace(state);
        const SteadyMs now = world_->clock.steady_ms();
        std::vector<Delivery> deliveries;
        for (const json::value& delivery : list_of(state, "deliveries"))
            deliveries.push_back(load_delivery(object_of(delivery), now));
        world_->workspace = std::move(workspace);
        world_->events_disabled = flag_of(state, "events_disabled");
        world_->deliveries.clear_pending();
        for (Delivery& delivery : deliveries) world_->deliveries.restore(std::move(delivery));
        world_->limits.clear();
        const json::object* files = find_object(state, "files");
        load_files(*world_, files ? *files : json::object());
        const json::object* oauth = find_object(state, "oauth");
        load_oauth(*world_, oauth ? *oauth : json::object());
    } catch (const Malformed&) {
        return fail("invalid_state", "The file is not a sandbox's state, or of another version.");
    }
    world_->changed();
    return {};
}

}  // namespace deskbell::sandbox
