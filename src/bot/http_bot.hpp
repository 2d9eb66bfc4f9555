#pragma once
// A bot behind HTTP: asked once for each question, heard as it speaks, and given up when nobody
// needs it any more.
//
// What this is: limits and failures; what is said over the wire a Dialect knows. Who calls it: the
// app, on the office loop. What it never does: ask twice for one question (an answer costs money);
// follow a redirect; keep a customer waiting: when the service is down, slow or makes no sense, the
// customer is told so, and offered a human.

#include "base/loop.hpp"
#include "bot/bot.hpp"
#include "bot/dialect.hpp"
#include "net/http_client.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace deskbell::bot {

struct HttpBotOptions {
    std::string name = "Assistant";
    std::string failure_text =
        "Sorry, I cannot answer right now. Would you like to talk to a human?";
    std::int64_t timeout_ms = 30'000;  // for all of it
    std::int64_t silence_ms_max = 15'000;
    std::size_t characters_max = 4'000;         // more is cut
    std::size_t response_bytes_max = 1u << 20;  // beyond: a failure
    std::size_t questions_max = 64;             // at a time; past it: a failure, at once
};

class HttpBot final : public Bot {
public:
    HttpBot(Loop& loop, net::HttpClient& http, std::unique_ptr<Dialect> dialect,
            HttpBotOptions options);
    ~HttpBot() override;

    [[nodiscard]] bool speaks() const override { return true; }
    void answer(Question question, std::move_only_function<void(Answer)> done) override;
    void answer_aloud(Question question, Saying saying,
                      std::move_only_function<void(Answer)> done) override;
    void cancel(const SessionId& session) override;

private:
    struct Turn;
    using TurnPtr = std::shared_ptr<Turn>;

    void piece(const TurnPtr& turn, std::string_view bytes);
    void answered(const TurnPtr& turn, const net::ClientAnswer& answer);
    void hear(Turn& turn, const Heard& heard);
    void say_on(Turn& turn);
    void watch_silence(const TurnPtr& turn);
    void fail_turn(const TurnPtr& turn, const Error& why);
    void finish(const TurnPtr& turn);
    void end(const TurnPtr& turn, Answer answer);
    void forget(const TurnPtr& turn);

    Loop& loop_;
    net::HttpClient& http_;
    const std::unique_ptr<Dialect> dialect_;
    const HttpBotOptions options_;
    std::map<SessionId, TurnPtr> turns_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// What of a growing answer may be shown: its end may be the beginning of the mark.
[[nodiscard]] std::string_view shown_of(std::string_view text);

}  // namespace deskbell::bot
