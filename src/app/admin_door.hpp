#pragma once
// The local admin door: a Unix socket beside the database, by which operators' commands reach the
// store while the server has it open (nobody else may open it then, see docs/decisions/0011).
//
// One line of JSON in, lines of JSON out; the last one has "done" or "error". The socket is
// readable by its owner alone, and whoever is at its other end must be the same user, or root.
//
// Who makes one: the server. Threading: a thread of its own, one caller at a time; the store is
// reached by errands on the engine's thread. Once a second it also moves the incarnation on, when
// something was committed since. What it never does: listen on a network; read or write for a
// caller who has gone away.

#include "app/admin_work.hpp"
#include "base/result.hpp"
#include "engine/intake.hpp"

#include <boost/json/fwd.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace deskbell::app {

class AdminDoor {
public:
    struct Setup {
        std::string database_file;
        std::string files_folder;
        const Clock& clock;
        engine::Engine& engine;
        engine::Intake& intake;
        std::function<void(json::object&)> describe;  // from the door's thread
    };
    explicit AdminDoor(Setup setup);
    ~AdminDoor();

    // Listens from then on; without a door the server works all the same.
    void start();
    // Before the engine ends: no errand is asked for afterwards.
    void stop();
    // When the last backup was made; 0: never that we know. From any thread.
    [[nodiscard]] WallMs last_backup_at() const { return last_backup_at_; }

private:
    Result<void> with_store(std::function<void(store::Store&)> work);
    Result<void> listen();
    void loop();
    void serve(int caller);
    void stamp_when_due();
    void answer(int caller, const std::string& line);

    Setup setup_;
    Incarnation incarnation_;
    std::thread thread_;
    std::atomic<bool> stopping_{false};
    std::atomic<WallMs> last_backup_at_{0};
    int listening_ = -1;
    int wake_ = -1;  // written to by stop()
    std::uint64_t commands_stamped_ = 0;
    SteadyMs stamped_at_ = 0;
};

[[nodiscard]] std::string door_of(const std::string& database_file);

// The other end. Nothing when no server answers there.
class AdminCaller {
public:
    [[nodiscard]] static std::unique_ptr<AdminCaller> connect(const std::string& database_file);
    ~AdminCaller();
    // Parts go to `emit`; an error of the server's or of the line comes back.
    [[nodiscard]] Result<void> ask(const json::object& request, const Emit& emit);

private:
    explicit AdminCaller(int socket) : socket_(socket) {}
    int socket_;
};

}  // namespace deskbell::app
