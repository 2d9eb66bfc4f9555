#pragma once
// How many of the process's file descriptors customers' connections may take.
//
// The store, the way to Slack and the log need descriptors too, at the worst of times. So the
// connections of all servers of the process share what the limit leaves after a reserve. Any
// thread.

#include <cstddef>

namespace deskbell::net {

class DescriptorBudget {
public:
    // False: none is left for a connection. Each true one is given back once.
    [[nodiscard]] static bool take();
    static void give_back();

    // Of a limit on descriptors, what connections may have.
    [[nodiscard]] static std::size_t share_of(std::size_t descriptors_max);
};

}  // namespace deskbell::net
