#pragma once
// What customers may tell about themselves, made clean: trimmed, without controls, within bounds.

#include "base/result.hpp"
#include "core/command.hpp"
#include "core/policy.hpp"
#include "core/session.hpp"

#include <string>
#include <string_view>

namespace deskbell::core {

// The customer after `details`: refusals are `name_invalid`, `email_invalid`, `phone_invalid` and
// `attributes_invalid`. An empty value takes the former one away.
[[nodiscard]] Result<Customer> merged(const Customer& customer, const CustomerDetails& details);
// Pages and locales come from browsers, not from people: what is too long is cut, not refused.
[[nodiscard]] Page clean_page(const Page& page);
[[nodiscard]] std::string clean_locale(std::string_view locale);
[[nodiscard]] std::string clean_timezone(std::string_view timezone);
// One line of at most `characters_max` characters; cut, not refused.
[[nodiscard]] std::string clean_line(std::string_view text, std::size_t characters_max);

// `pre_chat_incomplete`, naming what is missing.
[[nodiscard]] std::optional<Error> missing_details(const Customer& customer,
                                                   const PreChat& pre_chat);

}  // namespace deskbell::core
