#include "gateway/gateway.hpp"

#include "base/test_hooks.hpp"
#include "base/text.hpp"
#include "gateway/assets.hpp"
#include "gateway/context.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/http_api.hpp"
#include "gateway/responses.hpp"
#include "gateway/uploads.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace deskbell::gateway {

namespace {

using Serve = void (*)(Context&, ExchangePtr);

enum class Area : std::uint8_t {
    api,        // browsers of the sites: origins are checked, bodies are JSON
    upload,     // the same, with a body of any kind
    operators,  // health and figures
    desk,       // Slack's side
    files,      // what is compiled in
};

struct Route {
    std::string_view method;
    std::string_view path;  // one that ends in '*' matches everything that begins so
    Area area;
    Serve serve;
};

// What has no origin checked yet is shown only to pages of the sites.
void respond_to_sites(const Context& context, net::Exchange& exchange, net::HttpResponse response) {
    if (context.origins.allows(exchange.request())) return respond(exchange, std::move(response));
    exchange.respond(std::move(response));
}

void not_found(const Context& context, net::Exchange& exchange) {
    respond_to_sites(context, exchange, problem("not_found", "Nothing is at this address."));
}

void health(Context&, ExchangePtr exchange) { exchange->respond(text_response(200, "ok\n")); }

void readiness(Context& context, ExchangePtr exchange) {
    std::vector<std::string> reasons;
    if (context.hooks.not_ready_reasons) reasons = context.hooks.not_ready_reasons();
    if (context.draining) reasons.emplace_back("restarting");
    std::string body =
        reasons.empty() ? R"({"ready":true,"reasons":[)" : R"({"ready":false,"reasons":[)";
    for (const std::string& reason : reasons) {
        if (body.back() != '[') body += ',';
        body += json_string(reason);
    }
    body += ']';
    if (context.hooks.ready_notes) {
        std::string notes;
        for (const std::string& note : context.hooks.ready_notes())
            notes += (notes.empty() ? "" : ",") + json_string(note);
        if (!notes.empty()) body += ",\"notes\":[" + notes + "]";
    }
    exchange->respond(json_response(reasons.empty() ? 200 : 503, body + "}"));
}

void metrics(Context& context, ExchangePtr exchange) {
    net::HttpResponse response =
        text_response(200, context.hooks.metrics_text ? context.hooks.metrics_text() : "");
    response.headers.front().value = "text/plain; version=0.0.4; charset=utf-8";
    exchange->respond(std::move(response));
}

void desk_request(Context& context, ExchangePtr exchange) {
    if (!context.hooks.desk_request) return not_found(context, *exchange);
    net::HttpRequest request = exchange->request();
    DESKBELL_CRASH_POINT("gateway.desk_request.before_handover");
    context.hooks.desk_request(std::move(request), [exchange](net::HttpResponse response) {
        DESKBELL_CRASH_POINT("gateway.desk_request.before_answer");
        exchange->respond(std::move(response));
    });
}

void serve_file(Context& context, net::Exchange& exchange, std::string_view path, AssetUse use) {
    const WebAsset* asset = find_asset(context.options.assets, path);
    if (!asset) return not_found(context, exchange);
    exchange.respond(
        serve_asset(*asset, exchange.request(), use, context.options.demo_desk_origin));
}

// `/widget.js`, and the parts it loads once somebody opens the chat (`/widget/chat.js`, a
// language).
void widget(Context& context, ExchangePtr exchange) {
    serve_file(context, *exchange, exchange->request().path, AssetUse::widget);
}

void demo(Context& context, ExchangePtr exchange) {
    const std::string path = exchange->request().path;
    if (!context.options.demo_pages) return not_found(context, *exchange);
    if (path == "/demo/config.json") {
        net::HttpResponse response = json_response(200, context.options.demo_config_json);
        response.headers.push_back({"x-content-type-options", "nosniff"});
        return exchange->respond(std::move(response));
    }
    if (path == "/" || path == "/demo") {
        net::HttpResponse response{.status = 302, .headers = {}, .body = {}};
        const std::string& query = exchange->request().query;
        const bool both_sides = path == "/" && !context.options.demo_desk_origin.empty();
        const std::string home = both_sides ? "/demo/stage/" : "/demo/";
        response.headers.push_back({"location", query.empty() ? home : home + "?" + query});
        return exchange->respond(std::move(response));
    }
    serve_file(context, *exchange, path, AssetUse::page);
}

constexpr std::array routes = {
    Route{"GET", "/v1/config", Area::api, get_config},
    Route{"POST", "/v1/sessions", Area::api, create_session},
    Route{"GET", "/v1/session", Area::api, get_session},
    Route{"PATCH", "/v1/session", Area::api, change_session},
    Route{"GET", "/v1/session/events", Area::api, get_events},
    Route{"GET", "/v1/session/stream", Area::api, stream_events},
    Route{"POST", "/v1/session/messages", Area::api, post_message},
    Route{"PATCH", "/v1/session/messages/*", Area::api, change_message},
    Route{"DELETE", "/v1/session/messages/*", Area::api, withdraw_message},
    Route{"DELETE", "/v1/session", Area::api, forget_session},
    Route{"POST", "/v1/session/handoff", Area::api, post_handoff},
    Route{"POST", "/v1/session/read", Area::api, post_read},
    Route{"POST", "/v1/session/typing", Area::api, post_typing},
    Route{"POST", "/v1/session/close", Area::api, post_close},
    Route{"POST", "/v1/session/rating", Area::api, post_rating},
    Route{"POST", "/v1/session/files", Area::upload, post_file},
    Route{"GET", "/v1/session/files", Area::api, get_file_links},
    Route{"GET", "/v1/session/transcript", Area::api, get_transcript},
    Route{"GET", "/v1/files/*", Area::api, get_file},
    Route{"GET", "/v1/socket", Area::api, open_socket},
    Route{"GET", "/widget.js", Area::files, widget},
    Route{"GET", "/widget/*", Area::files, widget},
    Route{"POST", "/slack/events", Area::desk, desk_request},
    Route{"POST", "/slack/interactivity", Area::desk, desk_request},
    Route{"POST", "/slack/commands", Area::desk, desk_request},
    Route{"GET", "/slack/install", Area::desk, desk_request},
    Route{"GET", "/slack/oauth/callback", Area::desk, desk_request},
    Route{"GET", "/healthz", Area::operators, health},
    Route{"GET", "/readyz", Area::operators, readiness},
    Route{"GET", "/metrics", Area::operators, metrics},
    Route{"GET", "/", Area::files, demo},
    Route{"GET", "/demo", Area::files, demo},
    Route{"GET", "/demo/*", Area::files, demo},
};

bool matches(const Route& route, std::string_view path) {
    if (!route.path.ends_with('*')) return route.path == path;
    return path.starts_with(route.path.substr(0, route.path.size() - 1));
}

// "GET, PATCH" for the path; empty when nothing is there.
std::string methods_at(std::string_view path) {
    std::string methods;
    for (const Route& route : routes) {
        if (!matches(route, path)) continue;
        if (!methods.empty()) methods += ", ";
        methods += route.method;
    }
    return methods;
}

bool has_acceptable_body(const net::HttpRequest& request) {
    if (request.body.empty()) return true;
    const std::string_view type = request.header("content-type");
    return to_lower_ascii(trim(type.substr(0, type.find(';')))) == "application/json";
}

void serve(Context& context, const Route& route, ExchangePtr exchange) {
    const net::HttpRequest& request = exchange->request();
    if (route.area == Area::api || route.area == Area::upload) {
        if (!context.origins.allows(request)) {
            ++context.commons.counters.requests_refused;
            // Without CORS headers: the page learns nothing, the developer's console says why.
            return exchange->respond(
                problem("origin_not_allowed",
                        "No site lists this origin; add it to `origins` of its [[site]]."));
        }
        const bool json = route.area == Area::api && route.method != "GET";
        if (json && !has_acceptable_body(request)) {
            ++context.commons.counters.requests_refused;
            return respond(*exchange, problem("content_type_unsupported",
                                              "Send JSON: `Content-Type: application/json`."));
        }
    }
    route.serve(context, std::move(exchange));
}

void answer_options(Context& context, net::Exchange& exchange, const std::string& methods) {
    if (!context.origins.allows(exchange.request()))
        return exchange.respond(problem("origin_not_allowed", "No site lists this origin."));
    exchange.respond(preflight_answer(exchange.request(), methods + ", OPTIONS"));
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::make(Surroundings surroundings, Options options,
                                               Hooks hooks) {
    auto proxies = TrustedProxies::parse(options.trusted_proxies);
    if (!proxies) return std::unexpected(proxies.error());
    auto context = std::make_shared<Context>(
        surroundings.loop, std::move(options), std::move(hooks), surroundings.backend,
        surroundings.commons, surroundings.random, std::move(*proxies));
    return std::unique_ptr<Gateway>(new Gateway(std::move(context)));
}

Gateway::Gateway(std::shared_ptr<Context> context) : context_(std::move(context)) {}

Gateway::~Gateway() = default;

void Gateway::handle(std::shared_ptr<net::Exchange> exchange) {
    const net::HttpRequest& request = exchange->request();
    ++context_->commons.counters.requests;
    const bool is_head = request.method == "HEAD";
    const std::string_view method = is_head ? std::string_view("GET") : request.method;
    for (const Route& route : routes)
        if (route.method == method && matches(route, request.path))
            return serve(*context_, route, std::move(exchange));
    const std::string methods = methods_at(request.path);
    if (methods.empty()) return not_found(*context_, *exchange);
    if (request.method == "OPTIONS") return answer_options(*context_, *exchange, methods);
    net::HttpResponse response =
        problem("method_not_allowed", "This address takes: " + methods + ".");
    response.headers.push_back({"allow", methods + ", OPTIONS"});
    respond_to_sites(*context_, *exchange, std::move(response));
}

void Gateway::dress_refusal(const net::HttpRequest& request, net::HttpResponse& answer) const {
    ++context_->commons.counters.requests_refused;
    if (context_->origins.allows(request)) add_api_headers(request, answer);
}

std::expected<std::shared_ptr<net::BodySink>, net::BodyRefusal> Gateway::body_sink(
    const net::HttpRequest& head) const {
    return sink_of_upload(*context_, head);
}

void Gateway::deliver(const std::vector<Push>& pushes) { context_->hub.deliver(pushes); }

void Gateway::notice(const SessionId& session, std::string_view code, std::string_view text) {
    context_->hub.live(session.value, notice_frame(code, text), 0);
}

void Gateway::typing(const SessionId& session, std::string_view role, std::string_view name,
                     bool on) {
    context_->hub.live(session.value, typing_frame(role, name, on), 0);
}

void Gateway::live(const SessionId& session, const std::string& frame,
                   std::uint64_t except_instance) {
    context_->hub.live(session.value, frame, except_instance);
}

void Gateway::replaced(const SessionId& session, std::uint64_t instance, std::uint64_t epoch) {
    context_->hub.replaced(session.value, instance, epoch);
}

void Gateway::shut_out(const SessionId& session) { context_->hub.shut_out(session.value); }

void Gateway::drain() {
    context_->draining = true;
    context_->hub.drain();
}

std::size_t Gateway::listeners() const { return context_->hub.listeners(); }

std::string restart_delay_reason(Random& random, std::size_t connections) {
    constexpr std::uint64_t base_ms = 200;
    // About a thousand reconnects a second; a single customer is back at once.
    const std::uint64_t spread_ms = std::clamp<std::uint64_t>(connections, 300, 30'000);
    return std::to_string(base_ms + random.below(spread_ms));
}

std::size_t body_bytes_max(std::string_view, std::string_view path) {
    constexpr std::size_t api_bytes_max = 64u << 10;
    constexpr std::size_t desk_bytes_max = 1u << 20;
    // The sink it goes to has bounds of its own.
    if (path == upload_path) return std::numeric_limits<std::size_t>::max() / 2;
    return path.starts_with("/slack/") ? desk_bytes_max : api_bytes_max;
}

}  // namespace deskbell::gateway
