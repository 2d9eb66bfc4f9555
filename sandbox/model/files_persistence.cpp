// Files in the state file: small ones whole, of large ones what they were called.

#include "base/json.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

json::object save_file(const SlackFile& file, bool with_bytes) {
    json::array shares;
    for (const FileShare& share : file.shares)
        shares.push_back(
            {{"channel", share.channel}, {"ts", share.ts}, {"thread_ts", share.thread_ts}});
    json::object object{{"id", file.id},
                        {"name", file.name},
                        {"title", file.title},
                        {"alt_text", file.alt_text},
                        {"mimetype", file.mimetype},
                        {"filetype", file.filetype},
                        {"pretty_type", file.pretty_type},
                        {"user", file.user},
                        {"mode", file.mode},
                        {"external_url", file.external_url},
                        {"upload_key", file.upload_key},
                        {"size", file.size},
                        {"created_s", file.created_s},
                        {"is_uploaded", file.is_uploaded},
                        {"is_deleted", file.is_deleted || (file.is_uploaded && !with_bytes)},
                        {"is_opaque", file.is_opaque},
                        {"shares", std::move(shares)}};
    if (with_bytes && !file.bytes.empty()) object["bytes"] = to_base64(file.bytes);
    return object;
}

SlackFile load_file(const json::object& object) {
    SlackFile file;
    file.id = string_or_empty(object, "id");
    file.name = string_or_empty(object, "name");
    file.title = string_or_empty(object, "title");
    file.alt_text = string_or_empty(object, "alt_text");
    file.mimetype = string_or_empty(object, "mimetype");
    file.filetype = string_or_empty(object, "filetype");
    file.pretty_type = string_or_empty(object, "pretty_type");
    file.user = string_or_empty(object, "user");
    file.mode = string_or_empty(object, "mode");
    file.external_url = string_or_empty(object, "external_url");
    file.upload_key = string_or_empty(object, "upload_key");
    file.size = find_int(object, "size").value_or(0);
    file.created_s = find_int(object, "created_s").value_or(0);
    file.is_uploaded = find_bool(object, "is_uploaded").value_or(false);
    file.is_deleted = find_bool(object, "is_deleted").value_or(false);
    file.is_opaque = find_bool(object, "is_opaque").value_or(false);
    file.bytes = from_base64(string_or_empty(object, "bytes")).value_or("");
    if (const json::array* shares = find_array(object, "shares"))
        for (const json::value& value : *shares)
            if (const json::object* share = value.if_object())
                file.shares.push_back({string_or_empty(*share, "channel"),
                                       find_int(*share, "ts").value_or(0),
                                       find_int(*share, "thread_ts").value_or(0)});
    return file;
}

}  // namespace

json::object save_files(const World& world) {
    json::array list;
    std::size_t bytes = 0;
    for (const auto& [id, file] : world.files.by_id) {
        const bool fits = file.bytes.size() <= Files::saved_file_bytes_max &&
                          bytes + file.bytes.size() <= Files::saved_bytes_max;
        if (fits) bytes += file.bytes.size();
        list.push_back(save_file(file, fits));
    }
    json::array pending;
    for (const PendingShare& share : world.files.pending)
        pending.push_back({{"files", json::array(share.files.begin(), share.files.end())},
                           {"channel", share.channel},
                           {"thread_ts", share.thread_ts},
                           {"text", share.draft.text},
                           {"blocks", share.draft.blocks}});
    return {{"list", std::move(list)}, {"pending", std::move(pending)}};
}

void load_files(World& world, const json::object& saved) {
    world.files = {};
    const json::array* list = find_array(saved, "list");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        const json::object* object = (*list)[i].if_object();
        if (!object || string_or_empty(*object, "id").empty()) continue;
        SlackFile file = load_file(*object);
        world.files.bytes += file.bytes.size();
        const std::string id = file.id;
        world.files.by_id.emplace(id, std::move(file));
    }
    const json::array* pending = find_array(saved, "pending");
    for (std::size_t i = 0; pending && i < pending->size(); ++i) {
        const json::object* object = (*pending)[i].if_object();
        if (!object) continue;
        PendingShare share;
        share.due_ms = world.clock.steady_ms();
        share.channel = string_or_empty(*object, "channel");
        share.thread_ts = find_int(*object, "thread_ts").value_or(0);
        share.draft.user = world.workspace.app.user_id;
        share.draft.bot_id = world.workspace.app.bot_id;
        share.draft.text = string_or_empty(*object, "text");
        if (const json::array* blocks = find_array(*object, "blocks")) share.draft.blocks = *blocks;
        if (const json::array* files = find_array(*object, "files"))
            for (const json::value& id : *files)
                if (id.is_string()) share.files.emplace_back(id.get_string());
        world.files.pending.push_back(std::move(share));
    }
}

}  // namespace deskbell::sandbox
