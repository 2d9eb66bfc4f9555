#include "app/house_reader.hpp"

#include "base/json.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace deskbell::app {
namespace {

constexpr std::int64_t sessions_shown_max = 200;  // of those who wait, and of the open ones
constexpr std::int64_t hits_max = 50;
constexpr std::int64_t wait_age_ms_max = 7 * 24 * 3'600'000LL;
constexpr std::int64_t waits_max = 20;
const std::string away_note = "agents_away";

desk::HouseSession shown(const core::Session& session) {
    return {.session = session.id,
            .state = session.state,
            .customer_name = session.customer.name,
            .topic = session.topic,
            .destination = session.destination,
            .thread = session.thread,
            .asked_at = session.asked_at,
            .agent = session.agent};
}

std::int64_t percentile(const std::vector<std::int64_t>& sorted, std::size_t percent) {
    return sorted[(sorted.size() * percent + 99) / 100 - 1];
}

desk::House house_of(store::Store& store, WallMs day_began_at) {
    desk::House house;
    for (const core::Session& session : store.active_sessions(sessions_shown_max))
        house.active.push_back(shown(session));
    house.waiting = store.sessions_in(core::SessionState::waiting);
    house.open = store.sessions_in(core::SessionState::open);
    if (day_began_at <= 0) return house;
    store::WaitFigures day = store.wait_figures(day_began_at);
    house.asked = day.asked;
    house.answered = day.answered;
    std::ranges::sort(day.answered_after_ms);
    if (!day.answered_after_ms.empty()) {
        house.first_answer_p50_ms = percentile(day.answered_after_ms, 50);
        house.first_answer_p90_ms = percentile(day.answered_after_ms, 90);
    }
    house.ratings = day.ratings;
    if (day.ratings > 0)
        house.rating_average =
            static_cast<double>(day.rating_sum) / static_cast<double>(day.ratings);
    return house;
}

}  // namespace

// The answer comes exactly once, and not after the reader's end.
template <class Value>
void HouseReader::read(std::function<Value(store::Store&)> work,
                       std::move_only_function<void(std::optional<Value>)> done) {
    auto answer =
        std::make_shared<std::move_only_function<void(std::optional<Value>)>>(std::move(done));
    const auto give = [&loop = loop_, alive = std::weak_ptr(alive_),
                       answer](std::optional<Value> value) {
        loop.post([alive, answer, value = std::move(value)]() mutable {
            if (!alive.expired()) (*answer)(std::move(value));
        });
    };
    engine::Envelope envelope;
    envelope.errand = [work = std::move(work), give](store::Store& store) {
        try {
            give(work(store));
        } catch (...) {
            give(std::nullopt);
            throw;  // the engine's to judge
        }
    };
    if (!engine_.try_submit(envelope, engine::Lane::office)) give(std::nullopt);
}

void HouseReader::read_house(WallMs day_began_at,
                             std::move_only_function<void(std::optional<desk::House>)> done) {
    read<desk::House>([day_began_at](store::Store& store) { return house_of(store, day_began_at); },
                      std::move(done));
}

void HouseReader::search(
    std::string text, std::move_only_function<void(std::optional<std::vector<desk::Found>>)> done) {
    read<std::vector<desk::Found>>(
        [text = std::move(text)](store::Store& store) {
            std::vector<desk::Found> found;
            for (store::SearchHit& hit : store.search(text, hits_max)) {
                const auto session = store.session(hit.session);
                if (session) found.push_back({shown(*session), std::move(hit.excerpt)});
            }
            return found;
        },
        std::move(done));
}

void HouseReader::read_place(const SessionId& session,
                             std::move_only_function<void(std::optional<ThreadPlace>)> done) {
    read<ThreadPlace>(
        [session](store::Store& store) {
            const auto found = store.session(session);
            if (!found) return ThreadPlace();
            const bool is_live = found->state == core::SessionState::waiting ||
                                 found->state == core::SessionState::open;
            return ThreadPlace{found->thread, found->customer.name, is_live};
        },
        std::move(done));
}

void HouseReader::read_waits(
    std::vector<SiteId> sites,
    std::move_only_function<void(std::optional<std::map<SiteId, std::vector<std::int64_t>>>)>
        done) {
    const WallMs since = loop_.clock().wall_ms() - wait_age_ms_max;
    read<std::map<SiteId, std::vector<std::int64_t>>>(
        [sites = std::move(sites), since](store::Store& store) {
            std::map<SiteId, std::vector<std::int64_t>> waits;
            for (const SiteId& site : sites) waits[site] = store.waits(site, since, waits_max);
            return waits;
        },
        std::move(done));
}

void HouseReader::read_away(std::move_only_function<void(std::vector<std::string>)> done) {
    read<std::vector<std::string>>(
        [](store::Store& store) {
            std::vector<std::string> agents;
            const auto note = parse_json_object(store.note(away_note));
            const json::array* list = note ? find_array(*note, "agents") : nullptr;
            for (const json::value& one : list ? *list : json::array()) {
                if (const json::string* text = one.if_string())
                    agents.emplace_back(text->c_str(), text->size());
            }
            return agents;
        },
        [done = std::move(done)](std::optional<std::vector<std::string>> agents) mutable {
            done(agents ? std::move(*agents) : std::vector<std::string>());
        });
}

void HouseReader::keep_away(std::vector<std::string> agents) {
    json::array list;
    for (const std::string& agent : agents) list.emplace_back(agent);
    const std::string note =
        agents.empty() ? "" : json::serialize(json::object{{"agents", std::move(list)}});
    read<bool>(
        [note](store::Store& store) {
            store.begin();
            store.set_note(away_note, note);
            store.commit();
            return true;
        },
        [](std::optional<bool>) {});
}

}  // namespace deskbell::app
