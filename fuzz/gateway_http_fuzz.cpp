// Whole requests against the customers' routes: one answer each, of a known shape, and nothing of a
// session for anybody who does not hold its token. $A and $B in the input stand for the tokens of
// two sessions.

#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "gateway/test_fakes.hpp"
#include "net/request_reader.hpp"

#include <spdlog/spdlog.h>

#include <string>

namespace deskbell::gateway::testing {
namespace {

constexpr std::string_view secret_of_a = "tag-of-alpha";
constexpr std::string_view secret_of_b = "tag-of-bravo";

std::string with_tokens(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view two = text.substr(i, 2);
        if (two != "$A" && two != "$B") {
            out += text[i];
            continue;
        }
        out += token_of(two == "$A" ? 1 : 2);
        ++i;
    }
    return out;
}

void check_shape(const Outcome& outcome) {
    const net::HttpResponse& response = *outcome.response;
    FUZZ_CHECK(response.status >= 200 && response.status < 600);
    for (const net::Header& header : response.headers) {
        FUZZ_CHECK(header.name.find_first_of("\r\n: ") == std::string::npos);
        FUZZ_CHECK(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    }
    if (response.status < 400 || response.status == 503) return;
    FUZZ_CHECK(outcome.header("content-type") == "application/problem+json");
    FUZZ_CHECK(!outcome.code().empty());
    FUZZ_CHECK(find_int(outcome.body(), "status") == response.status);
}

// What of an answer could tell a stranger something.
void check_authority(const net::HttpRequest& request, const Outcome& outcome) {
    const std::string_view token = bearer_token(request.header("authorization"));
    const bool is_a = token == token_of(1);
    const bool is_b = token == token_of(2);
    const std::string everything = outcome.response->body + outcome.stream.text;
    FUZZ_CHECK(is_a || everything.find(secret_of_a) == std::string::npos);
    FUZZ_CHECK(is_b || everything.find(secret_of_b) == std::string::npos);
    const bool needs_token =
        request.path == "/v1/session" || request.path.starts_with("/v1/session/");
    if (needs_token && !is_a && !is_b && request.method != "OPTIONS")
        FUZZ_CHECK(outcome.status() >= 400);
    if (request.header("origin") == "https://evil.example")
        FUZZ_CHECK(outcome.header("access-control-allow-origin").find("evil") == std::string::npos);
}

}  // namespace
}  // namespace deskbell::gateway::testing

DESKBELL_FUZZ(gateway_http) {
    using namespace deskbell;
    using namespace deskbell::gateway::testing;
    const std::string stream = with_tokens(input);
    if (stream.find("tag-of-") != std::string::npos) return;  // who knows it may hear it back
    net::ServerLimits limits;
    net::RequestReader reader(limits);
    std::string_view bytes = stream;
    if (reader.feed(bytes) != net::RequestReader::Step::done) return;
    net::HttpRequest request = std::move(reader.request());
    if (request.header("upgrade") == "websocket") return;  // the target `resume` has sockets
    spdlog::set_level(spdlog::level::off);
    World world([](gateway::Options& options) { options.demo_pages = true; });
    world.backend.make_session("session_1763800000_alpha", token_of(1)).session.customer.name =
        secret_of_a;
    auto& bravo = world.backend.make_session("session_1763800000_bravo", token_of(2));
    bravo.session.customer.name = secret_of_b;
    world.backend.append(bravo, std::string(secret_of_b));
    request.peer_address = "192.0.2.1";
    auto outcome = std::make_shared<Outcome>();
    world.gateway->handle(std::make_shared<FakeExchange>(request, outcome));
    world.loop.advance(26'000);  // as long as a poll may be held
    FUZZ_CHECK(outcome->response.has_value());
    check_shape(*outcome);
    check_authority(request, *outcome);
    if (outcome->stream_handler) outcome->stream_handler->on_close();
    outcome->stream_handler.reset();
}
