#include "gateway/fields.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace deskbell::gateway {

namespace {

constexpr std::size_t name_bytes_shown_max = 64;

std::string_view first_characters(std::string_view text, std::size_t characters_max) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool starts = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
        if (starts && characters++ == characters_max) return text.substr(0, i);
    }
    return text;
}

}  // namespace

const boost::json::value* Fields::find(std::string_view name) {
    known(name);
    const boost::json::value* value = object_.if_contains(name);
    return value && !value->is_null() ? value : nullptr;
}

std::optional<std::string> Fields::text(std::string_view name, TextRule rule) {
    const boost::json::value* value = find(name);
    if (!value) return std::nullopt;
    if (!value->is_string()) {
        refuse(name, "must be a string");
        return std::nullopt;
    }
    std::string text = without_controls(std::string_view(value->get_string()));
    if (!rule.lines)
        std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
    text = std::string(trim(text));
    const std::string_view head = first_characters(text, rule.characters_max);
    if (head.size() == text.size()) return text;
    if (rule.cut) return std::string(head);
    refuse(name, "must have at most " + std::to_string(rule.characters_max) + " characters");
    return std::nullopt;
}

std::optional<std::string> Fields::exact_text(std::string_view name) {
    const boost::json::value* value = find(name);
    if (!value) return std::nullopt;
    if (value->is_string()) return std::string(std::string_view(value->get_string()));
    refuse(name, "must be a string");
    return std::nullopt;
}

std::optional<std::int64_t> Fields::integer(std::string_view name) {
    const boost::json::value* value = find(name);
    if (!value) return std::nullopt;
    if (value->is_int64()) return value->get_int64();
    refuse(name, "must be an integer");
    return std::nullopt;
}

std::optional<bool> Fields::boolean(std::string_view name) {
    const boost::json::value* value = find(name);
    if (!value) return std::nullopt;
    if (value->is_bool()) return value->get_bool();
    refuse(name, "must be true or false");
    return std::nullopt;
}

const boost::json::object* Fields::object(std::string_view name) {
    const boost::json::value* value = find(name);
    if (!value) return nullptr;
    if (!value->is_object()) refuse(name, "must be an object");
    return value->if_object();
}

const boost::json::array* Fields::array(std::string_view name) {
    const boost::json::value* value = find(name);
    if (!value) return nullptr;
    if (!value->is_array()) refuse(name, "must be an array");
    return value->if_array();
}

std::string Fields::path(std::string_view name) const {
    return prefix_.empty() ? std::string(name) : prefix_ + "." + std::string(name);
}

void Fields::refuse(std::string_view name, std::string_view expectation) {
    refuse(Error{"invalid_field", "`" + path(name) + "` " + std::string(expectation) + ".",
                 std::nullopt});
}

void Fields::refuse(Error error) {
    if (!error_) error_ = std::move(error);
}

std::optional<Error> Fields::finish() {
    for (const auto& member : object_) {
        if (error_) break;
        const std::string_view name = member.key();
        if (std::ranges::find(known_, name) == known_.end())
            refuse(prefix_at_most(name, name_bytes_shown_max), "is not a field of this request");
    }
    return error_;
}

}  // namespace deskbell::gateway
