#pragma once
// Places where a test build may end the process, or go wrong on purpose.
//
// Crash points stand at every durable boundary: the simulation and the kill -9 loops end the
// process there, one by one. Planted bugs are mistakes that others made, kept behind a flag so that
// the simulation can prove that it would find them. Both vanish from every build without
// DESKBELL_TEST_HOOKS (cmake preset `sim`, and `asan`).
//
// Names are snake_case, said with their room first: `courier.post.before_claim`.

#include <string_view>

#ifdef DESKBELL_TEST_HOOKS

#include <functional>

#define DESKBELL_CRASH_POINT(name) ::deskbell::test_hooks::crash_point_reached(name)
// True only in a test build that was told to make this mistake.
#define DESKBELL_PLANTED(bug) ::deskbell::test_hooks::is_planted(bug)

namespace deskbell::test_hooks {

// Without an observer the environment decides: DESKBELL_CRASH_AT=<name>:<nth hit> kills the process
// with SIGKILL there.
void crash_point_reached(std::string_view name);
// For a simulation on one thread; empty takes it away again.
void observe_crash_points(std::function<void(std::string_view)> observer);

[[nodiscard]] bool is_planted(std::string_view bug);
// Empty: none. Set before any thread is started (or through DESKBELL_PLANTED_BUG).
void plant(std::string_view bug);

}  // namespace deskbell::test_hooks

#else

#define DESKBELL_CRASH_POINT(name) static_cast<void>(0)
#define DESKBELL_PLANTED(bug) false

#endif
