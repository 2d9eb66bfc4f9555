#include "desk/canned.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace deskbell::desk {
namespace {

std::vector<std::string> words_of(std::string_view query) {
    std::vector<std::string> words;
    std::istringstream stream{to_lower_ascii(query)};
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

}  // namespace

std::string canned_name(std::string_view name) {
    std::string clean;
    for (const char c : to_lower_ascii(trim(name))) {
        const bool is_gap = c == ' ' || c == '\t' || c == '-';
        if (is_gap && (clean.empty() || clean.back() == '-')) continue;
        if (static_cast<unsigned char>(c) < 0x20 || c == '#') continue;
        clean += is_gap ? '-' : c;
    }
    while (clean.ends_with('-')) clean.pop_back();
    return clean;
}

Result<void> CannedReplies::check() {
    if (file_.empty()) return {};
    std::ifstream stream(file_, std::ios::binary);
    if (!stream || std::filesystem::is_directory(file_))
        return fail("canned_unreadable", "desk.canned: cannot read " + file_ + ".");
    return {};
}

void CannedReplies::refresh() {
    if (file_.empty()) return;
    std::error_code failed;
    const auto changed_at = std::filesystem::last_write_time(file_, failed);
    const std::uintmax_t bytes = failed ? 0 : std::filesystem::file_size(file_, failed);
    if (failed || bytes > file_bytes_max) {
        log::warn("canned replies: {} cannot be read; what was read last is used", file_);
        return;
    }
    if (changed_at == read_at_ && bytes == read_bytes_) return;
    std::ifstream stream(file_, std::ios::binary);
    std::vector<Reply> replies;
    std::string preamble;
    for (std::string line; std::getline(stream, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.starts_with("## ") && replies.size() < replies_max) {
            replies.push_back({canned_name(std::string_view(line).substr(3)), {}});
        } else {
            (replies.empty() ? preamble : replies.back().text) += line + "\n";
        }
    }
    for (Reply& reply : replies) reply.text = trim(reply.text);
    std::erase_if(replies, [](const Reply& one) { return one.name.empty() || one.text.empty(); });
    replies_ = std::move(replies);
    preamble_ = std::move(preamble);
    read_at_ = changed_at;
    read_bytes_ = bytes;
}

Result<CannedReplies::Reply> CannedReplies::find(std::string_view given) {
    refresh();
    const std::string name = canned_name(given);
    std::vector<const Reply*> beginning;
    for (const Reply& reply : replies_) {
        if (reply.name == name) return reply;
        if (!name.empty() && reply.name.starts_with(name)) beginning.push_back(&reply);
    }
    if (beginning.size() == 1) return *beginning.front();
    if (beginning.empty())
        return fail("canned_unknown", "There is no canned reply \"" + name + "\".");
    std::string names;
    for (const Reply* reply : beginning) names += (names.empty() ? "" : ", ") + reply->name;
    return fail("canned_unclear", "Several canned replies begin so: " + names + ".");
}

std::vector<CannedReplies::Reply> CannedReplies::search(std::string_view query, std::size_t most) {
    refresh();
    const std::vector<std::string> words = words_of(query);
    std::vector<Reply> found;
    for (const bool by_name : {true, false}) {
        for (const Reply& reply : replies_) {
            const bool begins = reply.name.starts_with(canned_name(query));
            const std::string all = reply.name + " " + to_lower_ascii(reply.text);
            const bool has_all = std::ranges::all_of(
                words, [&](const std::string& word) { return all.contains(word); });
            if (begins == by_name && (begins || has_all) && found.size() < most)
                found.push_back(reply);
        }
    }
    return found;
}

Result<void> CannedReplies::put(std::string_view given, std::string_view text) {
    if (file_.empty())
        return fail("canned_off", "No file for canned replies is configured (desk.canned).");
    const std::string name = canned_name(given);
    const std::string clean(trim(without_controls(text)));
    if (name.empty() || count_characters(name) > name_characters_max)
        return fail("canned_invalid", "A name has 1 to 60 characters.");
    if (count_characters(clean) > text_characters_max)
        return fail("canned_invalid", "A reply has at most 3000 characters.");
    if (clean.starts_with("## ") || clean.contains("\n## "))
        return fail("canned_invalid", "A line of a reply must not begin with ##.");
    refresh();
    std::vector<Reply> replies = replies_;
    const auto known = std::ranges::find(replies, name, &Reply::name);
    if (known == replies.end() && !clean.empty() && replies.size() < replies_max)
        replies.push_back({name, clean});
    else if (known != replies.end() && !clean.empty())
        known->text = clean;
    else if (known != replies.end())
        replies.erase(known);
    std::string content = preamble_;
    for (const Reply& reply : replies) content += "## " + reply.name + "\n" + reply.text + "\n\n";
    // Beside it and then in its place: whoever reads meanwhile reads a whole file.
    const std::string beside = file_ + ".new";
    std::ofstream stream(beside, std::ios::binary | std::ios::trunc);
    stream << content;
    stream.close();
    std::error_code failed;
    if (stream) std::filesystem::rename(beside, file_, failed);
    if (!stream || failed)
        return fail("canned_not_written", "The file of the canned replies could not be written.");
    refresh();
    return {};
}

Result<std::string> fill_in(std::string_view text,
                            const std::map<std::string, std::string>& values) {
    std::string filled;
    while (true) {
        const std::size_t open = text.find("{{");
        filled += text.substr(0, open);
        if (open == std::string_view::npos) return filled;
        const std::size_t close = text.find("}}", open);
        if (close == std::string_view::npos) return filled + std::string(text.substr(open));
        const std::string_view inside = text.substr(open + 2, close - open - 2);
        const std::size_t bar = inside.find('|');
        const std::string name(trim(inside.substr(0, bar)));
        const auto value = values.find(name);
        if (value != values.end() && !value->second.empty()) {
            filled += value->second;
        } else if (bar != std::string_view::npos) {
            filled += trim(inside.substr(bar + 1));
        } else {
            return fail("canned_incomplete", "Nothing fills {{" + name + "}} in this reply.");
        }
        text.remove_prefix(close + 2);
    }
}

}  // namespace deskbell::desk
