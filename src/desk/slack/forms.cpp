#include "desk/slack/forms.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "desk/slack/block_parts.hpp"
#include "desk/slack/escape.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t section_units_max = 2'900;     // Slack: 3,000
constexpr std::size_t transcript_sections_max = 60;  // Slack: 100 blocks
constexpr std::size_t option_units_max = 75;         // Slack's own, of options' words and values
constexpr std::size_t options_max = 100;             // the same

json::object plain_text(std::string_view text) {
    return {{"type", "plain_text"}, {"text", text}, {"emoji", true}};
}

json::object view_of(std::string_view callback, std::string_view title, const DeskThreadId& thread,
                     json::array blocks, std::string_view submit = {}) {
    json::object view = {{"type", "modal"},
                         {"callback_id", callback},
                         {"title", plain_text(title)},
                         {"close", plain_text(submit.empty() ? "Close" : "Cancel")},
                         {"private_metadata", thread.value},
                         {"blocks", std::move(blocks)}};
    if (!submit.empty()) view["submit"] = plain_text(submit);
    return view;
}

json::object button(std::string_view action, std::string_view label) {
    return {{"type", "button"}, {"action_id", action}, {"text", plain_text(label)}};
}

json::object confirmed(json::object control, std::string_view title, std::string_view text,
                       std::string_view yes) {
    control["confirm"] = {{"title", plain_text(title)},
                          {"text", plain_text(text)},
                          {"confirm", plain_text(yes)},
                          {"deny", plain_text("Cancel")}};
    return control;
}

json::object input(std::string_view name, std::string_view label, json::object element,
                   bool optional, std::string_view hint = {}) {
    element["action_id"] = name;
    json::object block = {{"type", "input"},
                          {"block_id", name},
                          {"label", plain_text(label)},
                          {"optional", optional},
                          {"element", std::move(element)}};
    if (!hint.empty()) block["hint"] = plain_text(hint);
    return block;
}

json::object option(std::string_view text, std::string_view value) {
    return {{"text", plain_text(cut(text, option_units_max))}, {"value", value}};
}

std::string state_words(const core::Session& session) {
    switch (session.state) {
        case core::SessionState::bot:
            return "with the bot";
        case core::SessionState::waiting:
            return "waiting since " + time_token(session.asked_at);
        case core::SessionState::open:
            return "open" + (session.agent ? ", " + escaped(cut(session.agent->name, 80)) : "");
        case core::SessionState::closed:
            break;
    }
    return session.blocked ? "closed, blocked" : "closed";
}

json::array details_of(const core::Session& session) {
    const auto fact = [](std::string_view name, std::string_view value) {
        const std::string line = one_line(value);
        return plain(cut(std::string(name) + ": " + (line.empty() ? "Not provided" : line), 1'500));
    };
    json::array blocks;
    blocks.push_back(
        fields_section({fact("Name", session.customer.name), fact("Email", session.customer.email),
                        fact("Phone", session.customer.phone), fact("Language", session.locale),
                        fact("Time zone", session.timezone), fact("Session", session.id.value)}));
    if (!session.page.url.empty())
        blocks.push_back(section(markup("Page: " + link_token(session.page.url))));
    if (const auto attributes = parse_slack_json(session.customer.attributes_json);
        attributes && !attributes->empty()) {
        std::string lines;
        for (const auto& [key, value] : *attributes) {
            const std::string words =
                value.is_string() ? std::string(value.get_string()) : json::serialize(value);
            lines += one_line(std::string_view(key)) + ": " + one_line(words) + "\n";
        }
        blocks.push_back(section(plain(cut(lines, section_units_max))));
    }
    std::string status = "Status: " + state_words(session);
    if (session.rating) status += " · rated " + std::to_string(session.rating->score) + " of 5";
    blocks.push_back(context(markup(status)));
    return blocks;
}

std::string line_of(const core::Message& message) {
    std::string name = one_line(message.author_name);
    const char* mark = "ℹ️ ";
    if (message.role == core::AuthorRole::customer) mark = "👤 ";
    if (message.role == core::AuthorRole::bot) mark = "🤖 ";
    if (message.role == core::AuthorRole::agent) mark = "💬 ";
    if (name.empty()) name = message.role == core::AuthorRole::bot ? "Bot" : "Customer";
    return "[" + to_hours_minutes(message.at) + "] " + mark + name + ": " +
           (message.deleted ? "(taken back)" : without_controls(message.text)) + "\n";
}

}  // namespace

json::object more_form(const Conversation& conversation, const DeskThreadId& thread) {
    const core::Session& session = conversation.session;
    json::array blocks = details_of(session);
    json::array first = {button(control::canned, "💬 Canned reply…"),
                         button(control::transfer, "➡️ Transfer…"),
                         button(control::transcript, "📄 Transcript")};
    const bool in_progress =
        session.state == core::SessionState::waiting || session.state == core::SessionState::open;
    if (in_progress) {
        first.push_back(confirmed(
            button(control::hand_back, "🤖 Back to the bot"), "Back to the bot?",
            "The bot goes on with the customer, who may ask for a human again.", "Hand back"));
    }
    blocks.push_back({{"type", "actions"}, {"block_id", "act"}, {"elements", std::move(first)}});
    json::object block = button(control::unblock, "↩️ Unblock the customer");
    if (!session.blocked) {
        block =
            confirmed(button(control::block, "🚫 Block the customer"), "Block this customer?",
                      "The conversation is closed, and nothing more is taken from them.", "Block");
        block["style"] = "danger";
    }
    blocks.push_back(
        {{"type", "actions"},
         {"block_id", "rare"},
         {"elements",
          json::array{button(control::edit_canned, "✏️ Edit canned replies…"), std::move(block)}}});
    return view_of("deskbell_more_form", "Conversation", thread, std::move(blocks));
}

json::object transfer_form(const DeskThreadId& thread, const std::vector<std::string>& channels) {
    json::array blocks;
    blocks.push_back(
        input(control::person, "To a colleague",
              {{"type", "users_select"}, {"placeholder", plain_text("Who?")}}, true,
              "They are called in this thread and have the conversation from then on."));
    json::array options;
    for (const std::string& channel : channels) {
        if (options.size() < options_max && channel.size() <= option_units_max)
            options.push_back(option(channel, channel));
    }
    if (!options.empty()) {
        blocks.push_back(input(control::channel, "Or to another channel",
                               {{"type", "static_select"},
                                {"placeholder", plain_text("Where?")},
                                {"options", std::move(options)}},
                               true, "A new thread over there continues this one."));
    }
    return view_of(control::transfer, "Transfer", thread, std::move(blocks), "Transfer");
}

json::object canned_form(const DeskThreadId& thread) {
    json::array blocks;
    blocks.push_back(input(control::reply, "Canned reply",
                           {{"type", "external_select"},
                            {"min_query_length", 0},
                            {"placeholder", plain_text("Search by name or words")}},
                           false, "It is sent to the customer at once and shown in the thread."));
    return view_of(control::canned, "Canned reply", thread, std::move(blocks), "Send");
}

json::object edit_canned_form(const DeskThreadId& thread) {
    json::array blocks;
    blocks.push_back(input(control::name, "Name",
                           {{"type", "plain_text_input"}, {"max_length", 60}}, false,
                           "A name that is there already is changed."));
    blocks.push_back(input(
        control::text, "Reply",
        {{"type", "plain_text_input"}, {"multiline", true}, {"max_length", 3000}}, true,
        "Markdown. {{customer.name|there}} and {{agent.name}} are filled in. Without a text the "
        "reply is removed."));
    return view_of(control::edit_canned, "Edit canned replies", thread, std::move(blocks), "Save");
}

json::object transcript_view(const Conversation& conversation, const DeskThreadId& thread) {
    std::string text;
    for (const core::Message& message : conversation.messages) text += line_of(message);
    std::vector<std::string> pieces = in_pieces(text, section_units_max);
    json::array blocks;
    const std::size_t skipped =
        pieces.size() > transcript_sections_max ? pieces.size() - transcript_sections_max : 0;
    if (skipped > 0) blocks.push_back(context(plain("… earlier messages are not shown here")));
    for (std::size_t i = skipped; i < pieces.size(); ++i) {
        if (!trim(pieces[i]).empty()) blocks.push_back(section(plain(pieces[i])));
    }
    if (blocks.empty()) blocks.push_back(section(plain("Nothing was said yet.")));
    blocks.push_back(context(plain("Times are in UTC.")));
    blocks.push_back(
        {{"type", "actions"},
         {"block_id", "act"},
         {"elements", json::array{button(control::post_transcript, "Post it into the thread")}}});
    return view_of("deskbell_transcript_view", "Transcript", thread, std::move(blocks));
}

json::object result_view(const DeskThreadId& thread, std::string_view words) {
    return view_of("deskbell_result", "Conversation", thread, {section(markup(words))});
}

json::array canned_options(const std::vector<CannedReplies::Reply>& replies) {
    json::array options;
    for (const CannedReplies::Reply& reply : replies) {
        if (options.size() == options_max || utf16_units(reply.name) > option_units_max) continue;
        options.push_back(option(reply.name + " – " + one_line(reply.text), reply.name));
    }
    return options;
}

std::string filled_in(const json::object& view, std::string_view name) {
    const json::object& values = object_at(object_at(view, "state"), "values");
    const json::object& state = object_at(object_at(values, name), name);
    for (const char* key : {"value", "selected_user"}) {
        if (const std::string_view text = text_at(state, key); !text.empty())
            return std::string(text);
    }
    return std::string(text_at(object_at(state, "selected_option"), "value"));
}

}  // namespace deskbell::desk::slack
