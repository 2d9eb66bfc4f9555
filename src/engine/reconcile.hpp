#pragma once
// A store that is older than the world: somebody restored a backup, or copied an old file back.
//
// What such a server must not do is send: what its store calls unsent may have been sent long ago.
// So it *reconciles* first: the desk is read from before the store's last word on, letters that are
// there are settled, threads and words that the store does not know are taken over (commands
// ThreadFound, CustomerFound, PostConfirmed{read_back}), and only then the lanes are handed out
// (ReconcileEnded). Customers are served meanwhile. It ends by itself, and a process that dies in
// the middle begins it again at its next start: that it is due is a note in the store.
//
// How to start a server so (a simulation too; no file is touched here):
//   1. open the store;
//   2. plan = prepare_reconcile(*store, older_than_world, clock, random), before the Engine is
//   made,
//      at EVERY start. `older_than_world` is the injected decision: the real server compares the
//      store with a file beside it (app/incarnation.hpp), a simulation knows when it put an older
//      snapshot on its disk. A reconciling that a crash cut short is due again whatever is said;
//   3. give `plan` to OfficeWork::Setup::reconcile (the default is: nothing is due), and
//      `plan.log_run` to gateway::Options::log_run.
// Engine::start() and everything else stay as they are: OfficeWork holds the lanes back until the
// engine hands them out again after ReconcileEnded. OfficeWork::reconciling() says whether it still
// does.
//
// Threading: prepare_reconcile before anything runs; the rest on the engine's thread.

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/random.hpp"
#include "core/command.hpp"

#include <string>
#include <vector>

namespace deskbell::store {
class Store;
}

namespace deskbell::engine {

struct ReconcilePlan {
    bool due = false;
    // The store's last word: whatever happened at the desk since then may be unknown to it.
    WallMs since = 0;
    // Threads of sessions that the store does not know, whose agents have not been told yet. May
    // be left over from an earlier start; then nothing is held back for them.
    std::vector<DeskThreadId> untold;
    // Unknown on purpose: nobody needs to be told of these. The app adds them.
    std::vector<SessionId> forgotten;
    // Names this run of the sessions' logs: another one after each restore, empty before the first.
    // A client that followed another run must forget what it has, for the same numbers say other
    // things.
    std::string log_run;
    // Sessions created since have only ever been in this run.
    WallMs log_run_began = 0;
};

// Throws store::StoreFailure.
[[nodiscard]] ReconcilePlan prepare_reconcile(store::Store& store, bool older_than_world,
                                              const Clock& clock, Random& random);

// Whether one is due, or going on.
[[nodiscard]] bool reconcile_is_due(store::Store& store);

// Within the engine's transaction.
void end_reconcile(store::Store& store, const core::ReconcileEnded& command);
void note_told(store::Store& store, const core::ThreadTold& command);

}  // namespace deskbell::engine
