#include "app/admin_command.hpp"

#include "app/admin_door.hpp"
#include "app/cli.hpp"
#include "app/process.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <boost/json.hpp>

#include <cstdio>
#include <filesystem>

namespace deskbell::app {

std::string absolute_path(const std::string& path) {
    std::error_code failed;
    const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
    // A slash at the end says "a folder", and is kept.
    return failed ? path : absolute.lexically_normal().string();
}

bool print_line(const std::string& line) {
    return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
           std::fputc('\n', stdout) != EOF && std::fflush(stdout) == 0;
}

int print_failure(const Error& error) {
    std::fprintf(stderr, "deskbell: %s: %s\n", error.code.c_str(), error.detail.c_str());
    return exit_failed;
}

Result<void> ask_admin(const Config& config, const json::object& request, const Emit& emit) {
    const std::string file = absolute_path(config.server.database_file);
    if (const auto server = AdminCaller::connect(file)) return server->ask(request, emit);
    // Operators' commands look at what is there; they do not begin a new database.
    if (!std::filesystem::exists(file))
        return fail("store_open_failed", "There is no database " + file + ".");
    auto store = store::open_sqlite_store({.path = file});
    if (!store) {
        if (store.error().code == "store_locked")
            return fail("store_locked",
                        "A server has " + file +
                            " open, but its admin door does not answer: run this as "
                            "the server's user.");
        return std::unexpected(store.error());
    }
    SystemClock clock;
    Incarnation incarnation(file);
    const AdminContext context{
        .with_store = [&store](const std::function<void(store::Store&)>& work) -> Result<void> {
            try {
                work(**store);
            } catch (const store::StoreFailure& failure) {
                (*store)->rollback();
                return std::unexpected(failure.error);
            }
            return {};
        },
        .database_file = file,
        .files_folder = files_folder(config.files, config.server.database_file),
        .clock = clock,
        .incarnation = incarnation,
        .describe = {}};
    return do_admin_work(context, request, emit);
}

int run_admin(const std::optional<std::string>& config_file, const json::object& request,
              const Emit& emit) {
    const auto config = load_config(config_file, process_environment());
    if (!config) {
        print_errors(config.error());
        return exit_usage;
    }
    set_up_log({.level = "error", .format = "text"});
    if (const auto done = ask_admin(*config, request, emit); !done)
        return print_failure(done.error());
    return exit_done;
}

}  // namespace deskbell::app
