#pragma once
// Every word that anybody says in the simulation carries whose it is, so that a checker sees it
// wherever it comes out: `z3=m14=z` is the 14th message of customer 3, `y3=a2=y` the 2nd of an
// agent to customer 3, `x3=b4=x` the bot's answer to customer 3. Customers' messages end with
// `w3=m14=w`, so that a lost half shows, too. No markup touches them, and no identifier looks like
// one.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sim {

struct Tag {
    char kind = 'z';  // z, w: the customer's; y: an agent's; x: the bot's; q: must appear nowhere
    int customer = 0;
    int number = 0;

    friend auto operator<=>(const Tag&, const Tag&) = default;
};

[[nodiscard]] std::string to_text(const Tag& tag);
// In order of appearance.
[[nodiscard]] std::vector<Tag> tags_in(std::string_view text);

}  // namespace deskbell::sim
