#pragma once
// For sites without a bot: every question gets the same kind word and the way to a human.

#include "bot/bot.hpp"

#include <utility>

namespace deskbell::bot {

class NoneBot final : public Bot {
public:
    void answer(Question, std::move_only_function<void(Answer)> done) override {
        done({.name = "Assistant",
              .text = "Press **Talk to a human** and somebody will answer you here.",
              .offers_human = true});
    }
};

}  // namespace deskbell::bot
