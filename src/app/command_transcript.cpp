// `deskbell transcript ID`: one conversation, as both sides saw it.

#include "app/admin_command.hpp"
#include "app/commands.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace deskbell::app {

int run_transcript(const SessionOptions& options) {
    const json::object request = {{"command", "transcript"}, {"id", options.id}};
    return run_admin(options.config_file, request, [&](const std::string& line) {
        if (options.json) return print_line(line);
        const auto answer = parse_json_object(line);
        const json::array* messages = answer ? find_array(*answer, "messages") : nullptr;
        if (!messages) return false;
        for (const json::value& value : *messages) {
            if (!value.is_object()) continue;
            const json::object& message = value.get_object();
            const std::string name = string_or_empty(message, "name");
            const bool deleted = find_bool(message, "deleted").value_or(false);
            std::printf("[%s] %s%s%s: %s\n", string_or_empty(message, "at").c_str(),
                        string_or_empty(message, "role").c_str(), name.empty() ? "" : " ",
                        name.c_str(),
                        deleted ? "(deleted)" : string_or_empty(message, "text").c_str());
        }
        return true;
    });
}

}  // namespace deskbell::app
