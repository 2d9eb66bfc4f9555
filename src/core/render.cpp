#include "core/render.hpp"

#include "base/time.hpp"
#include "core/json_text.hpp"

#include <array>

namespace deskbell::core {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view text) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, text);
}

void append_raw(std::string& out, std::string_view name, std::string_view json) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
    out += json;
}

std::string begin_event(Stamp stamp, std::string_view kind) {
    std::string out = "{\"seq\":" + std::to_string(stamp.seq);
    append_field(out, "at", to_rfc3339(stamp.at));
    append_field(out, "kind", kind);
    return out;
}

void append_customer(std::string& out, const Customer& customer) {
    append_field(out, "name", customer.name);
    append_field(out, "email", customer.email);
    append_field(out, "phone", customer.phone);
    append_raw(out, "attributes", customer.attributes_json);
    out += '}';
}

void append_content(std::string& out, const Message& message) {
    append_field(out, "text", message.text);
    append_field(out, "format", message.markdown ? "markdown" : "plain");
    if (message.markdown && !message.rich_json.empty()) append_raw(out, "rich", message.rich_json);
}

}  // namespace

std::string_view name_of(SessionState state) {
    constexpr std::array<std::string_view, 4> names = {"bot", "waiting", "open", "closed"};
    return names[static_cast<std::size_t>(state)];
}

std::string_view name_of(AuthorRole role) {
    constexpr std::array<std::string_view, 4> names = {"customer", "bot", "agent", "system"};
    return names[static_cast<std::size_t>(role)];
}

std::string_view name_of(Stage stage) {
    constexpr std::array<std::string_view, 4> names = {"stored", "delivered", "seen", "failed"};
    return names[static_cast<std::size_t>(stage)];
}

std::string_view name_of(FileState state) {
    constexpr std::array<std::string_view, 4> names = {"ready", "coming", "failed", "gone"};
    return names[static_cast<std::size_t>(state)];
}

std::string render_session(const Session& session) {
    std::string out = "{";
    append_field(out, "id", session.id.value);
    append_field(out, "state", name_of(session.state));
    append_field(out, "created_at", to_rfc3339(session.created_at));
    append_raw(out, "customer", "{");
    append_customer(out, session.customer);
    if (session.state == SessionState::open && session.agent) {
        append_raw(out, "agent", "{");
        append_field(out, "name", session.agent->name);
        if (!session.agent->avatar.empty()) append_field(out, "avatar", session.agent->avatar);
        out += '}';
    }
    if (session.state == SessionState::waiting) {
        out += ",\"queue\":{\"position\":" + std::to_string(session.queue_position);
        if (session.estimated_wait_s > 0)
            out += ",\"estimated_wait_s\":" + std::to_string(session.estimated_wait_s);
        out += '}';
    }
    if (!session.offer.empty()) {
        append_raw(out, "offer", "{");
        append_field(out, "reason", session.offer);
        append_raw(out, "ways", R"(["email","callback"])");
        out += '}';
    }
    if (!session.user.empty()) {
        append_raw(out, "identity", "{");
        append_field(out, "user", session.user);
        std::string list = "[";
        for (const char c : session.verified)
            list += c == ',' ? std::string("\",\"") : std::string(1, c);
        if (list.size() > 1) list.insert(1, "\"").append("\"");
        append_raw(out, "verified", list + "]");
        out += '}';
    }
    if (session.rating) {
        append_raw(out, "rating", "{");
        append_raw(out, "score", std::to_string(session.rating->score));
        append_field(out, "comment", session.rating->comment);
        out += '}';
    }
    return out + "}";
}

std::string render_message_event(Stamp stamp, const Message& message, bool offers_human) {
    std::string out = begin_event(stamp, "message");
    out.reserve(out.size() + message.text.size() + message.rich_json.size() + 320);
    append_raw(out, "message", "{");
    append_field(out, "id", message.id.value);
    if (!message.client_id.empty()) append_field(out, "client_id", message.client_id);
    append_raw(out, "author", "{");
    append_field(out, "role", name_of(message.role));
    if (!message.author_name.empty()) append_field(out, "name", message.author_name);
    if (!message.author_avatar.empty()) append_field(out, "avatar", message.author_avatar);
    out += '}';
    append_content(out, message);
    append_raw(out, "attachments", "[");
    for (const File& file : message.files) {
        if (&file != &message.files.front()) out += ',';
        out += render_file(file);
    }
    out += ']';
    append_field(out, "order", message.order);
    if (!message.in_reply_to.empty()) append_field(out, "in_reply_to", message.in_reply_to);
    out += '}';
    if (offers_human) append_raw(out, "offers", "[\"human\"]");
    return out + "}";
}

std::string render_edited_event(Stamp stamp, const Message& message) {
    std::string out = begin_event(stamp, "message_edited");
    append_field(out, "message_id", message.id.value);
    append_content(out, message);
    return out + "}";
}

std::string render_deleted_event(Stamp stamp, const MessageId& message) {
    std::string out = begin_event(stamp, "message_deleted");
    append_field(out, "message_id", message.value);
    return out + "}";
}

std::string render_session_event(Stamp stamp, const Session& session) {
    std::string out = begin_event(stamp, "session");
    append_raw(out, "session", render_session(session));
    return out + "}";
}

std::string render_customer_event(Stamp stamp, const Customer& before, const Customer& after) {
    std::string out = begin_event(stamp, "customer");
    append_raw(out, "customer", "{");
    if (before.name != after.name) append_field(out, "name", after.name);
    if (before.email != after.email) append_field(out, "email", after.email);
    if (before.phone != after.phone) append_field(out, "phone", after.phone);
    if (before.attributes_json != after.attributes_json)
        append_raw(out, "attributes", after.attributes_json);
    return out + "}}";
}

std::string render_receipt_event(Stamp stamp, const MessageId& message, Stage stage,
                                 std::string_view reason) {
    std::string out = begin_event(stamp, "receipt");
    append_field(out, "message_id", message.value);
    append_field(out, "stage", name_of(stage));
    if (!reason.empty()) append_field(out, "reason", reason);
    return out + "}";
}

std::string render_file(const File& file) {
    std::string out = "{";
    append_field(out, "id", file.id.value);
    append_field(out, "name", file.name);
    append_field(out, "type", file.type);
    append_raw(out, "size", std::to_string(file.size));
    if (file.width > 0 && file.height > 0) {
        append_raw(out, "width", std::to_string(file.width));
        append_raw(out, "height", std::to_string(file.height));
    }
    append_field(out, "state", name_of(file.state));
    if (!file.reason.empty()) append_field(out, "reason", file.reason);
    return out + "}";
}

std::string render_file_event(Stamp stamp, const File& file) {
    std::string out = begin_event(stamp, "file");
    std::string body = render_file(file);
    body.pop_back();
    append_field(body, "message_id", file.message.value);
    append_raw(out, "file", body + "}");
    return out + "}";
}

std::string render_rating_event(Stamp stamp, const Rating& rating) {
    std::string out = begin_event(stamp, "rating");
    append_raw(out, "score", std::to_string(rating.score));
    append_field(out, "comment", rating.comment);
    return out + "}";
}

}  // namespace deskbell::core
