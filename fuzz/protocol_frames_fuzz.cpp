// What customers may ask, as JSON over HTTP and WebSocket: every accepted field keeps its bound,
// every refusal has a code of the protocol, every answer is JSON whatever was asked.

#include "base/json.hpp"
#include "base/text.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "gateway/requests.hpp"
#include "gateway/responses.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string>

namespace deskbell::gateway {
namespace {

void check_error(const Error& error) {
    constexpr std::string_view codes[] = {"invalid_json",    "json_not_object",
                                          "invalid_field",   "unknown_type",
                                          "not_implemented", "identity_not_supported"};
    FUZZ_CHECK(std::ranges::find(codes, error.code) != std::end(codes));
    FUZZ_CHECK(!error.detail.empty() && error.detail.size() < 400);
    const net::HttpResponse answer = problem(error);
    const auto body = parse_json_object(answer.body);
    FUZZ_CHECK(body && string_or_empty(*body, "code") == error.code);
    FUZZ_CHECK(answer.status >= 400 && answer.status <= 501);
}

void check_text(const std::string& text, std::size_t characters_max, bool lines = false) {
    FUZZ_CHECK(is_utf8(text) && count_characters(text) <= characters_max);
    FUZZ_CHECK(without_controls(text) == text);
    FUZZ_CHECK(lines || text.find_first_of("\n\t") == std::string::npos);
    FUZZ_CHECK(trim(text).size() == text.size());
}

void check_attributes(const std::string& attributes) {
    FUZZ_CHECK(attributes.size() <= 8192 && parse_json_object(attributes).has_value());
}

void check_page(const core::Page& page) {
    // Cut texts may end in a blank, so they are not compared with their trimmed selves.
    for (const std::string* text : {&page.url, &page.title, &page.referrer})
        FUZZ_CHECK(is_utf8(*text) && count_characters(*text) <= 2048 &&
                   without_controls(*text) == *text);
}

void check_details(const core::CustomerDetails& details) {
    if (details.name) check_text(*details.name, 200);
    if (details.email) check_text(*details.email, 320);
    if (details.phone) check_text(*details.phone, 64);
    if (details.attributes_json) check_attributes(*details.attributes_json);
    if (details.page) check_page(*details.page);
}

void check_request(const Request& request) {
    if (const auto* said = std::get_if<core::CustomerSaid>(&request.command))
        FUZZ_CHECK(is_utf8(said->text) && is_utf8(said->client_id));
    if (const auto* asked = std::get_if<core::HumanRequested>(&request.command)) {
        check_details(asked->details);
        check_text(asked->topic, 200);
        check_text(asked->note, 2000, true);
    }
    if (const auto* details = std::get_if<core::CustomerDetails>(&request.command))
        check_details(*details);
    if (const auto* read = std::get_if<core::CustomerRead>(&request.command))
        FUZZ_CHECK(read->seq >= 0);
    if (const auto* rated = std::get_if<core::CustomerRated>(&request.command)) {
        FUZZ_CHECK(rated->score >= 0 && rated->score <= 6);
        check_text(rated->comment, 2000, true);
    }
}

void check_frame(std::string_view text) {
    const Frame frame = read_frame(text);
    if (!frame.id_json.empty()) {
        boost::system::error_code failed;
        const auto id = boost::json::parse(frame.id_json, failed);
        FUZZ_CHECK(!failed && (id.is_int64() || id.is_uint64() || id.is_string()));
    }
    if (frame.error) {
        check_error(*frame.error);
        FUZZ_CHECK(parse_json_object(error_frame(frame.id_json, *frame.error)).has_value());
        return;
    }
    if (frame.kind == Frame::Kind::hello) {
        FUZZ_CHECK(!frame.hello.token.empty() && frame.hello.after >= 0);
        check_text(frame.hello.instance, 64);
    } else if (frame.kind == Frame::Kind::request) {
        check_request(frame.request);
    }
}

void check_arrival(std::string_view body) {
    const auto arrived = read_arrival(body);
    if (!arrived) return check_error(arrived.error());
    check_text(arrived->customer.name, 200);
    check_text(arrived->customer.email, 320);
    check_text(arrived->customer.phone, 64);
    check_attributes(arrived->customer.attributes_json);
    check_page(arrived->page);
    FUZZ_CHECK(arrived->token_hash.empty() && arrived->session.empty());
    FUZZ_CHECK(count_characters(arrived->locale) <= 35);
    FUZZ_CHECK(count_characters(arrived->timezone) <= 64);
}

}  // namespace
}  // namespace deskbell::gateway

// Byte 0: how the rest is read.
DESKBELL_FUZZ(protocol_frames) {
    using namespace deskbell;
    using namespace deskbell::gateway;
    fuzz::Input bytes(input);
    const std::size_t how = bytes.below(12);
    const std::string_view text = bytes.rest();
    if (how < 4) return check_frame(text);
    if (how == 4) return check_arrival(text);
    if (how == 5) {
        const auto details = read_details(text);
        return details ? check_details(*details) : check_error(details.error());
    }
    const auto kind = static_cast<RequestKind>((how - 6) % 8);
    const auto request = read_request(kind, text);
    return request ? check_request(*request) : check_error(request.error());
}
