#pragma once
// A broken invariant stops the process, in release builds too: stopping is better than relaying
// wrongly.

namespace deskbell {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line,
                                   const char* function) noexcept;

}  // namespace deskbell

#define DESKBELL_ASSERT(expression) \
    (static_cast<bool>(expression)  \
         ? static_cast<void>(0)     \
         : ::deskbell::assertion_failed(#expression, __FILE__, __LINE__, __func__))
