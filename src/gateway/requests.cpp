#include "gateway/requests.hpp"

#include "base/text.hpp"
#include "gateway/fields.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace deskbell::gateway {

namespace {

constexpr TextRule name_rule{.characters_max = 200};
constexpr TextRule email_rule{.characters_max = 320};
constexpr TextRule phone_rule{.characters_max = 64};
constexpr TextRule topic_rule{.characters_max = 200};
constexpr TextRule note_rule{.characters_max = 2000, .lines = true};
constexpr TextRule instance_rule{.characters_max = 64};
// What the page says of itself must never keep a customer from writing: too long is cut.
constexpr TextRule url_rule{.characters_max = 2048, .cut = true};
constexpr TextRule title_rule{.characters_max = 300, .cut = true};
constexpr TextRule locale_rule{.characters_max = 35, .cut = true};
constexpr TextRule timezone_rule{.characters_max = 64, .cut = true};
constexpr std::size_t attributes_bytes_max = 8192;
constexpr std::size_t request_id_bytes_max = 64;
constexpr std::size_t message_id_bytes_max = 64;
constexpr std::size_t attachments_max = 100;  // how many are too many is the rules' business

constexpr std::array<std::pair<std::string_view, RequestKind>, 10> request_types{{
    {"message", RequestKind::message},
    {"typing", RequestKind::typing},
    {"read", RequestKind::read},
    {"ping", RequestKind::ping},
    {"handoff", RequestKind::handoff},
    {"customer", RequestKind::customer},
    {"close", RequestKind::close},
    {"rating", RequestKind::rating},
    {"edit", RequestKind::change},
    {"delete", RequestKind::withdraw},
}};

void read_customer(Fields& fields, core::CustomerDetails& details) {
    details.name = fields.text("name", name_rule);
    details.email = fields.text("email", email_rule);
    details.phone = fields.text("phone", phone_rule);
    if (const json::object* attributes = fields.object("attributes")) {
        std::string text = json::serialize(*attributes);
        if (text.size() > attributes_bytes_max)
            fields.refuse("attributes", "must be at most 8192 bytes of JSON");
        details.attributes_json = std::move(text);
    }
}

void read_nested_customer(Fields& fields, core::CustomerDetails& details) {
    const json::object* customer = fields.object("customer");
    if (!customer) return;
    Fields inner(*customer, "customer");
    read_customer(inner, details);
    if (auto error = inner.finish()) fields.refuse(std::move(*error));
}

std::optional<core::Page> read_page(Fields& fields) {
    const json::object* object = fields.object("page");
    if (!object) return std::nullopt;
    Fields inner(*object, "page");
    core::Page page;
    page.url = inner.text("url", url_rule).value_or("");
    page.title = inner.text("title", title_rule).value_or("");
    page.referrer = inner.text("referrer", url_rule).value_or("");
    if (auto error = inner.finish()) fields.refuse(std::move(*error));
    return page;
}

core::CustomerSaid read_message(Fields& fields) {
    core::CustomerSaid said;
    // What they hold is the rules' business (client_id_invalid, message_empty, message_too_long).
    auto client_id = fields.exact_text("client_id");
    if (!client_id) fields.refuse("client_id", "must be a string");
    auto text = fields.exact_text("text");
    if (!text) fields.refuse("text", "must be a string");
    said.client_id = std::move(client_id).value_or("");
    said.text = std::move(text).value_or("");
    const json::array* attachments = fields.array("attachments");
    if (!attachments) return said;
    for (const json::value& id : *attachments) {
        if (!id.is_string() || said.attachments.size() > attachments_max) {
            fields.refuse("attachments", "must be a list of a few files' ids");
            break;
        }
        said.attachments.emplace_back(std::string(id.get_string()));
    }
    return said;
}

core::HumanRequested read_handoff(Fields& fields) {
    core::HumanRequested asked;
    read_nested_customer(fields, asked.details);
    asked.topic = fields.text("topic", topic_rule).value_or("");
    asked.note = fields.text("note", note_rule).value_or("");
    return asked;
}

core::CustomerRead read_read(Fields& fields) {
    const std::int64_t seq = fields.integer("seq").value_or(-1);
    if (seq < 0) fields.refuse("seq", "must be an integer of 0 or more");
    return {seq};
}

core::CustomerRated read_rating(Fields& fields) {
    const auto score = fields.integer("score");
    if (!score) fields.refuse("score", "must be an integer from 1 to 5");
    // Whether it is one of the five is the rules' business (rating_invalid).
    const auto bounded = static_cast<int>(std::clamp<std::int64_t>(score.value_or(0), 0, 6));
    return {bounded, fields.text("comment", note_rule).value_or("")};
}

core::CustomerEdited read_change(Fields& fields) {
    core::CustomerEdited edited;
    auto text = fields.exact_text("text");
    if (!text) fields.refuse("text", "must be a string");
    edited.text = std::move(text).value_or("");
    return edited;
}

// Over the socket the id is a field like the others.
MessageId read_named_message(Fields& fields) {
    auto id = fields.exact_text("message_id");
    auto named = read_message_id(id.value_or(""));
    if (!named) fields.refuse("message_id", "must be the id of a message");
    return named.value_or(MessageId());
}

Request read_fields(RequestKind kind, Fields& fields) {
    Request request{kind, core::ReadSession{}, false};
    switch (kind) {
        case RequestKind::message:
            request.command = read_message(fields);
            break;
        case RequestKind::handoff:
            request.command = read_handoff(fields);
            break;
        case RequestKind::customer: {
            core::CustomerDetails details;
            read_customer(fields, details);
            request.command = std::move(details);
            break;
        }
        case RequestKind::typing: {
            const auto on = fields.boolean("on");
            if (!on) fields.refuse("on", "must be true or false");
            request.typing_on = on.value_or(false);
            break;
        }
        case RequestKind::read:
            request.command = read_read(fields);
            break;
        case RequestKind::close:
            request.command = core::CustomerClosed{};
            break;
        case RequestKind::rating:
            request.command = read_rating(fields);
            break;
        case RequestKind::change: {
            core::CustomerEdited edited = read_change(fields);
            edited.id = read_named_message(fields);
            request.command = std::move(edited);
            break;
        }
        case RequestKind::withdraw:
            request.command = core::CustomerWithdrew{read_named_message(fields)};
            break;
        case RequestKind::ping:
            break;
    }
    return request;
}

Result<json::object> read_body(std::string_view body) {
    if (trim(body).empty()) return json::object{};
    return parse_json_object(body);
}

Hello read_hello(Fields& fields) {
    Hello hello;
    hello.token = fields.exact_text("token").value_or("");
    if (hello.token.empty()) fields.refuse("token", "must be the session's token");
    hello.after = fields.integer("after").value_or(0);
    if (hello.after < 0) fields.refuse("after", "must be an integer of 0 or more");
    hello.instance = fields.text("instance", instance_rule).value_or("");
    hello.log = fields.text("log", instance_rule);
    return hello;
}

// The request's `id` as JSON; nullopt when it is neither an integer nor a short string.
std::optional<std::string> read_id(const json::object& object) {
    const json::value* id = object.if_contains("id");
    if (!id || id->is_null()) return std::string{};
    if (id->is_int64() || id->is_uint64()) return json::serialize(*id);
    if (id->is_string() && id->get_string().size() <= request_id_bytes_max)
        return json::serialize(*id);
    return std::nullopt;
}

}  // namespace

Result<Request> read_request(RequestKind kind, std::string_view body) {
    const auto object = read_body(body);
    if (!object) return std::unexpected(object.error());
    Fields fields(*object);
    Request request = read_fields(kind, fields);
    if (auto error = fields.finish()) return std::unexpected(std::move(*error));
    return request;
}

Result<MessageId> read_message_id(std::string_view id) {
    const bool possible =
        !id.empty() && id.size() <= message_id_bytes_max && id == without_controls(id);
    if (!possible) return fail("message_unknown", "There is no message of that id.");
    return MessageId(std::string(id));
}

std::optional<Error> read_nothing(std::string_view body) {
    const auto object = read_body(body);
    if (!object) return object.error();
    return Fields(*object).finish();
}

Result<core::CustomerEdited> read_edit(std::string_view id, std::string_view body) {
    auto named = read_message_id(id);
    if (!named) return std::unexpected(named.error());
    const auto object = read_body(body);
    if (!object) return std::unexpected(object.error());
    Fields fields(*object);
    core::CustomerEdited edited = read_change(fields);
    edited.id = std::move(*named);
    if (auto error = fields.finish()) return std::unexpected(std::move(*error));
    return edited;
}

Result<core::CustomerDetails> read_details(std::string_view body, std::string* identity) {
    const auto object = read_body(body);
    if (!object) return std::unexpected(object.error());
    Fields fields(*object);
    core::CustomerDetails details;
    read_nested_customer(fields, details);
    details.page = read_page(fields);
    details.locale = fields.text("locale", locale_rule);
    if (auto signed_text = fields.exact_text("identity"); signed_text && identity) {
        *identity = std::move(*signed_text);
        if (object->size() > 1)
            fields.refuse(Error{"invalid_field", "Send `identity` alone.", std::nullopt});
    }
    if (auto error = fields.finish()) return std::unexpected(std::move(*error));
    return details;
}

Result<core::CustomerArrived> read_arrival(std::string_view body, std::string* identity) {
    const auto object = read_body(body);
    if (!object) return std::unexpected(object.error());
    Fields fields(*object);
    core::CustomerArrived arrived;
    core::CustomerDetails details;
    arrived.site = SiteId(fields.text("site", name_rule).value_or(""));
    read_nested_customer(fields, details);
    arrived.page = read_page(fields).value_or(core::Page{});
    arrived.locale = fields.text("locale", locale_rule).value_or("");
    arrived.timezone = fields.text("timezone", timezone_rule).value_or("");
    if (auto signed_text = fields.exact_text("identity"); signed_text && identity)
        *identity = std::move(*signed_text);
    if (auto error = fields.finish()) return std::unexpected(std::move(*error));
    arrived.customer.name = details.name.value_or("");
    arrived.customer.email = details.email.value_or("");
    arrived.customer.phone = details.phone.value_or("");
    arrived.customer.attributes_json = details.attributes_json.value_or("{}");
    return arrived;
}

Frame read_frame(std::string_view text) {
    Frame frame;
    const auto object = parse_json_object(text);
    if (!object) {
        frame.error = object.error();
        return frame;
    }
    auto id = read_id(*object);
    const auto type = find_string(*object, "type");
    if (!id || !type) {
        frame.error = Error{"invalid_field",
                            id ? "`type` must be a string."
                               : "`id` must be an integer or a string of at most 64 bytes.",
                            std::nullopt};
        frame.id_json = id.value_or("");
        return frame;
    }
    frame.id_json = std::move(*id);
    Fields fields(*object);
    fields.known("type");
    fields.known("id");
    if (*type == "hello") {
        // A newer client may say more in its hello than we know: that is no reason to turn it away.
        frame.kind = Frame::Kind::hello;
        frame.hello = read_hello(fields);
        for (const auto& member : *object) fields.known(member.key());
        frame.error = fields.finish();
        return frame;
    }
    if (*type == "pong") {
        frame.kind = Frame::Kind::pong;
        return frame;
    }
    const auto known =
        std::ranges::find(request_types, *type, &std::pair<std::string_view, RequestKind>::first);
    if (known == request_types.end()) {
        frame.error =
            Error{"unknown_type", "This server does not know such a request.", std::nullopt};
        return frame;
    }
    frame.request = read_fields(known->second, fields);
    frame.error = fields.finish();
    return frame;
}

Result<std::optional<std::int64_t>> read_number(std::string_view name,
                                                const std::optional<std::string>& text) {
    if (!text) return std::optional<std::int64_t>{};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || end != text->data() + text->size() || number < 0)
        return fail("invalid_field",
                    "`" + std::string(name) + "` must be an integer of 0 or more.");
    return std::optional<std::int64_t>{number};
}

}  // namespace deskbell::gateway
