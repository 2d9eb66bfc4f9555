#include "sandbox/http/page_api.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/http/page_acts.hpp"
#include "sandbox/http/page_breaks.hpp"
#include "sandbox/model/emoji.hpp"

#include <algorithm>
#include <charconv>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t entries_default = 200;
constexpr std::size_t entries_max = 1000;
constexpr std::size_t url_characters_max = 2000;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

Result<json::object> nothing_more(const Result<void>& done) {
    if (!done) return std::unexpected(done.error());
    return json::object{};
}

bool is_url(std::string_view url) {
    return url.size() <= url_characters_max &&
           (url.starts_with("http://") || url.starts_with("https://")) &&
           url.find_first_of(" \r\n\t") == std::string_view::npos;
}

}  // namespace

net::HttpResponse json_response(int status, const json::object& body) {
    net::HttpResponse response;
    response.status = status;
    response.headers = {{"content-type", "application/json; charset=utf-8"},
                        {"cache-control", "no-store"},
                        {"x-content-type-options", "nosniff"}};
    response.body = json::serialize(body);
    return response;
}

net::HttpResponse page_refusal(int status, std::string_view error, std::string_view detail) {
    return json_response(status, {{"ok", false}, {"error", error}, {"detail", detail}});
}

net::HttpResponse PageApi::state(const net::HttpRequest& request) const {
    std::size_t entries = entries_default;
    if (const auto limit = request.query_value("limit"))
        std::from_chars(limit->data(), limit->data() + limit->size(), entries);
    json::object body{{"ok", true}};
    for (auto& pair : slack_.snapshot(std::min(entries, entries_max)))
        body[pair.key()] = std::move(pair.value());
    return json_response(200, body);
}

net::HttpResponse PageApi::emoji() const {
    json::object names;
    std::string_view rest = emoji_table();
    while (!rest.empty()) {
        const std::size_t space = rest.find(' ');
        const std::size_t comma = rest.find(',');
        const std::string_view name = rest.substr(space + 1, comma - space - 1);
        names[name] = emoji_characters(name);
        rest.remove_prefix(comma + 1);
    }
    return json_response(200, {{"ok", true}, {"emoji", std::move(names)}});
}

void PageApi::act(std::string_view action, std::shared_ptr<net::Exchange> exchange) {
    const net::HttpRequest& request = exchange->request();
    const std::string type = to_lower_ascii(request.header("content-type"));
    if (!type.starts_with("application/json"))
        return exchange->respond(
            page_refusal(415, "invalid_request", "Content-Type must be application/json."));
    const auto body = parse_json_object(request.body);
    if (!body) return exchange->respond(page_refusal(400, "invalid_request", body.error().detail));
    if (action == "events_url")
        return change_events_url(string_or_empty(*body, "url"), std::move(exchange));
    exchange->respond(answer(perform(action, *body)));
}

net::HttpResponse PageApi::answer(Result<json::object> result) const {
    if (!result) {
        const int status = result.error().code == "unknown_action" ? 404 : 400;
        return page_refusal(status, result.error().code, result.error().detail);
    }
    json::object body{{"ok", true}};
    for (auto& pair : *result) body[pair.key()] = std::move(pair.value());
    body["version"] = slack_.version();
    return json_response(200, body);
}

void PageApi::change_events_url(std::string url, std::shared_ptr<net::Exchange> exchange) {
    if (!url.empty() && !is_url(url))
        return exchange->respond(
            page_refusal(400, "invalid_request", "An http or https URL, or nothing."));
    set_events_url_(std::move(url), [this, exchange](const Result<void>& verified) {
        json::object body{{"verified", verified.has_value()}};
        if (!verified) body["detail"] = verified.error().detail;
        exchange->respond(answer(std::move(body)));
    });
}

Result<json::object> PageApi::perform(std::string_view action, const json::object& body) {
    if (is_one_of(action, {"post", "edit", "delete", "react", "unreact"}))
        return perform_on_message(action, body);
    if (is_one_of(action, {"archive", "unarchive", "kick", "invite", "rename", "create_channel"}))
        return perform_on_channel(action, body);
    if (auto done = perform_platform_act(slack_, action, body)) return std::move(*done);
    if (auto done = perform_breaking_act(slack_, action, body)) return std::move(*done);
    return turn_switch(action, body);
}

Result<json::object> PageApi::perform_on_message(std::string_view action,
                                                 const json::object& body) {
    const std::string user = string_or_empty(body, "user");
    const std::string channel = string_or_empty(body, "channel");
    const std::string ts = string_or_empty(body, "ts");
    const std::string text = string_or_empty(body, "text");
    if (action == "post") {
        const auto posted = slack_.post({user, channel, text, string_or_empty(body, "thread_ts"),
                                         find_bool(body, "broadcast").value_or(false)});
        if (!posted) return std::unexpected(posted.error());
        return json::object{{"ts", *posted}};
    }
    if (action == "edit") return nothing_more(slack_.edit(user, channel, ts, text));
    if (action == "delete") return nothing_more(slack_.remove(user, channel, ts));
    return nothing_more(
        slack_.react(user, channel, ts, string_or_empty(body, "name"), action == "react"));
}

Result<json::object> PageApi::perform_on_channel(std::string_view action,
                                                 const json::object& body) {
    const std::string channel = string_or_empty(body, "channel");
    const std::string name = string_or_empty(body, "name");
    if (action == "create_channel") {
        const auto made = slack_.create_channel(name, find_bool(body, "is_private").value_or(false),
                                                find_bool(body, "invite_bot").value_or(false));
        if (!made) return std::unexpected(made.error());
        return json::object{{"channel", *made}};
    }
    if (action == "rename") return nothing_more(slack_.rename(channel, name));
    if (action == "kick") return nothing_more(slack_.kick(channel, string_or_empty(body, "user")));
    if (action == "invite")
        return nothing_more(slack_.invite(channel, string_or_empty(body, "user")));
    return nothing_more(slack_.archive(channel, action == "archive"));
}

Result<json::object> PageApi::turn_switch(std::string_view action, const json::object& body) {
    if (action == "settings") {
        slack_.change_settings(body);
        return json::object{{"settings", settings_object(slack_.workspace().settings)}};
    }
    if (action == "fault") {
        auto rule = parse_fault(slack_.workspace(), body);
        if (!rule) return std::unexpected(rule.error());
        const auto id = slack_.add_fault(std::move(*rule));
        if (!id) return std::unexpected(id.error());
        return json::object{{"id", *id}};
    }
    if (action == "clear_faults") {
        const auto id = find_int(body, "id");
        if (!id) {
            slack_.clear_faults();
        } else if (*id < 0 || !slack_.remove_fault(static_cast<std::uint64_t>(*id))) {
            return fail("invalid_request", "There is no such rule.");
        }
        return json::object{};
    }
    if (action == "clear_log") {
        slack_.clear_log();
        return json::object{};
    }
    if (action == "interactivity_url") {
        const std::string url = string_or_empty(body, "url");
        if (!url.empty() && !is_url(url))
            return fail("invalid_request", "An http or https URL, or nothing.");
        slack_.set_interactivity_url(url);
        return json::object{};
    }
    if (action == "presence")
        return nothing_more(slack_.set_presence(string_or_empty(body, "user"),
                                                string_or_empty(body, "presence") == "active"));
    return fail("unknown_action", "There is no action " + std::string(action) + ".");
}

}  // namespace deskbell::sandbox
