#pragma once
// Typed identifiers: a session's id cannot be handed where a letter's is asked for.

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace deskbell {

template <class Tag>
struct Id {
    std::string value;

    Id() = default;
    explicit Id(std::string text) : value(std::move(text)) {}

    [[nodiscard]] bool empty() const { return value.empty(); }
    friend auto operator<=>(const Id&, const Id&) = default;
};

using SessionId = Id<struct SessionTag>;  // session_<unix seconds>_<8 base-32 characters>
using MessageId = Id<struct MessageTag>;  // msg_<time-ordered base 32>
using LetterId = Id<struct LetterTag>;    // a UUID: the marker of a post, stable for ever
using SiteId = Id<struct SiteTag>;        // as in the configuration
using FileId = Id<struct FileTag>;        // file_<26 characters of base 32>
// The desk makes and parses these; everybody else treats them as opaque text.
using DeskThreadId = Id<struct DeskThreadTag>;
using DeskMessageId = Id<struct DeskMessageTag>;
using DeskAgentId = Id<struct DeskAgentTag>;
using DeskFileId = Id<struct DeskFileTag>;
using Destination = Id<struct DestinationTag>;  // where threads open, as the routes name it

}  // namespace deskbell

template <class Tag>
struct std::hash<deskbell::Id<Tag>> {
    std::size_t operator()(const deskbell::Id<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.value);
    }
};
