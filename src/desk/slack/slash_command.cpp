#include "desk/slack/slash_command.hpp"

#include "base/text.hpp"
#include "desk/slack/escape.hpp"
#include "desk/slack/house_lines.hpp"
#include "desk/slack/slack_ids.hpp"
#include "desk/slack/slack_json.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t lines_max = 15;
constexpr std::size_t words_characters_max = 200;
constexpr std::size_t excerpt_units_max = 160;

constexpr std::string_view help_text =
    "*/deskbell* · customers who need somebody\n"
    "• `/deskbell status` how things stand\n"
    "• `/deskbell waiting` who waits, the longest first\n"
    "• `/deskbell mine` the conversations you have\n"
    "• `/deskbell search WORDS` where something was said, or who said it\n"
    "• `/deskbell off` you are not called and not counted · `/deskbell on` you are again\n"
    "• `/deskbell help` this";

std::string unavailable() {
    return ephemeral_answer("That cannot be read right now. Try again in a moment.");
}

// The words around the place where they were found.
std::string excerpt_of(const std::string& text, const std::string& words) {
    const std::string line = one_line(text);
    const std::size_t at = to_lower_ascii(line).find(to_lower_ascii(words));
    std::size_t begin = at == std::string::npos || at < 60 ? 0 : at - 60;
    while (begin > 0 && (static_cast<unsigned char>(line[begin]) & 0xC0) == 0x80) --begin;
    return (begin > 0 ? "…" : "") + escaped(cut(line.substr(begin), excerpt_units_max));
}

}  // namespace

std::string ephemeral_answer(const std::string& text) {
    return json::serialize(json::object{{"response_type", "ephemeral"}, {"text", text}});
}

SlashCommand::SlashCommand(Loop& loop, DeskListener& listener, People& people, Staff& staff,
                           Workspace& workspace, bool guests_may_answer)
    : loop_(loop),
      listener_(listener),
      people_(people),
      staff_(staff),
      workspace_(workspace),
      guests_may_answer_(guests_may_answer) {}

void SlashCommand::run(Typed typed, Done done) {
    workspace_.count("slash_command");
    staff_.need();
    if (!workspace_.known() || typed.team != workspace_.self.team)
        return done(ephemeral_answer("Deskbell does not serve this workspace."));
    if (!typed.thread_ts.empty())
        return done(
            ephemeral_answer("Commands work outside of threads. In a customer's thread, "
                             "just answer."));
    people_.find(typed.user, [this, alive = std::weak_ptr(alive_), typed,
                              done = std::move(done)](const Person& person) mutable {
        if (alive.expired()) return;
        const bool outsider = person.is_stranger || person.is_bot || person.is_unclear ||
                              (person.is_guest && !guests_may_answer_);
        if (outsider)
            return done(ephemeral_answer("This command is for members of the workspace."));
        obey(typed, std::move(done));
    });
}

void SlashCommand::obey(const Typed& typed, Done done) {
    const std::string_view text = trim(typed.text);
    const std::size_t blank = text.find(' ');
    const std::string verb = to_lower_ascii(text.substr(0, blank));
    const std::string rest(blank == std::string_view::npos ? "" : trim(text.substr(blank)));
    if (verb.empty() || verb == "status") return status(typed, std::move(done));
    if (verb == "waiting") return list(typed, false, std::move(done));
    if (verb == "mine") return list(typed, true, std::move(done));
    if (verb == "search") return search(typed, rest, std::move(done));
    if (verb == "on" || verb == "off") {
        staff_.set_takes_customers(typed.user, verb == "on");
        return done(ephemeral_answer(
            verb == "on" ? "You are called and counted again."
                         : "You are not called and not counted until `/deskbell on`. What you have "
                           "stays yours."));
    }
    if (verb == "help") return done(ephemeral_answer(std::string(help_text)));
    done(ephemeral_answer("I do not know `" + escaped(cut(verb, 40)) + "`.\n" +
                          std::string(help_text)));
}

// Whoever is in the channel could read it there.
bool SlashCommand::may_see(const std::string& user, const HouseSession& session) const {
    const auto thread = parse_thread(session.thread);
    return thread && staff_.is_in(user, thread->channel);
}

void SlashCommand::status(const Typed& typed, Done done) {
    listener_.read_house(0, [this, alive = std::weak_ptr(alive_), typed,
                             done = std::move(done)](std::optional<House> house) mutable {
        if (alive.expired()) return;
        if (!house) return done(unavailable());
        std::string text = queue_line(*house, staff_.online()) + "\n" + health_line(*house) + "\n";
        text += staff_.takes_customers(typed.user)
                    ? "You take customers. `/deskbell off` when you do not."
                    : "You take no customers for now. `/deskbell on` when you do again.";
        done(ephemeral_answer(text));
    });
}

void SlashCommand::list(const Typed& typed, bool mine, Done done) {
    listener_.read_house(0, [this, alive = std::weak_ptr(alive_), typed, mine,
                             done = std::move(done)](std::optional<House> house) mutable {
        if (alive.expired()) return;
        if (!house) return done(unavailable());
        const WallMs now = loop_.clock().wall_ms();
        const DeskAgentId self = agent_id(workspace_.self.team, typed.user);
        std::string text;
        std::size_t shown = 0;
        std::size_t hidden = 0;
        for (const HouseSession& session : house->active) {
            const bool waits = session.state == core::SessionState::waiting;
            const bool wanted = mine ? !waits && session.agent && session.agent->id == self : waits;
            if (!wanted) continue;
            if (!may_see(typed.user, session) || shown == lines_max) {
                ++hidden;
                continue;
            }
            text += session_line(session, workspace_.url, now) + "\n";
            ++shown;
        }
        if (shown == 0) text = mine ? "You have no open conversation.\n" : "Nobody waits. 🎉\n";
        if (hidden > 0 && shown == 0) text.clear();
        if (hidden > 0)
            text += "… and " + std::to_string(hidden) + " more, some in channels you are not in.\n";
        text.pop_back();
        done(ephemeral_answer(text));
    });
}

void SlashCommand::search(const Typed& typed, const std::string& words, Done done) {
    if (words.empty() || count_characters(words) > words_characters_max)
        return done(ephemeral_answer("Say what to look for: `/deskbell search parcel`."));
    listener_.search(
        words, [this, alive = std::weak_ptr(alive_), typed, words,
                done = std::move(done)](std::optional<std::vector<Found>> found) mutable {
            if (alive.expired()) return;
            if (!found) return done(unavailable());
            const WallMs now = loop_.clock().wall_ms();
            std::string text;
            std::size_t shown = 0;
            for (const Found& one : *found) {
                if (shown == lines_max || !may_see(typed.user, one.session)) continue;
                text += session_line(one.session, workspace_.url, now) + "\n";
                if (!one.excerpt.empty()) text += ">" + excerpt_of(one.excerpt, words) + "\n";
                ++shown;
            }
            if (shown == 0)
                text =
                    "Nothing found in the conversations of your channels. (The newest few thousand "
                    "messages were searched.)\n";
            text.pop_back();
            done(ephemeral_answer(text));
        });
}

}  // namespace deskbell::desk::slack
