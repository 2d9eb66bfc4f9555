#include "app/bot_choice.hpp"

#include "bot/faq_bot.hpp"
#include "bot/http_bot.hpp"
#include "bot/none_bot.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace deskbell::app {

std::unique_ptr<bot::Dialect> dialect_of(const BotConfig& config) {
    if (config.kind == BotKind::webhook)
        return bot::webhook_dialect({.url = config.url, .key = config.key.reveal()});
    if (config.kind != BotKind::openai) return nullptr;
    return bot::openai_dialect({.url = config.url,
                                .key = config.key.reveal(),
                                .model = config.model,
                                .prompt = config.prompt,
                                .tokens_max = config.tokens_max});
}

Result<std::unique_ptr<bot::Bot>> make_bot(const BotConfig& config, Loop& loop,
                                           net::HttpClient& http) {
    if (config.kind == BotKind::none) return std::make_unique<bot::NoneBot>();
    if (auto dialect = dialect_of(config)) {
        bot::HttpBotOptions options;
        options.name = config.name;
        options.failure_text = config.failure_text;
        options.timeout_ms = config.timeout_s * 1'000;
        options.silence_ms_max = std::max<std::int64_t>(options.timeout_ms / 2, 1'000);
        return std::make_unique<bot::HttpBot>(loop, http, std::move(dialect), options);
    }
    std::ifstream stream(config.faq_file, std::ios::binary);
    if (!stream) {
        return fail("faq_unreadable", "bot.faq: cannot read " + config.faq_file +
                                          ". Name the Markdown file, or set bot.kind = \"none\".");
    }
    std::ostringstream content;
    content << stream.rdbuf();
    auto faq = bot::FaqBot::make(content.str(), {.name = config.name});
    if (!faq) return std::unexpected(faq.error());
    return std::unique_ptr<bot::Bot>(std::move(*faq));
}

}  // namespace deskbell::app
