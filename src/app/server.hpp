#pragma once
// The composition root: builds every room, in order, one sentence each; stops them in reverse.
//
// Threading: start() and stop() from one thread, the main one. Inside, one thread for the engine,
// one for the office (desk, courier, bot), one for libcurl, and one for each gateway loop.

#include "app/config.hpp"
#include "base/result.hpp"

#include <memory>
#include <string>

namespace deskbell::app {

struct ServerExtras {
    std::string sandbox_url;  // the demo shop's link to the sandbox page; empty: none
};

class Server {
public:
    Server(Config config, ServerExtras extras);
    ~Server();  // stops if need be

    // Listens once this returns. Errors: store_locked, store_too_new, listen_failed, faq_unreadable
    // …
    [[nodiscard]] Result<void> start();
    // Within 20 s: customers are told to come back, posts in the air are finished or left as
    // unknown.
    void stop();

    [[nodiscard]] std::string url() const;  // http://127.0.0.1:8080

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace deskbell::app
