#include "desk/slack/channels.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/pager.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

// As it is configured, without its workspace.
std::string_view given(const Destination& destination) {
    return parse_destination(destination.value).name;
}

std::string_view name_of(const Destination& destination) {
    std::string_view name = given(destination);
    if (name.starts_with('#')) name.remove_prefix(1);
    return name;
}

bool is_id(const Destination& destination) {
    const std::string_view name = given(destination);
    return !name.starts_with('#') && name.size() >= 9 && is_slack_id(name, "CG");
}

bool is(const json::object& channel, const char* key) {
    return find_bool(channel, key).value_or(false);
}

// What a person has to do about it.
std::string fix_of(const std::string& why) {
    if (why == "is_archived") return "Unarchive the channel in Slack, or route to another.";
    if (why == "not_in_channel") return "Invite the bot: /invite @Deskbell";
    if (why == "channel_not_found")
        return "It was deleted, or the bot was removed from it: invite the bot, or route to "
               "another.";
    if (why == "externally_shared")
        return "Other companies can read that channel; stop sharing it, or route to another.";
    return "See the channel's settings in Slack.";
}

}  // namespace

Objection objection_to(const json::object& channel, bool private_only) {
    if (is(channel, "is_archived"))
        return {"is_archived", "Unarchive the channel in Slack, or route to another."};
    if (is(channel, "is_ext_shared") || is(channel, "is_pending_ext_shared"))
        return {"externally_shared",
                "Other companies can read that channel; use one of your own workspace."};
    if (private_only && !is(channel, "is_private"))
        return {"channel_is_public",
                "Everybody in the workspace can read that channel, and slack.private_channels_only "
                "is set: make it private, or route to a private one."};
    if (is(channel, "is_read_only") || is(channel, "is_thread_only") ||
        is(channel, "is_non_threadable"))
        return {"restricted_action", "Allow everybody to post and to reply in that channel."};
    return {};
}

Channels::Channels(Loop& loop, SlackClient& client, Workspace& workspace, DeskListener& listener,
                   Random& random, const std::vector<Destination>& destinations, bool private_only)
    : loop_(loop),
      client_(client),
      workspace_(workspace),
      listener_(listener),
      random_(random),
      private_only_(private_only) {
    for (const Destination& destination : destinations) channels_[destination];
}

Channels::~Channels() { loop_.cancel(timer_); }

const Channels::Channel* Channels::find(const Destination& destination) const {
    const auto found = channels_.find(destination);
    return found == channels_.end() ? nullptr : &found->second;
}

std::optional<Error> Channels::forbidden(const std::string& channel_id) const {
    for (const auto& [destination, channel] : channels_) {
        const bool open_to_others =
            channel.why.code == "externally_shared" || channel.why.code == "channel_is_public";
        if (channel.id == channel_id && open_to_others) return channel.why;
    }
    return std::nullopt;
}

std::vector<std::string> Channels::ids() const {
    std::vector<std::string> ids;
    for (const auto& [destination, channel] : channels_) {
        if (!channel.id.empty() && std::find(ids.begin(), ids.end(), channel.id) == ids.end())
            ids.push_back(channel.id);
    }
    return ids;
}

void Channels::remember(std::map<Destination, std::string> places) {
    for (auto& [destination, id] : places) {
        if (channels_.contains(destination)) places_.try_emplace(destination, std::move(id));
    }
    const bool lost = std::any_of(channels_.begin(), channels_.end(), [this](const auto& one) {
        return one.second.why.code == "channel_not_found" && places_.contains(one.first);
    });
    if (lost) open_all();
}

void Channels::open_all() {
    loop_.cancel(timer_);
    timer_ = 0;
    if (listing_ || channels_.empty()) return;
    list(true);
}

void Channels::list(bool with_private) {
    listing_ = true;
    found_.clear();
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.list";
    read->items = "channels";
    read->fields = {{"types", with_private ? "public_channel,private_channel" : "public_channel"},
                    {"limit", "200"}};
    read->page = [this, alive = std::weak_ptr(alive_)](const json::array& items) {
        if (alive.expired()) return false;
        for (const json::value& value : items) {
            const json::object* channel = value.if_object();
            if (!channel) continue;
            const std::string name(text_at(*channel, "name"));
            const std::string id(text_at(*channel, "id"));
            const bool wanted =
                std::any_of(channels_.begin(), channels_.end(), [&](const auto& one) {
                    const auto place = places_.find(one.first);
                    return name_of(one.first) == name || given(one.first) == id ||
                           (place != places_.end() && place->second == id);
                });
            if (wanted) found_[id] = *channel;
        }
        return true;
    };
    read->done = [this, alive = std::weak_ptr(alive_), with_private](const SlackReply& last) {
        if (!alive.expired()) listed(last, with_private);
    };
    read_pages(caller_of(client_), std::move(read));
}

void Channels::listed(const SlackReply& last, bool with_private) {
    listing_ = false;
    if (last.error == "missing_scope" && with_private) return list(false);
    if (!last.ok()) {
        log::warn("slack: the channels could not be listed: {}", last.error);
        again_later(2'000, 60'000);
        return;
    }
    failures_ = 0;
    for (const auto& [destination, known] : channels_) {
        const json::object* match = nullptr;
        for (const auto& [id, channel] : found_) {
            if (given(destination) == id || name_of(destination) == text_at(channel, "name"))
                match = &channel;
        }
        const auto place = places_.find(destination);
        if (!match && place != places_.end()) {
            const auto renamed = found_.find(place->second);
            if (renamed != found_.end()) match = &renamed->second;
        }
        if (!match && is_id(destination)) {
            ask(destination, std::string(given(destination)));
        } else if (!match && place != places_.end()) {
            ask(destination, place->second);
        } else {
            examine(destination, match);
        }
    }
    found_.clear();
    // What is parked may have been mended without a word to us; what is open, changed.
    if (!again_later(300'000, 300'000)) look_in(900'000);
}

// A channel named by its id that the list did not show.
void Channels::ask(const Destination& destination, const std::string& id) {
    client_.call("conversations.info", {{"channel", id}},
                 [this, alive = std::weak_ptr(alive_), destination](const SlackReply& reply) {
                     if (alive.expired()) return;
                     const bool ok =
                         reply.ok() && !text_at(object_at(reply.body, "channel"), "id").empty();
                     examine(destination, ok ? &object_at(reply.body, "channel") : nullptr);
                 });
}

void Channels::examine(const Destination& destination, const json::object* found) {
    Channel& channel = channels_.at(destination);
    if (!found)
        return park(destination, "channel_not_found",
                    "Create the channel, or invite the bot to it when it is private.");
    channel.id = text_at(*found, "id");
    const std::string_view name = text_at(*found, "name");
    workspace_.channel_names[channel.id] = name;
    if (std::exchange(places_[destination], channel.id) != channel.id) {
        DESKBELL_CRASH_POINT("slack.channel.found");
        listener_.destination_found(destination, channel.id);
    }
    if (given(destination).starts_with('#') && name != name_of(destination) && !channel.ready)
        log::warn("slack: {} is called #{} now; put that into the configuration", destination.value,
                  name);
    const Objection objection = objection_to(*found, private_only_);
    if (!objection.code.empty()) return park(destination, objection.code, objection.fix);
    if (is(*found, "is_member")) return ready(destination);
    if (is(*found, "is_private"))
        return park(destination, "not_in_channel", "Invite the bot: /invite @Deskbell");
    join(destination);
}

void Channels::join(const Destination& destination) {
    const std::string id = channels_.at(destination).id;
    DESKBELL_CRASH_POINT("slack.channel.before_join");
    client_.call("conversations.join", {{"channel", id}},
                 [this, alive = std::weak_ptr(alive_), destination](const SlackReply& reply) {
                     if (alive.expired()) return;
                     if (reply.ok()) return ready(destination);
                     if (is_worth_repeating(reply)) {
                         again_later(2'000, 60'000);
                         return;
                     }
                     park(destination, reply.error, "Invite the bot: /invite @Deskbell");
                 });
}

void Channels::ready(const Destination& destination) {
    Channel& channel = channels_.at(destination);
    const bool news = !channel.ready;
    channel.ready = true;
    channel.why = {};
    if (!news) return;
    log::info("slack: {} is ready", destination.value);
    DESKBELL_CRASH_POINT("slack.channel.ready");
    listener_.destination_open(destination);
}

void Channels::park(const Destination& destination, const std::string& code,
                    const std::string& fix) {
    Channel& channel = channels_.at(destination);
    if (channel.ready || channel.why.code != code)
        log::error("slack: {} takes no posts: {}. {}", destination.value, code, fix);
    const bool worked = std::exchange(channel.ready, false);
    channel.why = Error{code, fix, std::nullopt};
    if (worked && trouble_) trouble_(destination, code, fix);
}

void Channels::changed(const std::string& channel_id, bool open, const std::string& why) {
    for (auto& [destination, channel] : channels_) {
        if (channel.id != channel_id) continue;
        if (!open) park(destination, why, fix_of(why));
        // Whether it is open, its description says. A public channel that we are not in may be
        // joined; the rest takes a person.
        const bool soon = open || why == "not_in_channel";
        if (soon) {
            look_in(200);
        } else {
            again_later(30'000, 30'000);
        }
    }
}

// All of them once more, whether or not anything is parked; not later than planned.
void Channels::look_in(std::int64_t delay_ms) {
    const SteadyMs due = loop_.clock().steady_ms() + delay_ms;
    if (timer_ != 0 && due_at_ <= due) return;
    loop_.cancel(timer_);
    due_at_ = due;
    timer_ = loop_.after(delay_ms, [this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) open_all();
    });
}

bool Channels::again_later(std::int64_t first_ms, std::int64_t most_ms) {
    const bool wanted = std::any_of(channels_.begin(), channels_.end(),
                                    [](const auto& one) { return !one.second.ready; });
    if (!wanted) return false;
    loop_.cancel(timer_);
    const unsigned doublings = std::min(failures_++, 10u);
    const std::int64_t wait = std::min(most_ms, first_ms << doublings);
    timer_ = 0;
    look_in(wait / 2 +
            static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(wait / 2 + 1))));
    return true;
}

}  // namespace deskbell::desk::slack
