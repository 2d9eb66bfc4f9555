#include "app/bot_turns.hpp"

#include "bot/markdown_rich.hpp"
#include "core/json_text.hpp"
#include "core/rich.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::app {
namespace {

constexpr SteadyMs between_pieces_ms = 60;
// Who missed a piece, or came later, has the draft again with the next whole one.
constexpr SteadyMs between_wholes_ms = 1'000;

std::size_t utf16_units(std::string_view text) {
    std::size_t units = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
}

std::string delta_frame(const MessageId& message, std::size_t offset, std::string_view text,
                        bool end) {
    std::string frame = R"({"type":"bot_delta","message_id":)";
    core::append_json_string(frame, message.value);
    frame += ",\"offset\":" + std::to_string(offset) + ",\"text\":";
    core::append_json_string(frame, text);
    return frame + (end ? ",\"end\":true}" : "}");
}

}  // namespace

BotTurns::~BotTurns() {
    for (const auto& [session, turn] : turns_) loop_.cancel(turn.timer);
}

void BotTurns::take(engine::BotTurn turn) {
    over(turn.session);
    const SessionId session = turn.session;
    Turn& running = turns_[session];
    running.message = turn.message;
    running.generation = turn.generation;
    running.serial = ++serial_;
    bot::Question question{.session = session,
                           .site = std::move(turn.site),
                           .locale = std::move(turn.locale),
                           .conversation = std::move(turn.conversation),
                           .message = turn.message};
    if (bot_.speaks() && tell_live_)
        tell_live_(session, R"({"type":"typing","role":"bot","on":true})");
    const std::uint64_t serial = running.serial;
    bot_.answer_aloud(
        std::move(question),
        [this, alive = std::weak_ptr(alive_), session, serial](std::string_view piece) {
            if (!alive.expired()) said(session, serial, piece);
        },
        [this, alive = std::weak_ptr(alive_), session, serial](bot::Answer answer) {
            if (!alive.expired()) answered(session, serial, std::move(answer));
        });
}

BotTurns::Turn* BotTurns::find(const SessionId& session, std::uint64_t serial) {
    const auto found = turns_.find(session);
    return found == turns_.end() || found->second.serial != serial ? nullptr : &found->second;
}

void BotTurns::over(const SessionId& session) {
    const auto found = turns_.find(session);
    if (found == turns_.end()) return;
    bot_.cancel(session);
    loop_.cancel(found->second.timer);
    end_draft(session, found->second);
    turns_.erase(found);
}

void BotTurns::said(const SessionId& session, std::uint64_t serial, std::string_view piece) {
    Turn* turn = find(session, serial);
    if (!turn || !tell_live_) return;
    turn->text += piece;
    if (turn->timer != 0) return;
    const SteadyMs now = loop_.clock().steady_ms();
    if (turn->told_bytes == 0 || now - turn->told_at >= between_pieces_ms)
        return tell(session, *turn);
    turn->timer = loop_.after(between_pieces_ms - (now - turn->told_at), [this, session, serial] {
        Turn* waiting = find(session, serial);
        if (!waiting) return;
        waiting->timer = 0;
        tell(session, *waiting);
    });
}

void BotTurns::tell(const SessionId& session, Turn& turn) {
    const SteadyMs now = loop_.clock().steady_ms();
    const std::string_view text = turn.text;
    const bool whole = turn.told_bytes == 0 || now - turn.told_whole_at >= between_wholes_ms;
    const std::string_view piece = whole ? text : text.substr(turn.told_bytes);
    tell_live_(session, delta_frame(turn.message, whole ? 0 : turn.told_units, piece, false));
    turn.told_units += utf16_units(text.substr(turn.told_bytes));
    turn.told_bytes = text.size();
    turn.told_at = now;
    if (whole) turn.told_whole_at = now;
}

void BotTurns::answered(const SessionId& session, std::uint64_t serial, bot::Answer answer) {
    Turn* turn = find(session, serial);
    if (!turn) return;
    core::BotAnswered answered;
    answered.session = session;
    answered.in_reply_to = turn->message;
    answered.generation = turn->generation;
    answered.name = std::move(answer.name);
    answered.rich_json = core::to_json(bot::markdown_to_rich(answer.text));
    answered.text = std::move(answer.text);
    answered.offers_human = answer.offers_human;
    const Turn ended = std::move(*turn);
    loop_.cancel(ended.timer);
    turns_.erase(session);
    // The message itself ends the draft; without one somebody must.
    submitter_.submit(std::move(answered), [this, alive = std::weak_ptr(alive_), session,
                                            ended](const engine::Reply& reply) {
        if (reply.refusal && !alive.expired() && !turns_.contains(session))
            end_draft(session, ended);
    });
}

void BotTurns::end_draft(const SessionId& session, const Turn& turn) {
    if (!tell_live_ || !bot_.speaks()) return;
    tell_live_(session, delta_frame(turn.message, turn.told_units, "", true));
}

}  // namespace deskbell::app
