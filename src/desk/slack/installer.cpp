#include "desk/slack/installer.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "desk/slack/manifest.hpp"
#include "desk/slack/slack_json.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::string_view cookie_name = "deskbell_install";

std::string html_escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            case '\'':
                safe += "&#39;";
                break;
            default:
                safe += c;
        }
    }
    return safe;
}

std::vector<net::Header> page_headers() {
    return {{"content-type", "text/html; charset=utf-8"},
            {"cache-control", "no-store"},
            {"content-security-policy",
             "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri "
             "'none'; form-action 'none'"},
            {"referrer-policy", "no-referrer"},
            {"x-content-type-options", "nosniff"}};
}

// What a person reads at the end. `code` is for whoever they ask.
net::HttpResponse page(int status, std::string_view title, std::string_view words,
                       std::string_view code = {}) {
    net::HttpResponse response;
    response.status = status;
    response.headers = page_headers();
    response.body =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>Deskbell</title><style>:root{color-scheme:light "
        "dark}body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto 0;padding:0 "
        "1.5rem}h1{font-size:1.5rem;line-height:1.2}code{opacity:.7}</style><h1>" +
        html_escaped(title) + "</h1><p>" + html_escaped(words) + "</p>" +
        (code.empty() ? "" : "<p><code>" + html_escaped(code) + "</code></p>") + "\n";
    return response;
}

net::HttpResponse refusal_page(const Error& error) {
    return page(400, "Deskbell was not installed", error.detail, error.code);
}

std::string_view cookie_of(const net::HttpRequest& request) {
    std::string_view cookies = request.header("cookie");
    while (!cookies.empty()) {
        const std::size_t end = std::min(cookies.find(';'), cookies.size());
        const std::string_view one = trim(cookies.substr(0, end));
        const std::size_t equals = one.find('=');
        if (equals != std::string_view::npos && one.substr(0, equals) == cookie_name)
            return one.substr(equals + 1);
        cookies.remove_prefix(std::min(end + 1, cookies.size()));
    }
    return {};
}

std::string scope_list() {
    std::string list;
    for (const std::string_view scope : bot_scopes())
        list += (list.empty() ? "" : ",") + std::string(scope);
    return list;
}

}  // namespace

Installer::Installer(Loop& loop, net::HttpClient& http, Random& random, AppCredentials app,
                     std::string public_url, Keep keep)
    : loop_(loop),
      http_(http),
      app_(std::move(app)),
      public_url_(std::move(public_url)),
      keep_(std::move(keep)),
      states_(random) {
    while (public_url_.ends_with('/')) public_url_.pop_back();
}

std::string Installer::redirect_uri() const { return public_url_ + "/slack/oauth/callback"; }

void Installer::receive(const net::HttpRequest& request, Answer answer) {
    if (request.path == "/slack/install") return answer(set_out());
    come_back(request, std::move(answer));
}

net::HttpResponse Installer::set_out() {
    const InstallStates::Pair pair = states_.make(loop_.clock().wall_ms());
    // Slack's page stands beside its API.
    std::string base = app_.api_url;
    if (base.ends_with("api/")) base.resize(base.size() - 4);
    const std::vector<net::Header> query = {{"client_id", app_.client_id},
                                            {"scope", scope_list()},
                                            {"redirect_uri", redirect_uri()},
                                            {"state", pair.state}};
    net::HttpResponse response;
    response.status = 302;
    response.headers = page_headers();
    response.headers.push_back(
        {"location", base + "oauth/v2/authorize?" + net::encode_form(query)});
    // The way back is a link on Slack's page: "Lax" lets the cookie come along, and nothing else.
    std::string cookie = std::string(cookie_name) + "=" + pair.cookie +
                         "; Path=/slack/oauth; Max-Age=600; HttpOnly; SameSite=Lax";
    if (public_url_.starts_with("https://")) cookie += "; Secure";
    response.headers.push_back({"set-cookie", std::move(cookie)});
    return response;
}

void Installer::come_back(const net::HttpRequest& request, Answer answer) {
    const auto redeemed = states_.redeem(request.query_value("state").value_or(""),
                                         cookie_of(request), loop_.clock().wall_ms());
    if (!redeemed) {
        log::warn("slack: an installation was turned away: {}", redeemed.error().code);
        return answer(refusal_page(
            {redeemed.error().code,
             redeemed.error().detail + " Please begin again at " + public_url_ + "/slack/install",
             std::nullopt}));
    }
    const std::string said_no = request.query_value("error").value_or("");
    const std::string code = request.query_value("code").value_or("");
    if (!said_no.empty() || code.empty())
        return answer(refusal_page({"not_allowed", "Slack was not allowed to install it.", {}}));
    if (std::exchange(is_exchanging_, true))
        return answer(refusal_page({"busy", "Another installation is under way.", std::nullopt}));
    ask_oauth(http_, app_, {{"code", code}, {"redirect_uri", redirect_uri()}},
              [this, alive = std::weak_ptr(alive_),
               answer = std::move(answer)](const SlackReply& reply) mutable {
                  if (!alive.expired()) exchanged(reply, answer);
              });
}

void Installer::exchanged(const SlackReply& reply, Answer& answer) {
    is_exchanging_ = false;
    auto installation = read(reply);
    if (!installation) {
        log::error("slack: an installation failed: {}", installation.error().code);
        return answer(refusal_page(installation.error()));
    }
    const std::string team = installation->team;
    const std::string name = installation->team_name;
    if (const auto kept = keep_(std::move(*installation)); !kept) {
        log::error("slack: the installation in {} was not kept: {}", team, kept.error().code);
        return answer(refusal_page(kept.error()));
    }
    log::info("slack: installed in {}", team);
    answer(page(200, "Deskbell is installed in " + name,
                "Invite it to the channel where your customers' threads go: /invite @Deskbell. You "
                "may close this page."));
}

Result<Installation> Installer::read(const SlackReply& reply) const {
    if (!reply.ok())
        return fail(reply.error, reply.kind == SlackReply::Kind::refused
                                     ? "Slack did not accept the installation."
                                     : "Slack could not be asked. Please try again.");
    if (find_bool(reply.body, "is_enterprise_install").value_or(false))
        return fail("enterprise_install",
                    "Install it in one workspace, not in a whole organisation.");
    auto grant = read_grant(reply.body, loop_.clock().wall_ms());
    if (!grant) return std::unexpected(grant.error());
    Installation made;
    made.team = text_at(object_at(reply.body, "team"), "id");
    made.team_name = text_at(object_at(reply.body, "team"), "name");
    made.grant = std::move(*grant);
    if (made.team.empty()) return fail("unreadable_answer", "Slack's answer names no workspace.");
    if (made.team_name.empty()) made.team_name = made.team;
    return made;
}

}  // namespace deskbell::desk::slack
