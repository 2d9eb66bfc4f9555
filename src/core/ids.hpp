#pragma once
// New identifiers. They begin with their time, so that an index takes them at its end: a random
// key dirties a page of its own for every row.

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/random.hpp"

#include <cstdint>

namespace deskbell::core {

// msg_ + 10 characters of time + 3 of the sequence number (two messages of one session within a
// millisecond stay in order) + 8 random ones.
[[nodiscard]] MessageId make_message_id(WallMs now, std::int64_t seq, Random& random);

// A UUID of version 7: milliseconds first, then 74 random bits.
[[nodiscard]] LetterId make_letter_id(WallMs now, Random& random);

// file_…: 128 random bits, so that an id cannot be guessed either.
[[nodiscard]] FileId make_file_id(Random& random);

}  // namespace deskbell::core
