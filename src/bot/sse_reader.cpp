#include "bot/sse_reader.hpp"

#include <utility>

namespace deskbell::bot {

std::vector<SseEvent> SseReader::take(std::string_view bytes) {
    std::vector<SseEvent> events;
    for (const char c : bytes) {
        if (too_large_) return events;
        if (c == '\n' && std::exchange(after_return_, false)) continue;  // of a CR LF
        after_return_ = c == '\r';
        if (c == '\n' || c == '\r') {
            std::string_view line = line_;
            if (!std::exchange(begun_, true) && line.starts_with("\xef\xbb\xbf"))
                line.remove_prefix(3);
            take_line(line, events);
            line_.clear();
        } else {
            line_ += c;
        }
        too_large_ = line_.size() + event_.data.size() > event_bytes_max_;
    }
    return events;
}

void SseReader::take_line(std::string_view line, std::vector<SseEvent>& events) {
    if (line.empty()) {
        if (has_data_) {
            if (event_.name.empty()) event_.name = "message";
            events.push_back(std::exchange(event_, {}));
        }
        event_ = {};
        has_data_ = false;
        return;
    }
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value =
        colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") event_.name = value;
    if (field != "data") return;  // comments, ids and times are not for us
    if (std::exchange(has_data_, true)) event_.data += '\n';
    event_.data += value;
}

}  // namespace deskbell::bot
