#pragma once
// The engine's door: where everybody puts commands. EngineThread stands behind it; a simulation has
// one that runs on its own loop.

#include "engine/engine.hpp"

#include <cstdint>

namespace deskbell::engine {

// The desk, the courier and the bot have room kept free for them: customers cannot crowd out an
// answer.
enum class Lane : std::uint8_t { customers, office };

class Intake {
public:
    virtual ~Intake() = default;
    // From any thread. False: full or closed, the envelope is untouched: refuse with `busy`.
    [[nodiscard]] virtual bool try_submit(Envelope& envelope, Lane lane) = 0;
};

}  // namespace deskbell::engine
