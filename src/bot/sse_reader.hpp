#pragma once
// Server-sent events out of bytes as they come: lines, fields, a blank line ends an event. Pure.
// What is larger than it may be ends the reading (`too_large`).

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::bot {

struct SseEvent {
    std::string name;  // "message" when it has none
    std::string data;

    friend bool operator==(const SseEvent&, const SseEvent&) = default;
};

class SseReader {
public:
    explicit SseReader(std::size_t event_bytes_max = 64u << 10)
        : event_bytes_max_(event_bytes_max) {}

    // The events that are whole with these bytes.
    [[nodiscard]] std::vector<SseEvent> take(std::string_view bytes);
    [[nodiscard]] bool too_large() const { return too_large_; }

private:
    void take_line(std::string_view line, std::vector<SseEvent>& events);

    const std::size_t event_bytes_max_;
    std::string line_;  // not ended yet
    bool after_return_ = false;
    bool begun_ = false;
    bool has_data_ = false;
    bool too_large_ = false;
    SseEvent event_;
};

}  // namespace deskbell::bot
