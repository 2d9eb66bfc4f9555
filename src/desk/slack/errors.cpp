#include "desk/slack/errors.hpp"

#include <algorithm>
#include <array>

namespace deskbell::desk::slack {
namespace {

struct Entry {
    std::string_view code;
    ErrorClass kind;
};

using enum ErrorClass;

// Sorted by code, for the search; a test checks it.
constexpr std::array entries = std::to_array<Entry>({
    {"access_denied", config},
    {"accesslimited", config},
    {"account_inactive", auth},
    {"already_in_channel", benign},
    {"already_pinned", benign},
    {"already_reacted", benign},
    {"alt_txt_too_large", content},
    {"app_access_restricted", auth},
    {"attachment_payload_limit_exceeded", content},
    {"block_mismatch", content},
    {"blocked_file_type", content},
    {"cannot_reply_to_message", thread},
    {"cant_delete_message", benign},
    {"cant_update_message", edit_refused},
    {"channel_is_limited_access", destination},
    {"channel_not_found", destination},
    {"deprecated_endpoint", config},
    {"duplicate_channel_not_found", ambiguous},
    {"duplicate_message_not_found", ambiguous},
    {"edit_window_closed", edit_refused},
    {"ekm_access_denied", destination},
    {"enterprise_is_restricted", config},
    {"external_channel_migrating", transient},
    {"fatal_error", ambiguous},
    {"file_type_not_allowed", content},
    {"file_upload_size_restricted", content},
    {"file_uploads_disabled", content},
    {"file_uploads_except_images_disabled", content},
    {"internal_error", ambiguous},
    {"invalid_arg_name", content},
    {"invalid_arguments", content},
    {"invalid_array_arg", content},
    {"invalid_auth", auth},
    {"invalid_blocks", content},
    {"invalid_blocks_format", content},
    {"invalid_charset", content},
    {"invalid_form_data", content},
    {"invalid_json", content},
    {"invalid_metadata_format", content},
    {"invalid_metadata_schema", content},
    {"invalid_post_type", content},
    {"invalid_thread_ts", thread},
    {"is_archived", destination},
    {"is_bot", config},
    {"is_inactive", destination},
    {"json_not_object", content},
    {"markdown_text_conflict", content},
    {"message_not_found", edit_refused},
    {"messages_tab_disabled", destination},
    {"metadata_must_be_sent_from_app", content},
    {"metadata_too_large", content},
    {"method_deprecated", config},
    {"missing_post_type", content},
    {"missing_scope", config},
    {"msg_blocks_too_long", content},
    {"msg_too_large", content},
    {"msg_too_long", content},
    {"no_permission", config},
    {"no_reaction", benign},
    {"no_text", content},
    {"not_allowed_token_type", config},
    {"not_authed", auth},
    {"not_in_channel", destination},
    {"org_login_required", auth},
    {"posting_to_channel_denied", destination},
    {"request_timeout", transient},
    {"restricted_action", destination},
    {"restricted_action_non_threadable_channel", destination},
    {"restricted_action_read_only_channel", destination},
    {"restricted_action_thread_locked", thread},
    {"restricted_action_thread_only_channel", destination},
    {"service_unavailable", transient},
    {"slack_connect_blocked_file_type", destination},
    {"slack_connect_file_link_sharing_blocked", destination},
    {"storage_limit_reached", content},
    {"streaming_state_conflict", edit_refused},
    {"team_access_not_granted", auth},
    {"team_added_to_org", auth},
    {"thread_not_found", thread},
    {"token_expired", auth},
    {"token_revoked", auth},
    {"too_many_attachments", content},
    {"two_factor_setup_required", auth},
    {"unknown_method", config},
    {"update_failed", ambiguous},
    {"user_not_found", benign},
    {"user_not_visible", benign},
});

static_assert(std::is_sorted(entries.begin(), entries.end(),
                             [](const Entry& a, const Entry& b) { return a.code < b.code; }));

Error error_of(const SlackReply& reply) {
    Error error;
    error.code = reply.error;
    error.detail = reply.detail;
    if (!reply.needed.empty()) error.detail = "The token lacks the scope " + reply.needed + ".";
    return error;
}

}  // namespace

ErrorClass class_of(std::string_view code) {
    const auto found =
        std::lower_bound(entries.begin(), entries.end(), code,
                         [](const Entry& entry, std::string_view key) { return entry.code < key; });
    return found != entries.end() && found->code == code ? found->kind : ErrorClass::unknown;
}

PostOutcome outcome_of_post(const SlackReply& reply) {
    using Kind = PostOutcome::Kind;
    PostOutcome outcome;
    outcome.error = error_of(reply);
    outcome.retry_after_ms = reply.retry_after_ms;
    switch (reply.kind) {
        case SlackReply::Kind::ok:
        case SlackReply::Kind::unknown:
            outcome.kind = Kind::unknown;
            return outcome;
        case SlackReply::Kind::not_sent:
            outcome.kind = Kind::not_sent;
            return outcome;
        case SlackReply::Kind::rate_limited:
            outcome.kind = Kind::rate_limited;
            // The free plan's flood guard is about the workspace; the others are about the channel.
            outcome.limits_whole_desk = reply.error == "message_limit_exceeded";
            return outcome;
        case SlackReply::Kind::refused:
            break;
    }
    switch (class_of(reply.error)) {
        case transient:
            outcome.kind = Kind::not_sent;
            break;
        case auth:
        case config:
            outcome.kind = Kind::desk_parked;
            break;
        case destination:
            outcome.kind = Kind::destination_parked;
            break;
        case thread:
            outcome.kind = Kind::thread_lost;
            break;
        case content:
        case edit_refused:
        case benign:
            outcome.kind = Kind::refused;
            break;
        case ambiguous:
        case ErrorClass::unknown:
            outcome.kind = Kind::unknown;
            break;
    }
    return outcome;
}

CardOutcome outcome_of_card(const SlackReply& reply) {
    using Kind = CardOutcome::Kind;
    CardOutcome outcome;
    outcome.error = error_of(reply);
    outcome.retry_after_ms = reply.retry_after_ms;
    outcome.kind = Kind::failed;
    if (reply.kind == SlackReply::Kind::rate_limited) outcome.kind = Kind::rate_limited;
    if (reply.kind != SlackReply::Kind::refused) return outcome;
    switch (class_of(reply.error)) {
        case auth:
        case config:
        case destination:
            outcome.kind = Kind::parked;
            break;
        case thread:
            outcome.kind = Kind::thread_lost;
            break;
        case edit_refused:
            // Only a message that is gone means that the thread is; the rest may change again.
            outcome.kind = reply.error == "message_not_found" ? Kind::thread_lost : Kind::parked;
            break;
        default:
            break;
    }
    return outcome;
}

bool is_worth_repeating(const SlackReply& reply) {
    if (reply.kind != SlackReply::Kind::refused) return reply.kind != SlackReply::Kind::ok;
    const ErrorClass kind = class_of(reply.error);
    return kind == transient || kind == ambiguous || kind == ErrorClass::unknown;
}

bool is_refused_for_good(const SlackReply& reply) {
    if (reply.kind != SlackReply::Kind::refused) return false;
    const ErrorClass kind = class_of(reply.error);
    return kind == content || kind == edit_refused || kind == benign;
}

}  // namespace deskbell::desk::slack
