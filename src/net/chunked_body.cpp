#include "net/chunked_body.hpp"

#include <algorithm>

namespace deskbell::net {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_line_text(char c) { return c == '\t' || static_cast<unsigned char>(c) >= 0x20; }

}  // namespace

ChunkedBody::Step ChunkedBody::feed(std::string_view& bytes, std::string& body) {
    while (!bytes.empty()) {
        if (state_ == State::data) {
            const std::size_t count = std::min<std::uint64_t>(chunk_left_, bytes.size());
            body.append(bytes.substr(0, count));
            bytes.remove_prefix(count);
            chunk_left_ -= count;
            if (chunk_left_ == 0) state_ = State::data_cr;
            continue;
        }
        const char c = bytes.front();
        bytes.remove_prefix(1);
        Step step = Step::more;
        switch (state_) {
            case State::size:
            case State::extension:
                step = read_size(c);
                break;
            case State::size_end:
                step = read_line_end(c);
                // Refused before it is read: the declared size is enough to know.
                if (step == Step::more && chunk_left_ > bytes_max_ - body.size()) {
                    step = Step::too_large;
                }
                break;
            case State::data_cr:
                state_ = State::data_lf;
                if (c != '\r') step = Step::malformed;
                break;
            case State::data_lf:
                state_ = State::size;
                if (c != '\n') step = Step::malformed;
                break;
            case State::trailer:
            case State::trailer_lf:
                step = read_trailer(c);
                break;
            case State::data:
                break;
        }
        if (step != Step::more) return step;
    }
    return Step::more;
}

ChunkedBody::Step ChunkedBody::read_size(char c) {
    if (c == '\r') {
        if (size_digits_ == 0) return Step::malformed;
        state_ = State::size_end;
        return Step::more;
    }
    if (state_ == State::extension) {
        return is_line_text(c) && ++overhead_bytes_ <= overhead_bytes_max ? Step::more
                                                                          : Step::malformed;
    }
    if (c == ';' && size_digits_ > 0) {
        state_ = State::extension;
        return Step::more;
    }
    const int digit = hex_value(c);
    if (digit < 0 || ++size_digits_ > 15) return Step::malformed;  // 15 digits cannot overflow
    chunk_left_ = chunk_left_ << 4 | static_cast<unsigned>(digit);
    return Step::more;
}

ChunkedBody::Step ChunkedBody::read_line_end(char c) {
    if (c != '\n') return Step::malformed;
    size_digits_ = 0;
    state_ = chunk_left_ == 0 ? State::trailer : State::data;
    trailer_line_is_empty_ = true;
    return Step::more;
}

// Trailers are read over, never merged into the headers.
ChunkedBody::Step ChunkedBody::read_trailer(char c) {
    if (++overhead_bytes_ > overhead_bytes_max) return Step::malformed;
    if (state_ == State::trailer_lf) {
        if (c != '\n') return Step::malformed;
        if (trailer_line_is_empty_) return Step::done;
        trailer_line_is_empty_ = true;
        state_ = State::trailer;
        return Step::more;
    }
    if (c == '\r') {
        state_ = State::trailer_lf;
        return Step::more;
    }
    trailer_line_is_empty_ = false;
    return is_line_text(c) ? Step::more : Step::malformed;
}

}  // namespace deskbell::net
