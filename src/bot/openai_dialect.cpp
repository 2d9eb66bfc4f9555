#include "base/json.hpp"
#include "bot/dialect.hpp"

#include <boost/json.hpp>

#include <utility>

namespace deskbell::bot {
namespace {

constexpr std::string_view about_the_mark =
    "\n\nAnswer in Markdown with bold, italics, lists, links and code only. When a human of the "
    "team should take over, or when the customer asks for one, end your answer with [[human]].";

class OpenAiDialect final : public Dialect {
public:
    explicit OpenAiDialect(OpenAiOptions options) : options_(std::move(options)) {}

    net::ClientRequest request_for(const Question& question, WallMs) const override {
        json::array messages;
        messages.push_back(
            {{"role", "system"}, {"content", options_.prompt + std::string(about_the_mark)}});
        for (const core::Line& line : question.conversation) {
            if (line.role == core::AuthorRole::system) continue;
            const bool customer = line.role == core::AuthorRole::customer;
            messages.push_back({{"role", customer ? "user" : "assistant"}, {"content", line.text}});
        }
        const json::object body = {{"model", options_.model},
                                   {"messages", std::move(messages)},
                                   {"stream", true},
                                   {"max_tokens", options_.tokens_max}};
        net::ClientRequest request;
        request.method = "POST";
        request.url = options_.url + "/chat/completions";
        request.headers = {{"content-type", "application/json"},
                           {"accept", "text/event-stream, application/json"}};
        if (!options_.key.empty())
            request.headers.push_back({"authorization", "Bearer " + options_.key});
        request.body = json::serialize(body);
        return request;
    }

    net::ClientRequest check_request(WallMs) const override {
        net::ClientRequest request;
        request.url = options_.url + "/models";
        if (!options_.key.empty())
            request.headers.push_back({"authorization", "Bearer " + options_.key});
        return request;
    }

    Result<Heard> read_event(const SseEvent& event) const override {
        if (event.data == "[DONE]") return Heard{.text = {}, .ends = true};
        const auto object = parse_json_object(event.data);
        if (!object) return fail("bot_unreadable", "An event is no JSON object.");
        return read(*object, "delta");
    }

    Result<Heard> read_whole(std::string_view body) const override {
        const auto object = parse_json_object(body);
        if (!object) return fail("bot_unreadable", "The answer is no JSON object.");
        auto heard = read(*object, "message");
        if (heard) heard->ends = true;
        return heard;
    }

private:
    static Result<Heard> read(const json::object& object, std::string_view part) {
        // Its words may quote the conversation: they are for no log.
        if (object.contains("error")) return fail("bot_refused", "The service reports an error.");
        Heard heard;
        const json::array* choices = find_array(object, "choices");
        if (!choices || choices->empty()) return heard;  // figures of use, and the like
        const json::object* choice = choices->front().if_object();
        if (!choice) return fail("bot_unreadable", "A choice is no object.");
        if (const json::object* said = find_object(*choice, part))
            heard.text = string_or_empty(*said, "content");
        heard.ends = !string_or_empty(*choice, "finish_reason").empty();
        return heard;
    }

    const OpenAiOptions options_;
};

}  // namespace

std::unique_ptr<Dialect> openai_dialect(OpenAiOptions options) {
    return std::make_unique<OpenAiDialect>(std::move(options));
}

}  // namespace deskbell::bot
