#include "app/version.hpp"
namespace deskbell::app {
std::string version_line() { return "deskbell"; }
}  // namespace deskbell::app
