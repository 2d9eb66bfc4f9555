#include "sandbox/model/events.hpp"
#include "sandbox/model/membership.hpp"
#include "sandbox/model/methods.hpp"
#include "sandbox/model/shapes.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

// One page of `count` items by offset; the cursor names the offset.
struct Page {
    std::size_t first = 0;
    std::size_t end = 0;
    std::string next_cursor;
};

Result<Page> read_page(Request& request, std::string_view kind, std::size_t count,
                       std::int64_t limit_default) {
    const auto limit = request.number("limit", limit_default, 1, 1000, "invalid_limit");
    if (!limit) return std::unexpected(limit.error());
    Page page;
    if (request.has("cursor")) {
        const auto value = read_cursor(kind, request.text("cursor"));
        if (!value || value->empty() || value->size() > 9 ||
            !std::ranges::all_of(*value, [](char c) { return c >= '0' && c <= '9'; }))
            return refuse("invalid_cursor");
        page.first = std::min<std::size_t>(std::stoul(*value), count);
    }
    page.end = std::min(count, page.first + static_cast<std::size_t>(*limit));
    if (page.end < count) page.next_cursor = make_cursor(kind, std::to_string(page.end));
    return page;
}

struct Wanted {
    bool open = true;     // public channels
    bool closed = false;  // private ones
};

Result<Wanted> read_types(const Request& request) {
    if (!request.has("types")) return Wanted{};
    Wanted wanted{false, false};
    std::string rest = request.text("types") + ",";
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        std::string type = rest.substr(0, comma);
        std::erase(type, ' ');
        rest.erase(0, comma + 1);
        if (type == "public_channel")
            wanted.open = true;
        else if (type == "private_channel")
            wanted.closed = true;
        else if (type != "im" && type != "mpim")
            return refuse("invalid_types");
    }
    return wanted;
}

}  // namespace

Fields conversations_info(Request& request) {
    const auto channel = request.channel();
    if (!channel) return std::unexpected(channel.error());
    return json::object{
        {"channel", channel_object(request.world, **channel, request.flag("include_num_members"))}};
}

Fields conversations_list(Request& request) {
    const auto wanted = read_types(request);
    if (!wanted) return std::unexpected(wanted.error());
    const std::string& bot = request.world.workspace.app.user_id;
    std::vector<const Channel*> visible;
    for (const Channel& channel : request.world.workspace.channels) {
        if (channel.is_archived && request.flag("exclude_archived")) continue;
        if (channel.is_private ? wanted->closed && channel.has_member(bot) : wanted->open)
            visible.push_back(&channel);
    }
    const auto page = read_page(request, "channels", visible.size(), 100);
    if (!page) return std::unexpected(page.error());
    json::array list;
    for (std::size_t i = page->first; i < page->end; ++i)
        list.push_back(channel_object(request.world, *visible[i], true));
    return json::object{{"channels", std::move(list)},
                        {"response_metadata", {{"next_cursor", page->next_cursor}}}};
}

Fields conversations_join(Request& request) {
    const auto channel = request.channel();
    if (!channel) return std::unexpected(channel.error());
    if ((*channel)->is_private) return refuse("method_not_supported_for_channel_type");
    if ((*channel)->is_archived) return refuse("is_archived");
    const std::string& bot = request.world.workspace.app.user_id;
    if ((*channel)->has_member(bot)) {
        request.warnings.push_back("already_in_channel");
    } else {
        join_channel(request.world, **channel, bot, {});
    }
    return json::object{{"channel", channel_object(request.world, **channel, false)}};
}

Fields conversations_members(Request& request) {
    const auto channel = request.channel();
    if (!channel) return std::unexpected(channel.error());
    const std::vector<std::string>& members = (*channel)->members;
    const auto page = read_page(request, "members", members.size(), 100);
    if (!page) return std::unexpected(page.error());
    json::array list;
    for (std::size_t i = page->first; i < page->end; ++i) list.push_back(json::string(members[i]));
    return json::object{{"members", std::move(list)},
                        {"response_metadata", {{"next_cursor", page->next_cursor}}}};
}

}  // namespace deskbell::sandbox
