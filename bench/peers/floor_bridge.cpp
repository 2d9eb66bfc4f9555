// The floor with a promise: the least code that keeps messages as durably as Deskbell does. One
// thread, one SQLite transaction (synchronous=FULL) for all that one epoll round brought, and its
// effects only then. No outbox, no limits, no JSON escapes, no certainty about Slack: a yardstick,
// not a product.
//
//   floor_bridge PORT SLACK_PORT DATABASE
#include "../load/event_loop.hpp"
#include "../load/http_pool.hpp"
#include "../load/meters.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sqlite3.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {
namespace {

constexpr std::string_view signing_secret = "bench-signing-secret";
constexpr std::size_t slack_connections_max = 32;

std::string_view value_of(std::string_view json, std::string_view key_and_quote) {
    const std::size_t at = json.find(key_and_quote);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = json.substr(at + key_and_quote.size());
    return rest.substr(0, rest.find('"'));
}

std::string frame_of(std::string_view payload) {
    std::string frame = "\x81";
    if (payload.size() < 126)
        return frame.append(1, static_cast<char>(payload.size())).append(payload);
    frame += {126, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
    return frame.append(payload);
}

class Statement {
public:
    Statement(sqlite3* database, const char* sql) : database_(database) {
        if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK) fail();
    }
    void operator()(auto... values) {
        int column = 0;
        (bind(++column, values), ...);
        if (sqlite3_step(statement_) != SQLITE_DONE) fail();
        sqlite3_reset(statement_);
    }

private:
    void bind(int column, std::int64_t value) { sqlite3_bind_int64(statement_, column, value); }
    void bind(int column, std::string_view value) {
        sqlite3_bind_text(statement_, column, value.data(), static_cast<int>(value.size()),
                          SQLITE_STATIC);
    }
    [[noreturn]] void fail() {
        std::fprintf(stderr, "floor_bridge: %s\n", sqlite3_errmsg(database_));
        std::exit(1);
    }
    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
};

sqlite3* open_database(const char* file) {
    sqlite3* database = nullptr;
    sqlite3_open(file, &database);
    sqlite3_exec(
        database,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE sessions (id INTEGER PRIMARY KEY, thread TEXT);"
        "CREATE TABLE messages (id INTEGER PRIMARY KEY, session INTEGER, text TEXT, slack_ts TEXT);"
        "CREATE TABLE slack_events (id TEXT PRIMARY KEY) WITHOUT ROWID;",
        nullptr, nullptr, nullptr);
    return database;
}

class Client;

struct Session {
    std::string name;
    std::string thread;
    Client* client = nullptr;
};

// What one round brought and one transaction makes durable.
struct Arrived {
    Client* client;
};
struct Said {
    std::size_t session;
    std::string request, text;
    std::int64_t row = 0;
};
struct Posted {
    std::size_t session;
    std::int64_t row;
    std::string timestamp;
};
struct Answered {
    Client* client;
    std::string event, thread, text, timestamp;
    bool is_new = true;
};

class Bridge {
public:
    Bridge(EventLoop& loop, std::uint16_t slack_port, const char* file)
        : slack_(loop, slack_port, slack_connections_max), database_(open_database(file)) {}

    void settle();
    void open_thread(std::size_t session);

    std::vector<Arrived> arrived;
    std::vector<Said> said;
    std::vector<Posted> posted;
    std::vector<Answered> answered;
    std::vector<Session> sessions;

private:
    void commit();
    void post(const Said& message);
    void call_slack(std::string body, HttpPool::Answer answer);

    HttpPool slack_;
    sqlite3* database_;
    std::unordered_map<std::string, std::size_t> session_of_thread_;
    std::int64_t last_row_ = 0;
    Statement begin_{database_, "BEGIN IMMEDIATE"};
    Statement commit_{database_, "COMMIT"};
    Statement add_session_{database_, "INSERT INTO sessions VALUES (?, NULL)"};
    Statement set_thread_{database_, "UPDATE sessions SET thread = ? WHERE id = ?"};
    Statement add_message_{database_, "INSERT INTO messages VALUES (?, ?, ?, NULL)"};
    Statement set_posted_{database_, "UPDATE messages SET slack_ts = ? WHERE id = ?"};
    Statement add_event_{database_, "INSERT OR IGNORE INTO slack_events VALUES (?)"};
};

// A connection from the load generator: a customer's socket, or HTTP.
class Client : public Connection {
public:
    Client(EventLoop& loop, Bridge& bridge, int descriptor) : Connection(loop), bridge_(bridge) {
        adopt(descriptor);
    }
    void tell(std::string_view payload) { send(frame_of(payload)); }
    void answer(std::string_view status, std::string_view body) {
        send(fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body));
    }

private:
    std::size_t on_bytes(std::string_view bytes) override {
        std::size_t used = 0;
        for (;;) {
            const std::size_t size =
                is_socket_ ? read_frame(bytes.substr(used)) : read_request(bytes.substr(used));
            if (size == 0) return used;
            used += size;
        }
    }
    void on_closed() override {
        if (is_socket_) bridge_.sessions[session_].client = nullptr;
    }
    std::size_t read_request(std::string_view bytes);
    std::size_t read_frame(std::string_view bytes);
    void upgrade(std::string_view head);
    void hear_slack(const HttpMessage& request);
    void hear(std::string_view text);

    Bridge& bridge_;
    bool is_socket_ = false;
    std::size_t session_ = 0;
};

std::size_t Client::read_request(std::string_view bytes) {
    const HttpMessage request = read_http(bytes);
    if (request.size == 0) return 0;
    if (request.first_line.starts_with("GET /v1/socket"))
        upgrade(request.head);
    else if (request.first_line.starts_with("POST /v1/sessions"))
        bridge_.arrived.push_back({this});
    else if (request.first_line.starts_with("POST /slack/events"))
        hear_slack(request);
    else
        answer("200 OK", "");
    return request.size;
}

void Client::upgrade(std::string_view head) {
    constexpr std::string_view name = "Sec-WebSocket-Key: ";
    std::string key(head.substr(head.find(name) + name.size(), 24));
    key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    std::array<unsigned char, 32> encoded;
    SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
    send(fmt::format(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Protocol: deskbell.v1\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        reinterpret_cast<const char*>(encoded.data())));
    is_socket_ = true;
}

void Client::hear_slack(const HttpMessage& request) {
    const auto header = [&](std::string_view name) {
        const std::string_view rest = request.head.substr(request.head.find(name) + name.size());
        return rest.substr(0, rest.find('\r'));
    };
    const std::string text =
        fmt::format("v0:{}:{}", header("X-Slack-Request-Timestamp: "), request.body);
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    HMAC(EVP_sha256(), signing_secret.data(), static_cast<int>(signing_secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), nullptr);
    std::string mine = "v0=";
    for (std::size_t i = 0; i < SHA256_DIGEST_LENGTH; ++i) mine += fmt::format("{:02x}", code[i]);
    if (mine != header("X-Slack-Signature: ")) return answer("401 Unauthorized", "");
    bridge_.answered.push_back({this, std::string(value_of(request.body, "\"event_id\":\"")),
                                std::string(value_of(request.body, "\"thread_ts\":\"")),
                                std::string(value_of(request.body, "\"text\":\"")),
                                std::string(value_of(request.body, "\"ts\":\""))});
}

std::size_t Client::read_frame(std::string_view bytes) {
    if (bytes.size() < 6) return 0;
    std::size_t length = static_cast<unsigned char>(bytes[1]) & 127U;
    std::size_t head = 2;
    if (length == 126) {
        length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[2])) << 8 |
                 static_cast<unsigned char>(bytes[3]);
        head = 4;
    }
    if (bytes.size() < head + 4 + length) return 0;
    std::string text(bytes.substr(head + 4, length));
    for (std::size_t i = 0; i < length; ++i) text[i] ^= bytes[head + (i & 3)];
    hear(text);
    return head + 4 + length;
}

void Client::hear(std::string_view text) {
    const std::string_view type = value_of(text, "\"type\":\"");
    const std::size_t id = text.find("\"id\":");
    std::string request;
    if (id != std::string_view::npos)
        request = text.substr(id + 5, text.find_first_of(",}", id) - id - 5);
    if (type == "message") {
        bridge_.said.push_back({session_, request, std::string(value_of(text, "\"text\":\""))});
        return;
    }
    if (type == "hello") {
        session_ = std::strtoul(value_of(text, "\"token\":\"dbs_").data(), nullptr, 10);
        bridge_.sessions[session_].client = this;
        return tell(R"({"type":"welcome"})");
    }
    if (type == "handoff") bridge_.open_thread(session_);
    tell(fmt::format(R"({{"type":"ok","re":{}}})", request));
}

void Bridge::commit() {
    begin_();
    for (const Arrived& arrival : arrived) {
        sessions.push_back(
            {fmt::format("session_{}_{:08}", std::time(nullptr), sessions.size()), {}, nullptr});
        add_session_(static_cast<std::int64_t>(sessions.size() - 1));
        (void)arrival;
    }
    for (Said& message : said) {
        message.row = ++last_row_;
        add_message_(message.row, static_cast<std::int64_t>(message.session),
                     std::string_view(message.text));
    }
    for (const Posted& post : posted) {
        if (post.row == 0)
            set_thread_(std::string_view(post.timestamp), static_cast<std::int64_t>(post.session));
        else
            set_posted_(std::string_view(post.timestamp), post.row);
    }
    for (Answered& answer : answered) {
        add_event_(std::string_view(answer.event));
        answer.is_new = sqlite3_changes(database_) == 1;
        const auto session = session_of_thread_.find(answer.thread);
        if (!answer.is_new || session == session_of_thread_.end()) continue;
        add_message_(++last_row_, static_cast<std::int64_t>(session->second),
                     std::string_view(answer.text));
    }
    commit_();
}

// One transaction for everything the round brought, then what follows from it.
void Bridge::settle() {
    if (arrived.empty() && said.empty() && posted.empty() && answered.empty()) return;
    const std::size_t known = sessions.size();
    commit();
    for (std::size_t i = 0; i < arrived.size(); ++i) {
        arrived[i].client->answer("201 Created",
                                  fmt::format(R"({{"session":{{"id":"{}"}},"token":"dbs_{}"}})",
                                              sessions[known + i].name, known + i));
    }
    for (const Said& message : said) {
        if (Client* client = sessions[message.session].client) {
            client->tell(
                fmt::format(R"({{"type":"ok","re":{},"seq":{}}})", message.request, message.row));
        }
        post(message);
    }
    for (const Posted& post : posted) {
        if (post.row == 0) {
            sessions[post.session].thread = post.timestamp;
            session_of_thread_[post.timestamp] = post.session;
        } else if (Client* client = sessions[post.session].client) {
            client->tell(fmt::format(
                R"({{"type":"event","event":{{"kind":"receipt","message_id":{},"stage":"delivered"}}}})",
                post.row));
        }
    }
    for (const Answered& answer : answered) {
        answer.client->answer("200 OK", "");
        const auto session = session_of_thread_.find(answer.thread);
        if (!answer.is_new || session == session_of_thread_.end()) continue;
        if (Client* client = sessions[session->second].client) {
            client->tell(fmt::format(
                R"({{"type":"event","event":{{"kind":"message","text":"{}"}}}})", answer.text));
        }
    }
    arrived.clear();
    said.clear();
    posted.clear();
    answered.clear();
}

void Bridge::call_slack(std::string body, HttpPool::Answer answer) {
    slack_.request(http_post("/api/chat.postMessage", "Authorization: Bearer xoxb-bench\r\n", body),
                   std::move(answer));
}

void Bridge::open_thread(std::size_t session) {
    call_slack(fmt::format(R"({{"channel":"C0VIPSALES","text":"New customer: {}"}})",
                           sessions[session].name),
               [this, session](int, std::string_view answer) {
                   posted.push_back({session, 0, std::string(value_of(answer, "\"ts\":\""))});
               });
}

void Bridge::post(const Said& message) {
    call_slack(fmt::format(R"({{"channel":"C0VIPSALES","thread_ts":"{}","text":"{}"}})",
                           sessions[message.session].thread, message.text),
               [this, session = message.session, row = message.row](int, std::string_view answer) {
                   posted.push_back({session, row, std::string(value_of(answer, "\"ts\":\""))});
               });
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    if (count < 4) return 2;
    std::signal(SIGPIPE, SIG_IGN);
    bench::EventLoop loop;
    bench::Bridge bridge(loop, static_cast<std::uint16_t>(std::atoi(words[2])), words[3]);
    std::vector<std::unique_ptr<bench::Client>> clients;
    loop.listen(static_cast<std::uint16_t>(std::atoi(words[1])), [&](int descriptor) {
        clients.push_back(std::make_unique<bench::Client>(loop, bridge, descriptor));
    });
    for (;;) {
        loop.turn(bench::now_ns() + 1'000'000'000);
        bridge.settle();
    }
}
