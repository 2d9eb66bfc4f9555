#include "gateway/responses.hpp"

#include "core/json_text.hpp"
#include "core/render.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace deskbell::gateway {

namespace {

struct CodeStatus {
    std::string_view code;
    int status;
    std::int64_t retry_after_ms = 0;  // for refusals that pass and do not say when
};

constexpr std::array code_statuses = {
    CodeStatus{"invalid_json", 400},
    CodeStatus{"json_not_object", 400},
    CodeStatus{"invalid_field", 400},
    CodeStatus{"site_unknown", 400},
    CodeStatus{"subprotocol_required", 400},
    CodeStatus{"name_invalid", 400},
    CodeStatus{"email_invalid", 400},
    CodeStatus{"phone_invalid", 400},
    CodeStatus{"attributes_invalid", 400},
    CodeStatus{"rating_invalid", 400},
    CodeStatus{"client_id_invalid", 400},
    CodeStatus{"message_empty", 400},
    CodeStatus{"message_too_long", 400},
    CodeStatus{"note_too_long", 400},
    CodeStatus{"comment_too_long", 400},
    CodeStatus{"bad_request", 400},
    CodeStatus{"token_missing", 401},
    CodeStatus{"token_invalid", 401},
    CodeStatus{"identity_malformed", 400},
    CodeStatus{"identity_algorithm_refused", 401},
    CodeStatus{"identity_signature_invalid", 401},
    CodeStatus{"identity_expired", 401},
    CodeStatus{"identity_not_yet_valid", 401},
    CodeStatus{"identity_lifetime_too_long", 401},
    CodeStatus{"identity_audience_wrong", 401},
    CodeStatus{"identity_claim_missing", 401},
    CodeStatus{"identity_replayed", 409},
    CodeStatus{"identity_conflict", 409},
    CodeStatus{"origin_not_allowed", 403},
    CodeStatus{"customer_blocked", 403},
    CodeStatus{"not_found", 404},
    CodeStatus{"session_unknown", 404},
    CodeStatus{"method_not_allowed", 405},
    CodeStatus{"pre_chat_incomplete", 400},
    CodeStatus{"file_empty", 400},
    CodeStatus{"too_many_attachments", 400},
    CodeStatus{"link_invalid", 403},
    CodeStatus{"link_expired", 403},
    CodeStatus{"file_unknown", 404},
    CodeStatus{"files_disabled", 404},
    CodeStatus{"message_unknown", 404},
    CodeStatus{"edits_disabled", 404},
    CodeStatus{"not_yours", 403},
    CodeStatus{"message_deleted", 409},
    CodeStatus{"edit_too_late", 409},
    CodeStatus{"session_closed", 409},
    CodeStatus{"forget_failed", 503, 2000},
    CodeStatus{"file_in_use", 409},
    CodeStatus{"file_too_large", 413},
    CodeStatus{"file_type_not_allowed", 415},
    CodeStatus{"range_not_satisfiable", 416},
    CodeStatus{"files_quota_exceeded", 422},
    CodeStatus{"too_many_files", 429, 2000},
    CodeStatus{"file_not_stored", 503, 2000},
    CodeStatus{"client_id_reused", 409},
    CodeStatus{"session_exists", 409},
    CodeStatus{"body_too_large", 413},
    CodeStatus{"content_type_unsupported", 415},
    CodeStatus{"upgrade_required", 426},
    CodeStatus{"too_many_sessions", 429, 2000},
    CodeStatus{"too_many_messages", 429, 500},
    CodeStatus{"too_many_requests", 429, 1000},
    CodeStatus{"session_busy", 429, 5000},
    CodeStatus{"internal_error", 500},
    CodeStatus{"identity_not_supported", 501},
    CodeStatus{"busy", 503, 1000},
    CodeStatus{"store_unavailable", 503, 2000},
    CodeStatus{"restarting", 503, 2000},
};

constexpr std::array<std::pair<int, std::string_view>, 18> titles{{
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {502, "Bad Gateway"},
    {408, "Request Timeout"},
}};

const CodeStatus* find_code(std::string_view code) {
    const auto* const found = std::ranges::find(code_statuses, code, &CodeStatus::code);
    return found == code_statuses.end() ? nullptr : found;
}

void append_retry(std::string& out, const Error& error) {
    if (error.retry_after_ms) out += ",\"retry_after_ms\":" + std::to_string(*error.retry_after_ms);
}

net::HttpResponse response(int status, std::string_view content_type, std::string body) {
    net::HttpResponse answer{.status = status, .headers = {}, .body = std::move(body)};
    answer.headers.push_back({"content-type", std::string(content_type)});
    answer.headers.push_back({"cache-control", "no-store"});
    return answer;
}

// Of a log that has only ever had one run nothing is said.
std::string log_field(std::string_view log_run) {
    return log_run.empty() ? std::string() : ",\"log\":" + json_string(log_run);
}

}  // namespace

int status_of(std::string_view code) {
    const CodeStatus* known = find_code(code);
    return known ? known->status : 422;
}

Error with_retry_hint(Error error) {
    const CodeStatus* known = find_code(error.code);
    if (known && known->retry_after_ms > 0 && !error.retry_after_ms)
        error.retry_after_ms = known->retry_after_ms;
    return error;
}

net::HttpResponse problem(const Error& refusal) {
    const Error error = with_retry_hint(refusal);
    const int status = status_of(error.code);
    const auto* const title =
        std::ranges::find(titles, status, &std::pair<int, std::string_view>::first);
    std::string body = R"({"type":"about:blank","title":)";
    core::append_json_string(body, title == titles.end() ? "Refused" : title->second);
    body += ",\"status\":" + std::to_string(status) + ",\"code\":";
    core::append_json_string(body, error.code);
    body += ",\"detail\":";
    core::append_json_string(body, error.detail);
    append_retry(body, error);
    net::HttpResponse answer = response(status, "application/problem+json", body + "}");
    if (error.retry_after_ms) {
        const std::int64_t seconds =
            std::max<std::int64_t>(1, (*error.retry_after_ms + 999) / 1000);
        answer.headers.push_back({"retry-after", std::to_string(seconds)});
    }
    if (status == 401) answer.headers.push_back({"www-authenticate", "Bearer"});
    return answer;
}

net::HttpResponse problem(std::string code, std::string detail) {
    return problem(Error{std::move(code), std::move(detail), std::nullopt});
}

net::HttpResponse json_response(int status, std::string body) {
    return response(status, "application/json", std::move(body));
}

net::HttpResponse text_response(int status, std::string body) {
    return response(status, "text/plain; charset=utf-8", std::move(body));
}

net::HttpResponse no_content() {
    net::HttpResponse answer{.status = 204, .headers = {}, .body = {}};
    answer.headers.push_back({"cache-control", "no-store"});
    return answer;
}

std::string json_string(std::string_view text) {
    std::string out;
    core::append_json_string(out, text);
    return out;
}

std::string session_and_head(const core::Session& session, std::string_view log_run) {
    return "{\"session\":" + core::render_session(session) +
           ",\"head\":" + std::to_string(session.head) + log_field(log_run) + "}";
}

std::string events_and_head(const Reply& reply, const std::vector<std::string>& live) {
    std::string body = "{\"events\":[";
    for (const core::Event& event : reply.events) {
        if (body.back() != '[') body += ',';
        body += event.json;
    }
    body += "],\"head\":" + std::to_string(reply.session.head);
    if (live.empty()) return body + "}";
    body += ",\"live\":[";
    for (const std::string& frame : live) {
        if (body.back() != '[') body += ',';
        body += frame;
    }
    return body + "]}";
}

std::string welcome_frame(const core::Session& session, std::int64_t head,
                          std::int64_t heartbeat_ms, std::string_view log_run) {
    return "{\"type\":\"welcome\",\"session\":" + core::render_session(session) +
           ",\"head\":" + std::to_string(head) +
           ",\"heartbeat_s\":" + std::to_string(heartbeat_ms / 1000) + log_field(log_run) + "}";
}

std::string event_frame(std::string_view event_json) {
    constexpr std::string_view begin = R"({"type":"event","event":)";
    std::string frame;
    frame.reserve(begin.size() + event_json.size() + 1);
    frame += begin;
    frame += event_json;
    frame += '}';
    return frame;
}

std::string error_frame(std::string_view id_json, const Error& refusal) {
    const Error error = with_retry_hint(refusal);
    std::string frame = R"({"type":"error")";
    if (!id_json.empty()) {
        frame += ",\"re\":";
        frame += id_json;
    }
    frame += ",\"error\":{\"code\":";
    core::append_json_string(frame, error.code);
    frame += ",\"detail\":";
    core::append_json_string(frame, error.detail);
    append_retry(frame, error);
    return frame + "}}";
}

std::string notice_frame(std::string_view code, std::string_view text) {
    std::string frame = R"({"type":"notice","code":)";
    core::append_json_string(frame, code);
    frame += ",\"text\":";
    core::append_json_string(frame, text);
    return frame + "}";
}

std::string typing_frame(std::string_view role, std::string_view name, bool on) {
    std::string frame = R"({"type":"typing","role":)";
    core::append_json_string(frame, role);
    if (!name.empty()) {
        frame += ",\"name\":";
        core::append_json_string(frame, name);
    }
    return frame + (on ? ",\"on\":true}" : ",\"on\":false}");
}

}  // namespace deskbell::gateway
