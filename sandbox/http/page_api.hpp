#pragma once
// What the sandbox's page asks for and does: /sandbox/api/…, as API.md says.

#include "base/result.hpp"
#include "net/http_server.hpp"
#include "sandbox/model/slack.hpp"

#include <boost/json.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

class PageApi {
public:
    using SetEventsUrl = std::function<void(std::string, std::function<void(Result<void>)>)>;

    explicit PageApi(Slack& slack, SetEventsUrl set_events_url)
        : slack_(slack), set_events_url_(std::move(set_events_url)) {}

    [[nodiscard]] net::HttpResponse state(const net::HttpRequest& request) const;
    [[nodiscard]] net::HttpResponse emoji() const;
    // Answers now, or later for `events_url`.
    void act(std::string_view action, std::shared_ptr<net::Exchange> exchange);

private:
    [[nodiscard]] Result<json::object> perform(std::string_view action, const json::object& body);
    [[nodiscard]] Result<json::object> perform_on_message(std::string_view action,
                                                          const json::object& body);
    [[nodiscard]] Result<json::object> perform_on_channel(std::string_view action,
                                                          const json::object& body);
    [[nodiscard]] Result<json::object> turn_switch(std::string_view action,
                                                   const json::object& body);
    [[nodiscard]] net::HttpResponse answer(Result<json::object> result) const;
    void change_events_url(std::string url, std::shared_ptr<net::Exchange> exchange);

    Slack& slack_;
    SetEventsUrl set_events_url_;
};

[[nodiscard]] net::HttpResponse json_response(int status, const json::object& body);
// `403 foreign_origin` and the like, in the page API's form.
[[nodiscard]] net::HttpResponse page_refusal(int status, std::string_view error,
                                             std::string_view detail);

}  // namespace deskbell::sandbox
