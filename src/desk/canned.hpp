#pragma once
// Canned replies: a Markdown file, one `## name` heading each, with placeholders like
// {{customer.name}} or {{customer.name|there}}.
//
// Who calls it: the desk, on the office loop. The file may be edited at any time by hand or by
// put(); it is read again when it has changed. What it never does: send a reply with a hole in it.

#include "base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::desk {

class CannedReplies {
public:
    static constexpr std::size_t replies_max = 1'000;
    static constexpr std::size_t name_characters_max = 60;
    static constexpr std::size_t text_characters_max = 3'000;  // what a form of Slack's takes
    static constexpr std::size_t file_bytes_max = 1u << 20;

    struct Reply {
        std::string name;
        std::string text;  // Markdown
    };

    // An empty path: there are none, and none can be kept.
    explicit CannedReplies(std::string file) : file_(std::move(file)) {}

    // By its name, or by the only name that begins so: `canned_unknown`, `canned_unclear`.
    [[nodiscard]] Result<Reply> find(std::string_view name);
    // Whose name or text has all the words, those that begin with the query first.
    [[nodiscard]] std::vector<Reply> search(std::string_view query, std::size_t most);
    // Into the file; empty text removes it. `canned_off`, `canned_invalid`, `canned_not_written`.
    [[nodiscard]] Result<void> put(std::string_view name, std::string_view text);
    // Whether the file can be read: for the start and the doctor.
    [[nodiscard]] Result<void> check();

private:
    void refresh();

    std::string file_;
    std::vector<Reply> replies_;  // in the file's order
    std::string preamble_;        // what stands before the first heading
    std::filesystem::file_time_type read_at_{};
    std::uintmax_t read_bytes_ = 0;
};

// With every placeholder filled: `canned_incomplete` names the first that nothing fills.
[[nodiscard]] Result<std::string> fill_in(std::string_view text,
                                          const std::map<std::string, std::string>& values);
// "Opening hours " → "opening-hours"; empty when nothing is left.
[[nodiscard]] std::string canned_name(std::string_view name);

}  // namespace deskbell::desk
