// What people do on the page: Slack's actions of the model's facade.

#include "base/text.hpp"
#include "sandbox/model/lookups.hpp"
#include "sandbox/model/membership.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/typed_text.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t typed_characters_max = 12'000;
constexpr std::size_t channels_max = 500;

struct Found {
    Channel* channel = nullptr;
    Message* message = nullptr;
};

Result<Found> find_message(World& world, std::string_view channel_name, std::string_view ts_text) {
    const auto channel = look_up_channel(world, channel_name);
    if (!channel) return std::unexpected(channel.error());
    const auto ts = parse_ts(ts_text);
    Message* message = ts ? (*channel)->find(*ts) : nullptr;
    if (!message || message->is_tombstone())
        return fail("message_not_found", "There is no such message.");
    return Found{*channel, message};
}

Result<void> check_typed(std::string_view text) {
    if (trim(text).empty()) return fail("no_text", "There is nothing to say.");
    if (!is_utf8(text)) return fail("invalid_request", "The text is not UTF-8.");
    if (count_characters(text) > typed_characters_max)
        return fail("msg_too_long", "People may type 12,000 characters at once.");
    return {};
}

Result<std::string> check_channel_name(const World& world, std::string_view name) {
    if (name.starts_with('#')) name.remove_prefix(1);
    const bool valid =
        !name.empty() && count_characters(name) <= 80 && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
    if (!valid) return fail("invalid_name", "Lower-case letters, digits, '-' and '_'.");
    if (world.workspace.find_channel(name)) return fail("name_taken", "There is one already.");
    return std::string(name);
}

}  // namespace

Result<std::string> Slack::post(const PostedByPerson& posted) {
    const auto user = look_up_person(*world_, posted.user);
    if (!user) return std::unexpected(user.error());
    const auto channel = look_up_channel(*world_, posted.channel);
    if (!channel) return std::unexpected(channel.error());
    if ((*channel)->is_archived) return fail("is_archived", "The channel is archived.");
    if (!(*channel)->has_member((*user)->id))
        return fail("not_in_channel", "This person is not in the channel.");
    if (const auto checked = check_typed(posted.text); !checked)
        return std::unexpected(checked.error());
    Placement placement;
    placement.broadcast = posted.broadcast;
    if (!posted.thread_ts.empty()) {
        const auto thread = parse_ts(posted.thread_ts);
        if (!thread || !(*channel)->find(*thread))
            return fail("thread_not_found", "The thread is gone.");
        placement.thread_ts = *thread;
    }
    TypedText typed = parse_typed_text(world_->workspace, posted.text);
    Message draft;
    draft.user = (*user)->id;
    draft.client_msg_id = world_->random.uuid();
    draft.text = std::move(typed.text);
    draft.blocks = std::move(typed.blocks);
    return to_text(post_message(*world_, **channel, std::move(draft), placement).ts);
}

Result<void> Slack::edit(std::string_view user, std::string_view channel, std::string_view ts,
                         std::string_view text) {
    const auto person = look_up_person(*world_, user);
    if (!person) return std::unexpected(person.error());
    const auto found = find_message(*world_, channel, ts);
    if (!found) return std::unexpected(found.error());
    if (found->message->user != (*person)->id || !found->message->bot_id.empty())
        return fail("cant_update_message", "People edit their own messages only.");
    if (found->channel->is_archived) return fail("is_archived", "The channel is archived.");
    if (const auto checked = check_typed(text); !checked) return std::unexpected(checked.error());
    TypedText typed = parse_typed_text(world_->workspace, text);
    MessageChange change;
    change.text = std::move(typed.text);
    change.blocks = std::move(typed.blocks);
    change.by = (*person)->id;
    change_message(*world_, *found->channel, *found->message, std::move(change));
    return {};
}

Result<void> Slack::remove(std::string_view user, std::string_view channel, std::string_view ts) {
    const auto found = find_message(*world_, channel, ts);
    if (!found) return std::unexpected(found.error());
    if (!user.empty()) {
        const auto person = look_up_person(*world_, user);
        if (!person) return std::unexpected(person.error());
        if (found->message->user != (*person)->id || !found->message->bot_id.empty())
            return fail("cant_delete_message", "People delete their own messages only.");
    }
    delete_message(*world_, *found->channel, found->message->ts);
    return {};
}

Result<void> Slack::react(std::string_view user, std::string_view channel, std::string_view ts,
                          std::string_view name, bool on) {
    const auto person = look_up_person(*world_, user);
    if (!person) return std::unexpected(person.error());
    const auto found = find_message(*world_, channel, ts);
    if (!found) return std::unexpected(found.error());
    if (found->channel->is_archived) return fail("is_archived", "The channel is archived.");
    return on ? add_reaction(*world_, *found->channel, *found->message, (*person)->id, name)
              : remove_reaction(*world_, *found->channel, *found->message, (*person)->id, name);
}

Result<void> Slack::archive(std::string_view channel, bool on) {
    const auto found = look_up_channel(*world_, channel);
    if (!found) return std::unexpected(found.error());
    if ((*found)->is_archived == on)
        return fail(on ? "already_archived" : "not_archived", "Nothing to do.");
    set_archived(*world_, **found, some_admin(*world_).id, on);
    return {};
}

Result<void> Slack::invite(std::string_view channel, std::string_view user) {
    const auto found = look_up_channel(*world_, channel);
    if (!found) return std::unexpected(found.error());
    const auto person =
        look_up_person(*world_, user.empty() ? world_->workspace.app.user_id : user);
    if (!person) return std::unexpected(person.error());
    if ((*found)->is_archived) return fail("is_archived", "The channel is archived.");
    if ((*found)->has_member((*person)->id))
        return fail("already_in_channel", "They are in the channel already.");
    join_channel(*world_, **found, (*person)->id, some_admin(*world_).id);
    return {};
}

Result<void> Slack::kick(std::string_view channel, std::string_view user) {
    const auto found = look_up_channel(*world_, channel);
    if (!found) return std::unexpected(found.error());
    const auto person =
        look_up_person(*world_, user.empty() ? world_->workspace.app.user_id : user);
    if (!person) return std::unexpected(person.error());
    if (!(*found)->has_member((*person)->id))
        return fail("not_in_channel", "They are not in the channel.");
    leave_channel(*world_, **found, (*person)->id, some_admin(*world_).id);
    return {};
}

Result<std::string> Slack::create_channel(std::string_view name, bool is_private, bool invite_bot) {
    auto checked = check_channel_name(*world_, name);
    if (!checked) return std::unexpected(checked.error());
    if (world_->workspace.channels.size() >= channels_max)
        return fail("restricted_action", "The sandbox holds 500 channels.");
    Channel channel;
    channel.id = make_id(world_->random, "C");
    channel.name = std::move(*checked);
    channel.is_private = is_private;
    channel.creator = some_admin(*world_).id;
    channel.created_s = world_->clock.wall_ms() / 1000;
    for (const User& user : world_->workspace.users)
        if (!user.is_bot) channel.members.push_back(user.id);
    world_->workspace.channels.push_back(std::move(channel));
    world_->changed();
    Channel& made = world_->workspace.channels.back();
    if (invite_bot) join_channel(*world_, made, world_->workspace.app.user_id, made.creator);
    return made.id;
}

Result<void> Slack::rename(std::string_view channel, std::string_view name) {
    const auto found = look_up_channel(*world_, channel);
    if (!found) return std::unexpected(found.error());
    auto checked = check_channel_name(*world_, name);
    if (!checked) return std::unexpected(checked.error());
    rename_channel(*world_, **found, std::move(*checked), some_admin(*world_).id);
    return {};
}

Result<void> Slack::set_presence(std::string_view user, bool active) {
    const auto person = look_up_person(*world_, user);
    if (!person) return std::unexpected(person.error());
    (*person)->is_away = !active;
    world_->changed();
    return {};
}

}  // namespace deskbell::sandbox
