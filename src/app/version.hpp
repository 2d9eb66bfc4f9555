#pragma once
// What `deskbell version` and /metrics say of this build.

#include <string>

namespace deskbell::app {

[[nodiscard]] std::string version();  // "0.1.0"
[[nodiscard]] std::string commit();   // "2055d491a555", or "unknown"
[[nodiscard]] std::string
version_lines();  // version, commit, build type, library versions; for people

}  // namespace deskbell::app
