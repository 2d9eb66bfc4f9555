#pragma once
// Exceptions end here: what a handler throws is logged once and ends its own connection, not the
// loop.

#include "base/log.hpp"

#include <exception>
#include <string_view>

namespace deskbell::net {

// False when `call` threw.
template <class Call>
bool guarded(std::string_view what, Call call) noexcept {
    try {
        call();
        return true;
    } catch (const std::exception& surprise) {
        log::error("net: {} threw: {}", what, surprise.what());
    } catch (...) {
        log::error("net: {} threw something that is no exception", what);
    }
    return false;
}

}  // namespace deskbell::net
