#pragma once
// The invariants, as code: what must hold at every moment, and what must hold once the weather has
// cleared and everything has drained. Their numbers are those of docs/reliability.md.
//
// Who calls it: the world, after every post and again and again. What it never does: believe the
// program under test; it compares what was committed (Truth), what stands in Slack (the model),
// what customers' tabs have seen and what agents wrote.

#include "sim/world/agents.hpp"
#include "sim/world/customer.hpp"
#include "sim/world/process.hpp"
#include "sim/world/slack_side.hpp"
#include "sim/world/truth.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace deskbell::sim {

// One post of ours that relays customers' words.
struct RelayedPost {
    std::string channel;
    std::string ts;
    std::string root_ts;
    std::vector<Tag> tags;
    std::string letter;
};

// What stands in Slack about one session.
struct DeskView {
    std::vector<std::string> live_parents;  // "channel/ts"
    std::vector<std::string> lost_parents;  // tombstones
    std::vector<RelayedPost> posts;         // in threads, by ts
    std::vector<std::string> strays;        // marked, but outside their thread: "channel/ts"
    std::map<std::string, int> letters;     // how often each mark is there
    std::map<std::string, std::string> parent_texts;
};

class Checks {
public:
    Checks(Trace& trace, Truth& truth, SlackSide& slack)
        : trace_(trace), truth_(truth), slack_(slack) {}

    // S3, S6, S7: at every moment.
    void always();
    // S12.
    void bounds(const Process& process);
    // Why it is not at rest yet; empty when it is. Cheap enough to be asked every few seconds.
    [[nodiscard]] std::string unrest(const std::vector<std::unique_ptr<Customer>>& customers,
                                     const Agents& agents);
    // S1, S2, S5, S7, S9, S10 and the card: everything, once it is at rest.
    void at_rest(const std::vector<std::unique_ptr<Customer>>& customers, const Agents& agents,
                 store::Store& store);

private:
    [[nodiscard]] std::map<std::string, DeskView> look() const;
    void check_prefix(const TrueSession& session, const DeskView& view);
    void check_tags(const TrueSession& session, const DeskView& view);
    [[nodiscard]] std::string missing_words(const TrueSession& session, const DeskView& view) const;
    [[nodiscard]] std::string missing_answer(const AgentPost& post) const;
    void check_parents(const TrueSession& session, const DeskView& view, store::Store& store);
    void check_agent_order(const TrueSession& session, const Agents& agents);
    void check_once(const TrueSession& session, const DeskView& view);
    void check_card(const TrueSession& session, const DeskView& view, store::Store& store);

    Trace& trace_;
    Truth& truth_;
    SlackSide& slack_;
    std::set<std::string> reported_;  // one line a fact, however often it is looked at
};

}  // namespace deskbell::sim
