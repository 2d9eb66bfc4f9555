#pragma once
// The Web API's methods: a table of names, scopes, tiers and handlers, and what handlers share.

#include "base/result.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/world.hpp"

#include <span>

namespace deskbell::sandbox {

// A call under way. Handlers return the answer's fields on success, and an Error with Slack's code
// (and, for `ratelimited`, retry_after_ms) otherwise.
class Request {
public:
    Request(World& of, const std::map<std::string, std::string>& named) : world(of), args(named) {}

    World& world;
    std::vector<std::string> warnings;
    std::vector<std::string> messages;  // of response_metadata
    std::vector<std::string> block_errors;
    std::string needed_scope;
    Ts as_of = 0;  // reads show what was there then; 0: now

    // Absent and empty are the same.
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name, bool otherwise = false) const;
    // A named argument that must be there: `invalid_arguments` and a message otherwise.
    [[nodiscard]] Result<std::string> required(std::string_view name);
    // Whole number in [least, most] or `code`; above `most` is cut to it.
    [[nodiscard]] Result<std::int64_t> number(std::string_view name, std::int64_t otherwise,
                                              std::int64_t least, std::int64_t most,
                                              std::string_view code = "invalid_arguments");
    // A JSON array: nullopt when absent, `code` when it is something else.
    [[nodiscard]] Result<std::optional<json::array>> array(std::string_view name,
                                                           std::string_view code) const;
    // A required `ts` of a message: `message_not_found` when it is not even well formed.
    [[nodiscard]] Result<Ts> timestamp(std::string_view name);
    // The channel of the argument `channel`, as far as the app can see it: `channel_not_found`.
    enum class ChannelBy { id, id_or_name };
    [[nodiscard]] Result<Channel*> channel(ChannelBy by = ChannelBy::id);
    // As channel(), and the app must be a member.
    [[nodiscard]] Result<Channel*> joined_channel(ChannelBy by = ChannelBy::id);
    // What a read sees of it: itself, or what it was at `as_of`. Lives as long as the request.
    [[nodiscard]] const Channel& seen(const Channel& channel);
    [[nodiscard]] Result<User*> user(std::string_view name = "user");
    [[nodiscard]] bool has_scope(std::string_view scope) const;
    // Takes from the channel's and the workspace's budget of posts.
    [[nodiscard]] Result<void> pace_post(const Channel& channel);

private:
    const std::map<std::string, std::string>& args;
    std::optional<Channel> past_;
};

using Fields = Result<json::object>;
using Handler = Fields (*)(Request&);

struct Method {
    std::string_view name;
    std::string_view scopes;  // any of these, comma separated; empty: none needed
    int per_minute = 0;       // 0: not limited here
    bool takes_json = false;
    Handler handler = nullptr;
};

[[nodiscard]] std::span<const Method> methods();
[[nodiscard]] const Method* find_method(std::string_view name);

[[nodiscard]] std::unexpected<Error> refuse(std::string_view code);

// methods_chat.cpp
Fields chat_post_message(Request& request);
Fields chat_post_ephemeral(Request& request);
Fields chat_update(Request& request);
Fields chat_delete(Request& request);
Fields chat_get_permalink(Request& request);
// methods_conversations.cpp
Fields conversations_info(Request& request);
Fields conversations_list(Request& request);
Fields conversations_join(Request& request);
Fields conversations_members(Request& request);
// methods_history.cpp
Fields conversations_history(Request& request);
Fields conversations_replies(Request& request);
// methods_users.cpp
Fields users_info(Request& request);
Fields users_list(Request& request);
Fields users_get_presence(Request& request);
Fields auth_test(Request& request);
Fields team_info(Request& request);
Fields api_test(Request& request);
Fields bots_info(Request& request);
// methods_files.cpp
Fields files_get_upload_url_external(Request& request);
Fields files_complete_upload_external(Request& request);
Fields files_info(Request& request);
Fields files_list(Request& request);
Fields files_delete(Request& request);
// methods_views.cpp
Fields views_open(Request& request);
Fields views_push(Request& request);
Fields views_update(Request& request);
Fields views_publish(Request& request);
// methods_small.cpp
Fields assistant_threads_set_status(Request& request);
Fields pins_add(Request& request);
Fields pins_list(Request& request);
Fields pins_remove(Request& request);
Fields usergroups_list(Request& request);
// methods_oauth.cpp
Fields oauth_v2_access(Request& request);
Fields oauth_v2_exchange(Request& request);
Fields auth_revoke(Request& request);
Fields apps_uninstall(Request& request);
// methods_sockets.cpp
Fields apps_connections_open(Request& request);
// methods_reactions.cpp
Fields reactions_add(Request& request);
Fields reactions_remove(Request& request);
Fields reactions_get(Request& request);

}  // namespace deskbell::sandbox
