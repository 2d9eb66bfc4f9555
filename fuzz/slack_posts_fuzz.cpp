// What we post, whatever a customer typed anywhere: no mention can fire, no link can hide where it
// goes, and Slack's limits hold, so that no post is refused for its form.

#include "base/text.hpp"
#include "desk/slack/blocks.hpp"
#include "desk/slack/escape.hpp"
#include "desk/slack/marker.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"

#include <boost/json.hpp>

#include <string>

namespace deskbell::desk::slack {
namespace {

using fuzz::Input;

bool is_entity(std::string_view text) {
    return text.starts_with("&amp;") || text.starts_with("&lt;") || text.starts_with("&gt;");
}

bool is_date_token(std::string_view token) {
    constexpr std::string_view begin = "!date^";
    if (!token.starts_with(begin)) return false;
    token.remove_prefix(begin.size());
    const std::size_t digits = token.find_first_not_of("-0123456789");
    return digits != std::string_view::npos && token.substr(digits).starts_with("^{time}|") &&
           token.size() - digits <= 16;
}

bool is_link_token(std::string_view token) {
    constexpr std::string_view earlier = "|an earlier thread";
    const bool ours = token.starts_with("https://acme.slack.com/archives/");
    if (ours && token.ends_with(earlier)) token.remove_suffix(earlier.size());
    return (token.starts_with("https://") || token.starts_with("http://")) &&
           token.find_first_of("| \n") == std::string_view::npos;
}

// Markup as Slack reads it: the only tokens are ours, every & is an entity.
void check_markup(std::string_view text, bool tokens) {
    FUZZ_CHECK(is_utf8(text));
    while (!text.empty()) {
        const char c = text.front();
        FUZZ_CHECK(c != '>');
        if (c == '&') FUZZ_CHECK(is_entity(text));
        if (c != '<') {
            text.remove_prefix(1);
            continue;
        }
        FUZZ_CHECK(tokens);
        const std::size_t end = text.find('>');
        FUZZ_CHECK(end != std::string_view::npos);
        const std::string_view token = text.substr(1, end - 1);
        FUZZ_CHECK(is_date_token(token) || is_link_token(token));
        text.remove_prefix(end + 1);
    }
}

void check_text_object(const json::object& object, std::size_t units_max) {
    const std::string_view text = text_at(object, "text");
    FUZZ_CHECK(!text.empty() && utf16_units(text) <= units_max && is_utf8(text));
    if (text_at(object, "type") == "mrkdwn") {
        FUZZ_CHECK(find_bool(object, "verbatim").value_or(false));
        return check_markup(text, true);
    }
    FUZZ_CHECK(text_at(object, "type") == "plain_text");
}

void check_rich_text(const json::object& block) {
    for (const json::value& section : array_at(block, "elements")) {
        for (const json::value& value : array_at(section.get_object(), "elements")) {
            const json::object& element = value.get_object();
            const std::string_view type = text_at(element, "type");
            FUZZ_CHECK(type == "text" || type == "link" || type == "date");
            if (type == "text") FUZZ_CHECK(!text_at(element, "text").empty());
            if (type != "link") continue;
            const std::string_view url = text_at(element, "url");
            FUZZ_CHECK(url.starts_with("http://") || url.starts_with("https://"));
            FUZZ_CHECK(!element.contains("text"));  // it says where it goes
        }
    }
}

void check_actions(const json::object& block) {
    const json::array& elements = array_at(block, "elements");
    FUZZ_CHECK(!elements.empty() && elements.size() <= 25);
    for (const json::value& value : elements) {
        const json::object& element = value.get_object();
        FUZZ_CHECK(text_at(element, "type") == "button");
        const std::string_view action = text_at(element, "action_id");
        FUZZ_CHECK(!action.empty() && action.size() <= 255);
        check_text_object(object_at(element, "text"), 75);
    }
}

void check_block(const json::object& block) {
    const std::string_view type = text_at(block, "type");
    FUZZ_CHECK(text_at(block, "block_id").size() <= 255);
    if (type == "header") return check_text_object(object_at(block, "text"), 150);
    if (type == "rich_text") return check_rich_text(block);
    if (type == "context") {
        for (const json::value& element : array_at(block, "elements"))
            check_text_object(element.get_object(), 2'000);
        return;
    }
    if (type == "actions") return check_actions(block);
    FUZZ_CHECK(type == "section");
    if (block.contains("text")) check_text_object(object_at(block, "text"), 3'000);
    const json::array& fields = array_at(block, "fields");
    FUZZ_CHECK(fields.size() <= 10 && (block.contains("text") || !fields.empty()));
    for (const json::value& field : fields) check_text_object(field.get_object(), 2'000);
}

void check_message(const Message& message) {
    FUZZ_CHECK(!trim(message.text).empty());
    check_markup(message.text, false);
    FUZZ_CHECK(utf16_units(message.text) <= 4'000);  // above, one post may become several
    FUZZ_CHECK(utf16_units(message.username) <= 80 && is_utf8(message.username));
    FUZZ_CHECK(message.blocks.size() <= 50 && !message.blocks.empty());
    std::size_t units = 0;
    for (const json::value& block : message.blocks) {
        check_block(block.get_object());
        units += utf16_units(json::serialize(block));
    }
    FUZZ_CHECK(units <= 40'000);
    FUZZ_CHECK(is_utf8(json::serialize(message.blocks)));
}

// As the gateway and the rules let it through: valid UTF-8, within their bounds.
std::string words(Input& input, std::size_t characters_max) {
    std::string text = without_controls(input.text(std::min<std::size_t>(characters_max, 600)));
    std::string said = text;
    for (std::size_t more = input.below(8) == 0 ? input.byte() : 0; more > 0; --more)
        if (count_characters(said) + count_characters(text) <= characters_max) said += text;
    return said;
}

core::Card card_from(Input& input) {
    core::Card card;
    card.session = SessionId("session_1763800000_abcdefgh");
    card.state = static_cast<core::SessionState>(input.below(4));
    card.customer.name = words(input, 200);
    card.customer.email = words(input, 320);
    card.customer.phone = words(input, 64);
    json::object attributes;
    for (std::size_t i = input.below(6); i > 0; --i)
        attributes[words(input, 60)] = words(input, 900);
    card.customer.attributes_json = json::serialize(attributes);
    card.page = {words(input, 2048), words(input, 300), words(input, 2048)};
    if (input.flag()) card.page.url = "https://" + card.page.url;
    card.locale = words(input, 35);
    card.topic = words(input, 200);
    card.note = words(input, 2000);
    if (input.flag()) card.agent = core::Agent{DeskAgentId("T0/U0"), words(input, 80), ""};
    if (input.flag()) card.rating = core::Rating{5, words(input, 200)};
    card.asked_at = input.flag() ? 1'763'800'000'000 : 0;
    card.delayed = input.flag();
    return card;
}

}  // namespace
}  // namespace deskbell::desk::slack

DESKBELL_FUZZ(slack_posts) {
    using namespace deskbell;
    using namespace deskbell::desk::slack;
    fuzz::Input bytes(input);
    core::Post post;
    post.id = LetterId("01931234-5678-7abc-8def-0123456789ab");
    post.session = SessionId("session_1763800000_abcdefgh");
    post.kind = static_cast<core::LetterKind>(bytes.below(4));
    if (bytes.flag())
        post.previous_thread = DeskThreadId("T0ACME0001/C0VIPSALES/1763800105.000300");
    const Look look{"https://acme.slack.com/", bytes.flag()};
    const std::size_t lines = bytes.below(24);
    const bool words = post.kind == core::LetterKind::customer_message;
    std::size_t weight = 0;
    for (std::size_t i = 0; i < (words ? std::min<std::size_t>(lines, 10) : lines); ++i) {
        core::Line line{1'763'800'000'000,
                        static_cast<core::AuthorRole>(bytes.below(4)),
                        desk::slack::words(bytes, 200),
                        desk::slack::words(bytes, 4000),
                        1,
                        1};
        if (bytes.flag()) line.part = 2, line.parts = 3;
        weight += line.text.size() * 5 + 48;
        if (words && weight > 3500) break;  // as letters fold
        post.lines.push_back(std::move(line));
    }
    post.card = card_from(bytes);
    post.notice = desk::slack::words(bytes, 4000);
    check_message(message_of(post, look));
    check_message(message_of(post.card));
    FUZZ_CHECK(parse_slack_json(metadata_json(post)).has_value());
}
