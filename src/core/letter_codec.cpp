#include "core/letter_codec.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>

namespace deskbell::core {
namespace {

json::object encode_card(const Card& card) {
    json::object out = {
        {"session", card.session.value},
        {"version", card.version},
        {"thread", card.thread.value},
        {"state", static_cast<int>(card.state)},
        {"name", card.customer.name},
        {"email", card.customer.email},
        {"phone", card.customer.phone},
        {"attributes", card.customer.attributes_json},
        {"url", card.page.url},
        {"title", card.page.title},
        {"referrer", card.page.referrer},
        {"locale", card.locale},
        {"topic", card.topic},
        {"note", card.note},
        {"asked_at", card.asked_at},
        {"delayed", card.delayed},
        {"blocked", card.blocked},
    };
    if (!card.user.empty()) {
        out["user"] = card.user;
        out["verified"] = card.verified;
    }
    if (card.agent) {
        out["agent"] = {{"id", card.agent->id.value},
                        {"name", card.agent->name},
                        {"avatar", card.agent->avatar}};
    }
    if (card.rating)
        out["rating"] = {{"score", card.rating->score}, {"comment", card.rating->comment}};
    return out;
}

Card decode_card(const json::object& in) {
    Card card;
    card.session = SessionId(string_or_empty(in, "session"));
    card.version = find_int(in, "version").value_or(0);
    card.thread = DeskThreadId(string_or_empty(in, "thread"));
    card.state = static_cast<SessionState>(find_int(in, "state").value_or(1) & 3);
    card.customer = {.name = string_or_empty(in, "name"),
                     .email = string_or_empty(in, "email"),
                     .phone = string_or_empty(in, "phone"),
                     .attributes_json = string_or_empty(in, "attributes")};
    card.page = {.url = string_or_empty(in, "url"),
                 .title = string_or_empty(in, "title"),
                 .referrer = string_or_empty(in, "referrer")};
    card.locale = string_or_empty(in, "locale");
    card.topic = string_or_empty(in, "topic");
    card.note = string_or_empty(in, "note");
    card.asked_at = find_int(in, "asked_at").value_or(0);
    card.delayed = find_bool(in, "delayed").value_or(false);
    card.blocked = find_bool(in, "blocked").value_or(false);
    card.user = string_or_empty(in, "user");
    card.verified = string_or_empty(in, "verified");
    if (const json::object* agent = find_object(in, "agent")) {
        card.agent = Agent{.id = DeskAgentId(string_or_empty(*agent, "id")),
                           .name = string_or_empty(*agent, "name"),
                           .avatar = string_or_empty(*agent, "avatar")};
    }
    if (const json::object* rating = find_object(in, "rating")) {
        card.rating = Rating{.score = static_cast<int>(find_int(*rating, "score").value_or(0)),
                             .comment = string_or_empty(*rating, "comment")};
    }
    return card;
}

json::array encode_lines(const std::vector<Line>& lines) {
    json::array out;
    out.reserve(lines.size());
    for (const Line& line : lines) {
        json::object one = {{"at", line.at},     {"role", static_cast<int>(line.role)},
                            {"name", line.name}, {"text", line.text},
                            {"part", line.part}, {"parts", line.parts}};
        if (!line.letter.empty()) {
            one["letter"] = line.letter.value;
            one["message"] = line.message.value;
            one["client_id"] = line.client_id;
        } else if (!line.message.empty()) {
            one["message"] = line.message.value;
        }
        if (line.edited) one["edited"] = true;
        if (line.deleted) one["deleted"] = true;
        out.push_back(std::move(one));
    }
    return out;
}

std::vector<Line> decode_lines(const json::object& in) {
    std::vector<Line> lines;
    const json::array* array = find_array(in, "lines");
    if (!array) return lines;
    for (const json::value& value : *array) {
        const json::object* line = value.if_object();
        if (!line) continue;
        lines.push_back({.at = find_int(*line, "at").value_or(0),
                         .role = static_cast<AuthorRole>(find_int(*line, "role").value_or(0) & 3),
                         .name = string_or_empty(*line, "name"),
                         .text = string_or_empty(*line, "text"),
                         .part = static_cast<int>(find_int(*line, "part").value_or(1)),
                         .parts = static_cast<int>(find_int(*line, "parts").value_or(1)),
                         .letter = LetterId(string_or_empty(*line, "letter")),
                         .message = MessageId(string_or_empty(*line, "message")),
                         .client_id = string_or_empty(*line, "client_id"),
                         .edited = find_bool(*line, "edited").value_or(false),
                         .deleted = find_bool(*line, "deleted").value_or(false)});
    }
    return lines;
}

bool has_card(LetterKind kind) {
    return kind == LetterKind::open_thread || kind == LetterKind::introduction ||
           kind == LetterKind::file;
}

json::object encode_file(const File& file) {
    return {{"id", file.id.value},
            {"name", file.name},
            {"type", file.type},
            {"size", file.size},
            {"message", file.message.value},
            {"upload", file.desk_file.value}};
}

File decode_file(const json::object& in) {
    File file;
    file.id = FileId(string_or_empty(in, "id"));
    file.name = string_or_empty(in, "name");
    file.type = string_or_empty(in, "type");
    file.size = find_int(in, "size").value_or(0);
    file.message = MessageId(string_or_empty(in, "message"));
    file.desk_file = DeskFileId(string_or_empty(in, "upload"));
    return file;
}

LetterKind decode_kind(std::int64_t number) {
    return number >= 0 && number <= static_cast<std::int64_t>(LetterKind::amendment)
               ? static_cast<LetterKind>(number)
               : LetterKind::open_thread;
}

}  // namespace

std::string encode_post(const Post& post) {
    json::object out = {
        {"id", post.id.value},
        {"session", post.session.value},
        {"kind", static_cast<int>(post.kind)},
        {"destination", post.destination.value},
        {"thread", post.thread.value},
        {"previous_thread", post.previous_thread.value},
        {"notice", post.notice},
        {"attempts", post.attempts},
        {"first_attempt_at", post.first_attempt_at},
    };
    if (post.doubtful) out["doubtful"] = true;
    if (has_card(post.kind)) out["card"] = encode_card(post.card);
    if (post.kind == LetterKind::file || !post.file.id.empty())
        out["file"] = encode_file(post.file);
    if (!post.amends.empty()) {
        out["amends"] = post.amends.value;
        out["amends_letter"] = post.amends_letter.value;
    }
    if (!post.lines.empty()) out["lines"] = encode_lines(post.lines);
    return json::serialize(out);
}

Result<Post> decode_post(std::string_view text) {
    const auto in = parse_json_object(text);
    if (!in || !find_string(*in, "id"))
        return fail("post_unreadable", "A frozen post could not be read back.");
    Post post;
    post.id = LetterId(string_or_empty(*in, "id"));
    post.session = SessionId(string_or_empty(*in, "session"));
    post.kind = decode_kind(find_int(*in, "kind").value_or(0));
    post.destination = Destination(string_or_empty(*in, "destination"));
    post.thread = DeskThreadId(string_or_empty(*in, "thread"));
    post.previous_thread = DeskThreadId(string_or_empty(*in, "previous_thread"));
    post.notice = string_or_empty(*in, "notice");
    post.attempts = static_cast<int>(find_int(*in, "attempts").value_or(0));
    post.first_attempt_at = find_int(*in, "first_attempt_at").value_or(0);
    post.doubtful = find_bool(*in, "doubtful").value_or(false);
    if (const json::object* card = find_object(*in, "card")) post.card = decode_card(*card);
    if (const json::object* file = find_object(*in, "file")) post.file = decode_file(*file);
    post.amends = DeskMessageId(string_or_empty(*in, "amends"));
    post.amends_letter = LetterId(string_or_empty(*in, "amends_letter"));
    post.lines = decode_lines(*in);
    return post;
}

}  // namespace deskbell::core
