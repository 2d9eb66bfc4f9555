#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/model/blocks.hpp"
#include "sandbox/model/files.hpp"
#include "sandbox/model/methods.hpp"
#include "sandbox/model/text.hpp"

#include <algorithm>
#include <tuple>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t alt_text_characters_max = 1000;
constexpr std::int64_t snippet_bytes_max = 1'000'000;
constexpr std::size_t channels_max = 100;

// Uploaded, and not yet completed into something deleted.
Result<SlackFile*> find_file(Request& request, const std::string& id) {
    const auto found = request.world.files.by_id.find(id);
    if (found == request.world.files.by_id.end()) return refuse("file_not_found");
    if (found->second.is_deleted) return refuse("file_deleted");
    return &found->second;
}

Result<std::vector<std::string>> read_files(Request& request) {
    const auto list = request.array("files", "invalid_arguments");
    if (!list) return std::unexpected(list.error());
    if (!*list || (*list)->empty()) {
        request.messages.push_back("[ERROR] missing required field: files");
        return refuse("invalid_arguments");
    }
    std::vector<std::string> ids;
    for (const json::value& item : **list) {
        const json::object* named = item.if_object();
        const std::string id = named ? string_or_empty(*named, "id") : "";
        const auto file = find_file(request, id);
        if (!file || !(*file)->is_uploaded) return refuse("file_not_found");
        if ((*file)->user != request.world.workspace.app.user_id) return refuse("access_denied");
        if (const std::string title = string_or_empty(*named, "title"); !title.empty())
            (*file)->title = title;
        ids.push_back(id);
    }
    return ids;
}

Result<std::vector<Channel*>> read_channels(Request& request) {
    std::vector<std::string> names;
    if (request.has("channel_id")) names.push_back(request.text("channel_id"));
    std::string rest = request.text("channels");
    while (names.empty() && !rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        names.emplace_back(trim(rest.substr(0, comma)));
        rest.erase(0, comma + 1);
    }
    if (names.size() > channels_max) return refuse("channels_limit_exceeded");
    std::vector<Channel*> channels;
    const std::string& bot = request.world.workspace.app.user_id;
    for (const std::string& name : names) {
        Channel* channel = request.world.workspace.find_channel(name);
        if (!channel || channel->id != name || (channel->is_private && !channel->has_member(bot)))
            return refuse("channel_not_found");
        if (!channel->has_member(bot)) return refuse("not_in_channel");
        if (channel->is_archived) return refuse("posting_to_channel_denied");
        channels.push_back(channel);
    }
    return channels;
}

Result<Message> read_draft(Request& request) {
    Message draft;
    draft.user = request.world.workspace.app.user_id;
    draft.bot_id = request.world.workspace.app.bot_id;
    draft.text = normalize_mrkdwn(request.text("initial_comment"));
    if (!draft.text.empty() || !request.has("blocks")) return draft;
    auto blocks = request.array("blocks", "invalid_blocks");
    if (!blocks) return std::unexpected(blocks.error());
    draft.blocks = std::move(**blocks);
    request.block_errors = accept_blocks(draft.blocks);
    if (!request.block_errors.empty()) return refuse("invalid_blocks");
    return draft;
}

json::array completed(const World& world, const std::vector<std::string>& ids) {
    json::array list;
    for (const std::string& id : ids) list.push_back(file_info(world, world.files.by_id.at(id)));
    return list;
}

}  // namespace

Fields files_get_upload_url_external(Request& request) {
    World& world = request.world;
    const auto name = request.required("filename");
    if (!name) return std::unexpected(name.error());
    if (!request.has("length") || request.text("length") == "0") return refuse("missing_argument");
    const auto length = request.number("length", 0, 1, std::int64_t{1} << 40, "invalid_arguments");
    if (!length) return std::unexpected(length.error());
    if (!world.workspace.settings.file_uploads) return refuse("file_uploads_disabled");
    if (count_characters(request.text("alt_txt")) > alt_text_characters_max)
        return refuse("alt_txt_too_large");
    const bool is_snippet = request.has("snippet_type");
    if (is_snippet && *length > snippet_bytes_max) return refuse("snippet_too_large");
    if (*length > world.workspace.settings.file_bytes_max)
        return refuse("file_upload_size_restricted");
    SlackFile* file = add_file(world, *name, world.workspace.app.user_id, *length);
    if (!file) return refuse("storage_limit_reached");
    file->alt_text = request.text("alt_txt");
    if (is_snippet) {
        file->mode = "snippet";
        file->filetype = request.text("snippet_type");
    }
    file->upload_key = make_secret(world.random, 64);
    return json::object{{"upload_url", world.public_url + "/upload/v1/" + file->upload_key},
                        {"file_id", file->id}};
}

Fields files_complete_upload_external(Request& request) {
    World& world = request.world;
    const auto ids = read_files(request);
    if (!ids) return std::unexpected(ids.error());
    const auto channels = read_channels(request);
    if (!channels) return std::unexpected(channels.error());
    auto draft = read_draft(request);
    if (!draft) return std::unexpected(draft.error());
    Ts thread_ts = 0;
    if (request.has("thread_ts")) {
        const auto named = parse_ts(request.text("thread_ts"));
        if (!named) return refuse("invalid_thread_ts");
        thread_ts = *named;
    }
    for (const Channel* channel : *channels)
        if (const auto paced = request.pace_post(*channel); !paced)
            return std::unexpected(paced.error());
    for (const std::string& id : *ids) world.files.by_id.at(id).upload_key.clear();
    const std::int64_t delay_ms = world.workspace.settings.file_share_delay_ms;
    if (delay_ms >= 0 && world.files.pending.size() < Files::pending_max) {
        const SteadyMs due = world.clock.steady_ms() + delay_ms;
        // Even a file that is shared nowhere is looked at only then.
        if (channels->empty()) world.files.pending.push_back({due, *ids, {}, 0, {}});
        for (const Channel* channel : *channels)
            world.files.pending.push_back({due, *ids, channel->id, thread_ts, *draft});
        if (delay_ms == 0) run_pending_shares(world);
    }
    world.changed();
    return json::object{{"files", completed(world, *ids)}};
}

Fields files_info(Request& request) {
    const auto id = request.required("file");
    if (!id) return std::unexpected(id.error());
    const auto file = find_file(request, *id);
    if (!file) return std::unexpected(file.error());
    // A person's file is the app's to see once it is shared where the app is.
    const std::string& bot = request.world.workspace.app.user_id;
    const bool shown =
        (*file)->user == bot || std::ranges::any_of((*file)->shares, [&](const FileShare& share) {
            const Channel* in = request.world.workspace.find_channel(share.channel);
            return in && (!in->is_private || in->has_member(bot));
        });
    if (!shown) return refuse("file_not_found");
    return json::object{{"file", file_info(request.world, **file)},
                        {"comments", json::array()},
                        {"response_metadata", {{"next_cursor", ""}}}};
}

Fields files_list(Request& request) {
    const auto count = request.number("count", 100, 1, 200);
    if (!count) return std::unexpected(count.error());
    const auto page = request.number("page", 1, 1, 100);
    if (!page) return std::unexpected(page.error());
    std::vector<const SlackFile*> found;
    for (const auto& [id, file] : request.world.files.by_id) {
        const auto is_in = [&](const FileShare& share) {
            return share.channel == request.text("channel");
        };
        if (file.is_deleted || !file.is_uploaded) continue;
        if (request.has("user") && file.user != request.text("user")) continue;
        if (request.has("channel") && std::ranges::none_of(file.shares, is_in)) continue;
        found.push_back(&file);
    }
    std::ranges::sort(found, [](const SlackFile* a, const SlackFile* b) {
        return std::tie(b->created_s, a->id) < std::tie(a->created_s, b->id);
    });
    const auto total = static_cast<std::int64_t>(found.size());
    json::array list;
    for (std::int64_t i = (*page - 1) * *count; i < std::min(total, *page * *count); ++i)
        list.push_back(file_object(request.world, *found[static_cast<std::size_t>(i)]));
    return json::object{{"files", std::move(list)},
                        {"paging",
                         {{"count", *count},
                          {"total", total},
                          {"page", *page},
                          {"pages", (total + *count - 1) / *count}}}};
}

Fields files_delete(Request& request) {
    const auto id = request.required("file");
    if (!id) return std::unexpected(id.error());
    const auto file = find_file(request, *id);
    if (!file) return std::unexpected(file.error());
    if ((*file)->user != request.world.workspace.app.user_id) return refuse("cant_delete_file");
    delete_file(request.world, **file);
    return json::object{};
}

}  // namespace deskbell::sandbox
