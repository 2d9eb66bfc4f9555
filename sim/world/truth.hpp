#pragma once
// What was really committed: the log of every session, as the engine's effects said after each
// commit, and what follows from it.
//
// Who fills it: the process's effects, in commit order, across crashes. Who asks: customers' tabs
// (is what I received what was committed?) and the checkers. What it never does: look into the
// database; a commit that was announced and is gone after a restart is exactly what it must notice.

#include "engine/engine.hpp"
#include "sim/world/tags.hpp"
#include "sim/world/trace.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace deskbell::sim {

struct TrueMessage {
    std::string id;
    std::string role;
    std::string client_id;
    std::string text;
    std::string order;
    std::string stage;   // of customers' messages, as receipts said
    std::string reason;  // of `failed`
    std::int64_t seq = 0;
    bool deleted = false;
    bool due = false;  // the desk must be told: said when no longer with the bot
};

struct TrueSession {
    std::string id;
    int customer = -1;  // whose it is, once its owner knows
    std::vector<std::string> log;
    std::string state = "bot";
    bool human_asked = false;
    int times_asked = 0;  // entered `waiting`
    std::map<std::string, TrueMessage> messages;
    std::vector<std::string> in_order;  // message ids by seq
    std::map<std::string, std::string> message_of_client;

    [[nodiscard]] const TrueMessage* of_client(const std::string& client_id) const {
        const auto found = message_of_client.find(client_id);
        return found == message_of_client.end() ? nullptr : &messages.at(found->second);
    }
};

class Truth {
public:
    explicit Truth(Trace& trace) : trace_(trace) {}

    void committed(const engine::Push& push);
    // What a new process finds: everything that was announced must be there, and what was committed
    // without having been announced (the process died in between) counts from now on.
    void compare(store::Store& store);
    // The session's owner, who was told its id.
    void bind(const std::string& session, int customer) { sessions_[session].customer = customer; }
    [[nodiscard]] TrueSession* find(const std::string& session);
    [[nodiscard]] const std::map<std::string, TrueSession>& sessions() const { return sessions_; }

    // An older copy of the database was put back: what came after it is no longer promised. Each
    // session is cut to what the copy holds.
    void restored(const std::map<std::string, std::int64_t>& heads);
    [[nodiscard]] std::map<std::string, std::int64_t> heads() const;
    [[nodiscard]] int restores() const { return restores_; }

private:
    void fold(TrueSession& session, const std::string& json);
    void compare(store::Store& store, TrueSession& session);

    Trace& trace_;
    std::map<std::string, TrueSession> sessions_;
    int restores_ = 0;
};

}  // namespace deskbell::sim
