#include "desk/slack/workplace.hpp"

#include "base/test_hooks.hpp"
#include "base/text.hpp"
#include "desk/slack/escape.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t names_shown_max = 30;

Answer refused(Error why) {
    Answer answer;
    answer.refusal = std::move(why);
    return answer;
}

}  // namespace

bool is_passing(const Error& refusal) {
    return refusal.retry_after_ms.has_value() || refusal.code == "busy" ||
           refusal.code == "store_unavailable" || refusal.code == "stopping";
}

const char* objection_to(const Person& person, const Workspace& workspace, bool guests_may_answer) {
    const char* why = nullptr;
    if (person.is_stranger || (!person.team.empty() && person.team != workspace.self.team))
        why = "ignored_stranger";
    if (DESKBELL_PLANTED("outsider_relayed")) why = nullptr;
    const bool guests_pass = guests_may_answer || DESKBELL_PLANTED("guest_relayed");
    if (person.is_guest && !guests_pass) why = "ignored_guest";
    if (person.is_bot && !DESKBELL_PLANTED("foreign_bot_relayed")) why = "ignored_foreign_bot";
    return why;
}

void Workplace::perform(const Act& act, Asker asker, Done done) {
    using Kind = Act::Kind;
    const DeskThreadId thread = asker.thread;
    const core::Agent agent = asker.agent;
    const core::Gesture gesture = asker.gesture;
    switch (act.kind) {
        case Kind::note:
        case Kind::reply:
            return note(std::move(asker), "", std::move(done));
        case Kind::claim:
        case Kind::take_over: {
            core::AgentClaimed claimed{thread, agent, {}, gesture, act.kind == Kind::claim};
            return tell(std::move(claimed), asker, "", std::move(done));
        }
        case Kind::resolve:
            return tell(core::AgentResolved{thread, agent, {}, gesture}, asker, "",
                        std::move(done));
        case Kind::reopen:
            return tell(core::AgentReopened{thread, agent, gesture}, asker, "", std::move(done));
        case Kind::transfer:
            return transfer(act, std::move(asker), std::move(done));
        case Kind::canned:
            return send_canned(act, std::move(asker), std::move(done));
        case Kind::hand_back:
            return tell(core::AgentHandedBack{thread, agent, gesture}, asker, "", std::move(done));
        case Kind::block:
        case Kind::unblock: {
            core::AgentBlocked blocked{thread, agent, gesture, act.kind == Kind::block};
            return tell(std::move(blocked), asker, "", std::move(done));
        }
        case Kind::transcript:
            return tell(core::AgentWantsTranscript{thread, agent, gesture}, asker, "",
                        std::move(done));
        case Kind::help:
            return note(std::move(asker), help_text(workspace_.habits.replies_are_marked),
                        std::move(done));
        case Kind::unknown:
            break;
    }
    const std::string word = escaped(cut(act.word, 40));
    note(std::move(asker),
         "I do not know `!" + word +
             "`, so it stayed here and did not reach the customer. `!help` "
             "lists what I know. To say it to the customer write it without the `!`.",
         std::move(done));
}

void Workplace::tell(core::Command command, const Asker& asker, std::string words, Done done) {
    DESKBELL_CRASH_POINT("slack.workplace.before_tell");
    listener_.asked(std::move(command),
                    [this, alive = std::weak_ptr(alive_), asker, words = std::move(words),
                     done = std::move(done)](Heard heard) mutable {
                        DESKBELL_CRASH_POINT("slack.workplace.told");
                        if (alive.expired()) return;
                        const bool definite = heard.refusal && !is_passing(*heard.refusal) &&
                                              heard.refusal->code != "thread_unknown";
                        if (definite)
                            return refuse(asker, std::move(*heard.refusal), std::move(done));
                        Answer answer;
                        answer.replayed = heard.replayed;
                        answer.refusal = std::move(heard.refusal);
                        answer.remarks = std::move(heard.remarks);
                        answer.session = std::move(heard.session);
                        answer.words = std::move(words);
                        done(std::move(answer));
                    });
}

void Workplace::refuse(const Asker& asker, Error why, Done done) {
    if (!parse_message(asker.gesture.id)) return done(refused(std::move(why)));
    core::AgentNoted noted{asker.thread, asker.agent, asker.gesture};
    listener_.asked(std::move(noted),
                    [why = std::move(why), done = std::move(done)](Heard heard) mutable {
                        if (!heard.refusal && !heard.replayed) return done(refused(std::move(why)));
                        Answer answer;
                        answer.replayed = heard.replayed;
                        answer.refusal = std::move(heard.refusal);
                        done(std::move(answer));
                    });
}

void Workplace::note(Asker asker, std::string words, Done done) {
    core::AgentNoted noted{asker.thread, asker.agent, asker.gesture};
    listener_.asked(std::move(noted),
                    [words = std::move(words), done = std::move(done)](Heard heard) mutable {
                        Answer answer;
                        answer.replayed = heard.replayed;
                        answer.refusal = std::move(heard.refusal);
                        answer.remarks = std::move(heard.remarks);
                        answer.words = std::move(words);
                        done(std::move(answer));
                    });
}

// ---- Transfer. ----

std::vector<std::string> Workplace::places() const {
    std::vector<std::string> names;
    for (const auto& [destination, channel] : channels_.all())
        names.emplace_back(parse_destination(destination.value).name);
    return names;
}

std::optional<Destination> Workplace::destination_of(const Act& act) const {
    const std::string typed = as_typed(act.rest);
    for (const auto& [destination, channel] : channels_.all()) {
        const bool by_id = !act.channel.empty() && channel.id == act.channel;
        const std::string_view name = parse_destination(destination.value).name;
        if (by_id || (act.channel.empty() && name == trim(typed))) return destination;
    }
    return std::nullopt;
}

void Workplace::transfer(const Act& act, Asker asker, Done done) {
    if (!act.user.empty()) return hand_to(act.user, std::move(asker), std::move(done));
    if (const auto destination = destination_of(act))
        return hand_elsewhere(*destination, asker, std::move(done));
    std::string names;
    for (const std::string& name : places()) names += (names.empty() ? "" : ", ") + name;
    refuse(asker,
           {"transfer_unclear",
            "Name a colleague (`!transfer @ben`) or one of these channels: " + names + ".",
            std::nullopt},
           std::move(done));
}

void Workplace::hand_to(const std::string& user, Asker asker, Done done) {
    people_.find(user, [this, alive = std::weak_ptr(alive_), user, asker = std::move(asker),
                        done = std::move(done)](const Person& person) mutable {
        if (alive.expired()) return;
        const bool may = person.is_known && !objection_to(person, workspace_, guests_may_answer_);
        if (!may && person.is_unclear && !guests_may_answer_) {
            return done(
                refused({"busy", "Slack did not say who that is; try again.", std::nullopt}));
        }
        if (!may) {
            return refuse(
                asker,
                {"not_an_agent",
                 "They cannot answer customers: only members of this workspace can.", std::nullopt},
                std::move(done));
        }
        core::AgentHandedOver handed{asker.thread, asker.agent, asker.gesture, {}, {}};
        handed.to = core::Agent{agent_id(workspace_.self.team, user), person.name, person.avatar};
        tell(std::move(handed), asker, "", std::move(done));
    });
}

void Workplace::hand_elsewhere(const Destination& destination, const Asker& asker, Done done) {
    core::AgentHandedOver handed{asker.thread, asker.agent, asker.gesture, {}, destination};
    tell(std::move(handed), asker, "", std::move(done));
}

// ---- Canned replies. ----

void Workplace::send_canned(const Act& act, Asker asker, Done done) {
    const std::string typed(trim(as_typed(act.rest)));
    const std::size_t blank = typed.find_first_of(" \n\t");
    const std::string name = typed.substr(0, blank);
    if (name.empty()) {
        std::string list;
        for (const CannedReplies::Reply& reply : canned_.search("", names_shown_max))
            list +=
                "• `" + escaped(reply.name) + "` " + cut_escaped(one_line(reply.text), 80) + "\n";
        if (list.empty()) list = "There are no canned replies yet (`desk.canned`).";
        return note(std::move(asker), list, std::move(done));
    }
    auto reply = canned_.find(name);
    if (!reply) return refuse(asker, reply.error(), std::move(done));
    std::string arguments;
    if (blank != std::string::npos) arguments = trim(std::string_view(typed).substr(blank));
    const DeskThreadId thread = asker.thread;
    listener_.read_conversation(
        thread, [this, alive = std::weak_ptr(alive_), reply = std::move(*reply),
                 arguments = std::move(arguments), asker = std::move(asker),
                 done = std::move(done)](Result<Conversation> conversation) mutable {
            if (alive.expired()) return;
            if (!conversation) return done(refused(std::move(conversation.error())));
            send_filled(reply, arguments, asker, conversation->session, std::move(done));
        });
}

void Workplace::send_filled(const CannedReplies::Reply& reply, const std::string& arguments,
                            const Asker& asker, const core::Session& session, Done done) {
    std::map<std::string, std::string> values = {
        {"customer.name", session.customer.name},   {"customer.email", session.customer.email},
        {"customer.phone", session.customer.phone}, {"page.url", session.page.url},
        {"page.title", session.page.title},         {"session", session.id.value},
        {"agent.name", asker.agent.name},           {"text", arguments}};
    std::string_view rest = arguments;
    for (int number = 1; number <= 9 && !rest.empty(); ++number) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        values[std::to_string(number)] = rest.substr(0, end);
        rest = trim(rest.substr(end));
    }
    auto text = fill_in(reply.text, values);
    if (!text) return refuse(asker, text.error(), std::move(done));
    core::AgentSaid said;
    said.thread = asker.thread;
    said.message = asker.gesture.id;
    said.order = asker.order;
    said.sender_key = asker.sender_key;
    said.agent = asker.agent;
    said.rich_json = rich_of_ ? rich_of_(*text) : std::string();
    said.text = std::move(*text);
    said.canned = reply.name;
    said.edit_key = asker.gesture.edit_key;
    tell(std::move(said), asker, "", std::move(done));
}

}  // namespace deskbell::desk::slack
