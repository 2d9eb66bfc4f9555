#include "desk/slack/blocks.hpp"

#include "core/identity.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "desk/slack/block_parts.hpp"
#include "desk/slack/escape.hpp"
#include "desk/slack/forms.hpp"
#include "desk/slack/marker.hpp"
#include "desk/slack/slack_ids.hpp"

#include <algorithm>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t section_units_max = 2'900;       // Slack: 3,000
constexpr std::size_t field_units_max = 1'500;         // Slack: 2,000
constexpr std::size_t fields_max = 10;                 // Slack's own
constexpr std::size_t text_units_max = 3'900;          // above, one post may become several
constexpr std::size_t conversation_units_max = 5'500;  // all blocks together: about 13,200
constexpr std::size_t line_units_max = 700;
constexpr std::size_t attributes_max = 3;
constexpr std::size_t call_units_max = 400;  // our own words; all of them may be escapes

constexpr std::string_view not_provided = "Not provided";

std::string or_missing(std::string_view value) {
    std::string line = one_line(value);
    return line.empty() ? std::string(not_provided) : line;
}

// A named fact, in the blocks and in the text alike.
struct Fact {
    std::string name;
    std::string value;
};

void add_facts(Message& message, const std::vector<Fact>& facts) {
    json::array fields;
    for (const Fact& fact : facts) {
        if (fields.size() == fields_max) break;
        const std::string line = cut(fact.name + ": " + fact.value, field_units_max);
        fields.push_back(plain(line));
        message.text += cut_escaped(line, 200) + "\n";
    }
    message.blocks.push_back(fields_section(std::move(fields)));
}

std::string status_words(const core::Card& card, bool as_markup) {
    const auto time = [as_markup](WallMs at) {
        return as_markup ? time_token(at) : to_hours_minutes(at);
    };
    std::string words = "Status: ";
    switch (card.state) {
        case core::SessionState::bot:
            return words + "with the bot";
        case core::SessionState::waiting:
            words += "waiting";
            if (card.asked_at > 0) words += " · asked " + time(card.asked_at);
            return words;
        case core::SessionState::open:
            words += "open";
            if (card.agent && !card.agent->name.empty())
                words += " · " + escaped(cut(one_line(card.agent->name), 80));
            return words;
        case core::SessionState::closed:
            break;
    }
    words += card.blocked ? "closed · the customer is blocked" : "closed";
    if (card.rating) words += " · rated " + std::to_string(card.rating->score) + " of 5";
    return words;
}

json::object button(std::string_view action, std::string_view label, std::string_view style = {}) {
    json::object made = {{"type", "button"},
                         {"action_id", action},
                         {"text", {{"type", "plain_text"}, {"text", label}, {"emoji", true}}}};
    if (!style.empty()) made["style"] = style;
    return made;
}

// What can be done next; who presses what is gone by now is told so, and nothing happens.
json::object controls_of(const core::Card& card) {
    json::array buttons;
    switch (card.state) {
        case core::SessionState::bot:
        case core::SessionState::waiting:
            buttons = {button(control::claim, "Claim", "primary"),
                       button(control::resolve, "Resolve")};
            break;
        case core::SessionState::open:
            buttons = {button(control::resolve, "Resolve", "primary"),
                       button(control::take_over, "Take over")};
            break;
        case core::SessionState::closed:
            buttons = {button(control::reopen, "Reopen")};
            break;
    }
    buttons.push_back(button(control::more, "More…"));
    return {{"type", "actions"}, {"block_id", "deskbell_controls"}, {"elements", buttons}};
}

// What the customer's site has signed is marked; everything else is what somebody typed.
std::string vouched(const core::Card& card, std::string_view detail, const std::string& value) {
    const bool signed_by_site = !value.empty() && core::is_verified(card.verified, detail);
    return or_missing(value) + (signed_by_site ? " ✔ verified" : "");
}

Message parent_of(const core::Card& card, const std::string& block_id) {
    Message message;
    message.text = "🚨 NEW CUSTOMER SUPPORT REQUEST\n";
    message.blocks.push_back(header("🚨 NEW CUSTOMER SUPPORT REQUEST", block_id));
    std::vector<Fact> facts = {{"Customer", vouched(card, "name", card.customer.name)},
                               {"Email", vouched(card, "email", card.customer.email)},
                               {"Session", card.session.value}};
    if (!card.user.empty())
        facts.push_back({"User", cut(one_line(card.user), 200) + " ✔ verified"});
    // Often given only while waiting, after the introduction was written.
    if (!card.customer.phone.empty()) facts.push_back({"Phone", or_missing(card.customer.phone)});
    if (!card.topic.empty()) facts.push_back({"Topic", cut(one_line(card.topic), 200)});
    add_facts(message, facts);
    message.blocks.push_back(section(markup(status_words(card, true))));
    message.text += status_words(card, false) + "\n";
    if (card.delayed) {
        constexpr std::string_view words =
            "⏳ Messages are arriving late: the channel's limit is reached. Nothing is lost.";
        message.blocks.push_back(context(plain(words)));
        message.text += std::string(words) + "\n";
    }
    constexpr std::string_view invitation = "Click the thread below to start the conversation 👇";
    message.blocks.push_back(section(markup(invitation)));
    message.text += invitation;
    message.blocks.push_back(controls_of(card));
    return message;
}

std::string label_of(const core::Line& line) {
    switch (line.role) {
        case core::AuthorRole::customer:
            return "👤 Customer: ";
        case core::AuthorRole::bot:
            return "🤖 Bot: ";
        case core::AuthorRole::agent:
            return "💬 " + (line.name.empty() ? std::string("Agent") : one_line(line.name)) + ": ";
        case core::AuthorRole::system:
            break;
    }
    return "ℹ️ ";
}

// The newest lines that fit, oldest first; how many did not stands before them.
std::string conversation_of(const std::vector<core::Line>& lines, std::size_t units_max) {
    std::size_t left = units_max > 40 ? units_max - 40 : 0;
    std::string text;
    std::size_t shown = 0;
    for (auto line = lines.rbegin(); line != lines.rend(); ++line, ++shown) {
        const std::string words =
            cut(label_of(*line) + without_controls(line->text), line_units_max) + "\n";
        const std::size_t units = utf16_units(words);
        if (units > left) break;
        left -= units;
        text.insert(0, words);
    }
    const std::size_t hidden = lines.size() - shown;
    if (hidden > 0)
        text.insert(0, "… " + std::to_string(hidden) + " earlier message" +
                           (hidden == 1 ? "" : "s") + "\n");
    return text;
}

void add_attributes(std::vector<Fact>& facts, const std::string& attributes_json) {
    const auto attributes = parse_json_object(attributes_json);
    if (!attributes) return;
    std::size_t added = 0;
    for (const auto& [key, value] : *attributes) {
        if (added == attributes_max) return;
        if (value.is_object() || value.is_array() || value.is_null()) continue;
        const std::string text =
            value.is_string() ? std::string(value.get_string()) : json::serialize(value);
        facts.push_back({cut(one_line(std::string_view(key)), 40), cut(one_line(text), 200)});
        ++added;
    }
}

void add_page(Message& message, const core::Page& page) {
    if (page.url.empty()) return;
    const std::string title = cut(one_line(page.title), 150);
    std::string words = "Page: " + link_token(page.url);
    if (!title.empty()) words += " (" + escaped(title) + ")";
    message.blocks.push_back(section(markup(words)));
    message.text += "Page: " + cut_escaped(one_line(page.url), 300) + "\n";
}

Message introduction_of(const core::Post& post, const Look& look) {
    const core::Card& card = post.card;
    Message message;
    message.text = "🚨 Customer requesting human support\n";
    message.blocks.push_back(header("🚨 Customer requesting human support", block_id_of(post)));
    std::vector<Fact> facts = {{"Email", or_missing(card.customer.email)},
                               {"Name", or_missing(card.customer.name)},
                               {"Phone", or_missing(card.customer.phone)},
                               {"Session", card.session.value}};
    if (!card.locale.empty()) facts.push_back({"Locale", cut(one_line(card.locale), 40)});
    if (!card.topic.empty()) facts.push_back({"Topic", cut(one_line(card.topic), 200)});
    add_attributes(facts, card.customer.attributes_json);
    add_facts(message, facts);
    add_page(message, card.page);
    if (const std::string note = without_controls(card.note); !note.empty()) {
        message.blocks.push_back(section(plain(cut("Note: " + note, section_units_max))));
        message.text += cut_escaped("Note: " + note, 300) + "\n";
    }
    if (const std::string link = permalink(look.workspace_url, post.previous_thread); !link.empty())
        message.blocks.push_back(context(markup("Continues <" + link + "|an earlier thread>.")));
    if (!post.lines.empty()) {
        message.blocks.push_back(section(markup("*Recent conversation:*")));
        const std::string talk = conversation_of(post.lines, conversation_units_max);
        for (const std::string& piece : in_pieces(talk, section_units_max))
            message.blocks.push_back(section(plain(piece)));
    }
    message.blocks.push_back(section(markup("*Action required: please respond in this thread*")));
    message.blocks.push_back(
        context(markup("The buttons on the first message claim and resolve; `!help` in this thread "
                       "lists what else there is.")));
    const std::string action = "Action required: please respond in this thread";
    const std::size_t used = utf16_units(message.text) + utf16_units(action) + 30;
    if (!post.lines.empty() && used + 200 < text_units_max) {
        // A third of it may be escapes, so only so much is asked for; what still is too long is
        // cut.
        const std::string talk = conversation_of(post.lines, (text_units_max - used) * 2 / 3);
        message.text += cut_escaped("Recent conversation:\n" + talk, text_units_max - used) + "\n";
    }
    message.text += action;
    return message;
}

std::string customer_name(const std::string& name) {
    const std::string line = one_line(name);
    return line.empty() ? std::string("Customer") : line;
}

constexpr std::string_view deleted_words = "🗑️ (deleted by the customer)";
constexpr std::string_view edited_words = " (edited)";

Message words_of(const core::Post& post, const Look& look) {
    Message message;
    const std::string name = customer_name(post.lines.empty() ? "" : post.lines.front().name);
    RichText rich;
    if (look.customer_names) {
        constexpr std::string_view suffix = " (customer)";
        message.username = cut(name, 80 - suffix.size()) + std::string(suffix);
        message.icon_emoji = ":bust_in_silhouette:";
    } else {
        const std::string label = "👤 " + cut(name, 80) + ": ";
        rich.bold(label);
        message.text += escaped(label);
    }
    const bool folded = post.lines.size() > 1;
    for (std::size_t i = 0; i < post.lines.size(); ++i) {
        const core::Line& line = post.lines[i];
        if (i > 0 || (folded && !look.customer_names)) {
            rich.text("\n");
            message.text += '\n';
        }
        if (folded) {
            rich.time(line.at);
            rich.text("  ");
            message.text += "[" + to_hours_minutes(line.at) + "] ";
        }
        if (line.deleted) {
            rich.aside(deleted_words);
            message.text += deleted_words;
            continue;
        }
        std::string words = without_controls(line.text);
        if (line.parts > 1)
            words =
                "(" + std::to_string(line.part) + "/" + std::to_string(line.parts) + ") " + words;
        rich.text(words);
        message.text += escaped(words);
        if (!line.edited) continue;
        rich.aside(edited_words);
        message.text += edited_words;
    }
    if (trim(message.text).empty()) {
        rich.text("(empty message)");
        message.text = "(empty message)";
    }
    message.blocks.push_back(rich.block(block_id_of(post)));
    return message;
}

// Our own words, and whom they call.
Message call_of(const core::Post& post, const Look& look) {
    Message message;
    message.text = with_mentions(cut(post.notice, call_units_max), look.callees);
    json::object block = section(markup(message.text));
    block["block_id"] = block_id_of(post);
    message.blocks.push_back(std::move(block));
    return message;
}

Message notice_of(const core::Post& post, const Look& look) {
    if (has_mentions(post.notice)) return call_of(post, look);
    Message message;
    std::string words(trim(without_controls(post.notice)));
    if (words.empty()) words = "·";  // Slack takes no post without text
    bool first = true;
    for (const std::string& piece :
         in_pieces(cut(words, section_units_max * 2), section_units_max)) {
        json::object block = section(plain(piece));
        if (std::exchange(first, false)) block["block_id"] = block_id_of(post);
        message.blocks.push_back(std::move(block));
    }
    message.text = cut_escaped(words, text_units_max / 2);
    return message;
}

}  // namespace

std::string permalink(const std::string& workspace_url, const DeskThreadId& thread) {
    const auto place = parse_thread(thread);
    if (!place || !workspace_url.starts_with("http")) return {};
    std::string digits = place->ts;
    digits.erase(10, 1);
    return workspace_url + (workspace_url.ends_with('/') ? "" : "/") + "archives/" +
           place->channel + "/p" + digits;
}

Message message_of(const core::Post& post, const Look& look) {
    switch (post.kind) {
        case core::LetterKind::open_thread:
            return parent_of(post.card, block_id_of(post));
        case core::LetterKind::introduction:
            return introduction_of(post, look);
        case core::LetterKind::customer_message:
            return words_of(post, look);
        case core::LetterKind::notice:
        case core::LetterKind::amendment:  // shown as the post it amends, see amend.cpp
        case core::LetterKind::file:       // comes out as an upload, see post_file.cpp
            break;
    }
    return notice_of(post, look);
}

Message message_of(const core::Card& card) { return parent_of(card, block_id_of(card)); }

Message moved_message_of(const core::Card& card, const Look& look) {
    const std::string link = permalink(look.workspace_url, card.thread);
    const std::string words =
        "➡️ This conversation goes on in " +
        (link.empty() ? std::string("another thread.") : "<" + link + "|another thread>.");
    Message message;
    message.blocks.push_back(header("➡️ Handed over", block_id_of(card)));
    json::array fields = {
        plain(cut("Customer: " + or_missing(card.customer.name), field_units_max)),
        plain("Session: " + card.session.value)};
    message.blocks.push_back(fields_section(std::move(fields)));
    message.blocks.push_back(section(markup(words)));
    message.text = words;
    return message;
}

}  // namespace deskbell::desk::slack
