#pragma once
// Slack as far as Deskbell needs it, as a pure state machine.
//
// What this is: a workspace with people, channels and one installed app; the Web API as a function
// from a call to an answer; people's actions; and the deliveries Slack owes the app, as data.
// Who calls it: sandbox/http with sockets around it, simulations with a clock in their hand, tests.
// Threads: one, whichever; it has no lock. What it never does: open a socket, start a thread, read
// the wall clock or any randomness but those it was given. The same calls give the same answers.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "sandbox/model/deliveries.hpp"
#include "sandbox/model/faults.hpp"
#include "sandbox/model/workspace.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deskbell::sandbox {

struct World;
struct CallLogEntry;

struct Options {
    // Empty: drawn from the Random.
    std::string bot_token;
    std::string app_token;
    std::string signing_secret;
    std::string public_url = "http://sandbox.invalid";  // pictures and permalinks begin with it
    std::string events_url;                             // taken as verified
    std::string interactivity_url;
    std::vector<std::string> channels = {"general", "vip-sales", "vip-sales-2"};
};

// One request to the Web API, decoded by whoever carries it.
struct ApiCall {
    std::string method;
    std::map<std::string, std::string> args;  // nested values as JSON text
    std::string token;                        // of `Authorization: Bearer`, or the form's `token`
    std::string content_type;                 // the whole header; empty when there is no body
    bool token_in_query = false;
    // Why the body could not be read: `invalid_json`, `json_not_object`, `invalid_form_data`.
    std::string decode_error;
};

struct ApiAnswer {
    enum class Kind { answer, silence };  // silence: hold the request until the caller gives up
    Kind kind = Kind::answer;
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;
    std::int64_t delay_ms = 0;
};

struct PostedByPerson {
    std::string user;
    std::string channel;
    std::string text;  // as typed
    std::string thread_ts;
    bool broadcast = false;
};

struct Press {
    std::string user;
    std::string channel;
    std::string ts;
    std::string action_id;
    std::string block_id;  // empty: the first that has the action
    std::string value;     // of menus: the chosen option
};

class Slack {
public:
    // `clock` and `random` outlive it.
    Slack(Options options, const Clock& clock, Random& random);
    ~Slack();
    Slack(const Slack&) = delete;
    Slack& operator=(const Slack&) = delete;

    [[nodiscard]] ApiAnswer call(const ApiCall& call);

    // What is due to be sent now, at most `entries`. Each must come back through delivered().
    // Running late calls (Effect::apply_late) happens here, too.
    [[nodiscard]] std::vector<Delivery> next_deliveries(std::size_t entries);
    void delivered(std::uint64_t id, const DeliveryOutcome& outcome);
    // When next_deliveries() has something to do next; nullopt: not before something happens.
    [[nodiscard]] std::optional<SteadyMs> next_due() const;

    // People. Errors carry Slack's codes. Users and channels by id or name; `ts` as text.
    Result<std::string> post(const PostedByPerson& post);  // the new ts
    Result<void> edit(std::string_view user, std::string_view channel, std::string_view ts,
                      std::string_view text);
    // An empty user is an admin, who may delete anything.
    Result<void> remove(std::string_view user, std::string_view channel, std::string_view ts);
    Result<void> react(std::string_view user, std::string_view channel, std::string_view ts,
                       std::string_view name, bool on);
    Result<std::uint64_t> press(const Press& press);  // the delivery's id
    Result<void> archive(std::string_view channel, bool on);
    Result<void> invite(std::string_view channel, std::string_view user);  // empty user: the bot
    Result<void> kick(std::string_view channel, std::string_view user);
    Result<std::string> create_channel(std::string_view name, bool is_private, bool invite_bot);
    Result<void> rename(std::string_view channel, std::string_view name);
    Result<void> set_presence(std::string_view user, bool active);

    // A post to a response_url that a press carried: Slack's answer to it.
    [[nodiscard]] ApiAnswer respond(std::string_view hook, std::string_view body);

    // The URL is not asked for its challenge here: whoever carries bytes has done so.
    void set_events_url(std::string url);
    void set_interactivity_url(std::string url);
    void set_public_url(std::string url);
    [[nodiscard]] std::string url_verification_body(std::string_view challenge) const;
    [[nodiscard]] std::string make_challenge();
    void change_settings(const json::object& changes);
    Result<std::uint64_t> add_fault(FaultRule rule);
    bool remove_fault(std::uint64_t id);
    void clear_faults();
    // weather.hpp: rules and settings that replace those of the weather before.
    Result<void> set_weather(std::vector<FaultRule> rules, const json::object& settings);
    void clear_weather();
    [[nodiscard]] std::map<std::string, std::uint64_t> met() const;
    void clear_log();

    [[nodiscard]] const Workspace& workspace() const;
    // Counts every change that a page could show; the other one only what save() would write.
    [[nodiscard]] std::uint64_t version() const;
    [[nodiscard]] std::uint64_t durable_version() const;
    // What the page shows (sandbox/http/API.md, GET state): the newest entries of each channel.
    [[nodiscard]] json::object snapshot(std::size_t entries_per_channel) const;

    // Everything that outlives a restart: people, channels, messages, secrets, settings, what is
    // still to be delivered.
    [[nodiscard]] json::object save() const;
    // `invalid_state` and no change when it is not what save() writes.
    Result<void> load(const json::object& state);

private:
    struct LateCall {
        ApiCall call;
        SteadyMs due_ms = 0;
    };

    ApiAnswer answer_with_faults(const ApiCall& call, CallLogEntry& entry);
    ApiAnswer refuse_by_fault(const FaultRule& rule, CallLogEntry& entry);
    ApiAnswer run(const ApiCall& call, CallLogEntry& entry);
    void run_late_calls();

    std::unique_ptr<World> world_;
    std::vector<LateCall> late_calls_;
};

}  // namespace deskbell::sandbox
