#include "desk/slack/socket_frames.hpp"

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t id_characters_max = 200;

}  // namespace

SocketFrame read_socket_frame(std::string_view text) {
    auto frame = parse_slack_json(text);
    if (!frame) return SocketUnknown{"unreadable"};
    const std::string_view type = text_at(*frame, "type");
    if (type == "hello") return SocketHello{find_int(*frame, "num_connections").value_or(0)};
    if (type == "disconnect") return SocketDisconnect{std::string(text_at(*frame, "reason"))};
    SocketEnvelope envelope;
    envelope.id = text_at(*frame, "envelope_id");
    if (envelope.id.empty() || envelope.id.size() > id_characters_max)
        return SocketUnknown{"no_envelope"};
    envelope.type = type;
    envelope.takes_payload = find_bool(*frame, "accepts_response_payload").value_or(false);
    envelope.retry_attempt = find_int(*frame, "retry_attempt").value_or(0);
    envelope.retry_reason = text_at(*frame, "retry_reason");
    if (json::value* payload = frame->if_contains("payload"); payload && payload->is_object())
        envelope.payload = std::move(payload->get_object());
    return envelope;
}

std::string socket_acknowledgement(std::string_view envelope_id, std::string_view payload) {
    json::object answer{{"envelope_id", envelope_id}};
    if (!payload.empty()) {
        json::error_code failed;
        json::value parsed = json::parse(payload, failed);
        // Words that are no JSON are what a command answers with.
        if (failed) parsed = json::object{{"text", payload}};
        answer["payload"] = std::move(parsed);
    }
    return json::serialize(answer);
}

}  // namespace deskbell::desk::slack
