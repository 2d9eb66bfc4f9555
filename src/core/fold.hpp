#pragma once
// How waiting letters travel together: a desk that takes one post a second gets several of a
// customer's lines in one, each with its own time.

#include "core/policy.hpp"
#include "core/session.hpp"

#include <cstddef>
#include <span>

namespace deskbell::core {

// What a line costs beside its text: its time, its name and what stands between them.
inline constexpr std::size_t line_weight = 48;

// How many letters from the head of the lane travel in the head's post: at least 1. Only customers'
// words fold, only while next to each other, and never a letter that was attempted before: what an
// attempt said must not change.
[[nodiscard]] std::size_t letters_that_fold(std::span<const Letter> lane, const Policy& policy);

}  // namespace deskbell::core
