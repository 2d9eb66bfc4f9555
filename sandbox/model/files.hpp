#pragma once
// Files: uploaded by the app in Slack's three steps, or by people; shared into channels as
// messages, some time after the app was told that all is well; deleted into tombstones.

#include "base/clock.hpp"
#include "sandbox/model/workspace.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sandbox {

struct World;

struct FileShare {
    std::string channel;
    Ts ts = 0;
    Ts thread_ts = 0;
};

struct SlackFile {
    std::string id;
    std::string name;
    std::string title;
    std::string alt_text;
    std::string mimetype;  // empty until Slack has looked at the bytes
    std::string filetype;
    std::string pretty_type;
    std::string user;
    std::string mode = "hosted";  // "hosted", "snippet" or "external"
    std::string external_url;
    std::string bytes;
    std::int64_t size = 0;  // as announced, then as it is
    std::int64_t created_s = 0;
    std::string upload_key;  // of its upload URL; empty once the upload is complete
    bool is_uploaded = false;
    bool is_deleted = false;
    bool is_opaque = false;  // messages say "check_file_info" and no more
    std::vector<FileShare> shares;
};

// A share that the app was promised and that has not appeared yet.
struct PendingShare {
    SteadyMs due_ms = 0;
    std::vector<std::string> files;
    std::string channel;  // empty: the files stay private
    Ts thread_ts = 0;
    Message draft;
};

struct Files {
    static constexpr std::size_t files_max = 10'000;
    static constexpr std::size_t bytes_max = 256u << 20;
    static constexpr std::size_t pending_max = 1'000;
    // What a state file keeps; of larger ones only the names survive a restart.
    static constexpr std::size_t saved_file_bytes_max = 1u << 20;
    static constexpr std::size_t saved_bytes_max = 16u << 20;

    std::map<std::string, SlackFile, std::less<>> by_id;
    std::deque<PendingShare> pending;
    std::size_t bytes = 0;
};

// `size` as announced; the file takes bytes later. Null when the storage is full.
SlackFile* add_file(World& world, std::string_view name, std::string_view user, std::int64_t size);
// What its name and bytes say it is.
void classify(SlackFile& file);
// Posts `draft` with these files and tells of the share.
Message& share_files(World& world, Channel& channel, Message draft, Ts thread_ts, bool broadcast,
                     const std::vector<std::string>& files);
// Gone from every message that shows it, which changes them.
void delete_file(World& world, SlackFile& file);
// Shares that are due.
void run_pending_shares(World& world);
[[nodiscard]] std::optional<SteadyMs> next_share_due(const World& world);

// As files.info and messages show it.
[[nodiscard]] json::object file_object(const World& world, const SlackFile& file);
[[nodiscard]] json::array message_files(const World& world, const Message& message);
// With the shares, as files.info shows them.
[[nodiscard]] json::object file_info(const World& world, const SlackFile& file);
// For the page.
[[nodiscard]] json::array shown_files(const World& world, const Message& message);

[[nodiscard]] json::object save_files(const World& world);
void load_files(World& world, const json::object& saved);

}  // namespace deskbell::sandbox
