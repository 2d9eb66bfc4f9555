// What agents write, as text or as blocks of any JSON: a customer gets allowed nodes, safe links
// and no ids, and somebody who reads the Markdown gets the same words.

#include "base/text.hpp"
#include "bot/markdown_rich.hpp"
#include "desk/slack/escape.hpp"
#include "desk/slack/markup.hpp"
#include "fuzz/input.hpp"
#include "fuzz/rich_checks.hpp"
#include "fuzz/target.hpp"

#include <boost/json.hpp>

namespace deskbell::desk::slack {
namespace {

const NameBook& names() {
    static const NameBook book{{{"U0AGENT001", "Ana"}, {"U0AGENT002", "Ben *b*"}},
                               {{"C0VIPSALES", "vip-sales"}}};
    return book;
}

void check_message(const json::object& message) {
    const Rendered rendered = render_message(message, names());
    FUZZ_CHECK(!rendered.markdown.empty() && is_utf8(rendered.markdown));
    boost::system::error_code failed;
    boost::json::parse_options options;
    options.max_depth = 200;
    const auto tree = boost::json::parse(rendered.rich_json, failed, {}, options);
    FUZZ_CHECK(!failed);
    fuzz::check_json(tree, 32);
    const auto users = mentioned_users(message, 5);
    FUZZ_CHECK(users.size() <= 5);
    for (const std::string& user : users) FUZZ_CHECK(!user.empty());
    fuzz::check_tree(tree_of_blocks(array_at(message, "blocks"), names()), 32);
}

// A customer's words, escaped, must come back as the same words and as nothing else.
void check_escaping(std::string_view text) {
    const std::string safe = escaped(text);
    FUZZ_CHECK(safe.find_first_of("<>") == std::string::npos);
    FUZZ_CHECK(unescaped(safe) == text);
    std::string_view left = safe;
    for (std::size_t at = left.find('&'); at != std::string_view::npos; at = left.find('&')) {
        left.remove_prefix(at);
        FUZZ_CHECK(left.starts_with("&amp;") || left.starts_with("&lt;") ||
                   left.starts_with("&gt;"));
        left.remove_prefix(1);
    }
}

}  // namespace
}  // namespace deskbell::desk::slack

// Byte 0: JSON of a message, or its text.
DESKBELL_FUZZ(slack_markup) {
    using namespace deskbell;
    using namespace deskbell::desk::slack;
    fuzz::Input bytes(input);
    const bool as_json = bytes.flag();
    const std::string_view rest = bytes.rest();
    if (as_json) {
        if (const auto message = parse_slack_json(rest)) check_message(*message);
        return;
    }
    check_escaping(rest);
    if (!is_utf8(rest)) return;  // JSON has seen to it
    fuzz::check_tree(tree_of_text(rest, names()), 8);
    check_message({{"text", rest}});
    const std::string one = one_line(rest);
    FUZZ_CHECK(one.find('\n') == std::string::npos && one == one_line(one));
}
