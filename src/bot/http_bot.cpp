#include "bot/http_bot.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace deskbell::bot {
namespace {

// Bytes of so many characters.
std::size_t bytes_of(std::string_view text, std::size_t characters) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
        if (begins && seen++ == characters) return i;
    }
    return text.size();
}

}  // namespace

struct HttpBot::Turn {
    SessionId session;
    Saying saying;
    std::move_only_function<void(Answer)> done;
    std::shared_ptr<std::atomic<bool>> given_up = std::make_shared<std::atomic<bool>>(false);
    SseReader reader;
    std::string whole;  // of an answer that is no stream
    bool decided = false;
    bool streams = false;
    std::string text;
    std::string name;
    std::size_t said_bytes = 0;
    bool offers_human = false;
    bool ended = false;  // the service said that this was all
    bool over = false;   // nothing counts any more
    TimerId silence = 0;
};

std::string_view shown_of(std::string_view text) {
    if (const std::size_t mark = text.find(human_mark); mark != std::string_view::npos)
        return text.substr(0, mark);
    for (std::size_t length = std::min(human_mark.size() - 1, text.size()); length > 0; --length) {
        if (text.ends_with(human_mark.substr(0, length)))
            return text.substr(0, text.size() - length);
    }
    return text;
}

HttpBot::HttpBot(Loop& loop, net::HttpClient& http, std::unique_ptr<Dialect> dialect,
                 HttpBotOptions options)
    : loop_(loop), http_(http), dialect_(std::move(dialect)), options_(std::move(options)) {}

HttpBot::~HttpBot() {
    for (const auto& [session, turn] : turns_) {
        *turn->given_up = true;
        loop_.cancel(turn->silence);
    }
}

void HttpBot::answer(Question question, std::move_only_function<void(Answer)> done) {
    answer_aloud(std::move(question), {}, std::move(done));
}

void HttpBot::answer_aloud(Question question, Saying saying,
                           std::move_only_function<void(Answer)> done) {
    cancel(question.session);
    auto turn = std::make_shared<Turn>();
    turn->session = question.session;
    turn->saying = std::move(saying);
    turn->done = std::move(done);
    const bool full = turns_.size() >= options_.questions_max;
    turns_[question.session] = turn;
    if (full) return fail_turn(turn, {"bot_busy", "Too many questions at a time.", {}});
    net::ClientRequest request = dialect_->request_for(question, loop_.clock().wall_ms());
    request.timeout_ms = options_.timeout_ms;
    request.response_bytes_max = options_.response_bytes_max;
    request.given_up = turn->given_up;
    request.on_piece = [this, alive = std::weak_ptr(alive_), turn](const std::string& bytes) {
        if (!alive.expired() && !turn->over) piece(turn, bytes);
    };
    watch_silence(turn);
    http_.send(std::move(request),
               [this, alive = std::weak_ptr(alive_), turn](const net::ClientAnswer& came) {
                   if (!alive.expired() && !turn->over) answered(turn, came);
               });
}

void HttpBot::cancel(const SessionId& session) {
    const auto found = turns_.find(session);
    if (found != turns_.end()) forget(TurnPtr(found->second));
}

void HttpBot::watch_silence(const TurnPtr& turn) {
    loop_.cancel(turn->silence);
    turn->silence =
        loop_.after(options_.silence_ms_max, [this, alive = std::weak_ptr(alive_), turn] {
            if (alive.expired() || turn->over) return;
            fail_turn(turn, {"bot_silent", "Nothing was heard for too long.", std::nullopt});
        });
}

void HttpBot::piece(const TurnPtr& turn, std::string_view bytes) {
    watch_silence(turn);
    if (!turn->decided) {
        const std::string_view text = trim(bytes);
        if (text.empty()) return;
        turn->decided = true;
        turn->streams = !text.starts_with('{') && !text.starts_with('[');
    }
    if (!turn->streams) {
        turn->whole += bytes;
        return;
    }
    for (const SseEvent& event : turn->reader.take(bytes)) {
        auto heard = dialect_->read_event(event);
        if (!heard) return fail_turn(turn, heard.error());
        hear(*turn, *heard);
        const bool full = count_characters(turn->text) >= options_.characters_max;
        if (turn->ended || full) return finish(turn);
    }
    if (turn->reader.too_large())
        return fail_turn(turn, {"bot_unreadable", "An event is too large.", std::nullopt});
    say_on(*turn);
}

void HttpBot::hear(Turn& turn, const Heard& heard) {
    if (heard.whole) {
        turn.text = without_controls(*heard.whole);
    } else {
        turn.text += without_controls(heard.text);
    }
    if (!heard.name.empty()) turn.name = heard.name;
    turn.offers_human = turn.offers_human || heard.offers_human;
    turn.ended = turn.ended || heard.ends;
}

// What was said cannot be unsaid: an answer that became another one is shown when it is whole.
void HttpBot::say_on(Turn& turn) {
    const std::string_view shown = shown_of(turn.text);
    if (!turn.saying || shown.size() <= turn.said_bytes) return;
    turn.saying(shown.substr(turn.said_bytes));
    turn.said_bytes = shown.size();
}

void HttpBot::answered(const TurnPtr& turn, const net::ClientAnswer& answer) {
    if (answer.kind != net::ClientAnswer::Kind::answered)
        return fail_turn(turn, {"bot_unreachable", answer.detail, std::nullopt});
    if (answer.status != 200) {
        return fail_turn(turn,
                         {"bot_refused", "It answered " + std::to_string(answer.status) + ".", {}});
    }
    // A client that tells no pieces has all of it here.
    if (!answer.body.empty()) piece(turn, answer.body);
    if (turn->over) return;
    if (!turn->streams) {
        auto heard = dialect_->read_whole(turn->whole);
        if (!heard) return fail_turn(turn, heard.error());
        hear(*turn, *heard);
    }
    // Half an answer may say the opposite of the whole.
    if (!turn->ended)
        return fail_turn(turn, {"bot_cut_off", "The stream ended in its midst.", std::nullopt});
    finish(turn);
}

void HttpBot::finish(const TurnPtr& turn) {
    say_on(*turn);
    Answer answer;
    answer.name = turn->name.empty() ? options_.name : turn->name;
    answer.offers_human = turn->offers_human || turn->text.find(human_mark) != std::string::npos;
    std::string_view text = turn->text;
    if (const std::size_t mark = text.find(human_mark); mark != std::string_view::npos)
        text = text.substr(0, mark);
    text = trim(text);
    answer.text = text.substr(0, bytes_of(text, options_.characters_max));
    if (answer.text.empty())
        return fail_turn(turn, {"bot_empty", "It answered nothing.", std::nullopt});
    end(turn, std::move(answer));
}

void HttpBot::fail_turn(const TurnPtr& turn, const Error& why) {
    log::warn("bot: no answer: {} ({})", why.code, why.detail);
    end(turn, {.name = options_.name, .text = options_.failure_text, .offers_human = true});
}

void HttpBot::end(const TurnPtr& turn, Answer answer) {
    auto done = std::move(turn->done);
    forget(turn);
    done(std::move(answer));
}

void HttpBot::forget(const TurnPtr& turn) {
    turn->over = true;
    turn->saying = nullptr;
    *turn->given_up = true;
    loop_.cancel(turn->silence);
    const auto found = turns_.find(turn->session);
    if (found != turns_.end() && found->second == turn) turns_.erase(found);
}

}  // namespace deskbell::bot
