#include "sandbox/model/unfurls.hpp"

#include "sandbox/model/messages.hpp"

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t unfurl_delay_ms = 1'000;

// The first link of a text as Slack stores it, or empty text.
std::string first_link(std::string_view text) {
    for (std::size_t at = text.find("<http"); at != std::string_view::npos;
         at = text.find("<http", at + 1)) {
        const std::string_view rest = text.substr(at + 1);
        const std::size_t end = rest.find_first_of("|>");
        if (end != std::string_view::npos) return std::string(rest.substr(0, end));
    }
    return {};
}

void unfurl(World& world, Channel& channel, Message& message) {
    std::string link = first_link(message.text);
    if (link.empty()) link = "https://unfurled.example/";
    MessageChange change;
    change.marks_edited = false;
    change.attachments = message.attachments;
    change.attachments->push_back({{"id", change.attachments->size() + 1},
                                   {"from_url", link},
                                   {"original_url", link},
                                   {"fallback", "A page: " + link},
                                   {"service_name", "The web"},
                                   {"title", "A page"},
                                   {"title_link", link},
                                   {"text", "What the page says of itself."}});
    change_message(world, channel, message, std::move(change));
    world.count("unfurled");
}

}  // namespace

void consider_unfurl(World& world, const Channel& channel, const Message& message) {
    if (!world.workspace.settings.unfurl_links || first_link(message.text).empty()) return;
    // Apps say whether they want it; ours says no.
    if (!message.bot_id.empty()) return;
    unfurl_later(world, channel, message.ts, unfurl_delay_ms);
}

void unfurl_later(World& world, const Channel& channel, Ts ts, std::int64_t delay_ms) {
    if (world.unfurls.size() >= World::unfurls_max) return;
    world.unfurls.push_back({channel.id, ts, world.clock.steady_ms() + delay_ms});
}

void run_unfurls(World& world) {
    const SteadyMs now = world.clock.steady_ms();
    for (std::size_t i = 0; i < world.unfurls.size();) {
        if (world.unfurls[i].due_ms > now) {
            ++i;
            continue;
        }
        const LateUnfurl due = std::move(world.unfurls[i]);
        world.unfurls.erase(world.unfurls.begin() + static_cast<std::ptrdiff_t>(i));
        Channel* channel = world.workspace.find_channel(due.channel);
        Message* message = channel ? channel->find(due.ts) : nullptr;
        if (message && !message->is_tombstone()) unfurl(world, *channel, *message);
    }
}

std::optional<SteadyMs> next_unfurl(const World& world) {
    std::optional<SteadyMs> due;
    for (const LateUnfurl& unfurl : world.unfurls)
        if (!due || unfurl.due_ms < *due) due = unfurl.due_ms;
    return due;
}

}  // namespace deskbell::sandbox
