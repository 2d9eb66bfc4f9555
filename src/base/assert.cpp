#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace deskbell {

void assertion_failed(const char* expression, const char* file, int line,
                      const char* function) noexcept {
    std::fprintf(stderr, "deskbell: invariant broken: %s (%s:%d, %s)\n", expression, file, line,
                 function);
    std::fflush(stderr);
    std::abort();
}

}  // namespace deskbell

// BOOST_ASSERT ends here too (BOOST_ENABLE_ASSERT_HANDLER): overlapping writes must not pass in
// release.
namespace boost {

void assertion_failed(const char* expression, const char* function, const char* file, long line) {
    deskbell::assertion_failed(expression, file, static_cast<int>(line), function);
}

void assertion_failed_msg(const char* expression, const char* message, const char* function,
                          const char* file, long line) {
    std::fprintf(stderr, "deskbell: %s\n", message);
    deskbell::assertion_failed(expression, file, static_cast<int>(line), function);
}

}  // namespace boost
