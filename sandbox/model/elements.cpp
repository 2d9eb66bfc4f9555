#include "sandbox/model/elements.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace deskbell::sandbox {

namespace {

enum class Holds { text, option, options, id, ids, none };

struct Kind {
    std::string_view type;
    Holds holds = Holds::none;
    std::string_view key;      // in the state
    std::string_view initial;  // in the element
    bool is_input = true;
};

constexpr std::array<Kind, 22> kinds = {{
    {"plain_text_input", Holds::text, "value", "initial_value"},
    {"email_text_input", Holds::text, "value", "initial_value"},
    {"url_text_input", Holds::text, "value", "initial_value"},
    {"number_input", Holds::text, "value", "initial_value"},
    {"static_select", Holds::option, "selected_option", "initial_option"},
    {"external_select", Holds::option, "selected_option", "initial_option"},
    {"radio_buttons", Holds::option, "selected_option", "initial_option"},
    {"multi_static_select", Holds::options, "selected_options", "initial_options"},
    {"multi_external_select", Holds::options, "selected_options", "initial_options"},
    {"checkboxes", Holds::options, "selected_options", "initial_options"},
    {"users_select", Holds::id, "selected_user", "initial_user"},
    {"multi_users_select", Holds::ids, "selected_users", "initial_users"},
    {"channels_select", Holds::id, "selected_channel", "initial_channel"},
    {"multi_channels_select", Holds::ids, "selected_channels", "initial_channels"},
    {"conversations_select", Holds::id, "selected_conversation", "initial_conversation"},
    {"multi_conversations_select", Holds::ids, "selected_conversations", "initial_conversations"},
    {"datepicker", Holds::id, "selected_date", "initial_date"},
    {"timepicker", Holds::id, "selected_time", "initial_time"},
    {"datetimepicker", Holds::id, "selected_date_time", "initial_date_time"},
    {"rich_text_input", Holds::text, "rich_text_value", "initial_value"},
    {"overflow", Holds::option, "selected_option", "", false},
    {"button", Holds::none, "", "", false},
}};

const Kind& kind_of(std::string_view type) {
    const auto found = std::ranges::find(kinds, type, &Kind::type);
    return found == kinds.end() ? kinds.back() : *found;
}

const json::object* find_option(const json::array& options, std::string_view value) {
    for (const json::value& item : options)
        if (const json::object* option = item.if_object();
            option && string_or_empty(*option, "value") == value)
            return option;
    return nullptr;
}

std::vector<std::string> texts_of(const json::value& given) {
    std::vector<std::string> texts;
    if (given.is_string() && !given.get_string().empty()) texts.emplace_back(given.get_string());
    if (const json::array* list = given.if_array())
        for (const json::value& item : *list)
            if (item.is_string()) texts.emplace_back(item.get_string());
    return texts;
}

// Users and channels go by id or name, as everywhere on the page.
Result<std::string> resolve(const Workspace& workspace, std::string_view type,
                            const std::string& given) {
    if (type.contains("users")) {
        const User* user = workspace.find_user(given);
        if (!user) return fail("invalid_request", "There is no person " + given + ".");
        return user->id;
    }
    if (type.contains("channels") || type.contains("conversations")) {
        const Channel* channel = workspace.find_channel(given);
        if (!channel) return fail("invalid_request", "There is no channel " + given + ".");
        return channel->id;
    }
    return given;
}

Result<json::array> choose_options(const json::object& element,
                                   const std::vector<std::string>& wanted,
                                   const json::array& loaded) {
    const bool is_external = string_or_empty(element, "type").contains("external");
    const json::array options = is_external ? loaded : options_of(element);
    json::array chosen;
    for (const std::string& value : wanted) {
        const json::object* option = find_option(options, value);
        if (!option) return fail("invalid_request", "The menu has no option with this value.");
        chosen.push_back(*option);
    }
    return chosen;
}

std::string text_complaint(const json::object& element, std::string_view type,
                           const std::string& value) {
    const auto characters = static_cast<std::int64_t>(count_characters(value));
    if (const auto least = find_int(element, "min_length"); least && characters < *least)
        return "Enter at least " + std::to_string(*least) + " characters.";
    const std::int64_t most = find_int(element, "max_length").value_or(3000);
    if (characters > most) return "Enter at most " + std::to_string(most) + " characters.";
    if (type == "email_text_input" && !value.contains('@')) return "Enter an email address.";
    if (type == "url_text_input" && !value.contains("://")) return "Enter a URL.";
    if (type == "number_input") {
        double number = 0;
        const auto [end, failed] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        const bool is_decimal = find_bool(element, "is_decimal_allowed").value_or(false);
        if (failed != std::errc() || end != value.data() + value.size() ||
            (!is_decimal && value.contains('.')))
            return "Enter a number.";
    }
    return {};
}

}  // namespace

bool is_input_element(std::string_view type) {
    const auto found = std::ranges::find(kinds, type, &Kind::type);
    return found != kinds.end() && found->is_input;
}

bool has_state(std::string_view type) { return is_input_element(type); }

json::array options_of(const json::object& element) {
    json::array all;
    if (const json::array* options = find_array(element, "options")) all = *options;
    const json::array* groups = find_array(element, "option_groups");
    for (std::size_t i = 0; groups && i < groups->size(); ++i)
        if (const json::object* group = (*groups)[i].if_object())
            if (const json::array* options = find_array(*group, "options"))
                all.insert(all.end(), options->begin(), options->end());
    return all;
}

json::object initial_state(const json::object& element) {
    const std::string type = string_or_empty(element, "type");
    const Kind& kind = kind_of(type);
    json::object state{{"type", type}};
    if (kind.holds == Holds::none) return state;
    const json::value* initial = element.if_contains(kind.initial);
    if (initial)
        state[kind.key] = *initial;
    else if (kind.holds == Holds::options || kind.holds == Holds::ids)
        state[kind.key] = json::array();
    else
        state[kind.key] = nullptr;
    return state;
}

Result<json::object> chosen_state(const Workspace& workspace, const json::object& element,
                                  const json::value& given, const json::array& loaded) {
    const std::string type = string_or_empty(element, "type");
    const Kind& kind = kind_of(type);
    json::object state{{"type", type}};
    std::vector<std::string> texts = texts_of(given);
    if (kind.holds == Holds::option || kind.holds == Holds::options) {
        auto chosen = choose_options(element, texts, loaded);
        if (!chosen) return std::unexpected(chosen.error());
        if (kind.holds == Holds::options)
            state[kind.key] = std::move(*chosen);
        else if (chosen->empty())
            state[kind.key] = nullptr;
        else
            state[kind.key] = std::move(chosen->front());
        return state;
    }
    for (std::string& text : texts) {
        auto resolved = resolve(workspace, type, text);
        if (!resolved) return std::unexpected(resolved.error());
        text = std::move(*resolved);
    }
    if (kind.holds == Holds::ids) {
        state[kind.key] = json::array(texts.begin(), texts.end());
    } else if (texts.empty()) {
        state[kind.key] = nullptr;
    } else if (type == "datetimepicker") {
        std::int64_t at = 0;
        std::from_chars(texts[0].data(), texts[0].data() + texts[0].size(), at);
        state[kind.key] = at;
    } else {
        state[kind.key] = texts.front();
    }
    return state;
}

bool is_empty_state(const json::object& state) {
    for (const auto& [key, value] : state) {
        if (key == "type") continue;
        if (value.is_null() || (value.is_array() && value.get_array().empty()) ||
            (value.is_string() && trim(value.get_string()).empty()))
            return true;
    }
    return state.size() < 2;
}

std::string complaint_about(const json::object& element, const json::object& state) {
    const std::string type = string_or_empty(element, "type");
    if (is_empty_state(state)) return "Please complete this required field.";
    const Kind& kind = kind_of(type);
    if (kind.key == "value") return text_complaint(element, type, string_or_empty(state, "value"));
    if (const auto most = find_int(element, "max_selected_items")) {
        const json::array* chosen = find_array(state, kind.key);
        if (chosen && static_cast<std::int64_t>(chosen->size()) > *most)
            return "Choose at most " + std::to_string(*most) + ".";
    }
    return {};
}

FoundElement find_element(const json::array& blocks, std::string_view block_id,
                          std::string_view action_id) {
    for (const json::value& item : blocks) {
        const json::object* block = item.if_object();
        if (!block) continue;
        const std::string id = string_or_empty(*block, "block_id");
        if (!block_id.empty() && block_id != id) continue;
        for (const std::string_view key : {"accessory", "element"})
            if (const json::object* element = find_object(*block, key);
                element && string_or_empty(*element, "action_id") == action_id)
                return {id, element};
        const json::array* elements = find_array(*block, "elements");
        for (std::size_t i = 0; elements && i < elements->size(); ++i)
            if (const json::object* element = (*elements)[i].if_object();
                element && string_or_empty(*element, "action_id") == action_id)
                return {id, element};
    }
    return {};
}

json::object state_values(const json::array& blocks, const json::object& before) {
    json::object values;
    const auto add = [&](const std::string& block_id, const json::object& element) {
        const std::string type = string_or_empty(element, "type");
        const std::string action_id = string_or_empty(element, "action_id");
        if (!has_state(type) || action_id.empty()) return;
        const json::object* old_block = find_object(before, block_id);
        const json::object* old = old_block ? find_object(*old_block, action_id) : nullptr;
        json::value& block = values[block_id];
        if (!block.is_object()) block.emplace_object();
        block.get_object()[action_id] =
            old && string_or_empty(*old, "type") == type ? *old : initial_state(element);
    };
    for (const json::value& item : blocks) {
        const json::object* block = item.if_object();
        if (!block) continue;
        const std::string id = string_or_empty(*block, "block_id");
        for (const std::string_view key : {"accessory", "element"})
            if (const json::object* element = find_object(*block, key)) add(id, *element);
        const json::array* elements = find_array(*block, "elements");
        for (std::size_t i = 0; elements && i < elements->size(); ++i)
            if (const json::object* element = (*elements)[i].if_object()) add(id, *element);
    }
    return values;
}

}  // namespace deskbell::sandbox
