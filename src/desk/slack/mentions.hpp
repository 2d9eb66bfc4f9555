#pragma once
// How somebody is called in a message: the operator's words and agents' ids, as Slack's tokens.

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace deskbell::desk::slack {

// Who can be called, and who does not want to be.
struct Callees {
    std::map<std::string, std::string, std::less<>> groups;  // ids by handle, as far as Slack told
    std::set<std::string, std::less<>> away;                 // people who take no customers now
};

// "@here", "@channel", a person's id ("U…"), a user group's ("S…") or handle ("@sales"), an agent's
// id: as a token that calls them. What is none of these stands there as it is, and calls nobody;
// neither does somebody who is away.
[[nodiscard]] std::string mention_token(std::string_view whom, const Callees& callees);

// A notice's text, in which the rules marked whom to call: as markup; everything else is literal.
[[nodiscard]] std::string with_mentions(std::string_view text, const Callees& callees);
[[nodiscard]] bool has_mentions(std::string_view text);

}  // namespace deskbell::desk::slack
