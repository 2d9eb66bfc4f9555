#include "desk/slack/own_words.hpp"

#include "core/client_ids.hpp"
#include "desk/slack/emoji.hpp"
#include "desk/slack/marker.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace deskbell::desk::slack {
namespace {

// Slack names no size for metadata and advises about a kilobyte. Letters and messages come first:
// without them words would be said twice; without a client's id only an answer lost at the very
// moment of the crash is.
constexpr std::size_t bytes_with_clients_max = 850;
constexpr std::size_t lines_max = 64;

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
}

bool is_client_id(std::string_view text) {
    return is_id(text.starts_with('~') ? text.substr(1) : text);
}

std::string_view take_until(std::string_view& rest, char end) {
    const std::size_t at = rest.find(end);
    const std::string_view taken = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return taken;
}

int number_of(std::string_view text) {
    int number = 1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return std::clamp(number, 1, 10'000);
}

std::optional<OwnLine> read_line(std::string_view text) {
    OwnLine line;
    line.letter.value = take_until(text, ' ');
    line.message.value = take_until(text, ' ');
    const std::string_view client = take_until(text, ' ');
    if (client != "-" && is_client_id(client)) line.client_id = client;
    line.part = number_of(take_until(text, '/'));
    line.parts = number_of(text);
    if (!is_id(line.letter.value) || !is_id(line.message.value)) return std::nullopt;
    if (line.part > line.parts) return std::nullopt;
    return line;
}

std::vector<OwnLine> read_mark(std::string_view mark) {
    std::vector<OwnLine> lines;
    while (!mark.empty() && lines.size() < lines_max) {
        auto line = read_line(take_until(mark, ','));
        if (!line) return {};
        lines.push_back(std::move(*line));
    }
    return lines;
}

std::string text_of(const json::object& element) {
    const std::string_view type = text_at(element, "type");
    if (type == "link") return std::string(text_at(element, "url"));
    if (type != "emoji") return std::string(text_at(element, "text"));
    if (auto known = characters_of_code_points(text_at(element, "unicode"))) return *known;
    const std::string_view name = text_at(element, "name");
    return emoji_characters(name).value_or(":" + std::string(name) + ":");
}

// A form that was refused went out as text alone.
std::string plain_text_of(const json::object& message) {
    std::string_view text = text_at(message, "text");
    if (text.starts_with("👤 ")) {
        const std::size_t label = text.find(": ");
        if (label != std::string_view::npos) text.remove_prefix(label + 2);
    }
    std::string out;
    while (!text.empty()) {
        const auto entity = [&](std::string_view name, char character) {
            if (!text.starts_with(name)) return false;
            out += character;
            text.remove_prefix(name.size());
            return true;
        };
        if (entity("&amp;", '&') || entity("&lt;", '<') || entity("&gt;", '>')) continue;
        out += text.front();
        text.remove_prefix(1);
    }
    return out;
}

// The lines of the block as blocks.cpp made it: a bold label, perhaps; a time before each line when
// there are several; texts and addresses.
std::vector<std::string> block_lines(const json::object& message, bool folded) {
    std::vector<std::string> lines;
    for (const json::value& block : array_at(message, "blocks")) {
        const json::object* rich = block.if_object();
        if (!rich || text_at(*rich, "type") != "rich_text") continue;
        for (const json::value& section : array_at(*rich, "elements")) {
            if (!section.is_object()) continue;
            for (const json::value& value : array_at(section.get_object(), "elements")) {
                const json::object* element = value.if_object();
                if (!element) continue;
                const std::string_view type = text_at(*element, "type");
                const bool label = type == "text" && element->contains("style");
                if (label) continue;
                if (folded && type == "date") {
                    if (!lines.empty() && lines.back().ends_with('\n')) lines.back().pop_back();
                    lines.emplace_back();
                    continue;
                }
                if (lines.empty()) {
                    if (folded) continue;  // what stands before the first time is no line
                    lines.emplace_back();
                }
                lines.back() += text_of(*element);
            }
        }
        break;
    }
    if (folded) {
        for (std::string& line : lines) {
            if (line.starts_with("  ")) line.erase(0, 2);
        }
    }
    return lines;
}

std::string without_part(const std::string& text, const OwnLine& line) {
    if (line.parts == 1) return text;
    const std::string prefix =
        "(" + std::to_string(line.part) + "/" + std::to_string(line.parts) + ") ";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

}  // namespace

OwnWords own_words_of(const json::object& message) {
    OwnWords words;
    const json::object& metadata = object_at(message, "metadata");
    if (text_at(metadata, "event_type") == metadata_type) {
        const json::object& payload = object_at(metadata, "event_payload");
        words.session.value = text_at(payload, "session");
        words.lines = read_mark(text_at(payload, "lines"));
    }
    if (words.session.empty()) {
        for (const json::value& block : array_at(message, "blocks")) {
            if (!block.is_object()) continue;
            const std::string_view id = text_at(block.get_object(), "block_id");
            if (words.session.empty()) words.session.value = session_of_block_id(id);
        }
    }
    if (!is_id(words.session.value)) return {};
    if (words.lines.empty()) return words;
    std::vector<std::string> texts = block_lines(message, words.lines.size() > 1);
    // Of several lines in a plain text we would have to guess which is which: they stay together.
    if (texts.empty()) texts.push_back(plain_text_of(message));
    for (std::size_t i = 0; i < words.lines.size(); ++i) {
        // Fewer than there should be: what cannot be told apart stays in the first.
        if (i < texts.size()) words.lines[i].text = without_part(texts[i], words.lines[i]);
    }
    return words;
}

std::string lines_mark(const core::Post& post) {
    std::string mark;
    if (post.kind != core::LetterKind::customer_message) return mark;
    std::size_t clients = bytes_with_clients_max;
    const std::size_t without_clients = post.lines.size() * 72;
    clients -= std::min(clients, without_clients);
    for (const core::Line& line : post.lines) {
        if (line.letter.empty() || line.message.empty()) return {};
        if (!mark.empty()) mark += ',';
        mark += line.letter.value + " " + line.message.value + " ";
        const std::string client = core::outward_client_id(post.session, line.client_id);
        if (!client.empty() && clients >= client.size()) {
            mark += client;
            clients -= client.size();
        } else {
            mark += '-';
        }
        if (line.parts > 1)
            mark += " " + std::to_string(line.part) + "/" + std::to_string(line.parts);
    }
    return mark;
}

WallMs session_made_at(const SessionId& session) {
    constexpr std::string_view prefix = "session_";
    const std::string_view text = session.value;
    if (!text.starts_with(prefix)) return 0;
    std::int64_t seconds = 0;
    const auto [end, error] =
        std::from_chars(text.data() + prefix.size(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end == text.data() + text.size() || *end != '_') return 0;
    return seconds > 0 && seconds < 10'000'000'000 ? seconds * 1000 : 0;
}

}  // namespace deskbell::desk::slack
