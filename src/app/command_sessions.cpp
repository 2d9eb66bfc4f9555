// `deskbell sessions`: who talks, newest first.

#include "app/admin_command.hpp"
#include "app/commands.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace deskbell::app {

int run_sessions(const SessionsOptions& options) {
    const json::object request = {{"command", "sessions"},
                                  {"limit", options.limit},
                                  {"before", options.before},
                                  {"state", options.state}};
    return run_admin(options.config_file, request, [&](const std::string& line) {
        if (options.json) return print_line(line);
        const auto answer = parse_json_object(line);
        const json::array* sessions = answer ? find_array(*answer, "sessions") : nullptr;
        if (!sessions) return false;
        for (const json::value& value : *sessions) {
            if (!value.is_object()) continue;
            const json::object& session = value.get_object();
            const json::object* customer = find_object(session, "customer");
            std::printf("%s  %-7s  %s  %s%s%s\n", string_or_empty(session, "id").c_str(),
                        string_or_empty(session, "state").c_str(),
                        string_or_empty(session, "created_at").c_str(),
                        customer ? string_or_empty(*customer, "name").c_str() : "",
                        session.contains("agent") ? "  with " : "",
                        string_or_empty(session, "agent").c_str());
        }
        return true;
    });
}

}  // namespace deskbell::app
