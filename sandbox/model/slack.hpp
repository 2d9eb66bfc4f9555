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
#include "sandbox/model/socket_mode.hpp"
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
struct SlackFile;
struct AuthorizeRequest;

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
    enum class Kind {
        answer,
        silence,  // hold the request until the caller gives up
        reset,    // end the connection at once, with nothing answered
        cut,      // announce the whole body, send `body_bytes` of it and end the connection
    };
    Kind kind = Kind::answer;
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;
    std::size_t body_bytes = 0;    // of Kind::cut
    std::int64_t delay_ms = 0;     // before whatever the kind says
    std::int64_t date_skew_s = 0;  // the Date header is wrong by so much
};

// A post of another app's bot. `classic`: as old integrations look, without a user.
struct PostedByBot {
    std::string name;
    std::string channel;
    std::string text;  // mrkdwn
    std::string thread_ts;
    bool classic = true;
    std::optional<json::object> metadata{};
    json::array blocks{};
};

enum class PersonKind {
    member,
    guest,  // of several channels
    single_channel_guest,
    outsider,  // of another company, by Slack Connect
    stranger,  // the same, and users.info does not know them
};

struct NewPerson {
    std::string name;  // the handle; others are made of it when empty
    std::string display_name;
    PersonKind kind = PersonKind::member;
    std::vector<std::string> channels;  // to join
};

struct PostedByPerson {
    std::string user;
    std::string channel;
    std::string text;  // as typed
    std::string thread_ts;
    bool broadcast = false;
};

struct UploadedFile {
    std::string name;
    std::string bytes;
    std::string title;         // empty: its name
    std::string mode;          // "hosted" (or empty), "snippet", "external"
    std::string external_url;  // of "external"
    bool check_file_info = false;
};

struct UploadedByPerson {
    std::string user;
    std::string channel;
    std::string text;  // as typed; may be empty
    std::string thread_ts;
    bool broadcast = false;
    std::vector<UploadedFile> files;
};

struct Press {
    std::string user;
    std::string channel;
    std::string ts;
    std::string action_id;
    std::string block_id;               // empty: the first that has the action
    std::string value;                  // of menus: the chosen option
    std::vector<std::string> values{};  // of menus that take several
    std::string view{};                 // instead of channel and ts: a modal or Home tab of theirs
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

    // Socket Mode (socket_mode.hpp). With it on, next_deliveries() has none: they are among the
    // orders, and acknowledged by socket_text(). `invalid_ticket`, `link_disabled`.
    Result<void> redeem_ticket(std::string_view ticket);
    [[nodiscard]] SocketId open_socket(bool debug_reconnects);
    void socket_text(SocketId id, std::string_view text);
    void socket_closed(SocketId id, bool cleanly);
    [[nodiscard]] std::vector<SocketOrder> socket_orders();
    [[nodiscard]] std::optional<SteadyMs> next_socket_due() const;
    // `warn`, `refresh`, `stall`, `resume` or `ghost`, for one socket or (0) for all.
    Result<void> command_sockets(std::string_view command, SocketId id);

    // People. Errors carry Slack's codes. Users and channels by id or name; `ts` as text.
    Result<std::string> post(const PostedByPerson& post);  // the new ts
    Result<void> edit(std::string_view user, std::string_view channel, std::string_view ts,
                      std::string_view text);
    // An empty user is an admin, who may delete anything.
    Result<void> remove(std::string_view user, std::string_view channel, std::string_view ts);
    Result<void> react(std::string_view user, std::string_view channel, std::string_view ts,
                       std::string_view name, bool on);
    Result<std::uint64_t> press(const Press& press);  // the delivery's id
    // `value` is the query: what an external menu is to offer is asked of the app.
    Result<std::uint64_t> ask_suggestions(const Press& asked);
    // `values`: block_id to action_id to a text, or a list of texts. `missing_input` when Slack's
    // client would not let it pass. An empty view is the top one.
    Result<std::uint64_t> submit_view(std::string_view user, std::string_view view,
                                      const json::object& values);
    Result<void> close_view(std::string_view user, std::string_view view);
    Result<void> open_home(std::string_view user, std::string_view tab);  // "home", "messages"
    Result<std::uint64_t> run_command(const PostedByPerson& typed);       // "/deskbell status"
    // On a message, or (empty ts) from anywhere.
    Result<std::uint64_t> run_shortcut(std::string_view user, std::string_view callback_id,
                                       std::string_view channel, std::string_view ts);
    Result<void> apply_manifest(const json::object& manifest);
    // oauth.hpp. What is wrong with the request, or empty text; and where the browser goes.
    [[nodiscard]] std::string authorize_complaint(const AuthorizeRequest& request) const;
    Result<std::string> authorize(const AuthorizeRequest& request, std::string_view user,
                                  bool allows);
    Result<std::string> upload(const UploadedByPerson& uploaded);  // the new ts
    Result<void> remove_file(std::string_view user, std::string_view file);
    Result<void> archive(std::string_view channel, bool on);
    Result<void> invite(std::string_view channel, std::string_view user);  // empty user: the bot
    Result<void> kick(std::string_view channel, std::string_view user);
    Result<std::string> create_channel(std::string_view name, bool is_private, bool invite_bot);
    Result<void> rename(std::string_view channel, std::string_view name);
    Result<void> set_presence(std::string_view user, bool active);

    // What admins, other companies, other apps and Slack itself do to an app (misfortunes.cpp).
    Result<std::string> post_as_bot(const PostedByBot& post);  // the new ts
    Result<std::string> add_person(const NewPerson& person);   // the new id
    Result<void> set_private(std::string_view channel, bool on);
    // A message and its thread are gone without a word, as by retention.
    Result<void> vanish(std::string_view channel, std::string_view ts);
    void revoke_token();  // every call: token_revoked; the app hears of it
    void expire_token();  // every call: token_expired
    void restore_token();
    void uninstall();  // every call: account_inactive; nothing is sent after the news of it
    void reinstall();
    Result<void> set_scope(std::string_view scope, bool on);
    void disable_events();  // as after too many failures
    void enable_events();
    void limit_events();  // app_rate_limited, without a reason
    // Rules, weather, switches and installation as in the beginning; people and messages stay.
    void clear_all();

    // Bytes for an upload URL, and a request for a file's private URL: Slack's answers.
    [[nodiscard]] ApiAnswer receive_upload(std::string_view key, std::string bytes);
    [[nodiscard]] ApiAnswer download(std::string_view file, std::string_view token,
                                     bool as_attachment);
    [[nodiscard]] const SlackFile* find_file(std::string_view file) const;

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
    Result<void> set_weather(std::string name, std::vector<FaultRule> rules,
                             const json::object& settings);
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
    std::unique_ptr<World> world_;
};

}  // namespace deskbell::sandbox
