// `deskbell backup FILE|DIR`: a checked copy of the database, while the server runs or not.

#include "app/admin_command.hpp"
#include "app/commands.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace deskbell::app {

int run_backup(const BackupOptions& options) {
    const json::object request = {{"command", "backup"},
                                  {"to", absolute_path(options.to)},
                                  {"keep", options.keep},
                                  {"force", options.force}};
    return run_admin(options.config_file, request, [&](const std::string& line) {
        if (options.json) return print_line(line);
        const auto made = parse_json_object(line);
        if (!made) return false;
        const json::array* pruned = find_array(*made, "pruned");
        std::printf("%s: %lld sessions, %lld messages, %lld bytes; checked\n",
                    string_or_empty(*made, "file").c_str(),
                    static_cast<long long>(find_int(*made, "sessions").value_or(0)),
                    static_cast<long long>(find_int(*made, "messages").value_or(0)),
                    static_cast<long long>(find_int(*made, "bytes").value_or(0)));
        if (pruned && !pruned->empty()) std::printf("%zu older backups removed\n", pruned->size());
        return true;
    });
}

}  // namespace deskbell::app
