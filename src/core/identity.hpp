#pragma once
// Which details of a customer their site vouches for. Pure.

#include "core/command.hpp"

#include <string>

namespace deskbell::core {

// "name,email": the details that an identity gives.
[[nodiscard]] std::string verified_by(const Identity& identity);
[[nodiscard]] CustomerDetails details_of(const Identity& identity);
// What remains of `verified` when the customer changes.
[[nodiscard]] std::string still_verified(const std::string& verified, const Customer& before,
                                         const Customer& after);
[[nodiscard]] bool is_verified(const std::string& verified, std::string_view detail);

}  // namespace deskbell::core
