#include "desk/slack/staff.hpp"

#include "base/log.hpp"
#include "desk/slack/pager.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t agents_max = 200;  // watched; of a larger team nobody's presence is asked
constexpr std::int64_t members_interval_ms = 600'000;
constexpr std::int64_t members_retry_ms = 20'000;
constexpr std::int64_t changed_delay_ms = 1'000;
constexpr std::int64_t question_interval_ms_min = 1'200;  // Slack allows fifty a minute
// The engine forgets what was not said again.
constexpr std::int64_t tell_again_ms = 120'000;

}  // namespace

Staff::Staff(Loop& loop, SlackClient& client, People& people, Workspace& workspace,
             const Channels& channels, DeskListener& listener, Random& random, StaffOptions options)
    : loop_(loop),
      people_(people),
      workspace_(workspace),
      channels_(channels),
      listener_(listener),
      options_(std::move(options)),
      calls_(loop, client, random) {}

Staff::~Staff() {
    loop_.cancel(read_timer_);
    loop_.cancel(ask_timer_);
}

void Staff::start() {
    listener_.read_away([this, alive = std::weak_ptr(alive_)](std::vector<std::string> away) {
        if (alive.expired()) return;
        for (std::string& user : away) workspace_.callees.away.insert(std::move(user));
    });
    if (options_.round_interval_ms > 0) changed();
}

void Staff::changed() { later(changed_delay_ms, read_timer_, &Staff::read_channels); }

void Staff::later(std::int64_t delay_ms, TimerId& timer, void (Staff::*work)()) {
    loop_.cancel(timer);
    timer = loop_.after(delay_ms, [this, &timer, work] {
        timer = 0;
        (this->*work)();
    });
}

// ---- Who they are. ----

void Staff::read_channels() {
    if (reading_members_) return;
    std::vector<std::string> ready;
    bool complete = true;
    for (const Destination& destination : options_.destinations) {
        const Channels::Channel* channel = channels_.find(destination);
        if (channel && channel->ready) {
            ready.push_back(channel->id);
        } else {
            complete = false;
        }
    }
    if (ready.empty() || !workspace_.known())
        return later(members_retry_ms, read_timer_, &Staff::read_channels);
    if (workspace_.callees.groups.empty()) read_groups();
    reading_members_ = true;
    reading_.clear();
    read_members(std::move(ready));
    if (!complete) log::debug("slack: some channels are not open; their members are not known");
}

void Staff::read_members(std::vector<std::string> channels) {
    if (channels.empty()) return members_read(true);
    const std::string channel = channels.back();
    channels.pop_back();
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.members";
    read->items = "members";
    read->fields = {{"channel", channel}, {"limit", "200"}};
    read->page = [this, alive = std::weak_ptr(alive_), channel](const json::array& items) {
        if (alive.expired()) return false;
        for (const json::value& item : items) {
            if (const json::string* user = item.if_string())
                reading_[channel].emplace(user->c_str(), user->size());
        }
        return true;
    };
    read->done = [this, alive = std::weak_ptr(alive_),
                  channels = std::move(channels)](const SlackReply& last) mutable {
        if (alive.expired()) return;
        if (!last.ok()) return members_read(false);
        read_members(std::move(channels));
    };
    read_pages(
        [this](const std::string& method, Fields fields, SlackClient::Callback callback) {
            calls_.call(method, std::move(fields), std::move(callback));
        },
        std::move(read));
}

void Staff::members_read(bool complete) {
    reading_members_ = false;
    later(complete ? members_interval_ms : members_retry_ms, read_timer_, &Staff::read_channels);
    if (!complete) return;
    members_ = std::exchange(reading_, {});
    std::map<std::string, Agent> agents;
    for (const auto& [channel, users] : members_) {
        for (const std::string& user : users) {
            if (user == workspace_.self.user_id) continue;
            const auto known = agents_.find(user);
            agents.emplace(user, known == agents_.end() ? Agent() : known->second);
        }
    }
    agents_ = std::move(agents);
    if (ask_timer_ == 0) next_person();
}

// Handles of user groups, for those whom the operator wants to be called so.
void Staff::read_groups() {
    calls_.call("usergroups.list", {{"include_disabled", "false"}},
                [this, alive = std::weak_ptr(alive_)](const SlackReply& reply) {
                    if (alive.expired() || !reply.ok()) return;  // without the scope: by their ids
                    for (const json::value& one : array_at(reply.body, "usergroups")) {
                        const json::object* group = one.if_object();
                        if (!group) continue;
                        workspace_.callees.groups[std::string(text_at(*group, "handle"))] =
                            text_at(*group, "id");
                    }
                });
}

// ---- Whether they are there. ----

void Staff::next_person() {
    if (options_.round_interval_ms <= 0 || agents_.empty() || agents_.size() > agents_max) return;
    auto next = agents_.upper_bound(asked_last_);
    if (next == agents_.end()) next = agents_.begin();
    asked_last_ = next->first;
    ask(next->first);
    const std::int64_t share =
        options_.round_interval_ms / static_cast<std::int64_t>(agents_.size());
    later(std::max(share, question_interval_ms_min), ask_timer_, &Staff::next_person);
}

void Staff::ask(const std::string& user) {
    people_.find(user, [this, alive = std::weak_ptr(alive_), user](const Person& person) {
        if (alive.expired()) return;
        const auto agent = agents_.find(user);
        if (agent == agents_.end()) return;
        agent->second.counts =
            person.is_known && !person.is_bot && !person.is_guest && !person.is_stranger;
        if (!agent->second.counts) {
            agent->second.presence = Presence::away;
            return tell();
        }
        calls_.call(
            "users.getPresence", {{"user", user}}, [this, alive, user](const SlackReply& reply) {
                if (alive.expired()) return;
                const auto asked = agents_.find(user);
                if (asked == agents_.end() || !reply.ok()) return;
                asked->second.presence =
                    text_at(reply.body, "presence") == "active" ? Presence::active : Presence::away;
                tell();
            });
    });
}

std::optional<std::int64_t> Staff::online() const {
    std::int64_t count = 0;
    for (const auto& [user, agent] : agents_) {
        if (agent.presence == Presence::unknown) return std::nullopt;
        count += agent.presence == Presence::active && agent.counts && takes_customers(user);
    }
    if (agents_.empty()) return std::nullopt;
    return count;
}

void Staff::tell() {
    const std::optional<std::int64_t> count = online();
    const SteadyMs now = loop_.clock().steady_ms();
    if (!count || (count == told_ && now - told_at_ < tell_again_ms)) return;
    told_ = count;
    told_at_ = now;
    listener_.agents_online(*count);
}

bool Staff::is_in(const std::string& user, const std::string& channel) const {
    const auto members = members_.find(channel);
    return members != members_.end() && members->second.contains(user);
}

bool Staff::is_agent(const std::string& user) const { return agents_.contains(user); }

void Staff::set_takes_customers(const std::string& user, bool takes) {
    auto& away = workspace_.callees.away;
    if (takes) {
        away.erase(user);
    } else {
        away.insert(user);
    }
    listener_.keep_away({away.begin(), away.end()});
    tell();
}

}  // namespace deskbell::desk::slack
