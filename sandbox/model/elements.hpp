#pragma once
// Interactive elements of Block Kit: what state they hold, and what a person's choice makes of it.

#include "base/result.hpp"
#include "sandbox/model/workspace.hpp"

#include <string>
#include <string_view>

namespace deskbell::sandbox {

// Elements that an input block may hold.
[[nodiscard]] bool is_input_element(std::string_view type);
// Whether the element's state shows up in `state.values`.
[[nodiscard]] bool has_state(std::string_view type);
// As `state.values` holds it before anybody touched it.
[[nodiscard]] json::object initial_state(const json::object& element);
// After a person chose `given`: a text, or a list of texts for those that take several. `loaded`
// are the options an external menu was given last. `invalid_request` says what is wrong.
[[nodiscard]] Result<json::object> chosen_state(const Workspace& workspace,
                                                const json::object& element,
                                                const json::value& given,
                                                const json::array& loaded);
[[nodiscard]] bool is_empty_state(const json::object& state);
// What is wrong with a filled-in element in an input block, in the client's words; empty: nothing.
[[nodiscard]] std::string complaint_about(const json::object& element, const json::object& state);
// The options of a menu, groups or not.
[[nodiscard]] json::array options_of(const json::object& element);

struct FoundElement {
    std::string block_id;
    const json::object* element = nullptr;  // null: there is none
};
// An interactive element in sections, actions and input blocks; `block_id` empty: the first.
[[nodiscard]] FoundElement find_element(const json::array& blocks, std::string_view block_id,
                                        std::string_view action_id);
// The initial `state.values` of blocks; what `before` holds under the same names stays.
[[nodiscard]] json::object state_values(const json::array& blocks, const json::object& before);

}  // namespace deskbell::sandbox
