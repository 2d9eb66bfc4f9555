#include "sandbox/model/methods.hpp"
#include "sandbox/model/shapes.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t limited_items_max = 15;  // of apps that Slack holds short

// What `oldest`, `latest`, `inclusive` and `cursor` leave: ts in [from, to].
struct Range {
    Ts from = 0;
    Ts to = std::numeric_limits<Ts>::max();
    std::int64_t limit = 0;
    MetadataView metadata = MetadataView::event_type_only;
    std::optional<Ts> cursor;
};

Result<Range> read_range(Request& request, std::int64_t limit_default, std::int64_t limit_max) {
    Range range;
    const bool inclusive = request.flag("inclusive");
    if (request.has("oldest") && request.text("oldest") != "0") {
        const auto oldest = parse_bound(request.text("oldest"));
        if (!oldest) return refuse("invalid_ts_oldest");
        range.from = inclusive ? *oldest : *oldest + 1;
    }
    if (request.has("latest") && request.text("latest") != "0" && request.text("latest") != "now") {
        const auto latest = parse_bound(request.text("latest"));
        if (!latest) return refuse("invalid_ts_latest");
        range.to = inclusive ? *latest : *latest - 1;
    }
    const bool limited = request.world.workspace.settings.history_limited;
    const auto limit = request.number("limit", limited ? limited_items_max : limit_default, 1,
                                      limited ? limited_items_max : limit_max);
    if (!limit) return std::unexpected(limit.error());
    range.limit = *limit;
    if (request.flag("include_all_metadata")) range.metadata = MetadataView::full;
    if (request.has("cursor")) {
        const auto value = read_cursor("next_ts", request.text("cursor"));
        const auto at = value ? parse_ts(*value) : std::nullopt;
        if (!at) return refuse("invalid_cursor");
        range.cursor = at;
    }
    return range;
}

json::object with_cursor(json::object answer, Ts next) {
    answer["has_more"] = next != 0;
    answer["response_metadata"] = {
        {"next_cursor", next == 0 ? "" : make_cursor("next_ts", to_text(next))}};
    return answer;
}

// The message as a read shows it, less what this Slack keeps back.
json::object shown_in_read(Request& request, const Channel& channel, const Message& message,
                           MetadataView metadata) {
    json::object shown = message_object(request.world, channel, message, metadata);
    const Settings& settings = request.world.workspace.settings;
    strip_marks(request.world, shown, settings.strip_metadata, settings.strip_block_ids);
    return shown;
}

// The channel, if the app may read it.
Result<Channel*> readable_channel(Request& request) {
    const auto channel = request.joined_channel();
    if (!channel) return channel;
    const std::string_view scope = (*channel)->is_private ? "groups:history" : "channels:history";
    if (!request.has_scope(scope)) {
        request.needed_scope = scope;
        return refuse("missing_scope");
    }
    return channel;
}

}  // namespace

// Newest first. The cursor names the next, older entry.
Fields conversations_history(Request& request) {
    const auto channel = readable_channel(request);
    if (!channel) return std::unexpected(channel.error());
    const auto range = read_range(request, 100, 999);
    if (!range) return std::unexpected(range.error());
    const Ts newest = range->cursor ? std::min(*range->cursor, range->to) : range->to;
    const Channel& seen = request.seen(**channel);
    const std::set<Ts>& view = seen.main_view;
    json::array list;
    Ts next = 0;
    for (auto it = std::make_reverse_iterator(view.upper_bound(newest));
         it != view.rend() && *it >= range->from; ++it) {
        if (list.size() == static_cast<std::size_t>(range->limit)) {
            next = *it;
            break;
        }
        list.push_back(shown_in_read(request, seen, *seen.find(*it), range->metadata));
    }
    return with_cursor({{"messages", std::move(list)},
                        {"pin_count", 0},
                        {"channel_actions_ts", nullptr},
                        {"channel_actions_count", 0}},
                       next);
}

// Oldest first, the root before all and on every page. The cursor names the next, newer reply.
Fields conversations_replies(Request& request) {
    const auto channel = readable_channel(request);
    if (!channel) return std::unexpected(channel.error());
    const auto ts = request.timestamp("ts");
    if (!ts)
        return refuse(ts.error().code == "message_not_found" ? "thread_not_found"
                                                             : ts.error().code);
    const auto range = read_range(request, 1000, 1000);
    if (!range) return std::unexpected(range.error());
    const Channel& seen = request.seen(**channel);
    const Message* root = seen.find(*ts);
    if (!root) return refuse("thread_not_found");
    const auto show = [&](const Message& message) {
        return shown_in_read(request, seen, message, range->metadata);
    };
    json::array list;
    list.push_back(show(*root));
    // A reply's ts shows that message alone: Slack's own surprise.
    if (root->is_reply()) return with_cursor({{"messages", std::move(list)}}, 0);
    const std::size_t replies_max = static_cast<std::size_t>(
        range->cursor ? range->limit : std::max<std::int64_t>(0, range->limit - 1));
    const Ts oldest = range->cursor ? std::max(*range->cursor, range->from) : range->from;
    Ts next = 0;
    for (auto it = root->replies.lower_bound(oldest); it != root->replies.end() && *it <= range->to;
         ++it) {
        if (list.size() - 1 == replies_max) {
            next = *it;
            break;
        }
        list.push_back(show(*seen.find(*it)));
    }
    return with_cursor({{"messages", std::move(list)}}, next);
}

}  // namespace deskbell::sandbox
