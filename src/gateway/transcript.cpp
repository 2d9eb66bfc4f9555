// What was said, as one page to keep: text, or HTML with nothing in it but text.

#include "base/text.hpp"
#include "base/time.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/http_steps.hpp"
#include "gateway/responses.hpp"

#include <utility>

namespace deskbell::gateway {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '"') {
            out += "&quot;";
        } else {
            out += c;
        }
    }
    return out;
}

std::string who_said(const core::Message& message) {
    switch (message.role) {
        case core::AuthorRole::customer:
            return message.author_name.empty() ? "You" : message.author_name;
        case core::AuthorRole::bot:
        case core::AuthorRole::agent:
            return message.author_name.empty() ? "Support" : message.author_name;
        case core::AuthorRole::system:
            break;
    }
    return "·";
}

// "2026-11-22 10:00 UTC"
std::string time_of(WallMs at) {
    std::string text = to_rfc3339(at).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

std::vector<std::string> file_lines(const Reply& reply, const core::Message& message) {
    std::vector<std::string> lines;
    for (const core::File& file : reply.files)
        if (file.message == message.id) lines.push_back("[file: " + file.name + "]");
    return lines;
}

std::string as_text(const Reply& reply) {
    std::string out = "Conversation " + reply.session.id.value + "\n\n";
    for (const core::Message& message : reply.messages) {
        out += "[" + time_of(message.at) + "] " + who_said(message) + ":\n";
        if (message.deleted) out += "(removed)\n";
        if (!message.text.empty()) out += message.text + "\n";
        for (const std::string& line : file_lines(reply, message)) out += line + "\n";
        out += "\n";
    }
    return out;
}

std::string as_html(const Reply& reply) {
    std::string out =
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>Conversation</title><style>"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
        "article{margin:0 0 1.25rem}header{color:#555;font-size:.85rem}"
        "p{margin:.15rem 0;white-space:pre-wrap}</style></head><body><h1>Conversation</h1><p>" +
        escaped(reply.session.id.value) + "</p>";
    for (const core::Message& message : reply.messages) {
        out += "<article><header><strong>" + escaped(who_said(message)) + "</strong> · " +
               time_of(message.at) + "</header>";
        if (message.deleted) out += "<p><em>(removed)</em></p>";
        if (!message.text.empty()) out += "<p>" + escaped(message.text) + "</p>";
        for (const std::string& line : file_lines(reply, message))
            out += "<p><em>" + escaped(line) + "</em></p>";
        out += "</article>";
    }
    return out + "</body></html>\n";
}

void give(net::Exchange& exchange, const Reply& reply, bool html) {
    net::HttpResponse response = text_response(200, html ? as_html(reply) : as_text(reply));
    if (html) response.headers.front().value = "text/html; charset=utf-8";
    response.headers.push_back(
        {"content-disposition",
         std::string("attachment; filename=\"conversation.") + (html ? "html" : "txt") + "\""});
    response.headers.push_back(
        {"content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"});
    respond(exchange, std::move(response));
}

}  // namespace

void get_transcript(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    const std::string format = exchange->request().query_value("format").value_or("text");
    if (format != "text" && format != "html")
        return refuse(context, *exchange,
                      Error{"invalid_field", "`format` must be text or html.", std::nullopt});
    submit(context, std::move(exchange), std::move(*hash), core::ReadTranscript{},
           [html = format == "html"](Context&, ExchangePtr asked, const Reply& reply) {
               give(*asked, reply, html);
           });
}

}  // namespace deskbell::gateway
