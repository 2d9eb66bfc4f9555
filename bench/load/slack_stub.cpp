#include "slack_stub.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cctype>
#include <ctime>

namespace bench {
namespace {

constexpr std::string_view channel_id = "C0VIPSALES";
constexpr std::string_view signing_secret = "bench-signing-secret";
constexpr std::size_t text_bytes = 128;
constexpr std::size_t digits = 6;
constexpr std::size_t agent_connections_max = 32;

constexpr std::string_view channel_json =
    R"({"id":"C0VIPSALES","name":"vip-sales","is_channel":true,"is_private":false,)"
    R"("is_archived":false,"is_member":true,"num_members":3,"created":1700000000})";

// A value in a form ("name=value&") or in JSON ("name":"value"), as far as Slack's arguments need
// it.
std::string_view argument(std::string_view body, std::string_view name) {
    const bool is_json = body.starts_with('{');
    const std::string key = is_json ? fmt::format("\"{}\":\"", name) : fmt::format("{}=", name);
    for (std::size_t at = body.find(key); at != std::string_view::npos;
         at = body.find(key, at + 1)) {
        if (!is_json && at != 0 && body[at - 1] != '&') continue;
        const std::string_view rest = body.substr(at + key.size());
        return rest.substr(0, rest.find(is_json ? '"' : '&'));
    }
    return {};
}

// "session_1753056789_k3v9q2mx"
std::string_view find_session(std::string_view body) {
    for (std::size_t at = body.find("session_"); at != std::string_view::npos;
         at = body.find("session_", at + 1)) {
        std::size_t end = at + 8;
        while (end < body.size() &&
               (std::isalnum(static_cast<unsigned char>(body[end])) || body[end] == '_')) {
            ++end;
        }
        if (end - at > 20) return body.substr(at, end - at);
    }
    return {};
}

std::string sign(std::string_view timestamp, std::string_view body) {
    const std::string signed_text = fmt::format("v0:{}:{}", timestamp, body);
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned size = 0;
    HMAC(EVP_sha256(), signing_secret.data(), static_cast<int>(signing_secret.size()),
         reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(),
         code.data(), &size);
    std::string hex = "v0=";
    for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", code[i]);
    return hex;
}

}  // namespace

std::int64_t find_ordinal(std::string_view text, std::string_view mark) {
    for (std::size_t at = text.find(mark); at != std::string_view::npos;
         at = text.find(mark, at + 1)) {
        std::int64_t ordinal = 0;
        std::size_t i = at + mark.size();
        const std::size_t end = i + digits;
        while (i < end && i < text.size() && text[i] >= '0' && text[i] <= '9') {
            ordinal = ordinal * 10 + (text[i++] - '0');
        }
        if (i == end) return ordinal;
    }
    return -1;
}

std::string marked_text(std::string_view mark, std::uint32_t ordinal) {
    std::string text = fmt::format("{}{:06} ", mark, ordinal);
    while (text.size() < text_bytes) text += "the quick brown fox jumps over the lazy dog ";
    text.resize(text_bytes - 1);
    return text + '.';
}

class SlackStub::Caller : public Connection {
public:
    Caller(SlackStub& stub, EventLoop& loop, int descriptor) : Connection(loop), stub_(stub) {
        adopt(descriptor);
    }

private:
    std::size_t on_bytes(std::string_view bytes) override {
        std::size_t used = 0;
        std::string answers;
        for (HttpMessage request = read_http(bytes); request.size != 0;
             request = read_http(bytes.substr(used))) {
            used += request.size;
            // "POST /api/chat.postMessage HTTP/1.1"; arguments may also stand in the query.
            std::string_view path = request.first_line.substr(request.first_line.find("/api/") + 5);
            path = path.substr(0, path.find(' '));
            const std::string body = stub_.answer(path.substr(0, path.find('?')), request.body);
            answers += fmt::format(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                "X-OAuth-Scopes: "
                "channels:history,channels:read,channels:join,chat:write,users:read,"
                "users:read.email,reactions:read,reactions:write,files:read,files:write,"
                "commands\r\n"
                "Content-Length: {}\r\n\r\n{}",
                body.size(), body);
        }
        if (!answers.empty()) send(answers);
        return used;
    }

    SlackStub& stub_;
};

SlackStub::SlackStub(EventLoop& loop, std::uint16_t port) {
    microseconds_ = static_cast<std::uint64_t>(std::time(nullptr)) * 1'000'000;
    loop.listen(port, [this, &loop](int descriptor) {
        callers_.push_back(std::make_unique<Caller>(*this, loop, descriptor));
    });
}

SlackStub::~SlackStub() = default;

std::string SlackStub::next_timestamp() {
    ++microseconds_;
    return fmt::format("{}.{:06}", microseconds_ / 1'000'000, microseconds_ % 1'000'000);
}

std::string SlackStub::thread_of(const std::string& session) const {
    const auto found = threads_.find(session);
    return found == threads_.end() ? std::string() : found->second;
}

std::string SlackStub::answer(std::string_view method, std::string_view body) {
    if (method == "chat.postMessage") return answer_post(body);
    if (method == "auth.test") {
        return R"({"ok":true,"url":"https://bench.slack.com/","team":"Bench","user":"deskbell",)"
               R"("team_id":"T0BENCH","user_id":"U0DESKBELL","bot_id":"B0DESKBELL",)"
               R"("app_id":"A0DESKBELL"})";
    }
    if (method == "conversations.list" || method == "users.conversations") {
        return fmt::format(R"({{"ok":true,"channels":[{}],)"
                           R"("response_metadata":{{"next_cursor":""}}}})",
                           channel_json);
    }
    if (method == "conversations.info" || method == "conversations.join") {
        return fmt::format(R"({{"ok":true,"channel":{}}})", channel_json);
    }
    if (method == "conversations.history" || method == "conversations.replies") {
        return R"({"ok":true,"messages":[],"has_more":false})";
    }
    if (method == "users.info") {
        return R"({"ok":true,"user":{"id":"U0ANA","team_id":"T0BENCH","name":"ana","is_bot":false,)"
               R"("deleted":false,"real_name":"Ana","profile":{"real_name":"Ana",)"
               R"("display_name":"Ana","image_48":""}}})";
    }
    if (method == "chat.update") {
        return fmt::format(R"({{"ok":true,"channel":"{}","ts":"{}","text":"","message":{{}}}})",
                           channel_id, argument(body, "ts"));
    }
    return R"({"ok":true})";
}

std::string SlackStub::answer_post(std::string_view body) {
    ++posts_;
    const std::string timestamp = next_timestamp();
    const std::string_view thread = argument(body, "thread_ts");
    std::string in_thread;
    if (thread.empty()) {
        threads_.try_emplace(std::string(find_session(body)), timestamp);
    } else {
        in_thread = fmt::format(R"("thread_ts":"{}","parent_user_id":"U0DESKBELL",)", thread);
        const std::int64_t ordinal = find_ordinal(body, customer_mark);
        if (ordinal >= 0 && on_customer_post) on_customer_post(ordinal, thread);
    }
    return fmt::format(
        R"({{"ok":true,"channel":"{}","ts":"{}","message":{{"type":"message","user":"U0DESKBELL",)"
        R"("bot_id":"B0DESKBELL","app_id":"A0DESKBELL","team":"T0BENCH",{}"text":"","ts":"{}"}}}})",
        channel_id, timestamp, in_thread, timestamp);
}

Agents::Agents(EventLoop& loop, std::uint16_t port, SlackStub& slack)
    : pool_(loop, port, agent_connections_max), slack_(slack) {}

void Agents::reply(std::uint32_t ordinal, const std::string& thread,
                   std::function<void(bool)> acked) {
    const std::string at = slack_.next_timestamp();
    const std::string seconds = std::to_string(std::time(nullptr));
    const std::string body = fmt::format(
        R"({{"token":"unused","team_id":"T0BENCH","api_app_id":"A0DESKBELL","event":{{"user":"U0ANA",)"
        R"("type":"message","ts":"{0}","client_msg_id":"00000000-0000-4000-8000-{1:012}",)"
        R"("text":"{2}","team":"T0BENCH","thread_ts":"{3}","parent_user_id":"U0DESKBELL",)"
        R"("channel":"{4}","event_ts":"{0}","channel_type":"channel"}},"type":"event_callback",)"
        R"("event_id":"Ev{1:09}","event_time":{5},"authorizations":[{{"enterprise_id":null,)"
        R"("team_id":"T0BENCH","user_id":"U0DESKBELL","is_bot":true,)"
        R"("is_enterprise_install":false}}],"is_ext_shared_channel":false}})",
        at, ordinal, marked_text(agent_mark, ordinal), thread, channel_id, seconds);
    const std::string headers = fmt::format(
        "X-Slack-Request-Timestamp: {}\r\nX-Slack-Signature: {}\r\n", seconds, sign(seconds, body));
    pool_.request(
        http_post("/slack/events", headers, body),
        [acked = std::move(acked)](int status, std::string_view) { acked(status == 200); });
}

}  // namespace bench
