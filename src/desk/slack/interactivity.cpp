#include "desk/slack/interactivity.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/escape.hpp"

#include <array>
#include <utility>

namespace deskbell::desk::slack {
namespace {

using Kind = Act::Kind;

struct ControlAct {
    std::string_view control;
    Kind kind;
};

constexpr std::array control_acts = std::to_array<ControlAct>({
    {control::claim, Kind::claim},
    {control::take_over, Kind::take_over},
    {control::resolve, Kind::resolve},
    {control::reopen, Kind::reopen},
    {control::hand_back, Kind::hand_back},
    {control::block, Kind::block},
    {control::unblock, Kind::unblock},
    {control::post_transcript, Kind::transcript},
});

constexpr std::size_t options_max = 50;

std::optional<Act> act_of_control(std::string_view name) {
    for (const ControlAct& one : control_acts) {
        if (one.control != name) continue;
        Act act;
        act.kind = one.kind;
        return act;
    }
    return std::nullopt;
}

std::string errors_of(std::string_view input, std::string_view words) {
    const json::object answer = {{"response_action", "errors"}, {"errors", {{input, words}}}};
    return json::serialize(answer);
}

std::string all_closed() { return R"({"response_action":"clear"})"; }

}  // namespace

// ---- Who may, and what it is about. ----

void Interactivity::take(const json::object& payload, Done done) {
    workspace_.count("interactions");
    if (!workspace_.known()) return done({.ok = false, .json = {}});
    Shared doing = read(payload);
    if (!doing) {
        workspace_.count("interaction_malformed");
        return done({});
    }
    doing->done = std::move(done);
    const json::object& user = object_at(payload, "user");
    const std::string_view team = text_at(object_at(payload, "team"), "id");
    const std::string_view users_team = text_at(user, "team_id");
    const std::string& ours = workspace_.self.team;
    const bool is_ours =
        (team.empty() || team == ours) && (users_team.empty() || users_team == ours);
    if (!is_ours) {
        workspace_.count("interaction_other_team");
        return refuse(doing, "Only members of this workspace can do that.");
    }
    people_.find(doing->asker.user,
                 [this, alive = std::weak_ptr(alive_), doing](const Person& person) {
                     if (!alive.expired()) allowed(doing, person);
                 });
}

Interactivity::Shared Interactivity::read(const json::object& payload) const {
    auto doing = std::make_shared<Doing>();
    doing->type = text_at(payload, "type");
    doing->trigger = text_at(payload, "trigger_id");
    doing->asker.user = text_at(object_at(payload, "user"), "id");
    doing->view = object_at(payload, "view");
    doing->query = text_at(payload, "value");
    doing->name = text_at(payload, "callback_id");
    if (doing->name.empty()) doing->name = text_at(doing->view, "callback_id");
    if (doing->type == "block_suggestion") doing->name = text_at(payload, "action_id");
    if (doing->type == "block_actions") {
        const json::array& actions = array_at(payload, "actions");
        const json::object* action = actions.empty() ? nullptr : actions.front().if_object();
        if (action) doing->name = text_at(*action, "action_id");
    }
    if (!is_slack_id(doing->asker.user, "UW")) return nullptr;
    const json::object& container = object_at(payload, "container");
    const json::object& message = object_at(payload, "message");
    std::string_view ts = text_at(container, "message_ts");
    if (ts.empty()) ts = text_at(message, "ts");
    std::string_view thread_ts = text_at(container, "thread_ts");
    if (thread_ts.empty()) thread_ts = text_at(message, "thread_ts");
    const std::string_view channel = text_at(object_at(payload, "channel"), "id");
    if (!doing->view.empty()) {
        doing->asker.thread = DeskThreadId(std::string(text_at(doing->view, "private_metadata")));
        if (const auto place = parse_thread(doing->asker.thread)) doing->thread = *place;
        return doing;
    }
    if (!is_slack_id(channel, "CGD") || !is_ts(ts)) return nullptr;
    doing->message = {workspace_.self.team, std::string(channel), std::string(ts)};
    doing->thread = doing->message;
    if (is_ts(thread_ts)) doing->thread.ts = thread_ts;
    doing->asker.thread = thread_id(doing->thread);
    return doing;
}

void Interactivity::allowed(const Shared& doing, const Person& person) {
    if (relay_.is_unclear(person)) return doing->done({.ok = false, .json = {}});
    if (!relay_.may_answer(person)) {
        workspace_.count("interaction_refused");
        return refuse(doing, "Only members of this workspace can do that.");
    }
    doing->asker.agent = relay_.agent_of(doing->asker.user, person);
    DESKBELL_CRASH_POINT("slack.interaction.allowed");
    begin(doing);
}

// In words where Slack has room for them; else for their eyes only.
void Interactivity::refuse(const Shared& doing, const std::string& words) {
    if (doing->type == "view_submission" && doing->name == control::canned)
        return doing->done({.json = errors_of(control::reply, words)});
    if (doing->type == "view_submission" && doing->name == control::transfer)
        return doing->done({.json = errors_of(control::person, words)});
    if (doing->type == "block_suggestion") return doing->done({.json = R"({"options":[]})"});
    if (!doing->thread.channel.empty()) {
        whispers_.tell(doing->thread, doing->asker.user, "⚠️ " + escaped(words));
    }
    doing->done({});
}

void Interactivity::begin(const Shared& doing) {
    if (doing->type == "block_actions")
        return doing->view.empty() ? pressed(doing) : pressed_in_form(doing);
    if (doing->type == "view_submission") return submitted(doing);
    if (doing->type == "message_action") return shortcut(doing);
    if (doing->type == "block_suggestion") {
        const json::object answer = {
            {"options", canned_options(workplace_.canned().search(doing->query, options_max))}};
        return doing->done({.json = json::serialize(answer)});
    }
    doing->done({});
}

// ---- Buttons. ----

void Interactivity::pressed(const Shared& doing) {
    if (doing->name == control::more) {
        return open(doing, "views.open", [thread = doing->asker.thread](const Conversation& now) {
            return more_form(now, thread);
        });
    }
    if (auto act = act_of_control(doing->name)) return perform(doing, std::move(*act));
    workspace_.count("interaction_unknown");
    doing->done({});
}

void Interactivity::pressed_in_form(const Shared& doing) {
    const DeskThreadId& thread = doing->asker.thread;
    if (doing->name == control::transcript) {
        return open(doing, "views.push",
                    [thread](const Conversation& now) { return transcript_view(now, thread); });
    }
    if (doing->name == control::transfer)
        return show(doing, "views.push", transfer_form(thread, workplace_.places()));
    if (doing->name == control::canned) return show(doing, "views.push", canned_form(thread));
    if (doing->name == control::edit_canned)
        return show(doing, "views.push", edit_canned_form(thread));
    if (auto act = act_of_control(doing->name)) return perform(doing, std::move(*act));
    doing->done({});  // a menu inside a form: what was chosen comes with the form
}

void Interactivity::shortcut(const Shared& doing) {
    const DeskThreadId& thread = doing->asker.thread;
    if (doing->name == control::canned) {
        return open(doing, "views.open",
                    [thread](const Conversation&) { return canned_form(thread); });
    }
    if (doing->name == control::resolve) {
        Act act;
        act.kind = Kind::resolve;
        return perform(doing, std::move(act));
    }
    if (doing->name != control::note_shortcut) return doing->done({});
    // As if it had been edited into a note just now.
    doing->asker.gesture.id = message_id(doing->message);
    doing->asker.gesture.edit_key =
        ts_of_ms(loop_.clock().wall_ms() + client_.skew_ms().value_or(0));
    Act act;
    act.kind = Kind::note;
    perform(doing, std::move(act));
}

void Interactivity::perform(const Shared& doing, Act act) {
    workplace_.perform(act, doing->asker,
                       [this, alive = std::weak_ptr(alive_), doing](const Answer& answer) {
                           if (!alive.expired()) performed(doing, answer);
                       });
}

void Interactivity::performed(const Shared& doing, const Answer& answer) {
    DESKBELL_CRASH_POINT("slack.interaction.performed");
    if (answer.refusal) {
        workspace_.count("act_refused_" + answer.refusal->code);
        if (is_passing(*answer.refusal)) return doing->done({.ok = false, .json = {}});
        const bool unknown = answer.refusal->code == "thread_unknown";
        const std::string words =
            unknown ? "This is no customer's conversation." : answer.refusal->detail;
        if (doing->view.empty()) return refuse(doing, words);
        show(doing, "views.update", result_view(doing->asker.thread, "⚠️ " + escaped(words)));
        return;
    }
    if (!doing->view.empty())
        return show(doing, "views.update", result_view(doing->asker.thread, "✅ Done."));
    if (doing->name == control::note_shortcut && !answer.replayed) {
        whispers_.tell(doing->thread, doing->asker.user,
                       "This message is a note now. It does not reach the customer.");
    }
    doing->done({});
}

// ---- Forms. ----

void Interactivity::open(const Shared& doing, const char* method,
                         std::function<json::object(const Conversation&)> form) {
    listener_.read_conversation(doing->asker.thread,
                                [this, alive = std::weak_ptr(alive_), doing, method,
                                 form = std::move(form)](const Result<Conversation>& conversation) {
                                    if (alive.expired()) return;
                                    if (conversation)
                                        return show(doing, method, form(*conversation));
                                    if (conversation.error().code == "thread_unknown")
                                        return refuse(doing, "This is no customer's conversation.");
                                    doing->done({.ok = false, .json = {}});
                                });
}

// The trigger lives for three seconds: no pace is kept here, and nothing is tried twice.
void Interactivity::show(const Shared& doing, const char* method, const json::object& view) {
    Fields fields = {{"view", json::serialize(view)}};
    if (std::string_view(method) == "views.update")
        fields.push_back({"view_id", std::string(text_at(doing->view, "id"))});
    else
        fields.push_back({"trigger_id", doing->trigger});
    client_.call(method, std::move(fields),
                 [this, alive = std::weak_ptr(alive_), doing](const SlackReply& reply) {
                     if (alive.expired() || reply.ok()) return;
                     workspace_.count("view_failed");
                     log::warn("slack: a form could not be shown: {} {}", reply.error,
                               reply.detail);
                     if (doing->view.empty()) {
                         whispers_.tell(doing->thread, doing->asker.user,
                                        "⚠️ Slack did not show the form in time. Please try again.");
                     }
                 });
    doing->done({});
}

void Interactivity::submitted(const Shared& doing) {
    // One form counts once, however often Slack says that it was sent.
    doing->asker.gesture.id =
        DeskMessageId(workspace_.self.team + "/view/" + std::string(text_at(doing->view, "id")));
    if (doing->name == control::transfer) return transfer(doing);
    if (doing->name == control::canned) return send_canned(doing);
    if (doing->name == control::edit_canned) return edit_canned(doing);
    doing->done({});
}

void Interactivity::transfer(const Shared& doing) {
    Act act;
    act.kind = Kind::transfer;
    act.user = filled_in(doing->view, control::person);
    act.rest = escaped(filled_in(doing->view, control::channel));
    const bool both = !act.user.empty() && !act.rest.empty();
    if (both || (act.user.empty() && act.rest.empty())) {
        return doing->done({.json = errors_of(control::person,
                                              "Choose a colleague or a channel, one of the two.")});
    }
    const std::string input(act.user.empty() ? control::channel : control::person);
    workplace_.perform(act, doing->asker, [doing, input](const Answer& answer) {
        if (!answer.refusal) return doing->done({.json = all_closed()});
        doing->done({.json = errors_of(input, answer.refusal->detail)});
    });
}

void Interactivity::send_canned(const Shared& doing) {
    Act act;
    act.kind = Kind::canned;
    act.rest = escaped(filled_in(doing->view, control::reply));
    workplace_.perform(act, doing->asker, [doing](const Answer& answer) {
        if (!answer.refusal) return doing->done({.json = all_closed()});
        doing->done({.json = errors_of(control::reply, answer.refusal->detail)});
    });
}

void Interactivity::edit_canned(const Shared& doing) {
    const std::string name = filled_in(doing->view, control::name);
    const auto kept = workplace_.canned().put(name, filled_in(doing->view, control::text));
    if (kept) return doing->done({.json = all_closed()});
    doing->done({.json = errors_of(control::name, kept.error().detail)});
}

}  // namespace deskbell::desk::slack
