#include "app/incarnation.hpp"

#include "app/files.hpp"
#include "base/test_hooks.hpp"
#include "store/store.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace deskbell::app {
namespace {

const std::string stamp_note = "stamp";

// Always as long, so that it can be written over.
std::string line_of(std::int64_t stamp) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "deskbell %020lld\n", static_cast<long long>(stamp));
    return text.data();
}

std::optional<std::int64_t> number_of(std::string_view text) {
    constexpr std::string_view prefix = "deskbell ";
    if (!text.starts_with(prefix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end == text.data()) return std::nullopt;
    return number;
}

}  // namespace

Incarnation::~Incarnation() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::int64_t> Incarnation::read() const {
    const auto text = read_file(path_, 4096);
    return text ? number_of(*text) : std::nullopt;
}

Result<void> Incarnation::write(std::int64_t stamp) {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    DESKBELL_CRASH_POINT("incarnation.before_write");
    if (auto written = replace_file(path_, line_of(stamp)); !written) return written;
    DESKBELL_CRASH_POINT("incarnation.written");
    return {};
}

void Incarnation::touch(std::int64_t stamp) {
    if (descriptor_ < 0) descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) return;
    const std::string line = line_of(stamp);
    // Within one block of the disk: there is no half of it.
    if (::pwrite(descriptor_, line.data(), line.size(), 0) < 0)
        ::close(std::exchange(descriptor_, -1));
}

std::int64_t stamp_of(store::Store& store) {
    const std::string note = store.note(stamp_note);
    std::int64_t stamp = 0;
    std::from_chars(note.data(), note.data() + note.size(), stamp);
    return stamp;
}

void set_stamp(store::Store& store, std::int64_t stamp) {
    store.begin();
    store.set_note(stamp_note, std::to_string(stamp));
    store.commit();
    DESKBELL_CRASH_POINT("incarnation.stamped");
}

bool is_older_than_world(std::int64_t in_store, std::optional<std::int64_t> beside_it) {
    if (!beside_it) return in_store > 0;
    return in_store < *beside_it;
}

}  // namespace deskbell::app
