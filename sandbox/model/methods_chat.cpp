#include "base/text.hpp"
#include "sandbox/model/blocks.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/metadata.hpp"
#include "sandbox/model/methods.hpp"
#include "sandbox/model/shapes.hpp"
#include "sandbox/model/text.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t post_characters_max = 40'000;
constexpr std::size_t update_characters_max = 4'000;
constexpr std::size_t split_characters = 4'000;
constexpr std::size_t markdown_characters_max = 12'000;
constexpr std::size_t blocks_bytes_max = 13'200;
constexpr std::size_t attachments_max = 100;
constexpr std::size_t ephemerals_max = 50;

struct Content {
    std::optional<std::string> text;  // as stored; absent when the argument was
    std::optional<json::array> blocks;
    std::optional<json::array> attachments;

    [[nodiscard]] bool says_something() const {
        const bool words = text && !trim(*text).empty();
        return words || (blocks && !blocks->empty()) || (attachments && !attachments->empty());
    }
};

Result<void> read_blocks(Request& request, Content& content) {
    auto blocks = request.array("blocks", "invalid_blocks_format");
    if (!blocks) return std::unexpected(blocks.error());
    if (!*blocks) return {};
    content.blocks = std::move(**blocks);
    request.block_errors = accept_blocks(*content.blocks);
    if (!request.block_errors.empty()) return refuse("invalid_blocks");
    if (json::serialize(*content.blocks).size() > blocks_bytes_max)
        return refuse("msg_blocks_too_long");
    return {};
}

Result<void> read_markdown(Request& request, Content& content) {
    const std::string markdown = request.text("markdown_text");
    if (markdown.empty()) return {};
    if (content.text || content.blocks) return refuse("markdown_text_conflict");
    if (count_characters(markdown) > markdown_characters_max) return refuse("msg_too_long");
    content.text = normalize_mrkdwn(markdown);
    content.blocks = json::array{json::object{{"type", "markdown"}, {"text", markdown}}};
    return {};
}

Result<Content> read_content(Request& request) {
    Content content;
    if (request.has("text")) {
        if (!is_utf8(request.text("text"))) return refuse("invalid_arguments");
        content.text = normalize_mrkdwn(request.text("text"));
    }
    if (auto read = read_blocks(request, content); !read) return std::unexpected(read.error());
    auto attachments = request.array("attachments", "invalid_attachments");
    if (!attachments) return std::unexpected(attachments.error());
    content.attachments = std::move(*attachments);
    if (content.attachments && content.attachments->size() > attachments_max)
        return refuse("too_many_attachments");
    if (auto read = read_markdown(request, content); !read) return std::unexpected(read.error());
    return content;
}

void cut_long_text(Request& request, std::string& text) {
    if (count_characters(text) <= post_characters_max) return;
    text = std::string(prefix_of_characters(text, post_characters_max));
    request.warnings.push_back("message_truncated");
    request.messages.push_back(
        "[WARN] Your message was truncated but still posted. Messages should be at most 40,000 "
        "characters.");
}

Result<void> read_author(Request& request, Message& draft) {
    draft.user = request.world.workspace.app.user_id;
    draft.bot_id = request.world.workspace.app.bot_id;
    draft.username = request.text("username");
    draft.icon_emoji = request.text("icon_emoji");
    draft.icon_url = draft.icon_emoji.empty() ? request.text("icon_url") : "";
    if (draft.username.empty() && draft.icon_emoji.empty() && draft.icon_url.empty()) return {};
    if (!request.has_scope("chat:write.customize")) {
        request.needed_scope = "chat:write.customize";
        return refuse("missing_scope");
    }
    draft.user.clear();
    draft.subtype = "bot_message";
    return {};
}

// The parts that one long text becomes when Slack splits it (a setting); else just the one.
std::vector<std::string> split_text(const Request& request, const std::string& text) {
    std::vector<std::string> parts;
    std::string_view rest = text;
    if (request.world.workspace.settings.split_long_text)
        while (count_characters(rest) > split_characters) {
            const std::string_view part = prefix_of_characters(rest, split_characters);
            parts.emplace_back(part);
            rest.remove_prefix(part.size());
        }
    parts.emplace_back(rest);
    return parts;
}

json::object posted_answer(const World& world, const Channel& channel, const Message& message) {
    json::object shown = message_object(world, channel, message);
    // A fresh message never has a thread of its own yet.
    return {{"channel", channel.id}, {"ts", to_text(message.ts)}, {"message", std::move(shown)}};
}

const Message* find_duplicate(const Request& request, const Channel& channel) {
    const std::string wanted = request.text("client_msg_id");
    if (wanted.empty() || !request.world.workspace.settings.client_msg_id_dedupe) return nullptr;
    for (const auto& [ts, message] : channel.messages)
        if (message.client_msg_id == wanted && !message.bot_id.empty()) return &message;
    return nullptr;
}

Result<Placement> read_placement(const Request& request) {
    Placement placement;
    if (!request.has("thread_ts")) return placement;
    const auto thread_ts = parse_ts(request.text("thread_ts"));
    if (!thread_ts) return refuse("invalid_thread_ts");
    placement.thread_ts = *thread_ts;
    placement.broadcast = request.flag("reply_broadcast");
    return placement;
}

// The app's own message that `channel` and `ts` name.
Result<Message*> own_message(Request& request, Channel& channel, std::string_view refusal) {
    const auto ts = request.timestamp("ts");
    if (!ts) return std::unexpected(ts.error());
    Message* message = channel.find(*ts);
    if (!message || message->is_tombstone()) return refuse("message_not_found");
    if (message->bot_id != request.world.workspace.app.bot_id) return refuse(refusal);
    return message;
}

}  // namespace

Fields chat_post_message(Request& request) {
    const auto channel = request.joined_channel(Request::ChannelBy::id_or_name);
    if (!channel) return std::unexpected(channel.error());
    if ((*channel)->is_archived) return refuse("is_archived");
    auto content = read_content(request);
    if (!content) return std::unexpected(content.error());
    if (!content->says_something()) return refuse("no_text");
    const auto placement = read_placement(request);
    if (!placement) return std::unexpected(placement.error());
    Message draft;
    if (const auto author = read_author(request, draft); !author)
        return std::unexpected(author.error());
    if (request.has("metadata")) {
        auto metadata = parse_metadata(request.text("metadata"));
        if (!metadata) return std::unexpected(metadata.error());
        draft.metadata = std::move(*metadata);
    }
    if (const auto paced = request.pace_post(**channel); !paced)
        return std::unexpected(paced.error());
    if (const Message* duplicate = find_duplicate(request, **channel)) {
        json::object answer = posted_answer(request.world, **channel, *duplicate);
        answer["is_duplicate"] = true;
        return answer;
    }
    if (request.world.workspace.settings.client_msg_id_dedupe)
        draft.client_msg_id = request.text("client_msg_id");
    if (content->text) cut_long_text(request, *content->text);
    if (content->blocks) draft.blocks = std::move(*content->blocks);
    if (content->attachments) draft.attachments = std::move(*content->attachments);
    const std::vector<std::string> parts =
        split_text(request, content->text ? *content->text : std::string());
    draft.text = parts.front();
    json::object answer = posted_answer(request.world, **channel,
                                        post_message(request.world, **channel, draft, *placement));
    for (std::size_t i = 1; i < parts.size(); ++i) {
        draft.text = parts[i];
        post_message(request.world, **channel, draft, *placement);
    }
    return answer;
}

Fields chat_post_ephemeral(Request& request) {
    const auto channel = request.joined_channel();
    if (!channel) return std::unexpected(channel.error());
    if ((*channel)->is_archived) return refuse("is_archived");
    const auto user = request.user();
    if (!user)
        return refuse(user.error().code == "user_not_found" ? "user_not_in_channel"
                                                            : user.error().code);
    if (!(*channel)->has_member((*user)->id)) return refuse("user_not_in_channel");
    auto content = read_content(request);
    if (!content) return std::unexpected(content.error());
    if (!content->says_something()) return refuse("no_text");
    const auto placement = read_placement(request);
    if (!placement) return std::unexpected(placement.error());
    Ephemeral shown;
    shown.ts = request.world.next_ts(**channel);
    shown.thread_ts = placement->thread_ts;
    shown.for_user = (*user)->id;
    if (content->text) shown.text = *content->text;
    if (content->blocks) shown.blocks = std::move(*content->blocks);
    (*channel)->ephemerals.push_back(std::move(shown));
    if ((*channel)->ephemerals.size() > ephemerals_max) (*channel)->ephemerals.pop_front();
    request.world.changed(false);
    return json::object{{"message_ts", to_text((*channel)->ephemerals.back().ts)}};
}

Fields chat_update(Request& request) {
    const auto channel = request.joined_channel();
    if (!channel) return std::unexpected(channel.error());
    const auto message = own_message(request, **channel, "cant_update_message");
    if (!message) return std::unexpected(message.error());
    auto content = read_content(request);
    if (!content) return std::unexpected(content.error());
    if (content->text && count_characters(*content->text) > update_characters_max)
        return refuse("msg_too_long");
    MessageChange change;
    if (request.has("metadata")) {
        auto metadata = parse_metadata(request.text("metadata"));
        if (!metadata) return std::unexpected(metadata.error());
        change.metadata = std::move(*metadata);
    }
    if (!content->text && !content->blocks && !content->attachments && !change.metadata)
        return refuse("no_text");
    // Slack marks no edit when blocks are given, and drops the old blocks when only text is.
    change.marks_edited = content->text.has_value() && !content->blocks;
    change.by = (*message)->author();
    if (content->text && !content->blocks) content->blocks = json::array();
    change.text = std::move(content->text);
    change.blocks = std::move(content->blocks);
    change.attachments = std::move(content->attachments);
    change_message(request.world, **channel, **message, std::move(change));
    return json::object{{"channel", (*channel)->id},
                        {"ts", to_text((*message)->ts)},
                        {"text", (*message)->text},
                        {"message", message_object(request.world, **channel, **message)}};
}

Fields chat_delete(Request& request) {
    const auto channel = request.joined_channel();
    if (!channel) return std::unexpected(channel.error());
    const auto message = own_message(request, **channel, "cant_delete_message");
    if (!message) return std::unexpected(message.error());
    const Ts ts = (*message)->ts;
    delete_message(request.world, **channel, ts);
    return json::object{{"channel", (*channel)->id}, {"ts", to_text(ts)}};
}

Fields chat_get_permalink(Request& request) {
    const auto channel = request.channel();
    if (!channel) return std::unexpected(channel.error());
    const auto ts = request.timestamp("message_ts");
    if (!ts) return std::unexpected(ts.error());
    const Message* message = (*channel)->find(*ts);
    if (!message) return refuse("message_not_found");
    return json::object{{"channel", (*channel)->id},
                        {"permalink", permalink(request.world, **channel, *message)}};
}

}  // namespace deskbell::sandbox
