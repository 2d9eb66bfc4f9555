#include "sandbox/model/view_schema.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/model/blocks.hpp"
#include "sandbox/model/elements.hpp"
#include "sandbox/model/text.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t view_blocks_max = 100;

class ViewAcceptor {
public:
    std::vector<std::string> complaints;

    void accept(json::object& view) {
        const std::string type = string_or_empty(view, "type");
        if (type != "modal" && type != "home")
            return complain(
                type.empty() ? "missing required field: type" : "must be one of modal, home",
                "/view/type");
        accept_length(view, "callback_id", 255, "/view");
        accept_length(view, "external_id", 255, "/view");
        accept_length(view, "private_metadata", 3000, "/view");
        accept_plain(view, "title", 24, type == "modal", "/view");
        accept_plain(view, "submit", 24, false, "/view");
        accept_plain(view, "close", 24, false, "/view");
        json::value* blocks = view.if_contains("blocks");
        if (!blocks || !blocks->is_array())
            return complain("missing required field: blocks", "/view");
        accept_blocks_of(blocks->get_array());
        const bool submits = view.contains("submit") && !view.at("submit").is_null();
        if (has_input_ && type == "modal" && !submits)
            complain("must define `submit` to use an `input` block in modals", "/view");
    }

private:
    void complain(std::string_view what, const std::string& at) {
        complaints.push_back(std::string(what) + " [json-pointer:" + at + "]");
    }

    void accept_length(const json::object& object, std::string_view key, std::size_t most,
                       const std::string& at) {
        if (const auto text = find_string(object, key); text && count_characters(*text) > most)
            complain("must be less than " + std::to_string(most + 1) + " characters",
                     at + "/" + std::string(key));
    }

    void accept_plain(json::object& owner, std::string_view key, std::size_t most, bool is_required,
                      const std::string& at) {
        json::value* value = owner.if_contains(key);
        if (!value || value->is_null()) {
            if (is_required) complain("missing required field: " + std::string(key), at);
            return;
        }
        const std::string here = at + "/" + std::string(key);
        if (!value->is_object()) return complain("must be an object", here);
        json::object& text = value->get_object();
        if (string_or_empty(text, "type") != "plain_text")
            return complain("must be of type plain_text", here + "/type");
        const auto words = find_string(text, "text");
        if (!words) return complain("missing required field: text", here);
        if (words->empty()) return complain("must be more than 0 characters", here + "/text");
        accept_length(text, "text", most, here);
        text["text"] = normalize_plain(*words);
        if (!text.contains("emoji")) text["emoji"] = true;
    }

    void accept_blocks_of(json::array& blocks) {
        if (blocks.size() > view_blocks_max)
            return complain("no more than 100 items allowed", "/view/blocks");
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            const std::string at = "/view/blocks/" + std::to_string(i);
            if (!blocks[i].is_object()) {
                complain("must be an object", at);
                continue;
            }
            json::object& block = blocks[i].get_object();
            if (string_or_empty(block, "type") == "input")
                accept_input(block, at);
            else
                accept_other(blocks[i], at);
            const std::string id = string_or_empty(block, "block_id");
            if (!id.empty() && std::ranges::find(ids, id) != ids.end())
                complain("block_id already exists in the array: " + id, at + "/block_id");
            ids.push_back(id);
        }
    }

    // As in messages; the pointers are moved to where the block is.
    void accept_other(json::value& block, const std::string& at) {
        json::array alone{std::move(block)};
        for (std::string complaint : accept_blocks(alone)) {
            constexpr std::string_view there = "[json-pointer:/blocks/0";
            if (const std::size_t found = complaint.find(there); found != std::string::npos)
                complaint.replace(found, there.size(), "[json-pointer:" + at);
            complaints.push_back(std::move(complaint));
        }
        block = std::move(alone.front());
    }

    void accept_input(json::object& block, const std::string& at) {
        has_input_ = true;
        accept_length(block, "block_id", 255, at);
        accept_plain(block, "label", 2000, true, at);
        accept_plain(block, "hint", 2000, false, at);
        if (!block.contains("optional")) block["optional"] = false;
        if (!block.contains("dispatch_action")) block["dispatch_action"] = false;
        json::value* value = block.if_contains("element");
        if (!value || !value->is_object()) return complain("missing required field: element", at);
        json::object& element = value->get_object();
        const std::string type = string_or_empty(element, "type");
        const std::string here = at + "/element";
        if (!is_input_element(type)) return complain("unsupported type: " + type, here + "/type");
        accept_input_element(element, type, here);
    }

    void accept_input_element(json::object& element, const std::string& type,
                              const std::string& at) {
        accept_length(element, "action_id", 255, at);
        accept_plain(element, "placeholder", 150, false, at);
        if (type == "plain_text_input") {
            accept_number(element, "min_length", 0, 3000, at);
            accept_number(element, "max_length", 1, 3000, at);
            accept_length(element, "initial_value", 3000, at);
        } else if (type == "number_input" && !find_bool(element, "is_decimal_allowed")) {
            complain("missing required field: is_decimal_allowed", at);
        } else if (type == "checkboxes" || type == "radio_buttons") {
            accept_options(element, "options", 10, true, at);
        } else if (type == "static_select" || type == "multi_static_select") {
            accept_menu(element, at);
        }
    }

    void accept_number(const json::object& element, std::string_view key, std::int64_t least,
                       std::int64_t most, const std::string& at) {
        const json::value* value = element.if_contains(key);
        if (!value) return;
        const auto number = find_int(element, key);
        if (!number || *number < least || *number > most)
            complain("must be between " + std::to_string(least) + " and " + std::to_string(most),
                     at + "/" + std::string(key));
    }

    void accept_menu(json::object& element, const std::string& at) {
        const bool has_groups = element.contains("option_groups");
        if (!has_groups) return accept_options(element, "options", 100, true, at);
        if (element.contains("options"))
            return complain("must define either options or option_groups", at);
        json::value& groups = element["option_groups"];
        if (!groups.is_array()) return complain("must be an array", at + "/option_groups");
        if (groups.get_array().size() > 100)
            complain("no more than 100 items allowed", at + "/option_groups");
        for (std::size_t i = 0; i < groups.get_array().size(); ++i) {
            const std::string here = at + "/option_groups/" + std::to_string(i);
            if (!groups.get_array()[i].is_object()) {
                complain("must be an object", here);
                continue;
            }
            json::object& group = groups.get_array()[i].get_object();
            accept_plain(group, "label", 75, true, here);
            accept_options(group, "options", 100, true, here);
        }
    }

    void accept_options(json::object& owner, std::string_view key, std::size_t most,
                        bool is_required, const std::string& at) {
        json::value* value = owner.if_contains(key);
        const std::string here = at + "/" + std::string(key);
        if (!value || !value->is_array()) {
            if (is_required) complain("missing required field: " + std::string(key), at);
            return;
        }
        json::array& options = value->get_array();
        if (options.empty()) complain("must be more than 0 items", here);
        if (options.size() > most)
            complain("no more than " + std::to_string(most) + " items allowed", here);
        for (std::size_t i = 0; i < options.size(); ++i) {
            const std::string option_at = here + "/" + std::to_string(i);
            if (!options[i].is_object()) {
                complain("must be an object", option_at);
                continue;
            }
            json::object& option = options[i].get_object();
            const json::object* text = find_object(option, "text");
            if (!text)
                complain("missing required field: text", option_at);
            else
                accept_length(*text, "text", 75, option_at + "/text");
            if (!find_string(option, "value")) complain("missing required field: value", option_at);
            accept_length(option, "value", 75, option_at);
        }
    }

    bool has_input_ = false;
};

}  // namespace

std::vector<std::string> accept_view(json::object& view) {
    ViewAcceptor acceptor;
    acceptor.accept(view);
    return std::move(acceptor.complaints);
}

}  // namespace deskbell::sandbox
