#pragma once
// What is known of the workspace we are in: who we are there, channels by name, where messages are.
//
// Written by slack_desk (who we are, channels) and by whoever sees a message (places); read by all.

#include "desk/slack/mentions.hpp"
#include "desk/slack/slack_ids.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deskbell::desk::slack {

struct Self {
    std::string team;     // "T…"; empty until auth.test answered
    std::string user_id;  // the bot's user
    std::string bot_id;
    std::string app_id;  // learned from events
};

// Which thread a message is in: a reaction names only the message. Bounded; the oldest goes.
class Places {
public:
    explicit Places(std::size_t entries_max = 20'000) : entries_max_(entries_max) {}

    void remember(const Place& message, const std::string& parent_ts) {
        const auto [found, is_new] =
            parents_.insert_or_assign({message.channel, message.ts}, parent_ts);
        if (!is_new) return;
        order_.push_back(found->first);
        if (order_.size() <= entries_max_) return;
        parents_.erase(order_.front());
        order_.pop_front();
    }
    [[nodiscard]] std::optional<std::string> parent_of(const Place& message) const {
        const auto found = parents_.find({message.channel, message.ts});
        if (found == parents_.end()) return std::nullopt;
        return found->second;
    }

private:
    using Key = std::pair<std::string, std::string>;
    std::size_t entries_max_;
    std::map<Key, std::string> parents_;
    std::deque<Key> order_;
};

// How this team works; the operator's to say.
struct Habits {
    bool replies_are_marked = false;  // only what is marked reaches the customer
    bool receipts = false;            // agents' messages are marked when they were passed on
    bool hints = false;               // who does something that misleads is told, once
    std::vector<std::string> claim_reactions = {"eyes"};
    std::vector<std::string> resolve_reactions = {"white_check_mark", "heavy_check_mark"};
};

// Counters an operator may look at.
using Counters = std::map<std::string, std::uint64_t>;

// Whose upload a file of ours is: its message carries no mark of its own. Bounded; the oldest goes.
class Uploads {
public:
    void remember(const std::string& file, const LetterId& letter) {
        constexpr std::size_t entries_max = 2'000;
        if (!letters_.insert_or_assign(file, letter).second) return;
        order_.push_back(file);
        if (order_.size() <= entries_max) return;
        letters_.erase(order_.front());
        order_.pop_front();
    }
    [[nodiscard]] LetterId letter_of(const std::string& file) const {
        const auto found = letters_.find(file);
        return found == letters_.end() ? LetterId() : found->second;
    }
    // The newest of the letter; empty when none is known.
    [[nodiscard]] std::string file_of(const LetterId& letter) const {
        for (auto file = order_.rbegin(); file != order_.rend(); ++file)
            if (letters_.at(*file) == letter) return *file;
        return {};
    }

private:
    std::map<std::string, LetterId> letters_;
    std::deque<std::string> order_;
};

struct Workspace {
    Self self;
    std::string url;                                                // "https://acme.slack.com/"
    std::map<std::string, std::string, std::less<>> channel_names;  // by id
    Callees callees;
    std::set<std::string> lost_threads;  // opaque ids; a post there would come out in the channel
    Places places;
    Habits habits;
    Uploads uploads;
    Counters counters;
    std::string last_canary;  // of a check, that an event told
#ifdef DESKBELL_TEST_HOOKS
    std::set<std::string> posted_texts;               // planted: echo_by_text
    std::map<std::string, std::string> threads_seen;  // planted: thread_by_ts_only; channel by ts
#endif

    [[nodiscard]] bool known() const { return !self.team.empty(); }
    void count(std::string_view what) { ++counters[std::string(what)]; }
    void lose_thread(const DeskThreadId& thread) {
        constexpr std::size_t lost_max = 10'000;  // then the set starts anew: it only spares posts
        if (lost_threads.size() >= lost_max) lost_threads.clear();
        lost_threads.insert(thread.value);
    }
};

}  // namespace deskbell::desk::slack
