#include "sandbox/model/blocks.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/model/text.hpp"

#include <algorithm>
#include <array>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t blocks_max = 50;
constexpr std::size_t id_characters_max = 255;
constexpr std::size_t markdown_characters_max = 12'000;

enum class TextKind { plain, any };

class Acceptor {
public:
    std::vector<std::string> complaints;

    void accept_all(json::array& blocks) {
        if (blocks.size() > blocks_max) {
            complain("no more than 50 items allowed", "/blocks");
            return;
        }
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            const std::string at = "/blocks/" + std::to_string(i);
            if (!blocks[i].is_object()) {
                complain("must be an object", at);
                continue;
            }
            json::object& block = blocks[i].get_object();
            accept(block, at);
            const std::string id = string_or_empty(block, "block_id");
            if (!id.empty() && std::ranges::find(ids, id) != ids.end())
                complain("block_id already exists in the array: " + id, at + "/block_id");
            ids.push_back(id);
        }
    }

private:
    void complain(std::string_view what, std::string_view at) {
        complaints.push_back(std::string(what) + " [json-pointer:" + std::string(at) + "]");
    }

    void accept(json::object& block, const std::string& at) {
        accept_length(block, "block_id", id_characters_max, at);
        const std::string type = string_or_empty(block, "type");
        if (type.empty()) return complain("missing required field: type", at);
        if (type == "section") return accept_section(block, at);
        if (type == "header") return accept_text(block, "text", 150, TextKind::plain, true, at);
        if (type == "context") return accept_context(block, at);
        if (type == "actions") return accept_actions(block, at);
        if (type == "markdown") return accept_markdown(block, at);
        if (type == "rich_text") return accept_rich_text(block, at);
        if (type == "image") return accept_image(block, at);
        if (type != "divider") complain("unsupported type: " + type, at + "/type");
    }

    void accept_length(const json::object& object, std::string_view key, std::size_t most,
                       const std::string& at) {
        if (const auto text = find_string(object, key); text && count_characters(*text) > most)
            complain("must be less than " + std::to_string(most + 1) + " characters",
                     at + "/" + std::string(key));
    }

    // A text object below `key`: its kind, its length, and the form Slack keeps it in.
    void accept_text(json::object& owner, std::string_view key, std::size_t most, TextKind kind,
                     bool is_required, const std::string& at) {
        json::value* value = owner.if_contains(key);
        if (!value) {
            if (is_required) complain("missing required field: " + std::string(key), at);
            return;
        }
        const std::string here = at + "/" + std::string(key);
        if (!value->is_object()) return complain("must be an object", here);
        accept_text_object(value->get_object(), most, kind, here);
    }

    void accept_text_object(json::object& text, std::size_t most, TextKind kind,
                            const std::string& here) {
        const std::string type = string_or_empty(text, "type");
        const bool plain = type == "plain_text";
        if (!plain && (kind == TextKind::plain || type != "mrkdwn"))
            return complain(kind == TextKind::plain ? "must be of type plain_text"
                                                    : "unsupported type: " + type,
                            here + "/type");
        const auto words = find_string(text, "text");
        if (!words) return complain("missing required field: text", here);
        if (words->empty()) return complain("must be more than 0 characters", here + "/text");
        accept_length(text, "text", most, here);
        if (plain) {
            text["text"] = normalize_plain(*words);
            if (!text.contains("emoji")) text["emoji"] = true;
        } else {
            text["text"] = normalize_mrkdwn(*words);
            if (!text.contains("verbatim")) text["verbatim"] = false;
        }
    }

    void accept_section(json::object& block, const std::string& at) {
        json::value* fields = block.if_contains("fields");
        accept_text(block, "text", 3000, TextKind::any, fields == nullptr, at);
        if (fields) {
            if (!fields->is_array()) return complain("must be an array", at + "/fields");
            json::array& list = fields->get_array();
            if (list.size() > 10) complain("no more than 10 items allowed", at + "/fields");
            for (std::size_t i = 0; i < list.size(); ++i) {
                const std::string here = at + "/fields/" + std::to_string(i);
                if (list[i].is_object())
                    accept_text_object(list[i].get_object(), 2000, TextKind::any, here);
                else
                    complain("must be an object", here);
            }
        }
        if (json::value* accessory = block.if_contains("accessory");
            accessory && accessory->is_object())
            accept_element(accessory->get_object(), at + "/accessory");
    }

    json::array* elements_of(json::object& block, std::size_t most, const std::string& at) {
        json::value* value = block.if_contains("elements");
        if (!value || !value->is_array()) {
            complain("missing required field: elements", at);
            return nullptr;
        }
        json::array& elements = value->get_array();
        if (elements.empty()) complain("must be more than 0 items", at + "/elements");
        if (elements.size() > most)
            complain("no more than " + std::to_string(most) + " items allowed", at + "/elements");
        return &elements;
    }

    void accept_context(json::object& block, const std::string& at) {
        json::array* elements = elements_of(block, 10, at);
        for (std::size_t i = 0; elements && i < elements->size(); ++i) {
            const std::string here = at + "/elements/" + std::to_string(i);
            if (!(*elements)[i].is_object()) {
                complain("must be an object", here);
                continue;
            }
            json::object& element = (*elements)[i].get_object();
            if (string_or_empty(element, "type") == "image")
                accept_image(element, here);
            else
                accept_text_object(element, 2000, TextKind::any, here);
        }
    }

    void accept_actions(json::object& block, const std::string& at) {
        json::array* elements = elements_of(block, 25, at);
        std::vector<std::string> ids;
        for (std::size_t i = 0; elements && i < elements->size(); ++i) {
            const std::string here = at + "/elements/" + std::to_string(i);
            if (!(*elements)[i].is_object()) {
                complain("must be an object", here);
                continue;
            }
            json::object& element = (*elements)[i].get_object();
            accept_element(element, here);
            const std::string id = string_or_empty(element, "action_id");
            if (!id.empty() && std::ranges::find(ids, id) != ids.end())
                complain("action_id already exists in the block: " + id, here + "/action_id");
            ids.push_back(id);
        }
    }

    void accept_element(json::object& element, const std::string& at) {
        static constexpr std::array<std::string_view, 16> menus = {"static_select",
                                                                   "external_select",
                                                                   "users_select",
                                                                   "channels_select",
                                                                   "conversations_select",
                                                                   "multi_static_select",
                                                                   "multi_external_select",
                                                                   "multi_users_select",
                                                                   "multi_channels_select",
                                                                   "multi_conversations_select",
                                                                   "overflow",
                                                                   "checkboxes",
                                                                   "radio_buttons",
                                                                   "datepicker",
                                                                   "timepicker",
                                                                   "datetimepicker"};
        accept_length(element, "action_id", id_characters_max, at);
        const std::string type = string_or_empty(element, "type");
        if (type == "button") {
            accept_text(element, "text", 75, TextKind::plain, true, at);
            accept_length(element, "value", 2000, at);
            accept_length(element, "url", 3000, at);
            accept_length(element, "accessibility_label", 75, at);
            const std::string style = string_or_empty(element, "style");
            if (!style.empty() && style != "primary" && style != "danger")
                complain("must be one of primary, danger", at + "/style");
        } else if (std::ranges::find(menus, type) != menus.end()) {
            const bool is_short = type == "checkboxes" || type == "radio_buttons";
            accept_options(element, type == "overflow" ? 5 : is_short ? 10 : 100, at);
        } else if (type == "image") {
            accept_image(element, at);
        } else {
            complain("unsupported type: " + type, at + "/type");
        }
    }

    void accept_options(json::object& element, std::size_t most, const std::string& at) {
        json::value* value = element.if_contains("options");
        if (!value || !value->is_array()) return;
        json::array& options = value->get_array();
        if (options.size() > most)
            complain("no more than " + std::to_string(most) + " items allowed", at + "/options");
        for (std::size_t i = 0; i < options.size(); ++i) {
            if (!options[i].is_object()) continue;
            const std::string here = at + "/options/" + std::to_string(i);
            json::object& option = options[i].get_object();
            accept_text(option, "text", 75, TextKind::any, true, here);
            accept_length(option, "value", 75, here);
        }
    }

    void accept_image(const json::object& image, const std::string& at) {
        for (const std::string_view key : {"image_url", "alt_text"})
            if (!find_string(image, key))
                complain("missing required field: " + std::string(key), at);
        accept_length(image, "image_url", 3000, at);
        accept_length(image, "alt_text", 2000, at);
    }

    void accept_markdown(const json::object& block, const std::string& at) {
        const auto text = find_string(block, "text");
        if (!text) return complain("missing required field: text", at);
        markdown_characters_ += count_characters(*text);
        if (markdown_characters_ > markdown_characters_max)
            complain("must be less than 12001 characters", at + "/text");
    }

    void accept_rich_text(json::object& block, const std::string& at) {
        static constexpr std::array<std::string_view, 4> kinds = {
            "rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"};
        const json::array* elements = find_array(block, "elements");
        if (!elements) return complain("missing required field: elements", at);
        for (std::size_t i = 0; i < elements->size(); ++i) {
            const json::object* element = (*elements)[i].if_object();
            const std::string type = element ? string_or_empty(*element, "type") : "";
            if (std::ranges::find(kinds, type) == kinds.end())
                complain("unsupported type: " + type,
                         at + "/elements/" + std::to_string(i) + "/type");
        }
    }

    std::size_t markdown_characters_ = 0;
};

void collect_words(const json::value& value, std::string& words) {
    if (const json::array* list = value.if_array()) {
        for (const json::value& item : *list) collect_words(item, words);
        return;
    }
    const json::object* object = value.if_object();
    if (!object) return;
    if (const auto text = find_string(*object, "text"); text && !text->empty()) {
        if (!words.empty()) words += ' ';
        words += *text;
    }
    for (const auto& [key, inner] : *object)
        if (inner.is_structured()) collect_words(inner, words);
}

}  // namespace

std::vector<std::string> accept_blocks(json::array& blocks) {
    Acceptor acceptor;
    acceptor.accept_all(blocks);
    return std::move(acceptor.complaints);
}

std::string plain_words(const json::array& blocks) {
    std::string words;
    for (const json::value& block : blocks) collect_words(block, words);
    return words;
}

}  // namespace deskbell::sandbox
