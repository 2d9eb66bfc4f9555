#pragma once
// Nobody waits unseen: what happens while a customer waits, and how the customer is told.
//
// What this is: the rules that decide_customer, decide_agent and decide_timer share. A ladder is
// climbed while nobody has claimed: the thread calls somebody, then another place is told, then the
// customer is offered another way. Who begins to wait starts it, whoever takes over ends it. In an
// open conversation a silence is called once.

#include "core/draft.hpp"

#include <string>

namespace deskbell::core {

// From draft.begin_waiting(): the ladder, and what can be said of the wait. Facts: `agents_online`,
// `answered_after_ms`.
void start_ladder(Draft& draft);
// Behind the session's event: the same in words, when it is not just a moment.
void tell_what_to_expect(Draft& draft);
// Another way was offered and the customer has taken it: the thread is told.
void pass_on_way(Draft& draft);
// How long it will take from now, in seconds, by how long others waited; 0: nobody can say. Facts:
// `answered_after_ms`.
[[nodiscard]] std::int64_t estimate_wait_s(const Draft& draft);
// Nobody needs to be called any more.
void end_ladder(Draft& draft);
// The customer wrote into an open conversation.
void begin_silence(Draft& draft);
void end_silence(Draft& draft);

// A notice that is not said once nobody waits any more; the words without that mark.
[[nodiscard]] bool only_while_waiting(const std::string& notice);
[[nodiscard]] std::string words_of_notice(const std::string& notice);

// "2 min", "1 h 5 min", "40 s".
[[nodiscard]] std::string duration_words(std::int64_t duration_ms);

}  // namespace deskbell::core
