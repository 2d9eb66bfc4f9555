#pragma once
// What the app decides for a gateway, and what all gateways of a process have in common.

#include "base/web_asset.hpp"
#include "files/disk_thread.hpp"
#include "files/file_folder.hpp"
#include "gateway/rate_limits.hpp"
#include "net/http_types.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace deskbell::gateway {

struct Site {
    SiteId id;
    std::vector<std::string> origins;  // exact: "https://www.example.com"
    std::string config_json = "{}";    // what GET /v1/config says
    std::string identity_secret{};     // empty: nobody's identity is believed
};

// What is kept where, and who may see it. Without a folder nothing is taken or given.
struct FileOptions {
    const files::FileFolder* folder = nullptr;  // these two outlive the gateway
    files::DiskThread* disk = nullptr;
    std::int64_t bytes_max = 20'000'000;
    std::size_t a_message_max = 10;
    std::vector<std::string> types;  // "image/*"
    std::string link_key;            // signs addresses that open a file for a while
};

struct Options {
    FileOptions files{};
    std::vector<Site> sites;  // the first one is meant when a new session names none
    std::string public_url;
    std::vector<std::string> trusted_proxies;  // addresses or networks ("10.0.0.0/8")
    std::span<const WebAsset> assets;
    bool demo_pages = false;
    std::string demo_config_json = "{}";  // what /demo/config.json says
    // The agents' page, which the demo shows beside the shop: "http://127.0.0.1:8081". Empty: the
    // shop alone.
    std::string demo_desk_origin{};
    std::int64_t heartbeat_ms = 20'000;
    std::int64_t silence_ms_max = 45'000;  // nothing heard for so long: 4009
    std::int64_t hello_ms_max = 5'000;
    std::size_t links_per_session_max = 32;  // tabs and polls; the oldest one makes room
    // Names this run of the logs, see engine/reconcile.hpp: a client that followed another one must
    // begin again. Empty: there has only ever been one.
    std::string log_run{};
    WallMs log_run_began = 0;  // sessions made since have only been in this one
};

// Counted by every loop, read by /metrics.
struct Counters {
    std::atomic<std::int64_t> links_open{0};
    std::atomic<std::int64_t> streams_open{0};
    std::atomic<std::int64_t> polls_waiting{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> requests_refused{0};
    std::atomic<std::uint64_t> sessions_created{0};
    std::atomic<std::uint64_t> messages_accepted{0};
    std::atomic<std::uint64_t> requests_rate_limited{0};
    std::atomic<std::uint64_t> events_sent{0};
    std::atomic<std::uint64_t> catch_up_reads{0};
    std::atomic<std::uint64_t> links_replaced{0};
    std::atomic<std::uint64_t> links_silent{0};
    std::atomic<std::int64_t> uploads_open{0};
    std::atomic<std::uint64_t> files_taken{0};
    std::atomic<std::uint64_t> files_given{0};
};

// The only things that gateways on different loops share: atomics, and buckets behind a lock of
// their own. One instance a process, made before the first gateway and outliving the last.
struct Commons {
    explicit Commons(LimitOptions limit_options, std::uint64_t hash_seed)
        : limits(limit_options, hash_seed) {}

    RateLimits limits;
    Counters counters;
    std::atomic<std::uint64_t> link_epoch{0};  // newer links have larger ones
};

// Calls that leave the gateway; each is made on the gateway's loop. Empty ones are allowed.
struct Hooks {
    // Slack's requests, raw. The answer must come on the gateway's loop (the app posts it there).
    std::function<void(net::HttpRequest, std::move_only_function<void(net::HttpResponse)>)>
        desk_request;
    std::function<std::vector<std::string>()> not_ready_reasons;  // none: ready
    std::function<std::vector<std::string>()> ready_notes;        // worth knowing, and no reason
    std::function<std::string()> metrics_text;
    // For the gateways on the other loops: hand each to their `replaced` and `live`.
    std::function<void(const SessionId&, std::uint64_t instance, std::uint64_t epoch)> replaced;
    std::function<void(const SessionId&, const std::string& frame, std::uint64_t except_instance)>
        live;
    // A customer types, or has stopped.
    std::function<void(const SessionId&, bool on)> typing;
};

}  // namespace deskbell::gateway
