#pragma once
// Reads a body sent with `Transfer-Encoding: chunked`. Sans-I/O, incremental at every byte.
//
// Beast's own chunk parser stops the process on some inputs that arrive a byte at a time (its
// assertions stay on in our builds), so heads are Beast's and bodies are ours. Strict on purpose:
// whatever two readers might understand differently is refused.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace deskbell::net {

class ChunkedBody {
public:
    enum class Step { more, done, malformed, too_large };

    explicit ChunkedBody(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Takes bytes from the front of `bytes` and appends what they carry to `body`.
    Step feed(std::string_view& bytes, std::string& body);

private:
    enum class State { size, extension, size_end, data, data_cr, data_lf, trailer, trailer_lf };

    static constexpr std::size_t overhead_bytes_max = 8u << 10;  // extensions and trailers

    Step read_size(char c);
    Step read_line_end(char c);
    Step read_trailer(char c);

    std::size_t bytes_max_;
    std::size_t overhead_bytes_ = 0;
    std::uint64_t chunk_left_ = 0;
    unsigned size_digits_ = 0;
    State state_ = State::size;
    bool trailer_line_is_empty_ = true;
};

}  // namespace deskbell::net
