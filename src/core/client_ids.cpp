#include "core/client_ids.hpp"

#include "base/text.hpp"

namespace deskbell::core {
namespace {

// Letters, digits, dashes; short, with a digit among them: a key, and nobody's name or address.
bool is_opaque(std::string_view text) {
    bool digit = false;
    for (const char c : text) {
        const bool number = c >= '0' && c <= '9';
        digit = digit || number;
        if (!number && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-' && c != '_')
            return false;
    }
    return digit && text.size() <= 36;
}

}  // namespace

std::string outward_client_id(const SessionId& session, std::string_view client_id) {
    if (client_id.empty() || is_opaque(client_id)) return std::string(client_id);
    return "~" + sha256_hex(session.value + "/" + std::string(client_id)).substr(0, 20);
}

bool is_digest(std::string_view outward_client_id) { return outward_client_id.starts_with('~'); }

}  // namespace deskbell::core
