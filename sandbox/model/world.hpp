#pragma once
// Everything one sandbox holds, for the files of this folder. Outside, Slack (slack.hpp) is the
// only way in.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "sandbox/model/deliveries.hpp"
#include "sandbox/model/faults.hpp"
#include "sandbox/model/files.hpp"
#include "sandbox/model/interactions.hpp"
#include "sandbox/model/limits.hpp"
#include "sandbox/model/oauth.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/socket_mode.hpp"
#include "sandbox/model/views.hpp"
#include "sandbox/model/workspace.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sandbox {

struct CallLogEntry {
    Ts at = 0;
    std::string method;
    std::string channel;
    int status = 200;
    bool ok = true;
    std::string error;
    std::string fault;
    std::int64_t retry_after_s = 0;
};

// A button press that may still be answered through its response_url.
struct ResponseHook {
    std::string id;
    std::string channel;
    std::string user;
    Ts message_ts = 0;
    Ts thread_ts = 0;
    SteadyMs expires_ms = 0;
    int uses_left = 5;
};

// A call that is applied although nobody waits for its answer any more.
struct LateCall {
    ApiCall call;
    SteadyMs due_ms = 0;
};

// A link's preview under way.
struct LateUnfurl {
    std::string channel;
    Ts ts = 0;
    SteadyMs due_ms = 0;
};

// Everything it concerns is answered 429 until it is over.
struct Storm {
    std::string method;   // empty: any
    std::string channel;  // empty: any
    SteadyMs until_ms = 0;
};

// What an app says it is doing in a thread.
struct ThreadStatus {
    std::string text;
    SteadyMs ends_ms = 0;
};

struct World {
    static constexpr std::size_t messages_per_channel_max = 200'000;
    static constexpr std::size_t calls_max = 200;
    static constexpr std::size_t hooks_max = 1'000;
    static constexpr std::size_t late_calls_max = 1'000;
    static constexpr std::size_t unfurls_max = 1'000;
    static constexpr std::size_t storms_max = 100;

    World(const Clock& time, Random& dice) : clock(time), random(dice), faults(dice) {}

    const Clock& clock;
    Random& random;
    Workspace workspace;
    DeliveryQueue deliveries;
    RateLimits limits;
    Faults faults;
    std::deque<CallLogEntry> calls;  // newest first
    std::deque<ResponseHook> hooks;
    std::vector<LateCall> late_calls;
    std::vector<LateUnfurl> unfurls;
    std::vector<Storm> storms;
    bool is_muted = false;  // nothing that happens now is told
    SocketMode sockets;
    Files files;
    Views views;
    Interactions interactions;
    OAuth oauth;
    std::map<std::pair<std::string, Ts>, ThreadStatus> statuses;  // by channel and root
    std::string weather;  // its name; empty: fair, or nobody gave it one
    std::optional<json::object> settings_before_weather;
    std::map<std::string, std::uint64_t, std::less<>> met;  // troubles that came by themselves
    std::string public_url;     // without a final '/'; pictures and permalinks begin with it
    std::string workspace_url;  // with a final '/'
    bool events_disabled = false;
    std::int64_t limited_minute = 0;  // the last minute that app_rate_limited was sent for
    std::uint64_t version = 1;
    std::uint64_t durable_version = 1;

    // Something that the page shows changed; with `durable` something that is saved, too.
    void changed(bool durable = true) {
        ++version;
        if (durable) ++durable_version;
    }
    [[nodiscard]] Ts now_ts() const { return clock.wall_ms() * 1000; }
    // One more trouble of this name.
    void count(std::string_view name);
    // Strictly increasing in the channel, whatever the clock does.
    [[nodiscard]] Ts next_ts(Channel& channel);
    [[nodiscard]] std::string avatar_url(const User& user) const {
        return public_url + user.avatar;
    }
    [[nodiscard]] bool is_bot(std::string_view user) const { return user == workspace.app.user_id; }
};

// A new workspace with its people, channels and secrets (defaults.cpp).
void found_workspace(World& world, const Options& options);

}  // namespace deskbell::sandbox
