#pragma once
// What every connection of one gateway works with. Lives as long as the gateway; answers that come
// back later hold it weakly, and die silently when it is gone.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "gateway/backend.hpp"
#include "gateway/client_address.hpp"
#include "gateway/hub.hpp"
#include "gateway/options.hpp"
#include "gateway/origins.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

namespace deskbell::gateway {

struct Context : std::enable_shared_from_this<Context> {
    Context(Loop& the_loop, Options the_options, Hooks the_hooks, Backend& the_backend,
            Commons& the_commons, Random& the_random, TrustedProxies the_proxies)
        : loop(the_loop),
          options(std::move(the_options)),
          hooks(std::move(the_hooks)),
          backend(the_backend),
          commons(the_commons),
          random(the_random),
          proxies(std::move(the_proxies)),
          origins(options.sites, options.public_url),
          hub(the_loop) {}

    Loop& loop;
    const Options options;
    const Hooks hooks;
    Backend& backend;
    Commons& commons;
    Random& random;
    const TrustedProxies proxies;
    const Origins origins;
    Hub hub;
    std::unordered_map<Listener*, std::unique_ptr<Listener>> polls;  // they end themselves
    bool draining = false;

    [[nodiscard]] SteadyMs now() const { return loop.clock().steady_ms(); }
    [[nodiscard]] std::uint64_t next_epoch() { return ++commons.link_epoch; }

    // A message of a session that is over its rate goes on marked: what was stored before must be
    // answered with its first outcome however often a client asks, and only the log knows.
    void limit_message(std::uint64_t session_key, core::Command& command) {
        const std::int64_t too_early_ms = commons.limits.message(session_key, now());
        if (auto* said = std::get_if<core::CustomerSaid>(&command))
            said->too_early_ms = too_early_ms;
        if (auto* edited = std::get_if<core::CustomerEdited>(&command))
            edited->too_early_ms = too_early_ms;
        if (too_early_ms > 0) ++commons.counters.requests_rate_limited;
    }

    // Binds a listener to its session; when the session has too many, the oldest makes room.
    void listen(ListenerHandle handle, std::string_view session) {
        if (hub.listeners_of(session) >= options.links_per_session_max)
            if (Listener* oldest = hub.oldest_of(session)) oldest->evict();
        hub.bind(handle, session);
    }
};

}  // namespace deskbell::gateway
