#pragma once
// Where the words of a customer's message stand at the desk: which part of them in which post. Kept
// with the message as text, a line a part, so that what it says can be changed there.

#include "base/id.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace deskbell::core {

struct Placed {
    int part = 1;
    int parts = 1;
    LetterId letter;        // the one whose post carries it: what the post is marked with
    DeskMessageId message;  // where that is

    friend bool operator==(const Placed&, const Placed&) = default;
};

// What cannot be read is left out.
[[nodiscard]] std::vector<Placed> read_placed(std::string_view desk_posts);
// Instead of what was known of that part.
[[nodiscard]] std::string with_placed(std::string_view desk_posts, const Placed& placed);

}  // namespace deskbell::core
