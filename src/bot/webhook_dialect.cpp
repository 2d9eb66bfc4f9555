#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "bot/dialect.hpp"

#include <sodium.h>
#include <boost/json.hpp>

#include <array>
#include <utility>

namespace deskbell::bot {
namespace {

const char* word_of(core::AuthorRole role) {
    constexpr std::array words = {"customer", "bot", "agent", "system"};
    return words[static_cast<std::size_t>(role) % words.size()];
}

std::string signature_of(const std::string& key, const std::string& at, const std::string& body) {
    const auto bytes_of = [](const std::string& text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    const std::string message = at + "." + body;
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> digest{};
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
    crypto_auth_hmacsha256_update(&state, bytes_of(message), message.size());
    crypto_auth_hmacsha256_final(&state, digest.data());
    return "v1=" + to_hex(digest);
}

class WebhookDialect final : public Dialect {
public:
    explicit WebhookDialect(WebhookOptions options) : options_(std::move(options)) {}

    net::ClientRequest request_for(const Question& question, WallMs now) const override {
        json::array conversation;
        for (const core::Line& line : question.conversation) {
            json::object one = {
                {"role", word_of(line.role)}, {"text", line.text}, {"at", to_rfc3339(line.at)}};
            if (!line.name.empty()) one["name"] = line.name;
            conversation.push_back(std::move(one));
        }
        return signed_request(
            json::serialize(json::object{{"type", "question"},
                                         {"session", question.session.value},
                                         {"site", question.site.value},
                                         {"message_id", question.message.value},
                                         {"locale", question.locale},
                                         {"conversation", std::move(conversation)}}),
            now);
    }

    net::ClientRequest check_request(WallMs now) const override {
        return signed_request(R"({"type":"check"})", now);
    }

    Result<Heard> read_event(const SseEvent& event) const override {
        if (event.data == "[DONE]") return Heard{.text = {}, .ends = true};
        const auto object = parse_json_object(event.data);
        if (!object) return fail("bot_unreadable", "An event is no JSON object.");
        if (event.name == "error") return fail("bot_refused", "The endpoint reports an error.");
        Heard heard = read(*object);
        heard.text = string_or_empty(*object, "delta");
        heard.ends = event.name == "done";
        return heard;
    }

    Result<Heard> read_whole(std::string_view body) const override {
        const auto object = parse_json_object(body);
        if (!object) return fail("bot_unreadable", "The answer is no JSON object.");
        Heard heard = read(*object);
        if (!heard.whole) return fail("bot_unreadable", "The answer has no `text`.");
        heard.ends = true;
        return heard;
    }

private:
    [[nodiscard]] net::ClientRequest signed_request(std::string body, WallMs now) const {
        const std::string at = std::to_string(now / 1000);
        net::ClientRequest request;
        request.method = "POST";
        request.url = options_.url;
        request.headers = {{"content-type", "application/json"},
                           {"accept", "text/event-stream, application/json"},
                           {"x-deskbell-timestamp", at}};
        if (!options_.key.empty())
            request.headers.push_back(
                {"x-deskbell-signature", signature_of(options_.key, at, body)});
        request.body = std::move(body);
        return request;
    }

    static Heard read(const json::object& object) {
        Heard heard;
        if (const auto text = find_string(object, "text")) heard.whole = std::string(*text);
        heard.name = string_or_empty(object, "name");
        heard.offers_human = find_bool(object, "offer_human").value_or(false);
        return heard;
    }

    const WebhookOptions options_;
};

}  // namespace

std::unique_ptr<Dialect> webhook_dialect(WebhookOptions options) {
    return std::make_unique<WebhookDialect>(std::move(options));
}

}  // namespace deskbell::bot
