// `deskbell forget ID`: a session leaves the database and its files for good.

#include "app/admin_command.hpp"
#include "app/commands.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace deskbell::app {

int run_forget(const SessionOptions& options) {
    const json::object request = {{"command", "forget"}, {"id", options.id}};
    return run_admin(options.config_file, request, [&](const std::string& line) {
        if (options.json) return print_line(line);
        const auto answer = parse_json_object(line);
        if (!answer) return false;
        std::printf("%s is forgotten\n", string_or_empty(*answer, "forgotten").c_str());
        if (const std::string thread = string_or_empty(*answer, "thread"); !thread.empty())
            std::printf(
                "Slack keeps its thread (%s), and backups made until now keep the session, until "
                "you remove them\n",
                thread.c_str());
        return true;
    });
}

}  // namespace deskbell::app
