#pragma once
// Carries what the model owes the app: events and interactions, signed, over HTTP.
//
// Everything runs on the loop. Redirects count as failures; retries are the model's to schedule.

#include "base/loop.hpp"
#include "base/result.hpp"
#include "net/http_client.hpp"
#include "sandbox/model/slack.hpp"

#include <functional>
#include <map>
#include <string>

namespace deskbell::sandbox {

class Deliverer {
public:
    static constexpr std::size_t in_flight_max = 64;

    // `on_change` is called after each outcome that the model was told.
    Deliverer(Loop& loop, Slack& slack, net::HttpClient& client, std::function<void()> on_change);
    ~Deliverer();

    // Sends what is due and sets a timer for what is not. Cheap when there is nothing to do.
    void pump();
    // Asks `url` for its challenge: nothing on success, `url_not_verified` and why otherwise.
    void verify(const std::string& url, std::function<void(Result<void>)> done);

private:
    void send(const Delivery& delivery);
    void finished(std::uint64_t id, std::int64_t started_at, std::int64_t timeout_ms,
                  const net::ClientAnswer& answer);
    [[nodiscard]] net::ClientRequest signed_request(const std::string& url, std::string type,
                                                    std::string body, bool bad_signature,
                                                    std::int64_t timestamp_skew_s) const;

    Loop& loop_;
    Slack& slack_;
    net::HttpClient& client_;
    std::function<void()> on_change_;
    std::size_t in_flight_ = 0;
    TimerId timer_ = 0;
    SteadyMs timer_due_ms_ = 0;
};

}  // namespace deskbell::sandbox
