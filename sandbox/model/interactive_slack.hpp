#pragma once
// A sandbox with an app that has a manifest, a modal and an answer to everything.

#include "sandbox/model/form.hpp"
#include "sandbox/model/test_slack.hpp"

namespace deskbell::sandbox {

inline constexpr const char* manifest = R"({
  "features": {
    "app_home": {"home_tab_enabled": true, "messages_tab_enabled": false},
    "shortcuts": [
      {"name": "Close chat", "type": "message", "callback_id": "close", "description": "Ends it"},
      {"name": "New note", "type": "global", "callback_id": "note", "description": "A note"}],
    "slash_commands": [
      {"command": "/deskbell", "description": "Status", "url": "http://app.test/commands"},
      {"command": "/escaped", "description": "x", "url": "http://app.test/commands", "should_escape": true}]}})";

inline constexpr const char* modal = R"({
  "type": "modal", "callback_id": "close_chat", "private_metadata": "c-42", "notify_on_close": true,
  "title": {"type": "plain_text", "text": "Close 🎉"}, "submit": {"type": "plain_text", "text": "Close"},
  "blocks": [
    {"type": "input", "block_id": "reason", "label": {"type": "plain_text", "text": "Why"},
     "element": {"type": "plain_text_input", "action_id": "text", "min_length": 3}},
    {"type": "input", "block_id": "kind", "optional": true, "label": {"type": "plain_text", "text": "Kind"},
     "element": {"type": "static_select", "action_id": "pick", "options": [
       {"text": {"type": "plain_text", "text": "Solved"}, "value": "solved"},
       {"text": {"type": "plain_text", "text": "Spam"}, "value": "spam"}]}},
    {"type": "actions", "block_id": "more", "elements": [
       {"type": "button", "action_id": "help", "text": {"type": "plain_text", "text": "Help"}, "value": "v"},
       {"type": "external_select", "action_id": "who", "min_query_length": 1}]}]})";

inline constexpr const char* small_modal = R"({
  "type": "modal", "title": {"type": "plain_text", "text": "Next"}, "blocks": []})";

struct InteractiveSlack : TestSlack {
    json::object last;  // payload of the last interaction, or a command's fields
    std::uint64_t delivery = 0;

    InteractiveSlack() : TestSlack(with_events()) {
        EXPECT_TRUE(slack.apply_manifest(json::parse(manifest).as_object()));
    }
    // The interaction that is due; it stays under way until answered.
    const json::object& take() {
        for (const Delivery& due : slack.next_deliveries(100)) {
            if (due.kind == DeliveryKind::event) {
                slack.delivered(due.id, {DeliveryOutcome::Kind::answered, 200, false});
                continue;
            }
            delivery = due.id;
            last = {};
            const auto fields = parse_form(due.body);
            if (const auto payload = fields.find("payload"); payload != fields.end())
                last = json::parse(payload->second).as_object();
            else
                for (const auto& [name, value] : fields) last[name] = value;
        }
        return last;
    }
    void answer(const std::string& body = "", int status = 200) {
        slack.delivered(delivery, {DeliveryOutcome::Kind::answered, status, false, body});
    }
    Result<std::uint64_t> command(const std::string& text, const std::string& thread = "") {
        return slack.run_command({"ana", vip, text, thread, false});
    }
    std::string trigger() {
        EXPECT_TRUE(slack.run_shortcut("ana", "note", "", ""));
        const std::string id = text_at(take(), "/trigger_id");
        answer();
        return id;
    }
    // Ana has it open; its id.
    std::string open(const std::string& view = modal) {
        const json::object opened = call("views.open", {{"trigger_id", trigger()}, {"view", view}});
        EXPECT_TRUE(opened.at("ok").as_bool()) << json::serialize(opened);
        return text_at(opened, "/view/id");
    }
    json::value modals() { return slack.snapshot(0).at("views").at("modals"); }
    std::size_t open_modals() {
        const json::value all = modals();
        return all.as_object().contains(ana) ? all.at(ana).as_array().size() : 0;
    }
    json::object fill(const std::string& text) { return {{"reason", {{"text", text}}}}; }
    std::vector<json::object> ephemerals() {
        std::vector<json::object> list;
        const json::object state = slack.snapshot(100);
        for (const json::value& channel : state.at("channels").as_array())
            for (const json::value& message : channel.at("messages").as_array())
                if (message.at("kind").as_string() == "ephemeral")
                    list.push_back(message.as_object());
        return list;
    }
};

}  // namespace deskbell::sandbox
