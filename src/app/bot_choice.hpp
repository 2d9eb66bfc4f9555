#pragma once
// The bot that the configuration names. Who calls it: office_work, once; doctor, to ask it.

#include "app/config.hpp"
#include "base/loop.hpp"
#include "base/result.hpp"
#include "bot/bot.hpp"
#include "bot/dialect.hpp"
#include "net/http_client.hpp"

#include <memory>

namespace deskbell::app {

// `faq_unreadable`, `faq_empty`.
[[nodiscard]] Result<std::unique_ptr<bot::Bot>> make_bot(const BotConfig& config, Loop& loop,
                                                         net::HttpClient& http);
// How a bot behind HTTP is asked; null when this one is not.
[[nodiscard]] std::unique_ptr<bot::Dialect> dialect_of(const BotConfig& config);

}  // namespace deskbell::app
