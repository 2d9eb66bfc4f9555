#include "sandbox/http/oauth_page.hpp"

#include "sandbox/model/oauth.hpp"

namespace deskbell::sandbox {

namespace {

std::string html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

net::HttpResponse page(int status, const std::string& title, const std::string& body) {
    net::HttpResponse response;
    response.status = status;
    response.headers = {
        {"content-type", "text/html; charset=utf-8"},
        {"cache-control", "no-store"},
        {"x-frame-options", "DENY"},
        {"content-security-policy",
         "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"}};
    response.body =
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>" +
        html(title) +
        "</title><style>body{font:16px/1.5 system-ui,sans-serif;color:#1d1c1d;background:#f8f8f8;"
        "margin:0}main{max-width:34rem;margin:10vh auto;background:#fff;padding:2rem;border:1px "
        "solid #ddd;border-radius:8px}h1{font-size:1.5rem;margin-top:0}ul{columns:2;padding-left:"
        "1.2rem}code{font-size:.85rem}label{display:block;margin:1rem 0}select,button{font:inherit;"
        "padding:.5rem 1rem;border-radius:4px;border:1px solid #868686;background:#fff}button.go{"
        "background:#007a5a;border-color:#007a5a;color:#fff;font-weight:700}</style></head><body>"
        "<main>" +
        body + "</main></body></html>\n";
    return response;
}

AuthorizeRequest read(const std::vector<net::Header>& fields) {
    return {std::string(net::find_header(fields, "client_id")),
            std::string(net::find_header(fields, "scope")),
            std::string(net::find_header(fields, "redirect_uri")),
            std::string(net::find_header(fields, "state"))};
}

std::string hidden(std::string_view name, std::string_view value) {
    return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + html(value) +
           "\">";
}

std::string scope_list(std::string_view scopes) {
    std::string list = "<ul>";
    while (!scopes.empty()) {
        const std::string_view scope = scopes.substr(0, scopes.find(','));
        scopes.remove_prefix(std::min(scopes.size(), scope.size() + 1));
        list += "<li><code>" + html(scope) + "</code></li>";
    }
    return list + "</ul>";
}

std::string question(const Workspace& workspace, const AuthorizeRequest& request) {
    const User* bot = workspace.find_user(workspace.app.user_id);
    const std::string app = html(bot ? bot->display_name : "The app");
    std::string people;
    for (const User& user : workspace.users)
        if (!user.is_bot && user.team_id.empty())
            people += "<option value=\"" + user.id + "\">" + html(user.display_name) + "</option>";
    return "<h1>" + app + " is requesting permission to access the " + html(workspace.name) +
           " workspace</h1><p>What will " + app + " be able to do?</p>" +
           scope_list(request.scope) + "<form method=\"post\" action=\"/oauth/v2/authorize\">" +
           hidden("client_id", request.client_id) + hidden("scope", request.scope) +
           hidden("redirect_uri", request.redirect_uri) + hidden("state", request.state) +
           "<label>You are <select name=\"user\">" + people +
           "</select></label><button name=\"decision\" value=\"cancel\">Cancel</button> <button "
           "class=\"go\" name=\"decision\" value=\"allow\">Allow</button></form>";
}

}  // namespace

net::HttpResponse authorize_page(Slack& slack, const net::HttpRequest& request) {
    const bool answers = request.method == "POST";
    const auto fields = net::parse_form(answers ? request.body : request.query);
    const AuthorizeRequest asked = read(fields);
    if (const std::string complaint = slack.authorize_complaint(asked); !complaint.empty())
        return page(400, "Something went wrong",
                    "<h1>Something went wrong when authorizing this app.</h1><p>Error details: " +
                        html(complaint) + "</p>");
    if (!answers) return page(200, "Authorize", question(slack.workspace(), asked));
    const auto url = slack.authorize(asked, net::find_header(fields, "user"),
                                     net::find_header(fields, "decision") == "allow");
    if (!url) return page(400, "Something went wrong", "<h1>" + html(url.error().detail) + "</h1>");
    return {302, {{"location", *url}, {"cache-control", "no-store"}}, ""};
}

}  // namespace deskbell::sandbox
