#pragma once
// What people do to an app's controls becomes a delivery; what the app answers to it becomes what
// they see. Also the response_urls that interactions carry.

#include "base/result.hpp"
#include "sandbox/model/deliveries.hpp"
#include "sandbox/model/workspace.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

struct World;
struct ResponseHook;

enum class InteractionKind { action, submission, closed, shortcut, command, suggestion };

// One interaction as the page tells of it; the answer finds its way by the delivery.
struct Interaction {
    std::uint64_t delivery = 0;
    InteractionKind kind = InteractionKind::action;
    std::string user;
    std::string name;  // an action_id, a callback_id, "/command"
    std::string channel;
    std::string view;
    std::string hook;  // of its response_url
    std::string menu;  // of suggestions: whose options these are
    Ts at = 0;
    std::string state = "waiting";  // then "done" or "failed"
    std::string detail;             // of failures, in Slack's words
};

// Options that an external menu was given for a query.
struct Suggestions {
    std::string query;
    std::string state = "waiting";  // then "ready" or "failed"
    json::array options;
};

struct Interactions {
    static constexpr std::size_t log_max = 100;
    static constexpr std::size_t menus_max = 200;

    std::deque<Interaction> log;  // newest first
    std::map<std::string, Suggestions> menus;
};

// What every payload has: type, user, team, token, trigger_id …
[[nodiscard]] json::object interaction_base(World& world, std::string_view type, const User& user);
// A fresh response_url's hook.
ResponseHook& make_hook(World& world, const Channel& channel, const User& user, Ts message_ts,
                        Ts thread_ts);
[[nodiscard]] std::string response_url(const World& world, const ResponseHook& hook);
// `not_configured` unless the app takes interactions somehow.
[[nodiscard]] Result<void> check_interactive(const World& world);
// To the interactivity URL (or `url`), or to a socket. The delivery's id.
Result<std::uint64_t> send_interaction(World& world, const json::object& payload,
                                       Interaction interaction, std::string url = {});
Result<std::uint64_t> send_command(World& world, std::string form, Interaction interaction,
                                   std::string url);
// The app has answered a delivery, or has not.
void answer_interaction(World& world, std::uint64_t delivery, const DeliveryOutcome& outcome);

// An answer as a response_url or a command takes it: shown, replaced, deleted. `invalid_payload`,
// `invalid_blocks`, `no_text`.
Result<void> apply_reply(World& world, Channel& channel, const ResponseHook& hook,
                         std::string_view body);
// Only `user` sees it; Slackbot says it.
void tell_by_slackbot(World& world, Channel& channel, std::string_view user, std::string text);
// Whose options: an external menu in a view or a message.
[[nodiscard]] std::string menu_key(std::string_view container, std::string_view block_id,
                                   std::string_view action_id);
[[nodiscard]] const json::array& loaded_options(const World& world, const std::string& menu);

// For the page.
[[nodiscard]] json::array shown_interactions(const World& world);
[[nodiscard]] json::object shown_menus(const World& world);

}  // namespace deskbell::sandbox
