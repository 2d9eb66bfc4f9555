#include "sandbox/model/execute.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/model/methods.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::string_view json_type = "application/json; charset=utf-8";

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
}

json::array to_array(const std::vector<std::string>& words) {
    return json::array(words.begin(), words.end());
}

struct ContentType {
    std::string kind;  // "application/json"
    std::string charset;
    bool has_charset = false;
};

ContentType parse_content_type(std::string_view header) {
    ContentType type;
    type.kind = to_lower_ascii(trim(header.substr(0, header.find(';'))));
    const std::string lower = to_lower_ascii(header);
    if (const auto at = lower.find("charset="); at != std::string::npos) {
        type.has_charset = true;
        std::string_view value = std::string_view(lower).substr(at + 8);
        value = trim(value.substr(0, value.find(';')));
        if (value.starts_with('"') && value.size() >= 2) value = value.substr(1, value.size() - 2);
        type.charset = value;
    }
    return type;
}

// An error code for bodies that Slack does not take, or empty text; warnings go to `request`.
std::string check_content_type(const ApiCall& call, Request& request) {
    if (!call.decode_error.empty()) return call.decode_error;
    if (call.content_type.empty()) return {};
    const ContentType type = parse_content_type(call.content_type);
    const bool is_json = type.kind == "application/json";
    const bool is_form = type.kind == "application/x-www-form-urlencoded";
    if (!is_json && !is_form && type.kind != "multipart/form-data" && type.kind != "text/plain")
        return "invalid_post_type";
    if (type.has_charset && type.charset != "utf-8" && type.charset != "iso-8859-1")
        return "invalid_charset";
    if (is_json && !type.has_charset) {
        request.warnings.push_back("missing_charset");
        request.messages.push_back(
            "[WARN] A Content-Type HTTP header was presented but did not declare a charset, such "
            "as a 'utf-8'");
    } else if (is_form && type.has_charset) {
        request.warnings.push_back("superfluous_charset");
        request.messages.push_back(
            "[WARN] The Content-Type HTTP header included a charset, but it is not needed for "
            "this media type");
    }
    return {};
}

std::string check_token(const World& world, const ApiCall& call) {
    const App& app = world.workspace.app;
    if (call.method == "api.test" || call.method == "oauth.v2.access") return {};
    if (call.token.empty() || call.token_in_query) return "not_authed";
    if (world.workspace.app.is_uninstalled) return "account_inactive";
    if (world.workspace.settings.token_revoked) return "token_revoked";
    if (world.workspace.settings.token_expired) return "token_expired";
    const bool wants_app = call.method == "apps.connections.open";
    if (call.token == app.app_token) return wants_app ? "" : "not_allowed_token_type";
    if (std::string code = bot_token_error(world, call.token); !code.empty()) return code;
    return wants_app ? "not_allowed_token_type" : "";
}

bool has_any_scope(const Request& request, std::string_view accepted) {
    while (!accepted.empty()) {
        const std::size_t comma = std::min(accepted.find(','), accepted.size());
        if (request.has_scope(accepted.substr(0, comma))) return true;
        accepted.remove_prefix(std::min(accepted.size(), comma + 1));
    }
    return false;
}

json::object missing_scope_body(const World& world, std::string_view needed) {
    json::object body = error_body("missing_scope");
    body["needed"] = needed;
    body["provided"] = join(world.workspace.app.scopes);
    return body;
}

std::int64_t tier_wait_s(World& world, const Method& method) {
    if (!world.workspace.settings.rate_limits || method.per_minute == 0) return 0;
    const bool history =
        method.name == "conversations.history" || method.name == "conversations.replies";
    const int per_minute =
        history && world.workspace.settings.history_limited ? 1 : method.per_minute;
    return world.limits.take(world.clock.steady_ms(), method.name, per_minute);
}

// Warnings and messages, wherever Slack shows them.
void add_notes(json::object& body, const Request& request) {
    std::vector<std::string> messages = request.messages;
    if (!request.block_errors.empty()) {
        body["errors"] = to_array(request.block_errors);
        for (const std::string& complaint : request.block_errors)
            messages.push_back("[ERROR] " + complaint);
    }
    if (!request.warnings.empty()) body["warning"] = join(request.warnings);
    if (request.warnings.empty() && messages.empty()) return;
    json::value& slot = body["response_metadata"];
    if (!slot.is_object()) slot.emplace_object();
    json::object& metadata = slot.get_object();
    if (!request.warnings.empty()) metadata["warnings"] = to_array(request.warnings);
    if (!messages.empty()) metadata["messages"] = to_array(messages);
}

Verdict limited(std::int64_t wait_s, std::string_view accepted) {
    return {429, error_body("ratelimited"), accepted, wait_s};
}

}  // namespace

json::object error_body(std::string_view code) { return {{"ok", false}, {"error", code}}; }

Verdict execute(World& world, const ApiCall& call, Ts as_of) {
    static const std::map<std::string, std::string> no_args;
    const Method* method = find_method(call.method);
    if (!method) {
        json::object body = error_body("unknown_method");
        body["req_method"] = call.method;
        return {200, std::move(body), {}, 0};
    }
    const bool json_body = parse_content_type(call.content_type).kind == "application/json";
    // A method that takes no JSON acts as if it had been given nothing.
    Request request(world, json_body && !method->takes_json ? no_args : call.args);
    request.as_of = as_of;
    if (const std::string code = check_content_type(call, request); !code.empty())
        return {200, error_body(code), method->scopes, 0};
    if (const std::string code = check_token(world, call); !code.empty())
        return {200, error_body(code), method->scopes, 0};
    if (!method->scopes.empty() && !has_any_scope(request, method->scopes))
        return {200, missing_scope_body(world, method->scopes), method->scopes, 0};
    if (const std::int64_t wait_s = tier_wait_s(world, *method); wait_s != 0)
        return limited(wait_s, method->scopes);
    auto fields = method->handler(request);
    if (!fields && fields.error().code == "ratelimited")
        return limited(fields.error().retry_after_ms.value_or(1000) / 1000, method->scopes);
    if (!fields && fields.error().code == "missing_scope")
        return {200, missing_scope_body(world, request.needed_scope), method->scopes, 0};
    json::object body;
    if (fields) {
        body["ok"] = true;
        for (auto& pair : *fields) body[pair.key()] = std::move(pair.value());
    } else {
        body = error_body(fields.error().code);
    }
    add_notes(body, request);
    return {200, std::move(body), method->scopes, 0};
}

ApiAnswer to_answer(World& world, const Verdict& verdict) {
    ApiAnswer answer;
    answer.status = verdict.status;
    answer.headers = {{"content-type", std::string(json_type)},
                      {"x-slack-req-id", make_hex(world.random, 32)},
                      {"x-oauth-scopes", join(world.workspace.app.scopes)},
                      {"x-accepted-oauth-scopes", std::string(verdict.accepted_scopes)},
                      {"cache-control", "private, no-cache, no-store, must-revalidate"}};
    if (verdict.retry_after_s != 0)
        answer.headers.emplace_back("retry-after", std::to_string(verdict.retry_after_s));
    answer.body = json::serialize(verdict.body);
    return answer;
}

}  // namespace deskbell::sandbox
