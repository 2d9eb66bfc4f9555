#pragma once
// What a post of ours says, read back: whose it is, which letters travelled in it, which words.
//
// Who calls it: reconcile, for a store that has forgotten them. What it never does: guess. Words
// without the marks that posts carry since they have any are left where they are.

#include "core/session.hpp"
#include "desk/slack/slack_json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace deskbell::desk::slack {

struct OwnLine {
    LetterId letter;
    MessageId message;
    std::string client_id;  // may be empty
    int part = 1;
    int parts = 1;
    std::string text;
};

struct OwnWords {
    SessionId session;           // empty: unmarked
    std::vector<OwnLine> lines;  // of a customer's message
};

[[nodiscard]] OwnWords own_words_of(const json::object& message);

// What the metadata say of a post's lines: "letter message client part/parts", one a line, by
// commas; "-" stands for what is not said. Opaque ids only, see core/client_ids.hpp. Empty: nothing
// to say.
[[nodiscard]] std::string lines_mark(const core::Post& post);

// "session_1753056789_k3v9q2mx" was made then, by our clock; 0 when it is no such id.
[[nodiscard]] WallMs session_made_at(const SessionId& session);

}  // namespace deskbell::desk::slack
