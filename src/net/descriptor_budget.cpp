#include "net/descriptor_budget.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <limits>

namespace deskbell::net {
namespace {

std::atomic<std::size_t> taken{0};

// Read each time: it costs nothing beside the accept it stands before, and operators may raise the
// limit of a running process.
std::size_t limit() {
    rlimit descriptors{};
    if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0 || descriptors.rlim_cur == RLIM_INFINITY)
        return std::numeric_limits<std::size_t>::max();
    return descriptors.rlim_cur;
}

}  // namespace

bool DescriptorBudget::take() {
    if (taken.fetch_add(1, std::memory_order_relaxed) < share_of(limit())) return true;
    give_back();
    return false;
}

void DescriptorBudget::give_back() { taken.fetch_sub(1, std::memory_order_relaxed); }

std::size_t DescriptorBudget::share_of(std::size_t descriptors_max) {
    const std::size_t reserve = std::clamp<std::size_t>(descriptors_max / 8, 24, 256);
    return descriptors_max > reserve ? descriptors_max - reserve : 1;
}

}  // namespace deskbell::net
