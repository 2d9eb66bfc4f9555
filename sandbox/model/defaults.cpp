#include "sandbox/model/lookups.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

User person(World& world, std::string name, std::string display, std::string real,
            std::string title) {
    User user;
    user.id = make_id(world.random, "U");
    user.avatar = "/avatars/" + name + ".svg";
    user.name = std::move(name);
    user.display_name = std::move(display);
    user.real_name = std::move(real);
    user.title = std::move(title);
    return user;
}

void found_app(World& world, const Options& options) {
    App& app = world.workspace.app;
    app.app_id = make_id(world.random, "A");
    app.bot_id = make_id(world.random, "B");
    app.user_id = make_id(world.random, "U");
    const auto digits = [&world] {
        return std::to_string(100'000'000 + world.random.below(899'999'999));
    };
    app.bot_token = !options.bot_token.empty()
                        ? options.bot_token
                        : "xoxb-" + digits() + "-" + digits() + "-" + make_secret(world.random, 24);
    app.app_token = !options.app_token.empty() ? options.app_token
                                               : "xapp-1-" + app.app_id + "-" + digits() + "-" +
                                                     make_hex(world.random, 64);
    app.signing_secret =
        !options.signing_secret.empty() ? options.signing_secret : make_hex(world.random, 32);
    app.verification_token = make_secret(world.random, 24);
    app.scopes = default_scopes();
    User bot = person(world, "deskbell", "Deskbell", "Deskbell", "");
    bot.id = app.user_id;
    bot.is_bot = true;
    world.workspace.users.push_back(std::move(bot));
}

}  // namespace

void found_workspace(World& world, const Options& options) {
    Workspace& workspace = world.workspace;
    workspace.team_id = make_id(world.random, "T");
    workspace.name = "Deskbell Sandbox";
    workspace.domain = "deskbell-sandbox";
    workspace.events_url = options.events_url;
    workspace.interactivity_url = options.interactivity_url;
    found_app(world, options);
    workspace.users.push_back(person(world, "ana", "Ana", "Ana Silva", "Sales"));
    workspace.users.back().is_admin = true;
    workspace.users.push_back(person(world, "ben", "Ben", "Ben Okafor", "Sales"));
    const std::string creator = workspace.users[1].id;
    for (const std::string& name : options.channels) {
        Channel channel;
        channel.id = make_id(world.random, "C");
        channel.name = name;
        channel.creator = creator;
        channel.created_s = world.clock.wall_ms() / 1000;
        for (const User& user : workspace.users)
            if (!user.is_bot || name != "general") channel.members.push_back(user.id);
        workspace.channels.push_back(std::move(channel));
    }
}

void World::count(std::string_view name) {
    const auto found = met.find(name);
    if (found != met.end())
        ++found->second;
    else
        met.emplace(name, 1);
}

Ts World::next_ts(Channel& channel) {
    // Real ones carry microseconds; tools that parse them as numbers must be found out.
    const Ts wanted = now_ts() + static_cast<Ts>(random.below(1000));
    channel.last_ts = std::max(wanted, channel.last_ts + 1);
    return channel.last_ts;
}

}  // namespace deskbell::sandbox
