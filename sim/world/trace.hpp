#pragma once
// What happened, as a hash and, when asked for, as a timeline that people can read; what was met on
// the way; and what was wrong.
//
// Who uses it: everybody in sim/world. The hash covers every line in order, so two runs of a seed
// agree on it or something in them was not decided by the seed.

#include "sim/world/kernel.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sim {

struct Violation {
    std::string invariant;  // "S2", "L1", …
    std::string what;
    SteadyMs at = 0;
};

class Trace {
public:
    Trace(const Kernel& kernel, bool keep_lines) : kernel_(kernel), keeps_lines_(keep_lines) {}

    // `kind` is a literal; the parts are hashed and, when lines are kept, written.
    void note(std::string_view kind, std::string_view a = {}, std::string_view b = {},
              std::string_view c = {});
    // A fault or a rare state was really met: counted by its id (reliability's: "O4", "W2", …).
    void probe(std::string_view id, std::uint64_t times = 1) { probes_[std::string(id)] += times; }
    void violate(std::string invariant, std::string what);

    [[nodiscard]] bool keeps_lines() const { return keeps_lines_; }
    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }
    [[nodiscard]] const std::map<std::string, std::uint64_t>& probes() const { return probes_; }
    [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }

private:
    void mix(std::string_view text);

    static constexpr std::size_t lines_max = 20'000;
    static constexpr std::size_t violations_max = 20;

    const Kernel& kernel_;
    bool keeps_lines_;
    std::uint64_t hash_ = 14695981039346656037ull;
    std::uint64_t events_ = 0;
    std::deque<std::string> lines_;
    std::map<std::string, std::uint64_t> probes_;
    std::vector<Violation> violations_;
};

}  // namespace deskbell::sim
