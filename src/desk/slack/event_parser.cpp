#include "desk/slack/event_parser.hpp"

#include "base/test_hooks.hpp"

#include <algorithm>
#include <array>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t files_max = 50;      // likewise
constexpr std::size_t reactions_max = 50;  // of one message; nobody needs more

// Slack's own announcements: nobody said anything.
constexpr std::array service_subtypes = std::to_array<std::string_view>({
    "assistant_app_thread",
    "bot_add",
    "bot_remove",
    "channel_archive",
    "channel_convert_to_private",
    "channel_convert_to_public",
    "channel_join",
    "channel_leave",
    "channel_name",
    "channel_posting_permissions",
    "channel_purpose",
    "channel_topic",
    "channel_unarchive",
    "document_mention",
    "ekm_access_denied",
    "group_archive",
    "group_join",
    "group_leave",
    "group_name",
    "group_purpose",
    "group_topic",
    "group_unarchive",
    "huddle_thread",
    "message_replied",
    "pinned_item",
    "reminder_add",
    "reply_broadcast",
    "unpinned_item",
});

}  // namespace

bool is_ours(const json::object& message, const Self& self) {
    const auto equal = [](std::string_view value, const std::string& own) {
        return !own.empty() && value == own;
    };
    return equal(text_at(message, "bot_id"), self.bot_id) ||
           equal(text_at(message, "user"), self.user_id) ||
           equal(text_at(message, "app_id"), self.app_id) ||
           equal(text_at(object_at(message, "bot_profile"), "app_id"), self.app_id);
}

namespace {

// Somebody from another workspace, as shared channels have them.
bool is_stranger(const json::object& message, const Self& self) {
    for (const char* key : {"user_team", "source_team", "team"}) {
        const std::string_view team = text_at(message, key);
        if (!team.empty() && team != self.team) return true;
    }
    return false;
}

bool is_service(std::string_view subtype) {
    return std::find(service_subtypes.begin(), service_subtypes.end(), subtype) !=
           service_subtypes.end();
}

std::string_view thread_of(const json::object& message) {
    const std::string_view thread = text_at(message, "thread_ts");
    return thread.empty() ? text_at(message, "ts") : thread;
}

std::string_view edited_ts(const json::object& message) {
    return text_at(object_at(message, "edited"), "ts");
}

Meaning own_post(const json::object& message, const Place& place, const Place& parent) {
    const auto marker = marker_of(message);
    const bool in_channel = place.ts == parent.ts;
    if (!marker) {
        OwnPost upload{{}, place, parent, in_channel};
        for (const json::value& value : array_at(message, "files")) {
            const json::object* file = value.if_object();
            if (file && is_slack_id(text_at(*file, "id"), "F"))
                upload.files.emplace_back(text_at(*file, "id"));
        }
        if (upload.files.empty()) return Ignored{"own_unmarked"};
        return upload;
    }
    return OwnPost{marker->post, place, parent, in_channel && marker->is_parent == false};
}

// Words, files, blocks: what a reader would notice. Unfurled links come as attachments and do not
// count.
bool says_the_same(const json::object& a, const json::object& b) {
    const auto same = [&](const char* key) {
        const json::value* left = a.if_contains(key);
        const json::value* right = b.if_contains(key);
        return left && right ? *left == *right : left == right;
    };
    if (text_at(a, "text") != text_at(b, "text") || !same("blocks")) return false;
    const json::array& files = array_at(a, "files");
    const json::array& others = array_at(b, "files");
    if (files.size() != others.size()) return false;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const json::object* file = files[i].if_object();
        const json::object* other = others[i].if_object();
        if (!file || !other || text_at(*file, "id") != text_at(*other, "id") ||
            text_at(*file, "mode") != text_at(*other, "mode"))
            return false;
    }
    return true;
}

Meaning read_change(const json::object& event, std::string_view channel, const Self& self) {
    const json::object& message = object_at(event, "message");
    const json::object& previous = object_at(event, "previous_message");
    if (text_at(message, "subtype") == "tombstone") {
        const Place place{self.team, std::string(channel), std::string(text_at(message, "ts"))};
        const Place parent{self.team, std::string(channel), std::string(thread_of(message))};
        if (!is_ts(place.ts) || !is_ts(parent.ts)) return Ignored{"malformed"};
        if (place.ts == parent.ts) return ParentGone{parent};
        return AgentRemoved{parent, place};
    }
    if (is_ours(message, self)) return Ignored{"own_change"};
    Meaning meaning = read_message(message, channel, self);
    auto* words = std::get_if<AgentWords>(&meaning);
    if (!words) return meaning;
    const std::string_view edited = edited_ts(message);
    const bool newly_edited = !edited.empty() && edited != edited_ts(previous);
    if (!newly_edited && (previous.empty() || says_the_same(message, previous)))
        return Ignored{"change_without_edit"};
    words->is_edit = true;
    // The event's own time tells two edits of one second apart; `edited` has whole seconds.
    const std::string_view event_ts = text_at(event, "ts");
    words->edit_key = is_ts(event_ts) && event_ts > edited ? event_ts : edited;
    if (words->edit_key.empty()) return Ignored{"malformed"};
    return meaning;
}

Meaning read_deletion(const json::object& event, std::string_view channel, const Self& self) {
    const json::object& previous = object_at(event, "previous_message");
    std::string_view deleted = text_at(event, "deleted_ts");
    if (deleted.empty()) deleted = text_at(previous, "ts");
    std::string_view thread = text_at(previous, "thread_ts");
    if (thread.empty()) thread = deleted;
    if (!is_ts(deleted) || !is_ts(thread)) return Ignored{"malformed"};
    const Place message{self.team, std::string(channel), std::string(deleted)};
    const Place parent{self.team, std::string(channel), std::string(thread)};
    if (deleted == thread) {
        // Anybody's message in the channel may go; only ours are parents.
        if (!previous.empty() && !is_ours(previous, self)) return Ignored{"foreign_root_deleted"};
        return ParentGone{parent};
    }
    if (is_ours(previous, self)) return Ignored{"own_post_deleted"};
    return AgentRemoved{parent, message, std::string(text_at(previous, "user")),
                        std::string(text_at(previous, "client_msg_id"))};
}

Meaning read_reaction(const json::object& event, const Self& self) {
    const json::object& item = object_at(event, "item");
    const std::string_view user = text_at(event, "user");
    if (text_at(item, "type") != "message") return Ignored{"reaction_elsewhere"};
    if (user == self.user_id) return Ignored{"own_reaction"};
    const std::string_view channel = text_at(item, "channel");
    const std::string_view ts = text_at(item, "ts");
    if (!is_slack_id(channel, "CGD") || !is_ts(ts) || !is_slack_id(user, "UW"))
        return Ignored{"malformed"};
    std::string_view name = text_at(event, "reaction");
    name = name.substr(0, name.find("::"));
    return Reacted{{self.team, std::string(channel), std::string(ts)},
                   std::string(user),
                   std::string(name),
                   std::string(text_at(event, "event_ts")),
                   false};
}

// Some events name the channel, some bring it whole.
std::string channel_of(const json::object& event) {
    const std::string_view name = text_at(event, "channel");
    return std::string(name.empty() ? text_at(object_at(event, "channel"), "id") : name);
}

Meaning read_lifecycle(const json::object& event, std::string_view type, const Self& self) {
    const std::string channel = channel_of(event);
    const auto closed = [&](const char* why) { return ChannelChanged{channel, false, why}; };
    const bool about_us = text_at(event, "user") == self.user_id;
    if (type == "member_joined_channel")
        return about_us ? Meaning(ChannelChanged{channel, true, "joined"})
                        : Ignored{"member_joined"};
    if (type == "member_left_channel")
        return about_us ? Meaning(closed("not_in_channel")) : Ignored{"member_left"};
    if (type == "channel_left" || type == "group_left") return closed("not_in_channel");
    if (type == "channel_archive" || type == "group_archive") return closed("is_archived");
    if (type == "channel_deleted" || type == "group_deleted") return closed("channel_not_found");
    if (type == "channel_shared") return closed("externally_shared");
    if (type == "channel_rename" || type == "group_rename")
        return ChannelChanged{channel, true, std::string(type)};
    if (type == "channel_unarchive" || type == "group_unarchive" || type == "channel_unshared")
        return ChannelChanged{channel, true, std::string(type)};
    if (type == "app_uninstalled") return DeskClosed{"app_uninstalled"};
    if (type == "app_rate_limited") return SweepNeeded{"app_rate_limited"};
    if (type == "tokens_revoked") {
        const json::array& bots = array_at(object_at(event, "tokens"), "bot");
        const bool ours = std::any_of(bots.begin(), bots.end(), [&](const json::value& bot) {
            return bot.is_string() && std::string_view(bot.get_string()) == self.user_id;
        });
        return ours ? Meaning(DeskClosed{"token_revoked"}) : Ignored{"other_token_revoked"};
    }
    return Ignored{"unknown_event"};
}

}  // namespace

Envelope read_envelope(const json::object& envelope) {
    Envelope read;
    read.type = text_at(envelope, "type");
    read.challenge = text_at(envelope, "challenge");
    read.event_id = text_at(envelope, "event_id");
    read.app_id = text_at(envelope, "api_app_id");
    // In shared channels `team_id` may be where the author is; the authorization is about us.
    const json::array& authorizations = array_at(envelope, "authorizations");
    if (!authorizations.empty() && authorizations[0].is_object())
        read.team = text_at(authorizations[0].get_object(), "team_id");
    for (const char* key : {"context_team_id", "team_id"})
        if (read.team.empty()) read.team = text_at(envelope, key);
    return read;
}

Meaning read_event(const json::object& event, const Self& self) {
    const std::string_view type = text_at(event, "type");
    if (type == "reaction_added") return read_reaction(event, self);
    if (type == "app_home_opened") {
        const std::string_view user = text_at(event, "user");
        if (text_at(event, "tab") != "home" || !is_slack_id(user, "UW"))
            return Ignored{"other_tab"};
        return HomeOpened{std::string(user)};
    }
    if (type != "message") return read_lifecycle(event, type, self);
    const std::string_view channel = text_at(event, "channel");
    if (!is_slack_id(channel, "CGD")) return Ignored{"malformed"};
    const std::string_view subtype = text_at(event, "subtype");
    if (subtype == "message_changed") return read_change(event, channel, self);
    if (subtype == "message_deleted") return read_deletion(event, channel, self);
    // Who can read the channel is another question now.
    if (subtype == "channel_convert_to_public" || subtype == "channel_convert_to_private")
        return ChannelChanged{std::string(channel), true, std::string(subtype)};
    return read_message(event, channel, self);
}

std::vector<Reacted> reactions_of(const json::object& message, const Place& place, const Self& self,
                                  const std::string& at) {
    std::vector<Reacted> reacted;
    for (const json::value& value : array_at(message, "reactions")) {
        const json::object* reaction = value.if_object();
        if (!reaction) continue;
        std::string_view name = text_at(*reaction, "name");
        name = name.substr(0, name.find("::"));
        for (const json::value& user : array_at(*reaction, "users")) {
            if (!user.is_string() || reacted.size() >= reactions_max) continue;
            const std::string_view id(user.get_string());
            if (id == self.user_id || !is_slack_id(id, "UW")) continue;
            reacted.push_back(Reacted{place, std::string(id), std::string(name), at, true});
        }
    }
    return reacted;
}

std::vector<core::DeskFile> files_of(const json::object& message) {
    std::vector<core::DeskFile> files;
    for (const json::value& value : array_at(message, "files")) {
        const json::object* file = value.if_object();
        if (!file || !is_slack_id(text_at(*file, "id"), "F") ||
            text_at(*file, "mode") == "external" || files.size() >= files_max)
            continue;
        core::DeskFile one;
        one.id = DeskFileId(std::string(text_at(*file, "id")));
        one.name = text_at(*file, "name");
        if (one.name.empty()) one.name = text_at(*file, "title");
        one.type = text_at(*file, "mimetype");
        one.size = find_int(*file, "size").value_or(0);
        one.width = find_int(*file, "original_w").value_or(0);
        one.height = find_int(*file, "original_h").value_or(0);
        const std::string_view mode = text_at(*file, "mode");
        one.gone = mode == "tombstone" || mode == "hidden_by_limit";
        files.push_back(std::move(one));
    }
    return files;
}

Meaning read_message(const json::object& message, std::string_view channel, const Self& self) {
    const Place place{self.team, std::string(channel), std::string(text_at(message, "ts"))};
    const Place parent{self.team, std::string(channel), std::string(thread_of(message))};
    if (!is_slack_id(channel, "CGD") || !is_ts(place.ts) || !is_ts(parent.ts))
        return Ignored{"malformed"};
    const std::string_view subtype = text_at(message, "subtype");
    if (subtype == "tombstone")
        return place.ts == parent.ts ? Meaning(ParentGone{parent}) : AgentRemoved{parent, place};
    if (is_ours(message, self)) return own_post(message, place, parent);
    const bool by_bot = subtype == "bot_message" || !text_at(message, "bot_id").empty();
    if (by_bot && !DESKBELL_PLANTED("foreign_bot_relayed")) return Ignored{"foreign_bot"};
    if (is_service(subtype)) return Ignored{"service_message"};
    if (subtype == "thread_broadcast" && DESKBELL_PLANTED("broadcast_dropped"))
        return Ignored{"service_message"};
    const bool ordinary = subtype.empty() || subtype == "thread_broadcast" ||
                          subtype == "file_share" || subtype == "me_message";
    if (!ordinary && find_bool(message, "hidden").value_or(false))
        return Ignored{"unknown_hidden_subtype"};
    const std::string_view user = text_at(message, "user");
    if (!is_slack_id(user, "UW") || user == "USLACKBOT" || user == "UREVOKEDU")
        return Ignored{"nobody"};
    if (is_stranger(message, self) && !DESKBELL_PLANTED("outsider_relayed"))
        return Ignored{"stranger"};
    if (place.ts == parent.ts)
        return Misplaced{place, std::string(user), std::string(text_at(message, "text"))};
    AgentWords words;
    words.parent = parent;
    words.message = place;
    words.user = user;
    words.client_msg_id = text_at(message, "client_msg_id");
    words.edit_key = edited_ts(message);
    words.source = message;
    return words;
}

const Place* message_of(const Meaning& meaning) {
    if (const auto* words = std::get_if<AgentWords>(&meaning)) return &words->message;
    if (const auto* own = std::get_if<OwnPost>(&meaning)) return &own->message;
    return nullptr;
}

}  // namespace deskbell::desk::slack
