// What happens to files outside the Web API: bytes that arrive, bytes that are asked for, and what
// people upload and delete.

#include "base/text.hpp"
#include "sandbox/model/file_types.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/typed_text.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t files_per_message_max = 10;

ApiAnswer plain(int status, std::string text) {
    ApiAnswer answer;
    answer.status = status;
    answer.headers = {{"content-type", "text/plain; charset=utf-8"}};
    answer.body = std::move(text);
    return answer;
}

// What Slack shows to whom it does not know: a page, with status 200.
ApiAnswer sign_in_page(const Workspace& workspace) {
    ApiAnswer answer;
    answer.headers = {{"content-type", "text/html; charset=utf-8"}};
    answer.body = "<!DOCTYPE html><html lang=\"en-US\"><head><title>Sign in to " + workspace.name +
                  " | Slack</title><meta name=\"robots\" content=\"noindex\"></head><body><h1>"
                  "Sign in to your workspace</h1><form action=\"/\" method=\"post\"><input "
                  "type=\"hidden\" name=\"signin\" value=\"1\"></form></body></html>\n";
    return answer;
}

Result<void> check_files(const World& world, const std::vector<UploadedFile>& files) {
    if (files.empty() || files.size() > files_per_message_max)
        return fail("invalid_request", "One to ten files.");
    std::size_t bytes = 0;
    for (const UploadedFile& file : files) {
        if (file.name.empty() || !is_utf8(file.name) || count_characters(file.name) > 255)
            return fail("invalid_request", "A file needs a name of at most 255 characters.");
        if (static_cast<std::int64_t>(file.bytes.size()) > world.workspace.settings.file_bytes_max)
            return fail("file_upload_size_restricted", "The file is too large.");
        if (file.mode == "external" && !file.external_url.starts_with("https://"))
            return fail("invalid_request", "An external file needs an https URL.");
        if (!file.mode.empty() && file.mode != "hosted" && file.mode != "snippet" &&
            file.mode != "external")
            return fail("invalid_request", "mode is hosted, snippet or external.");
        bytes += file.bytes.size();
    }
    if (world.files.bytes + bytes > Files::bytes_max ||
        world.files.by_id.size() + files.size() > Files::files_max)
        return fail("storage_limit_reached", "The sandbox holds 256 MiB of files.");
    return {};
}

std::string keep(World& world, const UploadedFile& given, const std::string& user) {
    SlackFile& file =
        *add_file(world, given.name, user, static_cast<std::int64_t>(given.bytes.size()));
    if (!given.title.empty()) file.title = given.title;
    if (!given.mode.empty()) file.mode = given.mode;
    file.external_url = given.external_url;
    file.is_opaque = given.check_file_info;
    file.is_uploaded = true;
    file.bytes = given.bytes;
    world.files.bytes += given.bytes.size();
    classify(file);
    return file.id;
}

}  // namespace

ApiAnswer Slack::receive_upload(std::string_view key, std::string bytes) {
    World& world = *world_;
    const auto found = std::ranges::find_if(world.files.by_id, [key](const auto& entry) {
        return !entry.second.upload_key.empty() && entry.second.upload_key == key;
    });
    if (key.empty() || found == world.files.by_id.end()) return plain(404, "upload not found");
    SlackFile& file = found->second;
    // The length was reserved with the URL; other bytes are not taken.
    if (static_cast<std::int64_t>(bytes.size()) != file.size)
        return plain(400, "upload failed: expected " + std::to_string(file.size) + " bytes, got " +
                              std::to_string(bytes.size()));
    world.files.bytes -= file.bytes.size();
    world.files.bytes += bytes.size();
    file.bytes = std::move(bytes);
    file.is_uploaded = true;
    world.changed();
    return plain(200, "OK - " + std::to_string(file.size));
}

ApiAnswer Slack::download(std::string_view id, std::string_view token, bool as_attachment) {
    const World& world = *world_;
    const App& app = world.workspace.app;
    const bool is_known = bot_token_error(world, token).empty();
    const bool may = std::ranges::find(app.scopes, "files:read") != app.scopes.end();
    if (!is_known || !may || app.is_uninstalled || world.workspace.settings.token_revoked)
        return sign_in_page(world.workspace);
    const SlackFile* file = find_file(id);
    if (!file) return plain(404, "file not found");
    ApiAnswer answer;
    answer.headers = {
        {"content-type", file->mimetype.empty() ? "application/octet-stream" : file->mimetype},
        {"content-disposition",
         (as_attachment ? "attachment; filename=\"" : "inline; filename=\"") +
             url_name(file->name) + "\""}};
    answer.body = file->bytes;
    return answer;
}

const SlackFile* Slack::find_file(std::string_view id) const {
    const auto found = world_->files.by_id.find(id);
    if (found == world_->files.by_id.end() || found->second.is_deleted ||
        !found->second.is_uploaded)
        return nullptr;
    return &found->second;
}

Result<std::string> Slack::upload(const UploadedByPerson& uploaded) {
    World& world = *world_;
    const User* user = world.workspace.find_user(uploaded.user);
    if (!user) return fail("user_not_found", "There is no such person.");
    Channel* channel = world.workspace.find_channel(uploaded.channel);
    if (!channel) return fail("channel_not_found", "There is no such channel.");
    if (channel->is_archived) return fail("is_archived", "The channel is archived.");
    if (!channel->has_member(user->id))
        return fail("not_in_channel", "This person is not in the channel.");
    if (!world.workspace.settings.file_uploads)
        return fail("file_uploads_disabled", "The workspace takes no files.");
    if (const auto checked = check_files(world, uploaded.files); !checked)
        return std::unexpected(checked.error());
    if (!is_utf8(uploaded.text) || count_characters(uploaded.text) > 12'000)
        return fail("msg_too_long", "People may type 12,000 characters at once.");
    Ts thread_ts = 0;
    if (!uploaded.thread_ts.empty()) {
        const auto named = parse_ts(uploaded.thread_ts);
        if (!named || !channel->find(*named))
            return fail("thread_not_found", "The thread is gone.");
        thread_ts = *named;
    }
    Message draft;
    draft.user = user->id;
    if (!trim(uploaded.text).empty()) {
        TypedText typed = parse_typed_text(world.workspace, uploaded.text);
        draft.text = std::move(typed.text);
        draft.blocks = std::move(typed.blocks);
    }
    std::vector<std::string> ids;
    for (const UploadedFile& file : uploaded.files) ids.push_back(keep(world, file, user->id));
    return to_text(
        share_files(world, *channel, std::move(draft), thread_ts, uploaded.broadcast, ids).ts);
}

Result<void> Slack::remove_file(std::string_view user, std::string_view id) {
    World& world = *world_;
    const auto found = world.files.by_id.find(id);
    if (found == world.files.by_id.end() || found->second.is_deleted)
        return fail("file_not_found", "There is no such file.");
    if (!user.empty()) {
        const User* person = world.workspace.find_user(user);
        if (!person || person->id != found->second.user)
            return fail("cant_delete_file", "People delete their own files only.");
    }
    delete_file(world, found->second);
    return {};
}

}  // namespace deskbell::sandbox
