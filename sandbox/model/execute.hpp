#pragma once
// One call through Slack's gates: body, token, scope, pace, then the method itself. No faults here.

#include "sandbox/model/slack.hpp"
#include "sandbox/model/world.hpp"

namespace deskbell::sandbox {

struct Verdict {
    int status = 200;
    json::object body;
    std::string_view accepted_scopes;
    std::int64_t retry_after_s = 0;
};

// The answer that Slack itself would give, faults aside. `as_of`: history and replies show what was
// there then; 0: now.
[[nodiscard]] Verdict execute(World& world, const ApiCall& call, Ts as_of = 0);
[[nodiscard]] json::object error_body(std::string_view code);
// With the headers that every answer of the Web API has.
[[nodiscard]] ApiAnswer to_answer(World& world, const Verdict& verdict);

}  // namespace deskbell::sandbox
