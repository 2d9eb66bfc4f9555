#include "gateway/hub.hpp"

#include "base/assert.hpp"
#include "base/test_hooks.hpp"
#include "gateway/responses.hpp"

#include <functional>
#include <utility>

namespace deskbell::gateway {

namespace {

std::uint32_t to_seconds_up(SteadyMs at) { return static_cast<std::uint32_t>((at + 999) / 1000); }

std::uint64_t hash_of(std::string_view session) { return std::hash<std::string_view>{}(session); }

}  // namespace

Hub::Hub(Loop& loop) : loop_(loop) {
    tick_timer_ = loop_.after(tick_ms, [this] { tick(); });
}

Hub::~Hub() {
    loop_.cancel(tick_timer_);
    loop_.cancel(resume_timer_);
}

ListenerHandle Hub::add(Listener& listener, SteadyMs due) {
    std::uint32_t index = 0;
    if (free_slots_.empty()) {
        index = static_cast<std::uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        index = free_slots_.back();
        free_slots_.pop_back();
    }
    Slot& slot = slots_[index];
    slot.listener = &listener;
    slot.due_s = to_seconds_up(due);
    ++listening_;
    return {index, slot.generation};
}

void Hub::remove(ListenerHandle handle) {
    if (!find(handle)) return;
    Slot& slot = slots_[handle.slot];
    slot.listener = nullptr;
    if (++slot.generation == 0) slot.generation = 1;
    free_slots_.push_back(handle.slot);
    --listening_;
}

Listener* Hub::find(ListenerHandle handle) const {
    if (handle.generation == 0 || handle.slot >= slots_.size()) return nullptr;
    const Slot& slot = slots_[handle.slot];
    return slot.generation == handle.generation ? slot.listener : nullptr;
}

void Hub::bind(ListenerHandle handle, std::string_view session) {
    DESKBELL_ASSERT(find(handle));
    by_session_.emplace(session, handle);
}

void Hub::unbind(ListenerHandle handle, std::string_view session) {
    const auto [first, last] = by_session_.equal_range(session);
    for (auto entry = first; entry != last; ++entry) {
        if (entry->second != handle) continue;
        by_session_.erase(entry);
        return;
    }
}

std::size_t Hub::listeners_of(std::string_view session) const { return by_session_.count(session); }

Listener* Hub::oldest_of(std::string_view session) const {
    Listener* oldest = nullptr;
    const auto [first, last] = by_session_.equal_range(session);
    for (auto entry = first; entry != last; ++entry) {
        Listener* listener = find(entry->second);
        if (listener && (!oldest || listener->epoch() < oldest->epoch())) oldest = listener;
    }
    return oldest;
}

bool Hub::may_have_missed(std::string_view session, std::int64_t head, SteadyMs since) const {
    const std::uint64_t hash = hash_of(session);
    const News& news = news_[hash % news_slots];
    if (news.at < since) return false;
    return news.session_hash != hash || news.seq > head;
}

// Listeners are called through handles: whatever one of them does to the hub, the others are safe.
const std::vector<ListenerHandle>& Hub::handles_of(std::string_view session) {
    found_.clear();
    const auto [first, last] = by_session_.equal_range(session);
    for (auto entry = first; entry != last; ++entry) found_.push_back(entry->second);
    return found_;
}

void Hub::find_everybody() {
    found_.clear();
    for (const auto& [session, handle] : by_session_) found_.push_back(handle);
}

void Hub::deliver(const std::vector<Push>& pushes) {
    const SteadyMs now = loop_.clock().steady_ms();
    for (const Push& push : pushes) {
        const std::uint64_t hash = hash_of(push.session.value);
        news_[hash % news_slots] = {now, hash, push.seq};
        const std::vector<ListenerHandle>& handles = handles_of(push.session.value);
        if (DESKBELL_PLANTED("push_to_all_sessions")) find_everybody();
        if (handles.empty()) continue;
        DESKBELL_CRASH_POINT("gateway.push.before_send");
        const std::string frame = event_frame(*push.json);
        for (const ListenerHandle handle : handles)
            if (Listener* listener = find(handle)) listener->pushed(push, frame);
        DESKBELL_CRASH_POINT("gateway.push.after_send");
    }
}

void Hub::live(std::string_view session, const std::string& frame, std::uint64_t except_instance,
               ListenerHandle except) {
    const std::vector<ListenerHandle>& handles = handles_of(session);
    if (DESKBELL_PLANTED("typing_crosses_sessions")) find_everybody();
    for (const ListenerHandle handle : handles) {
        Listener* listener = find(handle);
        if (!listener || handle == except) continue;
        if (except_instance != 0 && listener->instance() == except_instance) continue;
        listener->live(frame);
    }
}

void Hub::replaced(std::string_view session, std::uint64_t instance, std::uint64_t epoch) {
    if (instance == 0) return;
    if (DESKBELL_PLANTED("epoch_ignored")) epoch = 0;
    for (const ListenerHandle handle : handles_of(session)) {
        Listener* listener = find(handle);
        if (listener && listener->instance() == instance && listener->epoch() < epoch)
            listener->replaced();
    }
}

void Hub::shut_out(std::string_view session) {
    for (const ListenerHandle handle : handles_of(session))
        if (Listener* listener = find(handle)) listener->shut_out();
}

void Hub::drain() {
    for (std::size_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].listener) slots_[i].listener->drain();
}

void Hub::wake_at(ListenerHandle handle, SteadyMs at) {
    if (find(handle)) slots_[handle.slot].due_s = to_seconds_up(at);
}

void Hub::resume_soon(ListenerHandle handle) {
    waiting_.push_back(handle);
    if (resume_timer_ == 0)
        resume_timer_ = loop_.after(resume_delay_ms, [this] { resume_waiting(); });
}

void Hub::resume_waiting() {
    resume_timer_ = 0;
    for (const ListenerHandle handle : std::exchange(waiting_, {}))
        if (Listener* listener = find(handle)) listener->resume();
}

void Hub::tick() {
    tick_timer_ = loop_.after(tick_ms, [this] { tick(); });
    const SteadyMs now = loop_.clock().steady_ms();
    const auto now_s = static_cast<std::uint32_t>(now / 1000);
    for (std::size_t i = 0; i < slots_.size(); ++i) {  // by index: a listener may add another
        if (!slots_[i].listener || slots_[i].due_s > now_s) continue;
        const std::uint32_t generation = slots_[i].generation;
        const SteadyMs next = slots_[i].listener->due(now);
        if (slots_[i].generation == generation) slots_[i].due_s = to_seconds_up(next);
    }
}

}  // namespace deskbell::gateway
