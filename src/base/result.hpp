#pragma once
// Result and Error: what an operation that may fail in an expected way returns. Exceptions are for
// surprises.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace deskbell {

// `code` is stable and public (clients and operators key on it); `detail` says what is wrong and
// what to do.
struct Error {
    std::string code;
    std::string detail;
    std::optional<std::int64_t> retry_after_ms = std::nullopt;

    friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(std::string code, std::string detail) {
    return std::unexpected(Error{std::move(code), std::move(detail), std::nullopt});
}

}  // namespace deskbell
