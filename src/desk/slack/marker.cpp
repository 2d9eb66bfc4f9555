#include "desk/slack/marker.hpp"

#include "desk/slack/own_words.hpp"

#include <charconv>

namespace deskbell::desk::slack {
namespace {

constexpr std::string_view parent_prefix = "deskbell.parent.";
constexpr std::string_view card_prefix = "deskbell.card.";
constexpr std::string_view prefix = "deskbell.";
constexpr std::size_t id_characters_max = 64;

}  // namespace

std::optional<Marker> marker_of(const json::object& message) {
    Marker marker;
    const json::object& metadata = object_at(message, "metadata");
    if (text_at(metadata, "event_type") == metadata_type)
        marker.post.value = text_at(object_at(metadata, "event_payload"), "post");
    for (const json::value& value : array_at(message, "blocks")) {
        const json::object* block = value.if_object();
        if (!block) continue;
        const std::string_view id = text_at(*block, "block_id");
        if (!id.starts_with(prefix)) continue;
        const bool updated = id.starts_with(card_prefix);
        marker.is_parent = updated || id.starts_with(parent_prefix);
        if (!marker.post.empty() || updated) break;
        const std::string_view ids =
            id.substr(*marker.is_parent ? parent_prefix.size() : prefix.size());
        marker.post.value = ids.substr(0, ids.find('.'));
        break;
    }
    if (marker.post.empty() || marker.post.value.size() > id_characters_max) return std::nullopt;
    return marker;
}

std::string metadata_json(const core::Post& post) {
    json::object payload = {{"post", post.id.value}, {"session", post.session.value}};
    if (std::string lines = lines_mark(post); !lines.empty()) payload["lines"] = std::move(lines);
    const json::object metadata = {{"event_type", metadata_type},
                                   {"event_payload", std::move(payload)}};
    return json::serialize(metadata);
}

std::string block_id_of(const core::Post& post) {
    const bool parent = post.kind == core::LetterKind::open_thread;
    if (!parent) return std::string(prefix) + post.id.value;
    return std::string(parent_prefix) + post.id.value + "." + post.session.value;
}

std::string block_id_of(const core::Card& card) {
    return std::string(card_prefix) + card.session.value + "." + std::to_string(card.version);
}

std::string canary_of(const json::object& message) {
    constexpr std::size_t characters_max = 40;
    const std::string_view text = text_at(message, "text");
    const std::size_t at = text.find(canary_prefix);
    if (at == std::string_view::npos) return {};
    const std::size_t end = text.find(')', at);
    if (end == std::string_view::npos || end - at > characters_max) return {};
    return std::string(text.substr(at, end - at));
}

std::string_view session_of_block_id(std::string_view id) {
    if (id.starts_with(card_prefix)) {
        id.remove_prefix(card_prefix.size());
        return id.substr(0, id.find('.'));
    }
    if (!id.starts_with(parent_prefix)) return {};
    const std::size_t dot = id.find('.', parent_prefix.size());
    return dot == std::string_view::npos ? std::string_view() : id.substr(dot + 1);
}

std::int64_t card_version_of(const json::object& message) {
    for (const json::value& value : array_at(message, "blocks")) {
        const json::object* block = value.if_object();
        if (!block) continue;
        std::string_view id = text_at(*block, "block_id");
        if (!id.starts_with(card_prefix)) continue;
        id.remove_prefix(card_prefix.size());
        const std::size_t dot = id.find('.');
        std::int64_t version = 0;
        if (dot != std::string_view::npos)
            std::from_chars(id.data() + dot + 1, id.data() + id.size(), version);
        return version;
    }
    return 0;
}

}  // namespace deskbell::desk::slack
