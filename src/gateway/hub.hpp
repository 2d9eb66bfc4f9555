#pragma once
// Who on this loop listens to which session: sockets, event streams and long polls.
//
// Who calls it: the listeners register themselves; the gateway hands it pushes and live frames.
// Threading: one hub a loop, everything on the loop's thread. One timer a second serves all
// listeners (an idle one costs sixteen bytes looked at), so that none needs a timer of its own.
// What it never does: read the log, or wait for anybody.

#include "base/loop.hpp"
#include "gateway/backend.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace deskbell::gateway {

// Names a listener that may be gone by the time an answer for it arrives.
struct ListenerHandle {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;  // 0 names nobody

    friend bool operator==(const ListenerHandle&, const ListenerHandle&) = default;
};

class Listener {
public:
    virtual ~Listener() = default;
    // `frame` is the event as a WebSocket frame, made once for all listeners.
    virtual void pushed(const Push& push, const std::string& frame) = 0;
    virtual void live(const std::string& frame) = 0;
    // Its time has come, or the past of it; answers when it wants to be called next.
    [[nodiscard]] virtual SteadyMs due(SteadyMs now) = 0;
    // A slow reader's buffer may have drained.
    virtual void resume() {}
    // A newer socket of the same instance is here (sockets only).
    virtual void replaced() {}
    // Too many listeners for one session: the oldest one makes room.
    virtual void evict() {}
    // The session may not be listened to any more.
    virtual void shut_out() {}
    // The server goes down: answer what is open. (Sockets are closed by the server itself.)
    virtual void drain() {}
    // Which tab it is; 0: none. Newer listeners have larger epochs.
    [[nodiscard]] virtual std::uint64_t instance() const { return 0; }
    [[nodiscard]] virtual std::uint64_t epoch() const { return 0; }
};

class Hub {
public:
    explicit Hub(Loop& loop);
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    [[nodiscard]] ListenerHandle add(Listener& listener, SteadyMs due);
    void remove(ListenerHandle handle);
    [[nodiscard]] Listener* find(ListenerHandle handle) const;

    // From now on the listener hears of the session. `session` must live in the listener and not
    // change until unbind().
    void bind(ListenerHandle handle, std::string_view session);
    void unbind(ListenerHandle handle, std::string_view session);
    [[nodiscard]] std::size_t listeners_of(std::string_view session) const;
    [[nodiscard]] Listener* oldest_of(std::string_view session) const;

    // Whether news of the session may have passed between `since` and now that a reply with this
    // head does not know of: then the log must be read once more.
    [[nodiscard]] bool may_have_missed(std::string_view session, std::int64_t head,
                                       SteadyMs since) const;

    void deliver(const std::vector<Push>& pushes);
    // `except` and the other sockets of `except_instance` have no need of it.
    void live(std::string_view session, const std::string& frame, std::uint64_t except_instance,
              ListenerHandle except = {});
    void shut_out(std::string_view session);
    void replaced(std::string_view session, std::uint64_t instance, std::uint64_t epoch);
    void drain();

    // due() is called no earlier than then, whatever was answered before.
    void wake_at(ListenerHandle handle, SteadyMs at);
    // resume() is called soon, in some tens of milliseconds.
    void resume_soon(ListenerHandle handle);
    [[nodiscard]] std::size_t listeners() const { return listening_; }

private:
    struct Slot {
        Listener* listener = nullptr;
        std::uint32_t generation = 1;
        std::uint32_t due_s = 0;  // steady seconds
    };
    // The last push of every session, as far as a table of fixed size can know: a slot that several
    // sessions share errs towards reading once too often.
    struct News {
        SteadyMs at = -1;
        std::uint64_t session_hash = 0;
        std::int64_t seq = 0;
    };

    void tick();
    void resume_waiting();
    [[nodiscard]] const std::vector<ListenerHandle>& handles_of(std::string_view session);
    void find_everybody();  // for planted mistakes only

    static constexpr std::int64_t tick_ms = 1000;
    static constexpr std::int64_t resume_delay_ms = 25;
    static constexpr std::size_t news_slots = 1024;

    Loop& loop_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::unordered_multimap<std::string_view, ListenerHandle> by_session_;
    std::vector<ListenerHandle> found_;    // scratch of handles_of()
    std::vector<ListenerHandle> waiting_;  // for resume_waiting()
    std::array<News, news_slots> news_{};
    TimerId tick_timer_ = 0;
    TimerId resume_timer_ = 0;
    std::size_t listening_ = 0;
};

}  // namespace deskbell::gateway
