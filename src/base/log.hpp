#pragma once
// Logging: one line a fact, through spdlog. Bodies, names, e-mails and tokens are never logged, at
// any level.

#include <spdlog/spdlog.h>

namespace deskbell::log {

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

}  // namespace deskbell::log
