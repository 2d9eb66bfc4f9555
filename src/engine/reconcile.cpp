#include "engine/reconcile.hpp"

#include "base/json.hpp"
#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace deskbell::engine {
namespace {

const std::string due_note = "reconcile_since";
const std::string untold_note = "reconcile_untold";
const std::string run_note = "log_run";
const std::string run_began_note = "log_run_began";

// More than these were hardly one backup's: the rest is in the log of the process.
constexpr std::size_t untold_max = 2'000;

std::int64_t number_of(const std::string& text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::vector<DeskThreadId> read_untold(store::Store& store) {
    std::vector<DeskThreadId> threads;
    const auto note = parse_json_object(store.note(untold_note));
    if (!note) return threads;
    const json::array* list = find_array(*note, "threads");
    if (!list) return threads;
    for (const json::value& value : *list) {
        if (const json::string* text = value.if_string())
            threads.emplace_back(std::string(text->c_str(), text->size()));
    }
    return threads;
}

void write_untold(store::Store& store, const std::vector<DeskThreadId>& threads) {
    if (threads.empty()) return store.set_note(untold_note, "");
    json::array list;
    for (const DeskThreadId& thread : threads) list.emplace_back(thread.value);
    store.set_note(untold_note, json::serialize(json::object{{"threads", std::move(list)}}));
}

// Durable before anything else happens: a crash from here on begins it again.
void note_due(store::Store& store, const Clock& clock, Random& random) {
    const WallMs now = clock.wall_ms();
    const WallMs newest = store.newest_at();
    // A clock that was wrong when the store was written must not hide what happened since.
    const WallMs since = newest > 0 ? std::min(newest, now) : now;
    DESKBELL_CRASH_POINT("reconcile.begin.before_note");
    store.begin();
    // A store restored in the midst of a reconciling keeps the older word.
    const std::int64_t before = number_of(store.note(due_note));
    store.set_note(due_note, std::to_string(before > 0 ? std::min(before, since) : since));
    store.set_note(run_note,
                   std::to_string(now / 1000) + "-" + std::to_string(random.below(1u << 30)));
    store.set_note(run_began_note, std::to_string(now));
    store.commit();
    DESKBELL_CRASH_POINT("reconcile.begin.after_note");
}

}  // namespace

ReconcilePlan prepare_reconcile(store::Store& store, bool older_than_world, const Clock& clock,
                                Random& random) {
    if (older_than_world) note_due(store, clock, random);
    ReconcilePlan plan;
    plan.since = number_of(store.note(due_note));
    plan.due = plan.since > 0;
    plan.untold = read_untold(store);
    plan.log_run = store.note(run_note);
    plan.log_run_began = number_of(store.note(run_began_note));
    return plan;
}

bool reconcile_is_due(store::Store& store) { return number_of(store.note(due_note)) > 0; }

void end_reconcile(store::Store& store, const core::ReconcileEnded& command) {
    std::vector<DeskThreadId> untold = read_untold(store);
    for (const DeskThreadId& thread : command.untold) {
        if (untold.size() >= untold_max) {
            log::warn("reconcile: too many threads of unknown sessions; the rest is not told");
            break;
        }
        if (std::ranges::find(untold, thread) == untold.end()) untold.push_back(thread);
    }
    write_untold(store, untold);
    store.set_note(due_note, "");
}

void note_told(store::Store& store, const core::ThreadTold& command) {
    std::vector<DeskThreadId> untold = read_untold(store);
    std::erase(untold, command.thread);
    write_untold(store, untold);
}

}  // namespace deskbell::engine
