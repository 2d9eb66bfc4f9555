#pragma once
// Customers who type now, on their way to the desk: seldom enough, and never for ever.
//
// Who calls it: the office, with every sign that a gateway hears. What it never does: keep anything
// durable; ask the store more than once a minute for somebody who goes on typing. Threading: the
// office loop.

#include "app/house_reader.hpp"
#include "base/loop.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace deskbell::app {

class TypingRelay {
public:
    // `on` false: take the sign away.
    using Show = std::function<void(const DeskThreadId& thread, const std::string& name, bool on)>;

    TypingRelay(Loop& loop, HouseReader& house, Show show)
        : loop_(loop), house_(house), show_(std::move(show)) {}
    ~TypingRelay() { loop_.cancel(timer_); }

    void typed(const SessionId& session, bool on);

private:
    struct Sign {
        DeskThreadId thread;  // empty: being looked up, or there is none
        SteadyMs heard_at = 0;
        SteadyMs shown_at = 0;
    };

    void look_up(const SessionId& session);
    void end(std::map<SessionId, Sign>::iterator sign);
    void expire();
    void plan();

    Loop& loop_;
    HouseReader& house_;
    Show show_;
    std::map<SessionId, Sign> signs_;
    TimerId timer_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::app
