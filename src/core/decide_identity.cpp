// Who a customer is, as their site has signed it. An e-mail that nobody vouches for merges nothing:
// only a signature leads to a conversation that is there already, and the engine finds it.

#include "core/draft.hpp"
#include "core/identity.hpp"

#include <array>
#include <utility>

namespace deskbell::core {
namespace {

void add(std::string& list, std::string_view name) {
    list += (list.empty() ? "" : ",") + std::string(name);
}

}  // namespace

std::string verified_by(const Identity& identity) {
    std::string verified;
    if (identity.name) add(verified, "name");
    if (identity.email) add(verified, "email");
    if (identity.phone) add(verified, "phone");
    if (identity.attributes_json) add(verified, "attributes");
    return verified;
}

CustomerDetails details_of(const Identity& identity) {
    CustomerDetails details;
    details.name = identity.name;
    details.email = identity.email;
    details.phone = identity.phone;
    details.attributes_json = identity.attributes_json;
    return details;
}

bool is_verified(const std::string& verified, std::string_view detail) {
    const std::string list = "," + verified + ",";
    return list.find("," + std::string(detail) + ",") != std::string::npos;
}

std::string still_verified(const std::string& verified, const Customer& before,
                           const Customer& after) {
    const std::array<std::pair<std::string_view, bool>, 4> same = {
        {{"name", before.name == after.name},
         {"email", before.email == after.email},
         {"phone", before.phone == after.phone},
         {"attributes", before.attributes_json == after.attributes_json}}};
    std::string still;
    for (const auto& [detail, kept] : same)
        if (kept && is_verified(verified, detail)) add(still, detail);
    return still;
}

Decision decide_one(Draft draft, const CustomerIdentified& command) {
    Session& session = draft.session();
    const Identity& identity = command.identity;
    if (!session.user.empty() && session.user != identity.user)
        return draft.refuse("identity_conflict",
                            "This conversation is another user's; begin a new one.");
    if (auto refusal = draft.apply_details(details_of(identity)))
        return draft.refuse(std::move(*refusal));
    // Details that were vouched for before and are not named now stay as they are.
    std::string verified = verified_by(identity);
    for (const std::string_view detail : {"name", "email", "phone", "attributes"})
        if (is_verified(session.verified, detail) && !is_verified(verified, detail))
            add(verified, detail);
    const bool says_more = session.user != identity.user || session.verified != verified;
    session.user = identity.user;
    session.verified = std::move(verified);
    if (says_more) {
        draft.card_changes();
        draft.add_session_event();
    }
    return draft.finish();
}

}  // namespace deskbell::core
