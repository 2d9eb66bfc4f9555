// Emoji and their Slack names: code points in hex, a space, the name, a comma. An emoji's own name
// comes before its other ones. Sequences with joiners are left out; the rest is what people type.

#include "sandbox/model/emoji.hpp"

namespace deskbell::sandbox {

std::string_view emoji_table() {
    return
#include "emoji_code_points.inc"
        ;
}

}  // namespace deskbell::sandbox
