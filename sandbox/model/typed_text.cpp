#include "sandbox/model/typed_text.hpp"

#include "base/text.hpp"
#include "sandbox/model/text.hpp"

#include <algorithm>
#include <vector>

namespace deskbell::sandbox {

namespace {

struct Line {
    enum class Kind { text, quote, bullet, ordered };
    Kind kind = Kind::text;
    std::size_t indent = 0;
    std::string_view content;

    [[nodiscard]] bool same_block(const Line& other) const {
        return kind == other.kind && indent == other.indent;
    }
};

Line classify(std::string_view line) {
    if (line.starts_with("> ")) return {Line::Kind::quote, 0, line.substr(2)};
    if (line == ">") return {Line::Kind::quote, 0, {}};
    const std::size_t spaces = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view rest = line.substr(spaces);
    const std::size_t indent = std::min<std::size_t>(spaces / 2, 8);
    if (rest.starts_with("- ")) return {Line::Kind::bullet, indent, rest.substr(2)};
    if (rest.starts_with("• ")) return {Line::Kind::bullet, indent, rest.substr(4)};
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits > 0 && digits < 4 && rest.substr(digits).starts_with(". "))
        return {Line::Kind::ordered, indent, rest.substr(digits + 2)};
    return {Line::Kind::text, 0, line};
}

std::vector<Line> split_lines(std::string_view typed) {
    std::vector<Line> lines;
    while (true) {
        const std::size_t end = typed.find('\n');
        lines.push_back(classify(typed.substr(0, end)));
        if (end == std::string_view::npos) return lines;
        typed.remove_prefix(end + 1);
    }
}

class TypedParser {
public:
    explicit TypedParser(const Workspace& workspace) : workspace_(workspace) {}

    TypedText parse(std::string_view typed) {
        while (!typed.empty()) {
            const std::size_t fence = typed.find("```");
            const std::size_t close =
                fence == std::string_view::npos ? fence : typed.find("```", fence + 3);
            if (close == std::string_view::npos) {
                add_lines(typed);
                break;
            }
            add_lines(without_edge_newlines(typed.substr(0, fence)));
            add_code(without_edge_newlines(typed.substr(fence + 3, close - fence - 3)));
            typed.remove_prefix(close + 3);
            if (typed.starts_with('\n')) typed.remove_prefix(1);
        }
        json::array blocks;
        blocks.push_back(json::object{{"type", "rich_text"}, {"elements", std::move(elements_)}});
        return {std::move(text_), std::move(blocks)};
    }

private:
    static std::string_view without_edge_newlines(std::string_view text) {
        if (text.starts_with('\n')) text.remove_prefix(1);
        if (text.ends_with('\n')) text.remove_suffix(1);
        return text;
    }

    void begin_block() {
        if (!text_.empty() && !text_.ends_with('\n')) text_ += '\n';
    }

    void add_code(std::string_view code) {
        begin_block();
        json::array inside;
        inside.push_back(json::object{{"type", "text"}, {"text", code}});
        elements_.push_back(json::object{
            {"type", "rich_text_preformatted"}, {"elements", std::move(inside)}, {"border", 0}});
        text_ += "```" + escape(code) + "```";
    }

    void add_lines(std::string_view typed) {
        if (typed.empty()) return;
        const std::vector<Line> lines = split_lines(typed);
        for (std::size_t first = 0; first < lines.size();) {
            std::size_t end = first + 1;
            while (end < lines.size() && lines[end].same_block(lines[first])) ++end;
            add_block({lines.begin() + static_cast<std::ptrdiff_t>(first),
                       lines.begin() + static_cast<std::ptrdiff_t>(end)});
            first = end;
        }
    }

    void add_block(const std::vector<Line>& lines) {
        const Line::Kind kind = lines.front().kind;
        if (kind == Line::Kind::bullet || kind == Line::Kind::ordered) return add_list(lines);
        begin_block();
        std::string joined;
        for (const Line& line : lines) {
            if (&line != &lines.front()) joined += '\n';
            joined += line.content;
        }
        json::array inside;
        std::string text;
        parse_typed_inline(workspace_, joined, inside, text);
        const bool quote = kind == Line::Kind::quote;
        if (quote) {
            for (std::size_t at = text.find('\n'); at != std::string::npos;
                 at = text.find('\n', at + 6))
                text.replace(at, 1, "\n&gt; ");
            text.insert(0, "&gt; ");
        }
        elements_.push_back(json::object{{"type", quote ? "rich_text_quote" : "rich_text_section"},
                                         {"elements", std::move(inside)}});
        text_ += text;
    }

    void add_list(const std::vector<Line>& lines) {
        const bool ordered = lines.front().kind == Line::Kind::ordered;
        const std::size_t indent = lines.front().indent;
        json::array items;
        int number = 0;
        for (const Line& line : lines) {
            begin_block();
            json::array inside;
            std::string text;
            parse_typed_inline(workspace_, line.content, inside, text);
            items.push_back(
                json::object{{"type", "rich_text_section"}, {"elements", std::move(inside)}});
            text_.append(indent * 4, ' ');
            text_ += ordered ? std::to_string(++number) + ". " : indent == 0 ? "• " : "◦ ";
            text_ += text;
        }
        elements_.push_back(json::object{{"type", "rich_text_list"},
                                         {"elements", std::move(items)},
                                         {"style", ordered ? "ordered" : "bullet"},
                                         {"indent", indent},
                                         {"border", 0}});
    }

    const Workspace& workspace_;
    json::array elements_;
    std::string text_;
};

}  // namespace

TypedText parse_typed_text(const Workspace& workspace, std::string_view typed) {
    typed = trim(typed);
    return TypedParser(workspace).parse(typed);
}

}  // namespace deskbell::sandbox
