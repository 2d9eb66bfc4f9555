#include "sandbox/model/files.hpp"

#include "sandbox/model/events.hpp"
#include "sandbox/model/file_types.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/shapes.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t preview_lines = 5;

// The oldest deleted file goes first when there are too many.
void make_room(Files& files) {
    if (files.by_id.size() < Files::files_max) return;
    const auto dead = std::ranges::find_if(
        files.by_id, [](const auto& entry) { return entry.second.is_deleted; });
    if (dead != files.by_id.end()) files.by_id.erase(dead);
}

void add_picture_fields(json::object& object, const World& world, const SlackFile& file) {
    if (!file.mimetype.starts_with("image/")) return;
    const std::string base = world.public_url + "/files-tmb/" + world.workspace.team_id + "-" +
                             file.id + "/" + url_name(file.name);
    for (const std::string_view size : {"64", "80", "160", "360", "480"})
        object["thumb_" + std::string(size)] = base;
    const auto size = picture_size(file.bytes);
    if (!size || size->width == 0 || size->height == 0) return;
    object["original_w"] = size->width;
    object["original_h"] = size->height;
    const double scale = std::min(1.0, 360.0 / std::max(size->width, size->height));
    object["thumb_360_w"] = static_cast<std::int64_t>(size->width * scale);
    object["thumb_360_h"] = static_cast<std::int64_t>(size->height * scale);
}

void add_snippet_fields(json::object& object, const SlackFile& file) {
    if (file.mode != "snippet") return;
    const auto lines = static_cast<std::int64_t>(std::ranges::count(file.bytes, '\n')) + 1;
    std::size_t end = 0;
    for (std::size_t line = 0; line < preview_lines && end < file.bytes.size(); ++line)
        end = std::min(file.bytes.find('\n', end), file.bytes.size() - 1) + 1;
    object["preview"] = file.bytes.substr(0, end);
    object["lines"] = lines;
    object["lines_more"] = std::max<std::int64_t>(0, lines - std::int64_t{preview_lines});
    object["preview_is_truncated"] = end < file.bytes.size();
}

bool is_public_in(const World& world, const SlackFile& file) {
    return std::ranges::any_of(file.shares, [&world](const FileShare& share) {
        const Channel* channel = world.workspace.find_channel(share.channel);
        return channel && !channel->is_private;
    });
}

json::object opaque_object(const SlackFile& file) {
    return {{"id", file.id},
            {"created", 0},
            {"timestamp", 0},
            {"name", nullptr},
            {"title", nullptr},
            {"mimetype", ""},
            {"filetype", ""},
            {"pretty_type", ""},
            {"user", ""},
            {"editable", false},
            {"size", 0},
            {"mode", "file_access"},
            {"is_external", false},
            {"external_type", ""},
            {"is_public", false},
            {"public_url_shared", false},
            {"display_as_bot", false},
            {"username", ""},
            {"file_access", "check_file_info"}};
}

void perform_share(World& world, PendingShare share) {
    Channel* channel = world.workspace.find_channel(share.channel);
    std::vector<std::string> alive;
    for (const std::string& id : share.files) {
        const auto found = world.files.by_id.find(id);
        if (found == world.files.by_id.end() || found->second.is_deleted) continue;
        classify(found->second);
        alive.push_back(id);
    }
    world.changed();
    if (!channel || channel->is_archived || alive.empty()) return;
    share_files(world, *channel, std::move(share.draft), share.thread_ts, false, alive);
}

}  // namespace

SlackFile* add_file(World& world, std::string_view name, std::string_view user, std::int64_t size) {
    Files& files = world.files;
    make_room(files);
    if (files.by_id.size() >= Files::files_max ||
        files.bytes + static_cast<std::size_t>(size) > Files::bytes_max)
        return nullptr;
    SlackFile file;
    file.id = make_id(world.random, "F");
    file.name = name;
    file.title = name;
    file.user = user;
    file.size = size;
    file.created_s = world.clock.wall_ms() / 1000;
    const std::string id = file.id;
    world.changed();
    return &files.by_id.insert_or_assign(id, std::move(file)).first->second;
}

void classify(SlackFile& file) {
    const FileType& type = file_type_of(file.name);
    if (file.mimetype.empty()) file.mimetype = type.mimetype;
    if (file.filetype.empty()) file.filetype = type.filetype;
    if (file.pretty_type.empty()) file.pretty_type = type.pretty;
}

Message& share_files(World& world, Channel& channel, Message draft, Ts thread_ts, bool broadcast,
                     const std::vector<std::string>& files) {
    draft.subtype = "file_share";
    draft.files = files;
    Message& posted =
        post_message(world, channel, std::move(draft), Placement{thread_ts, broadcast});
    for (const std::string& id : files) {
        SlackFile& file = world.files.by_id.at(id);
        file.shares.push_back({channel.id, posted.ts, posted.thread_ts});
        emit(world, &channel,
             {{"type", "file_shared"},
              {"channel_id", channel.id},
              {"file_id", id},
              {"user_id", file.user},
              {"file", {{"id", id}}},
              {"event_ts", to_text(world.next_ts(channel))}});
    }
    return posted;
}

void delete_file(World& world, SlackFile& file) {
    if (file.is_deleted) return;
    std::vector<std::pair<FileShare, json::object>> before;
    for (const FileShare& share : file.shares) {
        const Channel* channel = world.workspace.find_channel(share.channel);
        const Message* message = channel ? channel->find(share.ts) : nullptr;
        if (message) before.emplace_back(share, message_object(world, *channel, *message));
    }
    file.is_deleted = true;
    world.files.bytes -= std::min(world.files.bytes, file.bytes.size());
    file.bytes = {};
    world.changed();
    for (auto& [share, previous] : before) {
        Channel& channel = *world.workspace.find_channel(share.channel);
        emit_message_changed(world, channel, *channel.find(share.ts), std::move(previous));
    }
    emit(world, nullptr,
         {{"type", "file_deleted"}, {"file_id", file.id}, {"event_ts", to_text(world.now_ts())}});
}

void run_pending_shares(World& world) {
    const SteadyMs now = world.clock.steady_ms();
    auto& pending = world.files.pending;
    for (std::size_t i = 0; i < pending.size();) {
        if (pending[i].due_ms > now) {
            ++i;
            continue;
        }
        PendingShare share = std::move(pending[i]);
        pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(i));
        perform_share(world, std::move(share));
    }
}

std::optional<SteadyMs> next_share_due(const World& world) {
    std::optional<SteadyMs> due;
    for (const PendingShare& share : world.files.pending)
        if (!due || share.due_ms < *due) due = share.due_ms;
    return due;
}

json::object file_object(const World& world, const SlackFile& file) {
    const bool is_external = file.mode == "external";
    const std::string name = url_name(file.name);
    const std::string key = world.workspace.team_id + "-" + file.id;
    const std::string base = world.public_url + "/files-pri/" + key + "/";
    json::object object{
        {"id", file.id},
        {"created", file.created_s},
        {"timestamp", file.created_s},
        {"name", file.name},
        {"title", file.title},
        {"mimetype", file.mimetype},
        {"filetype", file.filetype},
        {"pretty_type", file.pretty_type},
        {"user", file.user},
        {"user_team", world.workspace.team_id},
        {"editable", file.mode == "snippet"},
        {"size", file.size},
        {"mode", file.mode},
        {"is_external", is_external},
        {"external_type", is_external ? "gdrive" : ""},
        {"is_public", is_public_in(world, file)},
        {"public_url_shared", false},
        {"display_as_bot", false},
        {"username", ""},
        {"url_private", is_external ? file.external_url : base + name},
        {"permalink", world.workspace_url + "files/" + file.user + "/" + file.id + "/" + name},
        {"has_rich_preview", false},
        {"file_access", "visible"}};
    if (is_external)
        object["external_url"] = file.external_url;
    else
        object["url_private_download"] = base + "download/" + name;
    if (!file.alt_text.empty()) object["alt_txt"] = file.alt_text;
    add_picture_fields(object, world, file);
    add_snippet_fields(object, file);
    return object;
}

json::array message_files(const World& world, const Message& message) {
    json::array list;
    for (const std::string& id : message.files) {
        const auto found = world.files.by_id.find(id);
        if (found == world.files.by_id.end() || found->second.is_deleted)
            list.push_back({{"id", id}, {"mode", "tombstone"}});
        else if (found->second.is_opaque || world.workspace.settings.check_file_info)
            list.push_back(opaque_object(found->second));
        else
            list.push_back(file_object(world, found->second));
    }
    return list;
}

json::object file_info(const World& world, const SlackFile& file) {
    json::object object = file_object(world, file);
    json::object shares;
    json::array channels;
    json::array groups;
    for (const FileShare& share : file.shares) {
        const Channel* channel = world.workspace.find_channel(share.channel);
        const Message* message = channel ? channel->find(share.ts) : nullptr;
        if (!message) continue;
        json::value& kind = shares[channel->is_private ? "private" : "public"];
        if (!kind.is_object()) kind.emplace_object();
        json::value& list = kind.get_object()[channel->id];
        if (!list.is_array()) list.emplace_array();
        const std::vector<std::string> authors = reply_authors(*channel, *message);
        json::object entry{{"reply_users", json::array(authors.begin(), authors.end())},
                           {"reply_users_count", authors.size()},
                           {"reply_count", message->replies.size()},
                           {"ts", to_text(share.ts)},
                           {"channel_name", channel->name},
                           {"team_id", world.workspace.team_id},
                           {"share_user_id", file.user},
                           {"source", "UNKNOWN"}};
        if (share.thread_ts != 0) entry["thread_ts"] = to_text(share.thread_ts);
        list.get_array().push_back(std::move(entry));
        (channel->is_private ? groups : channels).push_back(json::value(channel->id));
    }
    object["shares"] = std::move(shares);
    object["channels"] = std::move(channels);
    object["groups"] = std::move(groups);
    object["ims"] = json::array();
    object["comments_count"] = 0;
    return object;
}

json::array shown_files(const World& world, const Message& message) {
    json::array list;
    for (const std::string& id : message.files) {
        const auto found = world.files.by_id.find(id);
        if (found == world.files.by_id.end() || found->second.is_deleted) {
            list.push_back({{"id", id}, {"mode", "tombstone"}});
            continue;
        }
        const SlackFile& file = found->second;
        json::object shown{
            {"id", id},
            {"mode", file.is_opaque ? "file_access" : file.mode},
            {"name", file.name},
            {"title", file.title},
            {"alt_text", file.alt_text},
            {"mimetype", file.mimetype},
            {"pretty_type", file.pretty_type},
            {"user", file.user},
            {"size", file.size},
            {"url", file.mode == "external" ? file.external_url
                                            : "/sandbox/files/" + id + "/" + url_name(file.name)}};
        if (const auto size = picture_size(file.bytes)) {
            shown["width"] = size->width;
            shown["height"] = size->height;
        }
        if (file.mode == "snippet") add_snippet_fields(shown, file);
        list.push_back(std::move(shown));
    }
    return list;
}

}  // namespace deskbell::sandbox
