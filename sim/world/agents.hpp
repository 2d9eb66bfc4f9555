#pragma once
// The people in Slack: agents who answer, correct and withdraw, react, broadcast, type in the wrong
// place; and others who must not reach a customer: guests, outsiders, other apps.
//
// Everything they do goes through the sandbox's model, as their fingers would through Slack's
// clients. Each post is remembered, so that a checker can ask later whether it arrived.

#include "sim/world/slack_side.hpp"
#include "sim/world/truth.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace deskbell::sim {

struct AgentHabits {
    std::int64_t pause_ms = 3'000;
    std::int64_t pause_ms_max = 40'000;
    double edits = 0.10;
    double deletes = 0.06;
    double broadcasts = 0.05;
    double reacts = 0.12;
    double resolves = 0.03;
    double deletes_roots = 0.0;
    double strangers = 0.04;  // guests, outsiders, foreign bots
    double top_level = 0.03;
};

// A thread of ours, as people see it in the channel.
struct SeenThread {
    std::string channel;
    std::string root_ts;
    std::string session;
    bool root_gone = false;
};

struct AgentPost {
    std::string channel;
    std::string ts;
    std::string thread_ts;
    std::string session;
    Tag tag;
    int revision = 0;
    bool deleted = false;
    bool eligible = true;
    bool thread_lost = false;  // its root was deleted
};

class Agents {
public:
    Agents(Kernel& kernel, Trace& trace, Truth& truth, SlackSide& slack, AgentHabits habits)
        : kernel_(kernel), trace_(trace), truth_(truth), slack_(slack), habits_(habits) {}

    void start();
    void calm_down() { calm_ = true; }

    [[nodiscard]] const std::vector<AgentPost>& posts() const { return posts_; }
    [[nodiscard]] std::vector<SeenThread> threads() const;
    [[nodiscard]] const std::vector<std::string>& outsiders() const { return outsiders_; }

private:
    void live();
    void act();
    void reply(const SeenThread& thread, bool eligible);
    void stranger_replies(const SeenThread& thread);
    void edit();
    void remove();
    void remove_twins(const AgentPost& post);
    void react(const SeenThread& thread);
    void delete_root(const SeenThread& thread);
    [[nodiscard]] AgentPost* own_post();
    [[nodiscard]] int customer_of(const std::string& session);

    Kernel& kernel_;
    Trace& trace_;
    Truth& truth_;
    SlackSide& slack_;
    const AgentHabits habits_;
    std::vector<AgentPost> posts_;
    int numbers_ = 0;
    bool calm_ = false;
    std::vector<std::string> strangers_;  // who must not reach a customer
    std::vector<std::string> outsiders_;  // those of them that are of another company
};

// Whose thread a message of ours opens; empty when it opens none.
[[nodiscard]] std::string session_of_parent(const sandbox::Message& message,
                                            const std::string& bot_id);
// Which session a post of ours is about, by its mark; empty when it is not ours.
[[nodiscard]] std::string session_of_post(const sandbox::Message& message);

}  // namespace deskbell::sim
