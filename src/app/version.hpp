#pragma once
#include <string>
namespace deskbell::app {
[[nodiscard]] std::string version_line();
}
