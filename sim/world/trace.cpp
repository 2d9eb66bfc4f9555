#include "sim/world/trace.hpp"

#include <cstdio>
#include <cstring>

namespace deskbell::sim {

void Trace::mix(std::string_view text) {
    // Eight bytes at a time: millions of lines a minute go through here.
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        hash_ = (hash_ ^ word) * 1099511628211ull;
        hash_ ^= hash_ >> 29;
        text.remove_prefix(8);
    }
    for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    hash_ = (hash_ ^ 0xff) * 1099511628211ull;
}

void Trace::note(std::string_view kind, std::string_view a, std::string_view b,
                 std::string_view c) {
    ++events_;
    hash_ = (hash_ ^ static_cast<std::uint64_t>(kernel_.now())) * 1099511628211ull;
    mix(kind);
    mix(a);
    mix(b);
    mix(c);
    if (!keeps_lines_) return;
    char time[32];
    std::snprintf(time, sizeof time, "%10.3f  ", static_cast<double>(kernel_.now()) / 1000.0);
    std::string line = time;
    line += kind;
    for (const std::string_view part : {a, b, c}) {
        if (part.empty()) continue;
        line += "  ";
        line += part.substr(0, 300);
    }
    lines_.push_back(std::move(line));
    if (lines_.size() > lines_max) lines_.pop_front();
}

void Trace::violate(std::string invariant, std::string what) {
    note("VIOLATION", invariant, what);
    if (violations_.size() >= violations_max) return;
    violations_.push_back({std::move(invariant), std::move(what), kernel_.now()});
}

}  // namespace deskbell::sim
