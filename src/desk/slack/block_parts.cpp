#include "desk/slack/block_parts.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <algorithm>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t npos = std::string_view::npos;

std::size_t find_address(std::string_view text, std::size_t from) {
    for (std::size_t at = text.find("http", from); at != npos; at = text.find("http", at + 1)) {
        const std::string_view rest = text.substr(at);
        const bool scheme = rest.starts_with("http://") || rest.starts_with("https://");
        const char before = at == 0 ? ' ' : text[at - 1];
        const bool fresh = std::string_view(" \n\t(<[\"'").find(before) != npos;
        if (scheme && fresh) return at;
    }
    return npos;
}

std::size_t address_length(std::string_view text) {
    std::size_t end = std::min(text.find_first_of(" \n\t<>\""), text.size());
    while (end > 0 && std::string_view(".,;:!?)]}'").find(text[end - 1]) != npos) --end;
    return end;
}

}  // namespace

json::object plain(std::string_view text) {
    return {{"type", "plain_text"}, {"text", text}, {"emoji", true}};
}

json::object markup(std::string_view text) {
    return {{"type", "mrkdwn"}, {"text", text}, {"verbatim", true}};
}

json::object header(std::string_view text, std::string_view block_id) {
    return {{"type", "header"}, {"block_id", block_id}, {"text", plain(cut(text, 150))}};
}

json::object section(json::object text) { return {{"type", "section"}, {"text", std::move(text)}}; }

json::object fields_section(json::array fields) {
    return {{"type", "section"}, {"fields", std::move(fields)}};
}

json::object context(json::object text) {
    json::array elements;
    elements.push_back(std::move(text));
    return {{"type", "context"}, {"elements", std::move(elements)}};
}

std::string time_token(WallMs at) {
    return "<!date^" + std::to_string(at / 1000) + "^{time}|" + to_hours_minutes(at) + ">";
}

std::string link_token(std::string_view url) {
    const bool web = url.starts_with("https://") || url.starts_with("http://");
    const bool odd = std::any_of(url.begin(), url.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '>' || c == '|';
    });
    const std::string target = escaped(url);
    if (!web || odd || utf16_units(target) > 1500) return cut_escaped(one_line(url), 500);
    return "<" + target + ">";
}

void RichText::bold(std::string_view text) {
    elements_.push_back({{"type", "text"}, {"text", text}, {"style", {{"bold", true}}}});
}

void RichText::aside(std::string_view text) {
    elements_.push_back({{"type", "text"}, {"text", text}, {"style", {{"italic", true}}}});
}

void RichText::add_text(std::string_view text) {
    if (text.empty()) return;
    if (!elements_.empty()) {
        json::object& last = elements_.back().get_object();
        if (last["type"] == "text" && !last.contains("style")) {
            last["text"].as_string() += text;
            return;
        }
    }
    elements_.push_back({{"type", "text"}, {"text", text}});
}

void RichText::text(std::string_view text) {
    std::size_t from = 0;
    for (std::size_t at = find_address(text, 0); at != npos; at = find_address(text, from)) {
        const std::size_t length = address_length(text.substr(at));
        if (length < 10 || length > 2'000) {  // nothing behind "https://", or too much
            const std::size_t next = at + std::max<std::size_t>(length, 4);
            add_text(text.substr(from, next - from));
            from = next;
            continue;
        }
        add_text(text.substr(from, at - from));
        elements_.push_back({{"type", "link"}, {"url", text.substr(at, length)}});
        from = at + length;
    }
    add_text(text.substr(from));
}

void RichText::time(WallMs at) {
    elements_.push_back({{"type", "date"},
                         {"timestamp", at / 1000},
                         {"format", "{time}"},
                         {"fallback", to_hours_minutes(at)}});
}

json::object RichText::block(std::string_view block_id) {
    json::array sections;
    sections.push_back({{"type", "rich_text_section"}, {"elements", std::move(elements_)}});
    elements_ = {};
    return {{"type", "rich_text"}, {"block_id", block_id}, {"elements", std::move(sections)}};
}

}  // namespace deskbell::desk::slack
