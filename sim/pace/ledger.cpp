#include "sim/pace/ledger.hpp"

#include "base/assert.hpp"
#include "core/fold.hpp"
#include "sim/pace/slack.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

namespace deskbell::pacing {
namespace {

constexpr std::int64_t commit_ms = 2;  // a group commit

}  // namespace

PaceLedger::PaceLedger(Loop& loop, const Workload& workload, core::Policy policy)
    : loop_(loop),
      workload_(workload),
      policy_(std::move(policy)),
      start_(loop.clock().steady_ms()),
      lanes_(workload.customers.size()) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const auto& items = workload.customers[i].items;
        lanes_[i].thread_open =
            items.empty() || items.front().kind != core::LetterKind::open_thread;
    }
}

void PaceLedger::write(std::size_t customer) {
    ++lanes_[customer].written;
    ++unsettled_;
    news(customer);
}

void PaceLedger::news(std::size_t customer) {
    const Lane& lane = lanes_[customer];
    const std::size_t first = lane.sent + (lane.in_the_air ? lane.frozen : 0);
    if (first == lane.written) return;
    const SteadyMs now = loop_.clock().steady_ms() - start_;
    const SteadyMs oldest = workload_.customers[customer].items[first].at;
    courier_->lane_ready(
        {.session = session_of(customer),
         .destination = channel_name(workload_.customers[customer].channel),
         .thread_open = lane.thread_open,
         // What is folded into a head that waits again waits in it.
         .letters_queued =
             lane.written - first - (lane.in_the_air || lane.frozen == 0 ? 0 : lane.frozen - 1),
         .oldest_queued_at = loop_.clock().wall_ms() - (now - oldest),
         .unresolved = std::nullopt});
}

std::size_t PaceLedger::letters_to_take(std::size_t customer, bool fold) {
    const Lane& lane = lanes_[customer];
    if (lane.frozen > 0) return lane.frozen;
    if (!fold) return 1;
    const std::span items =
        std::span(workload_.customers[customer].items).subspan(lane.sent, lane.written - lane.sent);
    scratch_.clear();
    for (const Item& item : items.first(std::min(items.size(), policy_.lines_folded_max)))
        scratch_.push_back(letter_of(item));
    return core::letters_that_fold(scratch_, policy_);
}

void PaceLedger::claim_post(const SessionId& session, bool fold,
                            std::move_only_function<void(std::optional<core::Post>)> done) {
    const std::size_t customer = customer_of(session);
    Lane& lane = lanes_[customer];
    std::optional<core::Post> post;
    if (!lane.in_the_air && lane.sent < lane.written) {
        const Item& head = workload_.customers[customer].items[lane.sent];
        lane.frozen = letters_to_take(customer, fold);
        lane.in_the_air = true;
        post.emplace();
        post->id = letter_id(customer, lane.sent);
        post->session = session;
        post->kind = head.kind;
        post->destination = channel_name(workload_.customers[customer].channel);
        if (lane.thread_open) post->thread = DeskThreadId("t." + session.value);
        if (head.kind == core::LetterKind::customer_message) post->lines.resize(lane.frozen);
        post->attempts = ++lane.attempts;
    }
    loop_.after(commit_ms, [post = std::move(post), done = std::move(done)]() mutable {
        done(std::move(post));
    });
}

void PaceLedger::claim_card(const SessionId& session,
                            std::move_only_function<void(std::optional<core::Card>)> done) {
    const Lane& lane = lanes_[customer_of(session)];
    std::optional<core::Card> card;
    if (lane.thread_open && lane.card > lane.card_shown) {
        card.emplace();
        card->session = session;
        card->version = lane.card;
        card->thread = DeskThreadId("t." + session.value);
        card->delayed = lane.delayed;
    }
    loop_.after(commit_ms, [card = std::move(card), done = std::move(done)]() mutable {
        done(std::move(card));
    });
}

void PaceLedger::record(core::Command command, std::move_only_function<void()> done) {
    loop_.after(commit_ms, [this, command = std::move(command), done = std::move(done)]() mutable {
        changed_.reset();
        card_due_.reset();
        std::visit([this](const auto& what) { note(what); }, command);
        done();
        // The engine answers first and tells of the lane then.
        if (changed_) news(*changed_);
        if (card_due_) courier_->card_changed(session_of(*card_due_));
    });
}

void PaceLedger::note(const core::PostConfirmed& what) {
    const Place place = place_of(what.post);
    Lane& lane = lanes_[place.customer];
    DESKBELL_ASSERT(lane.in_the_air && place.item == lane.sent);
    lane.sent += lane.frozen;
    unsettled_ -= lane.frozen;
    lane.frozen = 0;
    lane.attempts = 0;
    lane.in_the_air = false;
    lane.thread_open = true;
    changed_ = place.customer;
}

void PaceLedger::note(const core::PostUnknown& what) {
    DESKBELL_ASSERT(lanes_[place_of(what.post).customer].in_the_air);
}

void PaceLedger::note(const core::PostReleased& what) {
    Lane& lane = lanes_[place_of(what.post).customer];
    DESKBELL_ASSERT(lane.in_the_air);
    lane.in_the_air = false;
}

void PaceLedger::note(const core::DeskDelay& what) {
    const std::size_t customer = customer_of(what.session);
    Lane& lane = lanes_[customer];
    if (lane.delayed == what.delayed) return;
    delays_told_ += what.delayed;
    lane.delayed = what.delayed;
    ++lane.card;
    card_due_ = customer;
}

void PaceLedger::note(const core::CardShown& what) {
    Lane& lane = lanes_[customer_of(what.session)];
    lane.card_shown = std::max(lane.card_shown, what.version);
}

// Nothing else is said where Slack refuses nothing and keeps its threads.
template <class Other>
void PaceLedger::note(const Other&) {
    DESKBELL_ASSERT(!"a record this experiment knows nothing of");
}

}  // namespace deskbell::pacing
