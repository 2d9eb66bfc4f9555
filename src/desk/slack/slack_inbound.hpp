#pragma once
// Slack's requests: verified, understood, made durable, and only then acked.
//
// Who calls it: the app, with every POST /slack/events and /slack/interactivity and every event of
// Socket Mode, on the office loop. It answers within 2.5 s: 200 after the commit, 503 when it is
// not durable (Slack sends it again), 401 to anybody else. What it never does: parse what is not
// signed; ack what is not durable; refuse what is signed but none of our business (that would
// switch the events off).

#include "base/loop.hpp"
#include "desk/slack/interactivity.hpp"
#include "desk/slack/relay.hpp"
#include "desk/slack/signature.hpp"
#include "net/http_types.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

class SlackInbound {
public:
    using Answer = std::move_only_function<void(net::HttpResponse)>;

    SlackInbound(Loop& loop, Relay& relay, Workspace& workspace,
                 std::vector<std::string> signing_secrets);

    // Whether one of our secrets signed it; where several apps share a door.
    [[nodiscard]] bool is_signed(const net::HttpRequest& request) const;
    void receive(net::HttpRequest request, Answer answer);
    // The same for what came over a connection that we opened: Slack's without a signature.
    void receive_trusted(const json::object& envelope, Answer answer);
    // What is done to our controls comes by the same door.
    void on_interaction(
        std::function<void(const json::object& payload, Interactivity::Done done)> interaction) {
        interaction_ = std::move(interaction);
    }
    // A thread nobody knows had replies (it may be just opening), or something could not be stored:
    // what is missing must be read back.
    void on_gap(std::function<void(const std::string& why)> gap) { gap_ = std::move(gap); }
    // An event told of a message.
    void on_told(std::function<void(const Place&)> told) { told_ = std::move(told); }
    // A slash command, by the same door; the answer is JSON for whoever typed it.
    using Command = std::function<void(const std::vector<net::Header>& form,
                                       std::move_only_function<void(std::string)> done)>;
    void on_command(Command command) { command_ = std::move(command); }
    // When an event last arrived; 0: never.
    [[nodiscard]] SteadyMs last_event_at() const { return last_event_at_; }

private:
    struct Pending;

    void take(const json::object& envelope, std::shared_ptr<Pending> pending);
    void interact(const std::string& body, std::shared_ptr<Pending> pending);
    void handled(const std::shared_ptr<Pending>& pending, Handled handled);
    void obey(const std::string& body, std::shared_ptr<Pending> pending);

    Loop& loop_;
    Relay& relay_;
    Workspace& workspace_;
    std::vector<std::string> signing_secrets_;
    std::function<void(const std::string&)> gap_;
    std::function<void(const Place&)> told_;
    std::function<void(const json::object&, Interactivity::Done)> interaction_;
    Command command_;
    Recent signatures_{4'096};  // of requests that were acked: a replay does nothing
    Recent events_{20'000};     // ids of events that are durable: a redelivery does nothing
    SteadyMs last_event_at_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
