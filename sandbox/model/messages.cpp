#include "sandbox/model/messages.hpp"

#include "sandbox/model/emoji.hpp"
#include "sandbox/model/events.hpp"
#include "sandbox/model/past.hpp"
#include "sandbox/model/shapes.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t reactions_per_message_max = 23;

// The root that `asked_for` leads to, or null when the message must go to the channel itself.
Message* find_root(const World& world, Channel& channel, Ts asked_for) {
    Message* found = asked_for == 0 ? nullptr : channel.find(asked_for);
    if (found && found->is_reply()) found = channel.find(found->thread_ts);
    if (found && found->is_tombstone() && !world.workspace.settings.thread_under_tombstone)
        return nullptr;
    return found;
}

void forget(Channel& channel, Ts ts) {
    channel.main_view.erase(ts);
    channel.messages.erase(ts);
}

// Room for one more: at the bound the oldest message goes, with its thread.
void make_room(Channel& channel) {
    while (channel.messages.size() >= World::messages_per_channel_max) {
        const auto oldest = channel.messages.begin();
        const std::set<Ts> replies = oldest->second.replies;
        forget(channel, oldest->first);
        for (const Ts reply : replies) forget(channel, reply);
    }
}

void detach_from_root(World& world, Channel& channel, const Message& reply) {
    Message* root = channel.find(reply.thread_ts);
    if (!root) return;
    root->replies.erase(reply.ts);
    if (!root->is_tombstone() || !root->replies.empty()) return;
    keep_past(world, channel, *root);
    forget(channel, root->ts);
}

void make_tombstone(Message& message) {
    Message tombstone;
    tombstone.ts = message.ts;
    tombstone.subtype = "tombstone";
    tombstone.user = "USLACKBOT";
    tombstone.text = "This message was deleted.";
    tombstone.replies = std::move(message.replies);
    message = std::move(tombstone);
}

}  // namespace

Message& post_message(World& world, Channel& channel, Message draft, Placement placement) {
    make_room(channel);
    Message* root = find_root(world, channel, placement.thread_ts);
    draft.ts = world.next_ts(channel);
    if (root) {
        draft.thread_ts = root->ts;
        root->replies.insert(draft.ts);
        if (placement.broadcast) draft.subtype = "thread_broadcast";
    } else if (placement.thread_ts != 0) {
        world.count("unthreaded");
    }
    give_block_ids(world, draft.blocks);
    if (!draft.is_reply() || draft.is_broadcast()) channel.main_view.insert(draft.ts);
    Message& posted = channel.messages.emplace(draft.ts, std::move(draft)).first->second;
    // What the app says in a thread ends what it said it was doing.
    if (!posted.bot_id.empty()) world.statuses.erase({channel.id, posted.thread_ts});
    world.changed();
    emit_message(world, channel, posted);
    return posted;
}

void change_message(World& world, Channel& channel, Message& message, MessageChange change) {
    json::object previous = message_object(world, channel, message);
    keep_past(world, channel, message);
    if (change.text) message.text = std::move(*change.text);
    if (change.blocks) {
        give_block_ids(world, *change.blocks);
        message.blocks = std::move(*change.blocks);
    }
    if (change.attachments) message.attachments = std::move(*change.attachments);
    if (change.metadata) message.metadata = std::move(*change.metadata);
    // Slack gives the time of an edit in whole seconds: two edits may well carry the same one.
    if (change.marks_edited)
        message.edited = Edited{std::move(change.by), world.clock.wall_ms() / 1000 * 1'000'000};
    world.changed();
    emit_message_changed(world, channel, message, std::move(previous));
}

void delete_message(World& world, Channel& channel, Ts ts) {
    Message* message = channel.find(ts);
    if (!message) return;
    json::object previous = message_object(world, channel, *message);
    keep_past(world, channel, *message);
    world.changed();
    if (!message->replies.empty()) {
        make_tombstone(*message);
        emit_message_changed(world, channel, *message, std::move(previous));
        return;
    }
    if (message->is_reply()) detach_from_root(world, channel, *message);
    forget(channel, ts);
    emit_message_deleted(world, channel, ts, std::move(previous));
}

void vanish_message(World& world, Channel& channel, Ts ts) {
    Message* message = channel.find(ts);
    if (!message) return;
    keep_past(world, channel, *message);
    if (message->is_reply()) detach_from_root(world, channel, *message);
    const std::set<Ts> replies = message->replies;
    for (const Ts reply : replies) {
        keep_past(world, channel, *channel.find(reply));
        forget(channel, reply);
    }
    forget(channel, ts);
    world.changed();
}

Result<void> add_reaction(World& world, Channel& channel, Message& message, std::string_view user,
                          std::string_view name) {
    if (emoji_unicode(name).empty()) return fail("invalid_name", "There is no such emoji.");
    const Message before = message;
    auto found = std::ranges::find(message.reactions, name, &Reaction::name);
    if (found == message.reactions.end()) {
        if (message.reactions.size() >= reactions_per_message_max)
            return fail("too_many_emoji", "The message has its fill of reactions.");
        found = message.reactions.insert(found, Reaction{std::string(name), {}});
    }
    if (std::ranges::find(found->users, user) != found->users.end())
        return fail("already_reacted", "This person has reacted so already.");
    found->users.emplace_back(user);
    keep_past(world, channel, before);
    world.changed();
    emit_reaction(world, channel, message, user, name, true);
    return {};
}

Result<void> remove_reaction(World& world, Channel& channel, Message& message,
                             std::string_view user, std::string_view name) {
    const Message before = message;
    const auto found = std::ranges::find(message.reactions, name, &Reaction::name);
    if (found == message.reactions.end() || std::erase(found->users, user) == 0)
        return fail("no_reaction", "This person has not reacted so.");
    if (found->users.empty()) message.reactions.erase(found);
    keep_past(world, channel, before);
    world.changed();
    emit_reaction(world, channel, message, user, name, false);
    return {};
}

void post_service_message(World& world, Channel& channel, std::string_view subtype,
                          std::string_view user, std::string text) {
    Message line;
    line.subtype = subtype;
    line.user = user;
    line.text = std::move(text);
    post_message(world, channel, std::move(line), {});
}

void give_block_ids(World& world, json::array& blocks) {
    for (json::value& block : blocks)
        if (block.is_object() && !block.get_object().contains("block_id"))
            block.get_object()["block_id"] = make_secret(world.random, 5);
}

}  // namespace deskbell::sandbox
