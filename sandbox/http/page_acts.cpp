#include "sandbox/http/page_acts.hpp"

#include "base/json.hpp"
#include "sandbox/model/ids.hpp"

#include <algorithm>
#include <array>

namespace deskbell::sandbox {

namespace {

using Answer = Result<json::object>;

Answer nothing_more(const Result<void>& done) {
    if (!done) return std::unexpected(done.error());
    return json::object{};
}

Result<UploadedFile> read_file(const json::object& given) {
    UploadedFile file;
    file.name = string_or_empty(given, "name");
    file.title = string_or_empty(given, "title");
    file.mode = string_or_empty(given, "mode");
    file.external_url = string_or_empty(given, "external_url");
    file.check_file_info = find_bool(given, "check_file_info").value_or(false);
    if (const auto text = find_string(given, "content")) {
        file.bytes = *text;
    } else if (const auto encoded = find_string(given, "content_base64")) {
        auto bytes = from_base64(*encoded);
        if (!bytes) return fail("invalid_request", "content_base64 is not base64.");
        file.bytes = std::move(*bytes);
    }
    return file;
}

Answer upload(Slack& slack, const json::object& body) {
    UploadedByPerson uploaded;
    uploaded.user = string_or_empty(body, "user");
    uploaded.channel = string_or_empty(body, "channel");
    uploaded.text = string_or_empty(body, "text");
    uploaded.thread_ts = string_or_empty(body, "thread_ts");
    uploaded.broadcast = find_bool(body, "broadcast").value_or(false);
    const json::array* files = find_array(body, "files");
    for (std::size_t i = 0; files && i < files->size(); ++i) {
        const json::object* given = (*files)[i].if_object();
        if (!given) return fail("invalid_request", "files holds objects.");
        auto file = read_file(*given);
        if (!file) return std::unexpected(file.error());
        uploaded.files.push_back(std::move(*file));
    }
    const auto ts = slack.upload(uploaded);
    if (!ts) return std::unexpected(ts.error());
    return json::object{{"ts", *ts}};
}

Answer delete_file(Slack& slack, const json::object& body) {
    return nothing_more(
        slack.remove_file(string_or_empty(body, "user"), string_or_empty(body, "file")));
}

Answer socket(Slack& slack, const json::object& body) {
    const std::int64_t id = std::max<std::int64_t>(0, find_int(body, "id").value_or(0));
    return nothing_more(
        slack.command_sockets(string_or_empty(body, "do"), static_cast<SocketId>(id)));
}

Answer delivery(const Result<std::uint64_t>& sent) {
    if (!sent) return std::unexpected(sent.error());
    return json::object{{"delivery", *sent}};
}

Press read_press(const json::object& body) {
    Press press;
    press.user = string_or_empty(body, "user");
    press.channel = string_or_empty(body, "channel");
    press.ts = string_or_empty(body, "ts");
    press.view = string_or_empty(body, "view");
    press.action_id = string_or_empty(body, "action_id");
    press.block_id = string_or_empty(body, "block_id");
    press.value = string_or_empty(body, "value");
    if (const json::array* values = find_array(body, "values"))
        for (const json::value& value : *values)
            if (value.is_string()) press.values.emplace_back(value.get_string());
    return press;
}

Answer press(Slack& slack, const json::object& body) {
    return delivery(slack.press(read_press(body)));
}

Answer suggest(Slack& slack, const json::object& body) {
    Press asked = read_press(body);
    asked.value = string_or_empty(body, "query");
    return delivery(slack.ask_suggestions(asked));
}

Answer submit_view(Slack& slack, const json::object& body) {
    const json::object* values = find_object(body, "values");
    return delivery(slack.submit_view(string_or_empty(body, "user"), string_or_empty(body, "view"),
                                      values ? *values : json::object()));
}

Answer close_view(Slack& slack, const json::object& body) {
    return nothing_more(
        slack.close_view(string_or_empty(body, "user"), string_or_empty(body, "view")));
}

Answer home(Slack& slack, const json::object& body) {
    return nothing_more(
        slack.open_home(string_or_empty(body, "user"), string_or_empty(body, "tab")));
}

Answer command(Slack& slack, const json::object& body) {
    return delivery(
        slack.run_command({string_or_empty(body, "user"), string_or_empty(body, "channel"),
                           string_or_empty(body, "text"), string_or_empty(body, "thread_ts")}));
}

Answer shortcut(Slack& slack, const json::object& body) {
    return delivery(
        slack.run_shortcut(string_or_empty(body, "user"), string_or_empty(body, "callback_id"),
                           string_or_empty(body, "channel"), string_or_empty(body, "ts")));
}

Answer manifest(Slack& slack, const json::object& body) {
    const json::object* given = find_object(body, "manifest");
    if (!given) return fail("invalid_request", "manifest is an object.");
    return nothing_more(slack.apply_manifest(*given));
}

struct Act {
    std::string_view name;
    Answer (*perform)(Slack&, const json::object&);
};

constexpr std::array<Act, 11> acts = {{
    {"close_view", close_view},
    {"command", command},
    {"delete_file", delete_file},
    {"home", home},
    {"manifest", manifest},
    {"press", press},
    {"shortcut", shortcut},
    {"socket", socket},
    {"submit_view", submit_view},
    {"suggest", suggest},
    {"upload", upload},
}};

}  // namespace

std::optional<Answer> perform_platform_act(Slack& slack, std::string_view action,
                                           const json::object& body) {
    const auto act = std::ranges::find(acts, action, &Act::name);
    if (act == acts.end()) return std::nullopt;
    return act->perform(slack, body);
}

}  // namespace deskbell::sandbox
