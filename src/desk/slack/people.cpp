#include "desk/slack/people.hpp"

#include "base/text.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/escape.hpp"

#include <algorithm>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t deadline_ms = 1'500;  // Slack wants its answer within three seconds
constexpr std::int64_t known_ttl_ms = 3'600'000;
constexpr std::int64_t unknown_ttl_ms = 300'000;
constexpr std::size_t people_max = 5'000;

Person plain_person() {
    Person person;
    person.name = "Support";
    return person;
}

}  // namespace

Person read_person(const json::object& user) {
    const json::object& profile = object_at(user, "profile");
    Person person;
    for (const std::string_view name :
         {text_at(profile, "display_name"), text_at(profile, "real_name"),
          text_at(user, "real_name"), text_at(user, "name")}) {
        if (person.name.empty()) person.name = cut(one_line(name), 80);
    }
    if (person.name.empty()) person.name = plain_person().name;
    for (const char* size : {"image_192", "image_72", "image_48"}) {
        const std::string_view url = text_at(profile, size);
        const bool web = url.starts_with("https://") || url.starts_with("http://");
        if (person.avatar.empty() && web) person.avatar = url;
    }
    const auto is = [&user](const char* key) { return find_bool(user, key).value_or(false); };
    person.team = text_at(user, "team_id");
    person.is_guest = is("is_restricted") || is("is_ultra_restricted");
    person.is_stranger = is("is_stranger");
    person.is_bot = is("is_bot");
    person.is_known = true;
    return person;
}

void People::find(const std::string& user, Callback callback) {
    const auto known = known_.find(user);
    if (known != known_.end() && known->second.expires_at > loop_.clock().steady_ms()) {
        loop_.post([alive = std::weak_ptr(alive_), person = known->second.person,
                    callback = std::move(callback)]() mutable {
            if (!alive.expired()) callback(person);
        });
        return;
    }
    const bool asks = !waiting_.contains(user);
    Waiter waiter;
    waiter.id = ++waiter_last_;
    waiter.callback = std::move(callback);
    waiter.deadline =
        loop_.after(deadline_ms, [this, alive = std::weak_ptr(alive_), user, id = waiter.id] {
            if (!alive.expired()) give_up(user, id);
        });
    waiting_[user].push_back(std::move(waiter));
    if (!asks) return;
    client_.call("users.info", {{"user", user}},
                 [this, alive = std::weak_ptr(alive_), user](const SlackReply& reply) {
                     if (!alive.expired()) answered(user, reply);
                 });
}

void People::find_all(const std::vector<std::string>& users,
                      std::move_only_function<void(std::map<std::string, Person>)> callback) {
    struct Gathering {
        std::size_t missing = 0;
        std::map<std::string, Person> found;
        std::move_only_function<void(std::map<std::string, Person>)> callback;
    };
    auto gathering = std::make_shared<Gathering>();
    gathering->missing = users.size();
    gathering->callback = std::move(callback);
    for (const std::string& user : users) {
        find(user, [gathering, user](const Person& person) {
            gathering->found[user] = person;
            if (--gathering->missing == 0) gathering->callback(std::move(gathering->found));
        });
    }
}

void People::answered(const std::string& user, const SlackReply& reply) {
    Person person = plain_person();
    if (reply.ok()) {
        person = read_person(object_at(reply.body, "user"));
        keep(user, person, known_ttl_ms);
    } else {
        const auto known = known_.find(user);  // what was known an hour ago is better than nothing
        if (known != known_.end()) person = known->second.person;
        // Everybody of our own workspace is found.
        if (reply.error == "user_not_found" || reply.error == "user_not_visible")
            person.is_stranger = true;
        // While Slack refuses us altogether it says nothing about anybody.
        const bool may_be_told_later =
            is_worth_repeating(reply) || class_of(reply.error) == ErrorClass::auth;
        if (!may_be_told_later) keep(user, person, unknown_ttl_ms);
        person.is_unclear = may_be_told_later && !person.is_known;
    }
    const auto entry = waiting_.extract(user);
    if (entry.empty()) return;
    for (Waiter& waiter : entry.mapped()) {
        loop_.cancel(waiter.deadline);
        waiter.callback(person);
    }
}

void People::give_up(const std::string& user, std::uint64_t id) {
    const auto found = waiting_.find(user);
    if (found == waiting_.end()) return;
    auto& waiters = found->second;
    const auto waiter = std::find_if(waiters.begin(), waiters.end(),
                                     [id](const Waiter& one) { return one.id == id; });
    if (waiter == waiters.end()) return;
    Callback callback = std::move(waiter->callback);
    waiters.erase(waiter);  // the key stays: its request is still under way
    const auto known = known_.find(user);
    Person person = known != known_.end() ? known->second.person : plain_person();
    person.is_unclear = known == known_.end();
    callback(person);
}

void People::keep(const std::string& user, Person person, std::int64_t ttl_ms) {
    const auto [entry, is_new] =
        known_.insert_or_assign(user, Entry{std::move(person), loop_.clock().steady_ms() + ttl_ms});
    if (!is_new) return;
    order_.push_back(entry->first);
    if (order_.size() <= people_max) return;
    known_.erase(order_.front());
    order_.pop_front();
}

}  // namespace deskbell::desk::slack
