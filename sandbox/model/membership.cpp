#include "sandbox/model/membership.hpp"

#include "sandbox/model/events.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/shapes.hpp"

namespace deskbell::sandbox {

namespace {

json::object member_event(World& world, Channel& channel, std::string_view type,
                          std::string_view user) {
    return {{"type", type},
            {"user", user},
            {"channel", channel.id},
            {"channel_type", channel.is_private ? "G" : "C"},
            {"team", world.workspace.team_id},
            {"event_ts", to_text(world.next_ts(channel))}};
}

std::string mention(std::string_view user) { return "<@" + std::string(user) + ">"; }

}  // namespace

void join_channel(World& world, Channel& channel, std::string_view user, std::string_view inviter) {
    channel.members.emplace_back(user);
    world.changed();
    json::object event = member_event(world, channel, "member_joined_channel", user);
    if (!inviter.empty()) event["inviter"] = inviter;
    emit(world, &channel, std::move(event));
    post_service_message(world, channel, "channel_join", user,
                         mention(user) + " has joined the channel");
}

void leave_channel(World& world, Channel& channel, std::string_view user, std::string_view actor) {
    emit(world, &channel, member_event(world, channel, "member_left_channel", user));
    if (world.is_bot(user))
        emit(world, &channel,
             {{"type", channel.is_private ? "group_left" : "channel_left"},
              {"channel", channel.id},
              {"actor_id", actor},
              {"event_ts", to_text(world.next_ts(channel))}});
    std::erase(channel.members, user);
    world.changed();
    post_service_message(world, channel, "channel_leave", user,
                         mention(user) + " has left the channel");
}

void set_archived(World& world, Channel& channel, std::string_view actor, bool on) {
    const std::string verb = on ? "archive" : "unarchive";
    channel.is_archived = on;
    world.changed();
    post_service_message(
        world, channel, "channel_" + verb, actor,
        mention(actor) + (on ? " archived the channel" : " un-archived the channel"));
    emit(world, &channel,
         {{"type", (channel.is_private ? "group_" : "channel_") + verb},
          {"channel", channel.id},
          {"user", actor},
          {"is_moved", 0},
          {"event_ts", to_text(world.next_ts(channel))}});
}

void convert_channel(World& world, Channel& channel, std::string_view actor, bool to_private) {
    channel.is_private = to_private;
    world.changed();
    post_service_message(
        world, channel, to_private ? "channel_convert_to_private" : "channel_convert_to_public",
        actor, mention(actor) + (to_private ? " made the channel private" : " made it public"));
}

void rename_channel(World& world, Channel& channel, std::string name, std::string_view actor) {
    const std::string old = channel.name;
    channel.previous_names.push_back(old);
    if (channel.previous_names.size() > 20)
        channel.previous_names.erase(channel.previous_names.begin());
    channel.name = std::move(name);
    world.changed();
    post_service_message(world, channel, "channel_name", actor,
                         mention(actor) + " has renamed the channel from \"" + old + "\" to \"" +
                             channel.name + "\"");
    emit(world, &channel,
         {{"type", channel.is_private ? "group_rename" : "channel_rename"},
          {"channel",
           {{"id", channel.id},
            {"name", channel.name},
            {"name_normalized", channel.name},
            {"created", channel.created_s},
            {"is_channel", !channel.is_private},
            {"is_mpim", false}}},
          {"event_ts", to_text(world.next_ts(channel))}});
}

}  // namespace deskbell::sandbox
