#pragma once
// The bot's turns: each question is put to the bot, what it says on the way is told to whoever
// listens, and its answer becomes one durable message, or none.
//
// Who calls it: office_work. Threading: the office loop. What it never does: say anything after the
// turn is over (a human was asked for, the customer wrote again): drafts end then, and an answer
// that comes all the same the engine refuses.

#include "app/engine_glue.hpp"
#include "base/loop.hpp"
#include "bot/bot.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace deskbell::app {

class BotTurns {
public:
    // A frame for whoever listens to the session, in no log. May be empty.
    using TellLive = std::function<void(const SessionId&, std::string frame)>;

    BotTurns(Loop& loop, bot::Bot& bot, OfficeSubmitter& submitter, TellLive tell_live)
        : loop_(loop), bot_(bot), submitter_(submitter), tell_live_(std::move(tell_live)) {}
    ~BotTurns();

    void take(engine::BotTurn turn);
    void over(const SessionId& session);

private:
    struct Turn {
        MessageId message;
        std::int64_t generation = 0;
        std::string text;            // said so far
        std::size_t told_bytes = 0;  // of it
        std::size_t told_units = 0;  // the same, as JavaScript counts
        SteadyMs told_at = 0;
        SteadyMs told_whole_at = 0;
        TimerId timer = 0;
        std::uint64_t serial = 0;
    };

    void said(const SessionId& session, std::uint64_t serial, std::string_view piece);
    void tell(const SessionId& session, Turn& turn);
    void answered(const SessionId& session, std::uint64_t serial, bot::Answer answer);
    void end_draft(const SessionId& session, const Turn& turn);
    [[nodiscard]] Turn* find(const SessionId& session, std::uint64_t serial);

    Loop& loop_;
    bot::Bot& bot_;
    OfficeSubmitter& submitter_;
    const TellLive tell_live_;
    std::map<SessionId, Turn> turns_;  // as many as the bot takes
    std::uint64_t serial_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::app
