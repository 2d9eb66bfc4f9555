#pragma once
// How the page's words find people and channels, and who acts when nobody is named.

#include "base/result.hpp"
#include "sandbox/model/world.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sandbox {

// `channel_not_found`.
[[nodiscard]] Result<Channel*> look_up_channel(World& world, std::string_view id_or_name);
// `user_not_found`.
[[nodiscard]] Result<User*> look_up_person(World& world, std::string_view id_or_name);
// Whoever archives, renames and invites: the first who may.
[[nodiscard]] const User& some_admin(const World& world);
// What the app is installed with.
[[nodiscard]] std::vector<std::string> default_scopes();

}  // namespace deskbell::sandbox
