#include "app/admin_door.hpp"

#include "app/files.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <future>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace deskbell::app {
namespace {

constexpr std::size_t line_bytes_max = 64u << 10;
constexpr int request_wait_ms = 5'000;
constexpr int write_wait_ms = 30'000;
constexpr std::int64_t stamp_every_ms = 1'000;

// Socket addresses hold a hundred bytes; by way of the open folder any path fits.
struct Address {
    explicit Address(const std::string& path)
        : folder(::open(folder_of(path).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
        std::memset(&name, 0, sizeof name);
        name.sun_family = AF_UNIX;
        const std::string file = path.substr(path.rfind('/') + 1);
        const std::string through = "/proc/self/fd/" + std::to_string(folder) + "/" + file;
        fits = folder >= 0 && through.size() < sizeof name.sun_path;
        if (fits) std::memcpy(name.sun_path, through.c_str(), through.size());
    }
    Address(const Address&) = delete;
    Address& operator=(const Address&) = delete;
    ~Address() {
        if (folder >= 0) ::close(folder);
    }
    int folder;
    sockaddr_un name{};
    bool fits = false;
};

bool is_readable(int descriptor, int wait_ms) {
    pollfd one{.fd = descriptor, .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, wait_ms) > 0;
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        pollfd one{.fd = socket, .events = POLLOUT, .revents = 0};
        if (::poll(&one, 1, write_wait_ms) <= 0) return false;
        const ssize_t sent =
            ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

// The next line, without its end; `rest` keeps what came behind it.
std::optional<std::string> read_line(int socket, std::string& rest, int wait_ms,
                                     std::size_t bytes_max) {
    for (;;) {
        if (const std::size_t end = rest.find('\n'); end != std::string::npos) {
            std::string line = rest.substr(0, end);
            rest.erase(0, end + 1);
            return line;
        }
        if (rest.size() >= bytes_max || !is_readable(socket, wait_ms)) return std::nullopt;
        std::array<char, 64 * 1024> piece{};
        const ssize_t got = ::recv(socket, piece.data(), piece.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        rest.append(piece.data(), static_cast<std::size_t>(got));
    }
}

bool may_enter(int socket) {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
    return who.uid == ::geteuid() || who.uid == 0;
}

std::string error_line(const Error& error) {
    return json::serialize(
        json::object{{"error", {{"code", error.code}, {"detail", error.detail}}}});
}

WallMs number_of(const std::string& text) {
    WallMs number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

std::string door_of(const std::string& database_file) { return database_file + ".admin"; }

AdminDoor::AdminDoor(Setup setup) : setup_(std::move(setup)), incarnation_(setup_.database_file) {}

AdminDoor::~AdminDoor() { stop(); }

// ---- The store, by way of the engine. ----

Result<void> AdminDoor::with_store(std::function<void(store::Store&)> work) {
    if (stopping_) return fail("stopping", "The server is stopping.");
    struct Errand {
        std::promise<Result<void>> done;
        std::function<void(store::Store&)> work;
    };
    const auto errand = std::make_shared<Errand>();
    errand->work = std::move(work);
    auto done = errand->done.get_future();
    engine::Envelope envelope{core::ReadSession{}, {}, {}, [errand](store::Store& store) {
                                  try {
                                      errand->work(store);
                                      errand->done.set_value({});
                                  } catch (const store::StoreFailure& failure) {
                                      store.rollback();
                                      errand->done.set_value(std::unexpected(failure.error));
                                      if (failure.fatal) throw;
                                  }
                              }};
    // The mailbox has room for the office; an operator waits for a while like everybody.
    for (int tries = 0; !setup_.intake.try_submit(envelope, engine::Lane::office); ++tries) {
        if (stopping_ || tries > 100) return fail("busy", "The server has too much to do.");
        (void)is_readable(wake_, 20);
    }
    return done.get();
}

// ---- The door. ----

Result<void> AdminDoor::listen() {
    const std::string path = door_of(setup_.database_file);
    const Address address(path);
    if (!address.fits) return fail("door_failed", "its folder cannot be reached");
    listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listening_ < 0) return fail("door_failed", std::strerror(errno));
    // We hold the store's lock: whoever left a socket here is gone.
    ::unlink(path.c_str());
    const auto* name = reinterpret_cast<const sockaddr*>(&address.name);
    // Nobody else may connect, not even between bind() and chmod().
    if (::fchmod(listening_, 0600) != 0 || ::bind(listening_, name, sizeof address.name) != 0 ||
        ::chmod(path.c_str(), 0600) != 0 || ::listen(listening_, 8) != 0)
        return fail("door_failed", std::strerror(errno));
    return {};
}

void AdminDoor::start() {
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)with_store(
        [this](store::Store& store) { last_backup_at_ = number_of(store.note("last_backup_at")); });
    if (auto listening = listen(); !listening) {
        log::warn("admin: no door beside the database ({}); backups need a stop",
                  listening.error().detail);
        if (listening_ >= 0) ::close(std::exchange(listening_, -1));
    }
    thread_ = std::thread([this] { loop(); });
    pthread_setname_np(thread_.native_handle(), "admin");
}

void AdminDoor::stop() {
    if (stopping_.exchange(true)) return;
    if (wake_ >= 0) {
        const std::uint64_t one = 1;
        (void)!::write(wake_, &one, sizeof one);
    }
    if (thread_.joinable()) thread_.join();
    if (listening_ >= 0) {
        ::close(listening_);
        remove_file(door_of(setup_.database_file));
    }
    if (wake_ >= 0) ::close(wake_);
}

void AdminDoor::loop() {
    while (!stopping_) {
        std::array<pollfd, 2> both{{{.fd = wake_, .events = POLLIN, .revents = 0},
                                    {.fd = listening_, .events = POLLIN, .revents = 0}}};
        const int ready = ::poll(both.data(), listening_ >= 0 ? 2 : 1, stamp_every_ms);
        if (stopping_) return;
        if (ready > 0 && listening_ >= 0 && (both[1].revents & POLLIN) != 0) {
            const int caller = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
            if (caller >= 0) {
                serve(caller);
                ::close(caller);
            }
        }
        stamp_when_due();
    }
}

void AdminDoor::answer(int caller, const std::string& line) { (void)send_all(caller, line + "\n"); }

void AdminDoor::serve(int caller) {
    if (!may_enter(caller)) return;
    std::string rest;
    const auto line = read_line(caller, rest, request_wait_ms, line_bytes_max);
    if (!line) return;
    const auto request = parse_json_object(*line);
    if (!request) return answer(caller, error_line(request.error()));
    AdminContext context{.with_store = [this](auto work) { return with_store(std::move(work)); },
                         .database_file = setup_.database_file,
                         .files_folder = setup_.files_folder,
                         .clock = setup_.clock,
                         .incarnation = incarnation_,
                         .go_on =
                             [this] {
                                 stamp_when_due();
                                 return !stopping_.load();
                             },
                         .describe = setup_.describe};
    log::info("admin: {}", string_or_empty(*request, "command"));
    const auto done = do_admin_work(context, *request, [caller](const std::string& part) {
        return send_all(caller, part + "\n");
    });
    if (done && string_or_empty(*request, "command") == "backup")
        last_backup_at_ = setup_.clock.wall_ms();
    answer(caller, done ? std::string(R"({"done":true})") : error_line(done.error()));
}

// ---- The incarnation. ----

void AdminDoor::stamp_when_due() {
    const SteadyMs now = setup_.clock.steady_ms();
    const std::uint64_t commands = setup_.engine.figures().commands;
    if (now - stamped_at_ < stamp_every_ms || commands == commands_stamped_) return;
    stamped_at_ = now;
    commands_stamped_ = commands;
    std::int64_t stamp = 0;
    const auto done = with_store([&](store::Store& store) {
        stamp = stamp_of(store) + 1;
        set_stamp(store, stamp);
    });
    if (done) incarnation_.touch(stamp);
}

// ---- The other end. ----

std::unique_ptr<AdminCaller> AdminCaller::connect(const std::string& database_file) {
    const Address address(door_of(database_file));
    if (!address.fits) return nullptr;
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return nullptr;
    const auto* name = reinterpret_cast<const sockaddr*>(&address.name);
    if (::connect(socket, name, sizeof address.name) != 0) {
        ::close(socket);
        return nullptr;
    }
    return std::unique_ptr<AdminCaller>(new AdminCaller(socket));
}

AdminCaller::~AdminCaller() { ::close(socket_); }

Result<void> AdminCaller::ask(const json::object& request, const Emit& emit) {
    const std::unexpected<Error> gone =
        fail("door_closed", "The server went away, or this user may not ask it.");
    if (!send_all(socket_, json::serialize(request) + "\n")) return gone;
    std::string rest;
    for (;;) {
        const auto line = read_line(socket_, rest, -1, std::size_t{1} << 30);
        if (!line) return gone;
        if (line->starts_with(R"({"done":)")) return {};
        if (line->starts_with(R"({"error":)")) {
            const auto part = parse_json_object(*line);
            const json::object* error = part ? find_object(*part, "error") : nullptr;
            if (!error) return gone;
            return fail(string_or_empty(*error, "code"), string_or_empty(*error, "detail"));
        }
        if (!emit(*line)) return fail("output_failed", "The output cannot be written.");
    }
}

}  // namespace deskbell::app
