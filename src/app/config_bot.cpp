// [bot]: which one answers, and where it is.

#include "app/config_fields.hpp"
#include "app/config_sections.hpp"

#include <algorithm>
#include <array>

#include <boost/url/parse.hpp>

namespace deskbell::app {
namespace {

constexpr std::array<std::pair<std::string_view, BotKind>, 4> kinds = {{
    {"none", BotKind::none},
    {"faq", BotKind::faq},
    {"webhook", BotKind::webhook},
    {"openai", BotKind::openai},
}};

// What customers say must not travel in the clear, but on this machine.
bool is_private(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed) return false;
    const std::string host = parsed->host();
    return parsed->scheme() == "https" || host == "localhost" || host == "[::1]" ||
           host.starts_with("127.");
}

std::string set_endpoint(std::string& target, const std::string& url) {
    if (url.empty()) return target.clear(), "";
    if (!is_web_url(url)) return "must be an https:// URL without user, query and fragment.";
    if (!is_private(url)) return "must be https://; http:// is for this machine alone.";
    target = url;
    while (target.ends_with('/')) target.pop_back();
    return {};
}

}  // namespace

std::vector<ConfigField> bot_fields(BotConfig& bot) {
    return {
        checked("bot.kind",
                [&](const std::string& value) -> std::string {
                    const auto* const found = std::ranges::find(
                        kinds, value, &std::pair<std::string_view, BotKind>::first);
                    if (found == kinds.end())
                        return "must be \"faq\", \"openai\", \"webhook\" or \"none\".";
                    bot.kind = found->second;
                    return {};
                }),
        readable_file("bot.faq", bot.faq_file),
        text("bot.name", bot.name),
        checked("bot.url", [&](const std::string& value) { return set_endpoint(bot.url, value); }),
        secret("bot.key", bot.key),
        text("bot.model", bot.model),
        text("bot.prompt", bot.prompt),
        integer("bot.tokens_max", bot.tokens_max, 1, 100'000),
        integer("bot.timeout_s", bot.timeout_s, 1, 300),
        checked("bot.failure_text",
                [&](const std::string& value) -> std::string {
                    if (value.empty()) return "must not be empty.";
                    bot.failure_text = value;
                    return {};
                }),
    };
}

void check_bot(BotConfig& bot, ConfigReader& reader) {
    if (bot.kind == BotKind::webhook && bot.url.empty())
        reader.add_error("bot.url", "is needed with bot.kind = \"webhook\": where questions go.");
    if (bot.kind != BotKind::openai) return;
    if (bot.url.empty()) bot.url = "https://api.openai.com/v1";
    if (bot.model.empty()) reader.add_error("bot.model", "is needed with bot.kind = \"openai\".");
}

}  // namespace deskbell::app
