#pragma once
// What the desk shows of the house, read from the store between two transactions, in bounded
// portions.
//
// Who makes it: the office. Threading: called on the office loop, answers there; the reading
// happens on the engine's thread.

#include "base/loop.hpp"
#include "desk/house.hpp"
#include "engine/intake.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::app {

class HouseReader {
public:
    HouseReader(Loop& loop, engine::Intake& engine) : loop_(loop), engine_(engine) {}

    // Everything but the way to the desk; nothing when the engine is too busy or the store fails.
    void read_house(WallMs day_began_at,
                    std::move_only_function<void(std::optional<desk::House>)> done);
    void search(std::string text,
                std::move_only_function<void(std::optional<std::vector<desk::Found>>)> done);
    struct ThreadPlace {
        DeskThreadId thread;  // empty: not open yet
        std::string customer_name;
        bool is_live = false;  // somebody waits or talks there
    };
    // Where a conversation is.
    void read_place(const SessionId& session,
                    std::move_only_function<void(std::optional<ThreadPlace>)> done);
    // How long the last customers of each site waited for an answer.
    void read_waits(
        std::vector<SiteId> sites,
        std::move_only_function<void(std::optional<std::map<SiteId, std::vector<std::int64_t>>>)>
            done);
    void read_away(std::move_only_function<void(std::vector<std::string>)> done);
    void keep_away(std::vector<std::string> agents);

private:
    template <class Value>
    void read(std::function<Value(store::Store&)> work,
              std::move_only_function<void(std::optional<Value>)> done);

    Loop& loop_;
    engine::Intake& engine_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::app
