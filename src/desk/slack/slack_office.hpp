#pragma once
// Everything of the Slack desk, put together: the app makes one of these and nothing else of this
// room.
//
// Threading: all on the office loop. Destroy it there, or after the loop has ended.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/slack/alerts.hpp"
#include "desk/slack/eraser.hpp"
#include "desk/slack/event_witness.hpp"
#include "desk/slack/file_fetch.hpp"
#include "desk/slack/front_desk.hpp"
#include "desk/slack/gap_repair.hpp"
#include "desk/slack/interactivity.hpp"
#include "desk/slack/manners.hpp"
#include "desk/slack/people.hpp"
#include "desk/slack/reconcile.hpp"
#include "desk/slack/relay.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/slack_desk.hpp"
#include "desk/slack/slack_inbound.hpp"
#include "desk/slack/socket_mode.hpp"
#include "desk/slack/typing_signs.hpp"
#include "desk/slack/workspace.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace deskbell::desk::slack {

struct OfficeOptions {
    std::string api_url = "https://slack.com/api/";
    std::string bot_token;
    std::vector<std::string> signing_secrets;  // two while one is being replaced
    std::vector<Destination> destinations;     // all that routes name
    std::string expected_team;                 // empty: whichever the token is of
    bool customer_names = true;
    bool guests_may_answer = false;  // Slack's guests, who may be anybody
    bool private_channels_only = false;
    FetchOptions files;
    std::int64_t gap_repair_ms = 60'000;  // between rounds that nobody asked for
    ReconcileOptions reconcile;           // when the store is older than the world
    Habits habits;                        // how this team works
    std::string canned_file;              // of canned replies; empty: none
    Workplace::RichOf rich_of;            // Markdown of canned replies, as clients render it
    // For reconcile: may be empty when none is due.
    ReconcileLister all_threads;
    std::function<void()> reconciled;  // nothing needs to be held back any more
    FrontOptions front{};
};

class SlackOffice {
public:
    // What happened at `at`, by the steady clock, was never told by an event.
    using Missed = std::function<void(SteadyMs at)>;

    SlackOffice(Loop& loop, net::HttpClient& http, DeskListener& listener, Random& random,
                ThreadLister lister, OfficeOptions options)
        : client_(loop, http, {options.api_url, options.bot_token, 10'000}),
          people_(loop, client_),
          relay_(client_, people_, workspace_, listener, options.guests_may_answer),
          desk_(loop, client_, workspace_, listener, random,
                {options.destinations, options.expected_team, options.customer_names,
                 options.private_channels_only, options.files.folder}),
          fetch_(loop, client_, workspace_, listener, random, options.files),
          alerts_(loop, client_, workspace_, desk_.channels(), random),
          front_(loop, client_, people_, workspace_, desk_.channels(), alerts_, listener, random,
                 std::move(options.front)),
          gap_repair_(loop, client_, relay_, workspace_, listener, random, std::move(lister),
                      options.gap_repair_ms),
          reconcile_(loop, client_, relay_, workspace_, desk_, listener, random,
                     std::move(options.all_threads), std::move(options.reconcile)),
          reconciled_(std::move(options.reconciled)),
          eraser_(loop, client_, workspace_, desk_, listener, random),
          whispers_(loop, client_, workspace_, random),
          typing_(loop, client_, workspace_),
          workplace_(people_, workspace_, listener, desk_.channels(),
                     std::move(options.canned_file), std::move(options.rich_of),
                     options.guests_may_answer),
          manners_(workspace_, workplace_, whispers_, desk_.channels()),
          interactivity_(loop, client_, people_, workspace_, listener, relay_, workplace_,
                         whispers_),
          inbound_(loop, relay_, workspace_, options.signing_secrets),
          witness_(loop) {
        workspace_.habits = std::move(options.habits);
        RelayHooks hooks;
        hooks.act = [this](const Act& act, Spoken spoken, Relay::Done done) {
            manners_.act(act, std::move(spoken), std::move(done));
        };
        hooks.said = [this](const Spoken& spoken, const Heard& heard) {
            manners_.said(spoken, heard);
        };
        hooks.misplaced = [this](const Misplaced& misplaced) { manners_.misplaced(misplaced); };
        hooks.turned_away = [this](const Spoken& spoken, const Person& person) {
            manners_.turned_away(spoken, person);
        };
        hooks.take_back = [this](const Place& message) { desk_.take_back_stray(message); };
        hooks.channel = [this](const std::string& channel, bool open, const std::string& why) {
            desk_.channel_changed(channel, open, why);
            if (open) sweep("a channel is open again");
            front_.staff().changed();
        };
        hooks.home = [this](const std::string& user) { front_.home().opened(user); };
        hooks.desk_closed = [this](const std::string& why) { desk_.closed(why); };
        hooks.sweep = [this](const std::string& why) { sweep(why); };
        relay_.set_hooks(std::move(hooks));
        desk_.on_closed([this](const DeskThreadId& thread) { gap_repair_.look_again(thread); });
        desk_.on_back([this] { sweep("we are back"); });
        desk_.on_answered_copy([this](const Place& parent) { gap_repair_.read_once(parent); });
        inbound_.on_interaction([this](const json::object& payload, Interactivity::Done done) {
            interactivity_.take(payload, std::move(done));
        });
        inbound_.on_gap([this](const std::string& why) { sweep(why); });
        desk_.on_trouble(
            [this](const Destination& destination, const std::string& code,
                   const std::string& fix) { front_.tell_trouble(destination, code, fix); });
        inbound_.on_command([this](const std::vector<net::Header>& form, auto done) {
            front_.command().run(read_command(form), std::move(done));
        });
        watch_events();
    }

    void start() {
        desk_.start();
        front_.start();
        reconcile_.start([this] {
            if (reconciled_) reconciled_();
            gap_repair_.start();
            eraser_.start();
        });
    }
    // The app was installed, or installed again.
    void use_token(std::string token) {
        client_.use_token(std::move(token));
        desk_.try_now();
    }
    // Everything is being read; nothing may be posted yet.
    [[nodiscard]] bool reconciling() const { return reconcile_.reading(); }

    [[nodiscard]] Desk& desk() { return desk_; }
    [[nodiscard]] Alerts& alerts() { return alerts_; }
    [[nodiscard]] FrontDesk& front() { return front_; }
    [[nodiscard]] TypingSigns& typing() { return typing_; }
    // POST /slack/events, /slack/interactivity and /slack/commands
    void receive(net::HttpRequest request, SlackInbound::Answer answer) {
        inbound_.receive(std::move(request), std::move(answer));
    }
    // An envelope of Socket Mode. The answer is what to acknowledge it with, or nothing.
    void take(SocketEnvelope envelope, SocketMode::Answer answer) {
        if (envelope.type == "interactive") {
            return interactivity_.take(
                envelope.payload, [answer = std::move(answer)](InteractionAnswer came) mutable {
                    if (!came.ok) return answer(std::nullopt);
                    answer(std::move(came.json));
                });
        }
        if (envelope.type == "slash_commands")
            return front_.command().run(read_command(envelope.payload), std::move(answer));
        if (envelope.type != "events_api") {
            workspace_.count("envelope_unused");
            return answer("");
        }
        inbound_.receive_trusted(envelope.payload,
                                 [answer = std::move(answer)](net::HttpResponse response) mutable {
                                     if (response.status != 200) return answer(std::nullopt);
                                     answer(std::move(response.body));
                                 });
    }
    // By a secret of ours; see SlackInbound.
    [[nodiscard]] bool is_signed(const net::HttpRequest& request) const {
        return inbound_.is_signed(request);
    }
    void on_missed(Missed missed) { missed_ = std::move(missed); }
    // An agent's file is to be fetched.
    void file_due(core::File file) { fetch_.due(std::move(file)); }
    // A customer was forgotten.
    void erase() { eraser_.due(); }
    void sweep(const std::string& why) {
        if (!reconciling()) gap_repair_.request(why);  // else all is read anyway
    }

    [[nodiscard]] const Workspace& workspace() const { return workspace_; }
    [[nodiscard]] const Counters& counters() const { return workspace_.counters; }
    [[nodiscard]] const Channels& channels() const { return desk_.channels(); }
    // Why we cannot post at all; an empty code when we can.
    [[nodiscard]] const Error& trouble() const { return desk_.trouble(); }
    [[nodiscard]] std::uint64_t sweeps() const { return gap_repair_.rounds(); }
    [[nodiscard]] SteadyMs last_event_at() const { return inbound_.last_event_at(); }
    [[nodiscard]] std::uint64_t events_missed() const { return witness_.missed(); }

private:
    void watch_events() {
        inbound_.on_told([this](const Place& message) { witness_.told(message); });
        desk_.on_posted([this](const Place& message) { witness_.posted(message); });
        gap_repair_.on_found([this](const Place& message) { witness_.found(message); });
        witness_.on_missed([this](SteadyMs at, bool read_back) {
            workspace_.count("event_missed");
            if (!read_back) sweep("a post of ours was not told");
            if (missed_) missed_(at);
        });
    }

    Workspace workspace_;
    SlackClient client_;
    People people_;
    Relay relay_;
    SlackDesk desk_;
    FileFetch fetch_;
    Alerts alerts_;
    FrontDesk front_;
    GapRepair gap_repair_;
    Reconcile reconcile_;
    std::function<void()> reconciled_;
    Eraser eraser_;
    Whispers whispers_;
    TypingSigns typing_;
    Workplace workplace_;
    Manners manners_;
    Interactivity interactivity_;
    SlackInbound inbound_;
    EventWitness witness_;
    Missed missed_;
};

}  // namespace deskbell::desk::slack
