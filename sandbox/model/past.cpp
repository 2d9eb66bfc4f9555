#include "sandbox/model/past.hpp"

#include <iterator>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t past_max = 2'000;
constexpr Ts past_age_max = 60'000'000;

}  // namespace

void keep_past(World& world, Channel& channel, const Message& message) {
    const Ts now = world.now_ts();
    channel.past.push_back({now, message});
    while (channel.past.size() > past_max || channel.past.front().until < now - past_age_max)
        channel.past.pop_front();
}

Channel channel_as_of(const Channel& channel, Ts at) {
    Channel then = channel;
    // From the newest change to the oldest: the oldest after `at` has the last word.
    for (auto past = channel.past.rbegin(); past != channel.past.rend() && past->until > at; ++past)
        then.messages.insert_or_assign(past->before.ts, past->before);
    then.messages.erase(then.messages.upper_bound(at), then.messages.end());
    then.main_view.clear();
    for (auto& [ts, message] : then.messages) message.replies.clear();
    for (auto& [ts, message] : then.messages) {
        if (Message* root = message.is_reply() ? then.find(message.thread_ts) : nullptr)
            root->replies.insert(ts);
        if (!message.is_reply() || message.is_broadcast()) then.main_view.insert(ts);
    }
    return then;
}

}  // namespace deskbell::sandbox
