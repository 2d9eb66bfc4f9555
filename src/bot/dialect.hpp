#pragma once
// How one kind of service is asked, and how its answer is read. Pure: http_bot does the rest.

#include "base/result.hpp"
#include "bot/bot.hpp"
#include "bot/sse_reader.hpp"
#include "net/http_client.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::bot {

// What a piece of an answer says.
struct Heard {
    std::string text;                    // goes on from what was said before
    std::optional<std::string> whole{};  // instead of all of it
    std::string name{};                  // as the service calls itself
    bool offers_human = false;
    bool ends = false;  // nothing follows
};

class Dialect {
public:
    virtual ~Dialect() = default;
    // Method, URL, headers and body; limits are the caller's.
    [[nodiscard]] virtual net::ClientRequest request_for(const Question& question,
                                                         WallMs now) const = 0;
    // Whether anybody is there: answered with 200 by whoever is, and it costs nothing.
    [[nodiscard]] virtual net::ClientRequest check_request(WallMs now) const = 0;
    // One event of a stream. Errors are `bot_unreadable` and `bot_refused`.
    [[nodiscard]] virtual Result<Heard> read_event(const SseEvent& event) const = 0;
    // The body of an answer that is no stream.
    [[nodiscard]] virtual Result<Heard> read_whole(std::string_view body) const = 0;
};

// chat/completions, as OpenAI and many others speak it.
struct OpenAiOptions {
    std::string url;  // up to and without /chat/completions
    std::string key;  // may be empty
    std::string model;
    std::string prompt;
    std::int64_t tokens_max = 600;
};
[[nodiscard]] std::unique_ptr<Dialect> openai_dialect(OpenAiOptions options);
// A model ends its answer with this when a human should take over; nobody is shown it.
inline constexpr std::string_view human_mark = "[[human]]";

// The operator's own endpoint, see docs/bots.md.
struct WebhookOptions {
    std::string url;
    std::string key;  // signs what is sent; may be empty
};
[[nodiscard]] std::unique_ptr<Dialect> webhook_dialect(WebhookOptions options);

}  // namespace deskbell::bot
