#pragma once
// deskbell.toml and its environment twin, read into plain values.
//
// What this is: the only reader of configuration. Every key may come from the file or from
// DESKBELL_<KEY> (upper
//   case, dots and nesting become '_'; lists are comma-separated; tables of an array take an index,
//   which may be left out for the first: DESKBELL_SITE_ORIGINS); a secret also from the file that
//   <key>_file names. The environment wins.
// Who calls it: the commands, once, before anything starts.
// What it never does: guess. Unknown keys, wrong types and contradictions are errors that name
// file, line and key.

#include "core/policy.hpp"
#include "courier/courier.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::app {

// Text that must not be printed. There is no stream operator and no formatter on purpose.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    [[nodiscard]] const std::string& reveal() const { return text_; }
    [[nodiscard]] bool empty() const { return text_.empty(); }

private:
    std::string text_;
};

struct ListenAddress {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;
};
// "127.0.0.1:8080", "[::1]:8080"; nullopt when it cannot be read.
[[nodiscard]] std::optional<ListenAddress> parse_listen(std::string_view text);

struct ServerConfig {
    ListenAddress listen;
    std::string public_url;
    std::string database_file = "./deskbell.db";  // from data = "sqlite:…"
    std::int64_t ballast_bytes = 64LL << 20;      // set aside for a full disk; 0: nothing
    std::vector<std::string> trusted_proxies;
    std::string tls_certificate;
    std::string tls_key;
    bool demo_page = false;            // the sample shop at /, to try the widget
    std::int64_t gateway_threads = 0;  // 0: cores - 1, at least 1
    std::int64_t heartbeat_s = 20;     // how often silent sockets are asked for a sign of life
};

// What the widget asks before it lets somebody begin, or talk to a human.
struct PreChatConfig {
    std::string when = "handoff";  // or "start"
    std::vector<std::string> fields;
    std::vector<std::string> required;
    std::map<std::string, std::string> labels;  // by field
};

// Texts are the widget's to show; empty ones mean its own.
struct SiteConfig {
    std::string id = "default";
    std::vector<std::string> origins;
    Secret identity_secret;  // empty: nobody's identity is believed
    std::string title;
    std::string greeting;
    std::string accent;  // "#rrggbb"
    std::string locale;
    std::string hours_hint;
    std::vector<std::string> quick_topics;
    std::map<std::string, std::string> texts;  // by the widget's keys
    PreChatConfig pre_chat;
    std::string hours;  // the name of its opening hours
};

// One more workspace that routes may lead to.
struct WorkspaceConfig {
    std::string id;         // "T…"
    std::string api_url;    // empty: slack.api_url
    Secret bot_token;       // empty: installed there by a browser
    Secret signing_secret;  // of an app of its own; empty: slack.signing_secret
};

struct SlackConfig {
    bool socket_mode = false;  // Slack is listened to over connections that we open
    Secret app_token;          // for that
    std::int64_t socket_connections = 2;
    std::string api_url = "https://slack.com/api/";
    Secret bot_token;
    std::string client_id;  // with these two the app is installed by a browser, without bot_token
    Secret client_secret;
    Secret encryption_key;  // of tokens at rest; several while one is exchanged
    Secret signing_secret;
    Secret signing_secret_previous;  // while the secret is being changed at Slack
    courier::Pace pace;
    std::int64_t gap_repair_ms = 60'000;
    bool guests_may_answer = false;      // Slack's guests reach customers only when this says so
    bool private_channels_only = false;  // a public channel is parked, with an alarm
    std::string operator_place;          // who is told of trouble; empty: the route's next channel
    std::vector<core::Route> routes;
    std::vector<WorkspaceConfig> workspaces;  // beside the first, which has the keys above
};

struct HoursConfig {
    std::string id;
    core::OpeningHours hours;
};

// How the team works in its threads, and that nobody waits unseen.
struct DeskConfig {
    bool replies_are_marked = false;  // from replies = "all" or "marked"
    bool receipts = true;
    bool hints = true;
    bool typing = true;  // customers' typing is shown in their threads
    std::string canned_file;
    std::vector<std::string> claim_reactions = {"eyes"};
    std::vector<std::string> resolve_reactions = {"white_check_mark", "heavy_check_mark"};

    core::Escalation escalation{.mention_after_ms = 180'000,
                                .mentions = {},
                                .notify_after_ms = 300'000,
                                .notify_to = {},
                                .customer_after_ms = 600'000,
                                .remind_after_ms = 300'000};
    std::int64_t alert_retry_ms = 30'000;
    core::Texts texts;
    std::int64_t presence_interval_ms = 60'000;  // 0: never asked
    std::string hours;  // of routes and sites that name none; empty: always open
    std::vector<HoursConfig> opening_hours;
};

struct LimitsConfig {
    std::int64_t sessions_per_minute_per_ip = 30;
    double messages_per_second_per_session = 2;
    std::int64_t message_characters_max = 4000;
    std::int64_t edit_minutes = 60;  // how long customers may change their messages; 0: never
};

struct FilesConfig {
    bool enabled = true;
    std::string folder;  // empty: beside the database, with ".files" behind its name
    std::int64_t bytes_max = 20'000'000;
    std::int64_t session_bytes_max = 200'000'000;
    std::int64_t site_bytes_max = 20'000'000'000;
    std::int64_t keep_days = 0;  // 0: as long as their conversation
    std::vector<std::string> types = {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/heic",
        "image/heif",
        "image/avif",
        "image/bmp",
        "image/tiff",
        "application/pdf",
        "text/plain",
        "text/csv",
        "text/markdown",
        "audio/*",
        "video/*",
        "application/json",
        "application/zip",
        "application/rtf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation"};
};
// Where the files are.
[[nodiscard]] std::string files_folder(const FilesConfig& files, const std::string& database_file);

enum class BotKind : std::uint8_t { none, faq, webhook, openai };

struct BotConfig {
    BotKind kind = BotKind::faq;
    std::string faq_file = "faq.md";
    std::string name = "Deskbell Bot";
    std::string url;  // webhook: the endpoint; openai: up to and without /chat/completions
    Secret key;       // webhook: signs; openai: the bearer
    std::string model;
    std::string prompt =
        "You are the assistant of a website. Answer its visitors briefly and kindly, in their own "
        "language. Say so when you do not know something.";
    std::int64_t tokens_max = 600;
    std::int64_t timeout_s = 30;
    std::string failure_text =
        "Sorry, I cannot answer right now. Would you like to talk to a human?";
};

struct LogConfig {
    std::string level = "info";
    std::string format = "text";  // or "json"
};

struct Config {
    ServerConfig server;
    std::vector<SiteConfig> sites;
    SlackConfig slack;
    DeskConfig desk;
    LimitsConfig limits;
    FilesConfig files;
    BotConfig bot;
    LogConfig log;
};

// Whether a route leads to the workspace whose keys stand in [slack] itself.
[[nodiscard]] bool has_first_workspace(const Config& config);
// All channels that are named in one workspace, as destinations; `team` empty: in the first.
[[nodiscard]] std::set<Destination> destinations_in(const Config& config, std::string_view team);
// The same configuration as if there were that workspace only, its channels by their own names.
[[nodiscard]] Config only_workspace(const Config& config, const WorkspaceConfig& workspace);

struct ConfigErrors {
    std::vector<std::string> lines;  // "deskbell.toml:12: slack.mode: …"
};

// The value of an environment variable, or nullopt. Injected so that tests need no real
// environment.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] Environment process_environment();

// `file` empty: environment only. `text` is the file's content. Checks everything that can be
// checked without I/O other than reading the secrets' files.
[[nodiscard]] std::expected<Config, ConfigErrors> parse_config(std::string_view text,
                                                               const std::string& file,
                                                               const Environment& environment);
// Finds the file (see protocol: --config, else ./deskbell.toml, else environment only), reads and
// parses it.
[[nodiscard]] std::expected<Config, ConfigErrors> load_config(
    const std::optional<std::string>& file, const Environment& environment);

}  // namespace deskbell::app
