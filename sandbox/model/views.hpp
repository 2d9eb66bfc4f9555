#pragma once
// Views: the modals that people have open, in stacks of at most three, and their Home tabs. Also
// the trigger_ids that open them.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sandbox/model/workspace.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sandbox {

struct World;

struct View {
    std::string id;
    std::string user;  // who sees it
    std::string hash;
    std::string root_id;
    std::string previous_id;
    json::object given;   // as accept_view() left what the app sent
    json::object values;  // of its state
    // What the page shows beside it:
    bool is_waiting = false;  // a submission is under way
    json::object errors;      // block_id to words
    std::string failure;      // words of Slack's own

    [[nodiscard]] std::string text(std::string_view key) const;
    [[nodiscard]] bool flag(std::string_view key) const;
    [[nodiscard]] bool is_home() const { return text("type") == "home"; }
    [[nodiscard]] const json::array& blocks() const;
};

struct Trigger {
    std::string id;
    std::string user;
    SteadyMs expires_ms = 0;
    bool is_used = false;
};

struct Views {
    static constexpr std::size_t stack_max = 3;
    static constexpr std::size_t triggers_max = 1'000;
    static constexpr std::int64_t trigger_lifetime_ms = 3'000;

    std::map<std::string, View, std::less<>> by_id;
    std::map<std::string, std::vector<std::string>> stacks;  // by user; the last is on top
    std::map<std::string, std::string> homes;                // by user
    std::deque<Trigger> triggers;
};

// A trigger_id for what this person just did.
[[nodiscard]] std::string issue_trigger(World& world, std::string_view user);
// Whose it is; it is used up. `invalid_trigger_id`, `expired_trigger_id`, `exchanged_trigger_id`.
[[nodiscard]] Result<std::string> exchange_trigger(World& world, std::string_view id);

// The view as the Web API and interactions show it.
[[nodiscard]] json::object view_object(const World& world, const View& view);

enum class Opens { root, pushed };
// `given` has passed accept_view(). `duplicate_external_id`, `not_found`, `push_limit_reached`.
Result<View*> open_view(World& world, const std::string& user, json::object given, Opens how);
Result<View*> update_view(World& world, View& view, json::object given);
Result<View*> publish_home(World& world, const std::string& user, json::object given);
[[nodiscard]] View* find_view(World& world, std::string_view id);
[[nodiscard]] View* top_view(World& world, const std::string& user);
// Takes the top view off, or the whole stack.
void drop_top_view(World& world, const std::string& user);
void drop_all_views(World& world, const std::string& user);

// What the app answered to a submission: `response_action` and nothing else changes anything.
void answer_submission(World& world, std::string_view view, bool delivered, std::string_view body);

// For the page: modals by user, and Home tabs.
[[nodiscard]] json::object shown_views(const World& world);

}  // namespace deskbell::sandbox
