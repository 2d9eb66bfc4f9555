// `deskbell export`: every session with its whole log, one a line of JSON.

#include "app/admin_command.hpp"
#include "app/cli.hpp"
#include "app/commands.hpp"
#include "app/files.hpp"

#include <boost/json.hpp>

#include <cstdio>
#include <memory>

namespace deskbell::app {
namespace {

struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

int run_export(const ExportOptions& options) {
    const json::object request = {{"command", "export"}, {"id", options.id}};
    std::unique_ptr<std::FILE, Closer> file;
    if (!options.output.empty()) {
        if (exists(options.output) && !options.force)
            return print_failure({"file_exists",
                                  options.output + " is there already; --force writes "
                                                   "over it.",
                                  {}});
        file.reset(std::fopen(options.output.c_str(), "we"));
        if (!file)
            return print_failure({"file_failed", options.output + " cannot be written.", {}});
    }
    std::FILE* const out = file ? file.get() : stdout;
    std::string total;
    const int code = run_admin(options.config_file, request, [&](const std::string& line) {
        if (line.starts_with(R"({"exported":)")) {
            total = line;
            return true;
        }
        return std::fwrite(line.data(), 1, line.size(), out) == line.size() &&
               std::fputc('\n', out) != EOF;
    });
    const bool written = std::fflush(out) == 0 && std::ferror(out) == 0;
    if (code == exit_done && !written)
        return print_failure({"output_failed", "The output could not be written.", {}});
    // With a file standard output is free for the answer; without one it is the export itself.
    if (code == exit_done && file) (void)print_line(total);
    return code;
}

}  // namespace deskbell::app
