#include "desk/slack/home_tab.hpp"

#include "base/log.hpp"
#include "desk/slack/block_parts.hpp"
#include "desk/slack/escape.hpp"
#include "desk/slack/house_lines.hpp"
#include "desk/slack/slack_ids.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t viewers_max = 200;
constexpr std::int64_t looked_lately_ms = 30 * 60'000;
constexpr std::int64_t changed_delay_ms = 1'500;
constexpr std::int64_t round_interval_ms = 60'000;
constexpr std::size_t lines_max = 15;
constexpr std::size_t section_units_max = 2'900;

json::object title(std::string_view text) {
    return {{"type", "header"},
            {"text", {{"type", "plain_text"}, {"text", text}, {"emoji", true}}}};
}

json::object divider() { return {{"type", "divider"}}; }

// Those of `wanted` that this person may see; how many are left out stands at the end.
template <class Wanted>
void add_sessions(json::array& blocks, const HomeFacts& facts, std::string_view empty,
                  Wanted wanted) {
    std::vector<std::string> lines;
    std::size_t hidden = 0;
    for (const HouseSession& session : facts.house.active) {
        if (!wanted(session)) continue;
        if (lines.size() == lines_max || !facts.may_see(session)) {
            ++hidden;
        } else {
            lines.push_back(session_line(session, facts.workspace_url, 0));
        }
    }
    std::string text;
    for (const std::string& line : lines) {
        if (utf16_units(text) + utf16_units(line) > section_units_max) {
            blocks.push_back(section(markup(text)));
            text.clear();
        }
        text += (text.empty() ? "" : "\n") + line;
    }
    if (!text.empty()) blocks.push_back(section(markup(text)));
    if (lines.empty() && hidden == 0) blocks.push_back(section(markup(empty)));
    if (hidden > 0)
        blocks.push_back(context(
            markup("… and " + std::to_string(hidden) + " more; some in channels you are not in.")));
}

}  // namespace

json::object home_view(const HomeFacts& facts) {
    using core::SessionState;
    json::array blocks;
    blocks.push_back(section(markup(queue_line(facts.house, facts.online))));
    blocks.push_back(context(markup(health_line(facts.house))));
    blocks.push_back(divider());
    blocks.push_back(title("🔔 Waiting"));
    add_sessions(blocks, facts, "Nobody waits. 🎉", [](const HouseSession& session) {
        return session.state == SessionState::waiting;
    });
    const auto is_mine = [&facts](const HouseSession& session) {
        return session.state == SessionState::open && session.agent &&
               session.agent->id == facts.self;
    };
    blocks.push_back(title("🙋 Yours"));
    add_sessions(blocks, facts, "You have no open conversation.", is_mine);
    blocks.push_back(title("💬 Open with others"));
    add_sessions(blocks, facts, "None.", [&](const HouseSession& session) {
        return session.state == SessionState::open && !is_mine(session);
    });
    blocks.push_back(divider());
    blocks.push_back(title("📊 Today"));
    json::array fields;
    for (const std::string& line : day_lines(facts.house)) fields.push_back(markup(line));
    blocks.push_back(fields_section(std::move(fields)));
    blocks.push_back(context(markup(
        facts.takes_customers
            ? "You take customers. `/deskbell off` when you do not · `/deskbell help` for more."
            : "You take no customers for now. `/deskbell on` when you do again.")));
    return {{"type", "home"}, {"blocks", std::move(blocks)}};
}

HomeTab::HomeTab(Loop& loop, SlackClient& client, DeskListener& listener, People& people,
                 Staff& staff, Workspace& workspace, Random& random, HomeOptions options)
    : loop_(loop),
      listener_(listener),
      people_(people),
      staff_(staff),
      workspace_(workspace),
      options_(std::move(options)),
      calls_(loop, client, random) {}

HomeTab::~HomeTab() { loop_.cancel(timer_); }

void HomeTab::opened(const std::string& user) {
    people_.find(user, [this, alive = std::weak_ptr(alive_), user](const Person& person) {
        if (alive.expired()) return;
        const bool outsider = !person.is_known || person.is_stranger || person.is_bot ||
                              (person.is_guest && !options_.guests_may_answer);
        if (outsider) return workspace_.count("home_refused");
        workspace_.count("home_opened");
        staff_.need();
        Viewer& viewer = viewers_[user];
        viewer.seen_at = loop_.clock().steady_ms();
        if (viewers_.size() > viewers_max)
            viewers_.erase(std::ranges::min_element(
                viewers_, {}, [](const auto& one) { return one.second.seen_at; }));
        refresh_in(0);
    });
}

void HomeTab::changed() {
    if (!viewers_.empty()) refresh_in(changed_delay_ms);
}

void HomeTab::refresh_in(std::int64_t delay_ms) {
    const SteadyMs due = loop_.clock().steady_ms() + delay_ms;
    if (timer_ != 0 && timer_due_ <= due) return;
    loop_.cancel(timer_);
    timer_due_ = due;
    timer_ = loop_.after(delay_ms, [this] {
        timer_ = 0;
        refresh();
    });
}

void HomeTab::refresh() {
    const SteadyMs now = loop_.clock().steady_ms();
    std::erase_if(viewers_,
                  [now](const auto& one) { return one.second.seen_at + looked_lately_ms < now; });
    if (viewers_.empty()) return;
    refresh_in(round_interval_ms);
    // One round at a time: what changes meanwhile is shown by the next.
    if (reading_ || publishing_ > 0) return refresh_in(changed_delay_ms);
    reading_ = true;
    const WallMs wall = loop_.clock().wall_ms();
    listener_.read_house(options_.day_began ? options_.day_began(wall) : 0,
                         [this, alive = std::weak_ptr(alive_)](std::optional<House> house) {
                             if (alive.expired()) return;
                             reading_ = false;
                             if (house) publish(*house);
                         });
}

void HomeTab::publish(const House& house) {
    for (const auto& [user, viewer] : viewers_) publish_to(user, house);
}

void HomeTab::publish_to(const std::string& user, const House& house) {
    HomeFacts facts;
    facts.house = house;
    facts.online = staff_.online();
    facts.workspace_url = workspace_.url;
    facts.self = agent_id(workspace_.self.team, user);
    facts.takes_customers = staff_.takes_customers(user);
    facts.may_see = [this, user](const HouseSession& session) {
        const auto thread = parse_thread(session.thread);
        return thread && staff_.is_in(user, thread->channel);
    };
    std::string view = json::serialize(home_view(facts));
    Viewer& viewer = viewers_.at(user);
    if (viewer.shown == view) return;
    ++publishing_;
    calls_.call("views.publish", {{"user_id", user}, {"view", view}},
                [this, alive = std::weak_ptr(alive_), user, view](const SlackReply& reply) {
                    if (alive.expired()) return;
                    --publishing_;
                    const auto looking = viewers_.find(user);
                    if (reply.ok()) {
                        if (looking != viewers_.end()) looking->second.shown = view;
                        return;
                    }
                    log::warn("slack: a Home tab could not be shown: {}", reply.error);
                    // Slack will not have it at all: nobody is served by trying again.
                    if (reply.kind == SlackReply::Kind::refused) viewers_.erase(user);
                });
}

}  // namespace deskbell::desk::slack
