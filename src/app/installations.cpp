#include "app/installations.hpp"

#include "app/files.hpp"
#include "base/json.hpp"
#include "base/test_hooks.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace deskbell::app {
namespace {

constexpr std::size_t file_bytes_max = 1u << 20;

std::string purpose_of(const std::string& team) { return "slack|bot_token|" + team; }

// What is sealed.
std::string words_of(const Installations::Token& token) {
    return json::serialize(json::object{
        {"token", token.token}, {"refresh", token.refresh}, {"expires_at", token.expires_at}});
}

Installations::Token read_token(const std::string& team, std::string name, std::string_view words) {
    const auto content = parse_json_object(words);
    if (!content) return {.team = team, .team_name = std::move(name)};
    return {.team = team,
            .team_name = std::move(name),
            .token = string_or_empty(*content, "token"),
            .refresh = string_or_empty(*content, "refresh"),
            .expires_at = find_int(*content, "expires_at").value_or(0)};
}

}  // namespace

Result<Installations> Installations::open(std::string file, Keyring keyring, bool renews) {
    Installations made(std::move(file), std::move(keyring));
    if (!exists(made.file_)) return made;
    const auto text = read_file(made.file_, file_bytes_max);
    const auto content = parse_json_object(text.value_or(""));
    if (!content)
        return fail("installations_unreadable",
                    "cannot read " + made.file_ +
                        ". Put it back from a copy, or remove it and install the app again.");
    bool is_stale = false;
    for (const auto& [team, value] : *content) {
        const json::object* entry = value.if_object();
        if (entry == nullptr) continue;
        const std::string sealed = string_or_empty(*entry, "token");
        const auto opened = made.keyring_.open(sealed, purpose_of(team));
        if (!opened)
            return fail(opened.error().code, made.file_ + ", workspace " + std::string(team) +
                                                 ": " + opened.error().detail);
        is_stale = is_stale || made.keyring_.is_stale(sealed);
        made.tokens_[team] = read_token(team, string_or_empty(*entry, "name"), *opened);
    }
    if (is_stale && renews)
        if (auto written = made.write(); !written) return std::unexpected(written.error());
    return made;
}

Result<void> Installations::put(Token token) {
    const std::string team = token.team;
    auto before = tokens_;
    tokens_[team] = std::move(token);
    if (auto written = write(); !written) {
        tokens_ = std::move(before);
        return written;
    }
    return {};
}

Result<void> Installations::write() const {
    json::object content;
    for (const auto& [team, token] : tokens_)
        content[team] = json::object{{"name", token.team_name},
                                     {"token", keyring_.seal(words_of(token), purpose_of(team))}};
    DESKBELL_CRASH_POINT("installations.before_write");
    auto written = replace_file(file_, json::serialize(content) + "\n");
    DESKBELL_CRASH_POINT("installations.written");
    return written;
}

const Installations::Token* first_installed(const Config& config,
                                            const Installations& installations) {
    for (const auto& [team, token] : installations.all()) {
        if (std::ranges::find(config.slack.workspaces, team, &WorkspaceConfig::id) ==
            config.slack.workspaces.end())
            return &token;
    }
    return nullptr;
}

}  // namespace deskbell::app
