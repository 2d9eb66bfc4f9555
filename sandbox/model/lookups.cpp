#include "sandbox/model/lookups.hpp"

#include <algorithm>

namespace deskbell::sandbox {

Result<Channel*> look_up_channel(World& world, std::string_view id_or_name) {
    Channel* channel = world.workspace.find_channel(id_or_name);
    if (!channel)
        return fail("channel_not_found", "There is no channel " + std::string(id_or_name) + ".");
    return channel;
}

Result<User*> look_up_person(World& world, std::string_view id_or_name) {
    User* user = world.workspace.find_user(id_or_name);
    if (!user) return fail("user_not_found", "There is no person " + std::string(id_or_name) + ".");
    return user;
}

const User& some_admin(const World& world) {
    const auto found = std::ranges::find_if(world.workspace.users, &User::is_admin);
    return found == world.workspace.users.end() ? world.workspace.users.front() : *found;
}

std::vector<std::string> default_scopes() {
    return {"chat:write",    "chat:write.customize", "channels:history", "channels:read",
            "channels:join", "groups:history",       "groups:read",      "users:read",
            "files:read",    "files:write",          "reactions:read",   "reactions:write",
            "commands",      "app_mentions:read",    "emoji:read",       "team:read"};
}

}  // namespace deskbell::sandbox
