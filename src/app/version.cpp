#include "app/version.hpp"

#include "build_facts.hpp"

#include <sodium.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <boost/version.hpp>

#include <curl/curl.h>

namespace deskbell::app {
namespace {

std::string dotted(int major, int minor, int patch) {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace

std::string version() { return DESKBELL_VERSION; }

std::string commit() { return DESKBELL_COMMIT; }

std::string version_lines() {
    std::string build_type = DESKBELL_BUILD_TYPE;
    if (build_type.ends_with(' ')) build_type.pop_back();
    return "deskbell " DESKBELL_VERSION " (" DESKBELL_COMMIT ", " + build_type + ")\n" +
           "Clang " __clang_version__ "\n" + "Boost " +
           dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100) + "\n" +
           "SQLite " + sqlite3_libversion() + "\n" + curl_version() + "\n" + "libsodium " +
           sodium_version_string() + "\n" + "spdlog " +
           dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH) + "\n";
}

}  // namespace deskbell::app
