// Customers' connections as sequences of what can happen to them: sockets and event streams that
// come, go, lag and send anything, pushes that are late or lost, a store that is busy. Each
// connection sees every event of its own session once, in order, none skipped and none of
// another's; when the trouble is over it has all of them.

#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "gateway/test_fakes.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::gateway::testing {
namespace {

constexpr std::size_t links_max = 8;
constexpr std::array<const char*, 2> names = {"alpha", "bravo"};  // sessions; their events' kinds

std::string id_of(std::size_t session) {
    return std::string("session_1763800000_") + names[session];
}

// One connection, and what it has been told so far.
struct Link {
    std::shared_ptr<Outcome> outcome;
    std::size_t session = 0;
    std::int64_t after = 0;
    std::int64_t seen = -1;  // the last seq; -1 before the first frame says where it begins
    std::size_t frames_read = 0;
    std::size_t text_read = 0;
    bool is_stream = false;

    [[nodiscard]] bool is_open() const {
        if (is_stream) return outcome->stream_handler && !outcome->stream.finished;
        return outcome->socket_handler && !outcome->socket.closed;
    }
};

class Play {
public:
    explicit Play(fuzz::Input& input) : input_(input) {
        spdlog::set_level(spdlog::level::off);
        for (std::size_t i = 0; i < names.size(); ++i)
            world_.backend.make_session(id_of(i), token_of(static_cast<int>(i)));
    }

    void run() {
        for (int steps = 0; steps < 80 && !input_.empty(); ++steps) {
            step();
            world_.loop.run_ready();
            for (Link& link : links_) check(link);
        }
        come_to_rest();
    }

private:
    FakeBackend::Log& log_of(std::size_t session) { return world_.backend.logs.at(id_of(session)); }
    Link* any_link() { return links_.empty() ? nullptr : &links_[input_.below(links_.size())]; }

    void step() {
        switch (input_.below(14)) {
            case 0:
            case 1:
                return connect();
            case 2:
            case 3:
            case 4:
                return append(input_.below(2), 1 + input_.below(3));
            case 5:
                return append(input_.below(2), input_.below(4) == 0 ? 150 + input_.byte() : 7);
            case 6:
                if (Link* link = any_link(); link && !link->is_stream && link->is_open())
                    link->outcome->say(frame());
                return;
            case 7:
                if (Link* link = any_link()) drop(*link);
                return;
            case 8:
                return world_.loop.advance(1 + input_.byte() * (input_.flag() ? 200 : 4));
            case 9:
                if (Link* link = any_link(); link && !link->is_stream)
                    link->outcome->socket.buffered = input_.flag() ? 200'000 : 0;
                return;
            case 10:
                return change_weather();
            case 11:
                return push_again();
            case 12:
                return world_.backend.run_batch(1 + input_.below(4));
            default:
                for (Link& link : links_)
                    if (link.outcome->socket_handler) link.outcome->socket_handler->on_pong();
        }
    }

    void connect() {
        if (links_.size() >= links_max) return;
        Link link;
        link.session = input_.below(2);
        link.is_stream = input_.below(4) == 0;
        const std::string token = token_of(static_cast<int>(link.session));
        link.after = static_cast<std::int64_t>(input_.below(256)) - 2;
        if (link.after < 0) link.after = log_of(link.session).session.head;
        if (link.is_stream) {
            const std::string query = "/v1/session/stream?after=" + std::to_string(link.after);
            link.outcome = world_.ask_as(token, "GET", query);
        } else {
            const std::string instance = std::to_string(input_.below(4));
            link.outcome = world_.connect(token, link.after, instance == "0" ? "" : instance);
        }
        links_.push_back(std::move(link));
    }

    void append(std::size_t session, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            world_.backend.append(log_of(session), names[session]);
        world_.backend.run_batch(0);  // its pushes
    }

    std::string frame() {
        switch (input_.below(6)) {
            case 0:
                return R"({"type":"message","id":1,"client_id":")" +
                       std::to_string(input_.below(3)) + R"(","text":"hello"})";
            case 1:
                return R"({"type":"ping","id":"p"})";
            case 2:
                return R"({"type":"typing","on":true})";
            case 3:
                return R"({"type":"handoff","id":3})";
            case 4:
                return R"({"type":"hello","token":"x","after":0})";
            default:
                return input_.text(60);
        }
    }

    void drop(Link& link) {
        if (link.outcome->socket_handler) link.outcome->hang_up();
        if (link.outcome->stream_handler) {
            link.outcome->stream_handler->on_close();
            link.outcome->stream_handler.reset();
        }
    }

    void change_weather() {
        FakeBackend& backend = world_.backend;
        switch (input_.below(4)) {
            case 0:
                backend.automatic = !backend.automatic;
                break;
            case 1:
                backend.pushes_first = !backend.pushes_first;
                break;
            case 2:
                backend.lose_pushes = !backend.lose_pushes;
                break;
            default:
                if (backend.refuse_all)
                    backend.refuse_all.reset();
                else
                    backend.refuse_all = Error{"busy", "Too busy.", {}};
        }
    }

    // As a gateway may hear it twice, or late.
    void push_again() {
        const std::size_t session = input_.below(2);
        const auto& events = log_of(session).events;
        if (events.empty()) return;
        const core::Event& event = events[input_.number(2) % events.size()];
        world_.gateway->deliver({{SessionId(id_of(session)), event.seq,
                                  std::make_shared<const std::string>(event.json)}});
    }

    // ---- What must hold ----

    void check(Link& link) { link.is_stream ? check_stream(link) : check_socket(link); }

    void saw(Link& link, const json::object& event) {
        const std::int64_t seq = find_int(event, "seq").value_or(0);
        const auto& events = log_of(link.session).events;
        FUZZ_CHECK(link.seen >= 0 && seq == link.seen + 1);
        FUZZ_CHECK(seq <= static_cast<std::int64_t>(events.size()));
        const std::string kind = string_or_empty(event, "kind");
        FUZZ_CHECK(kind != names[1 - link.session]);
        link.seen = seq;
    }

    void check_socket(Link& link) {
        const auto& sent = link.outcome->socket.sent;
        for (; link.frames_read < sent.size(); ++link.frames_read) {
            const auto frame = parse_json_object(sent[link.frames_read]);
            FUZZ_CHECK(frame.has_value());
            const std::string type = string_or_empty(*frame, "type");
            if (type == "welcome") {
                FUZZ_CHECK(link.seen < 0);
                link.seen = std::min(link.after, find_int(*frame, "head").value_or(0));
                const json::object* session = find_object(*frame, "session");
                FUZZ_CHECK(session && string_or_empty(*session, "id") == id_of(link.session));
            } else if (type == "event") {
                saw(link, *find_object(*frame, "event"));
            } else {
                FUZZ_CHECK(link.seen >= 0);  // nothing else comes before the welcome
            }
        }
    }

    void check_stream(Link& link) {
        const std::string& text = link.outcome->stream.text;
        for (;;) {
            const std::size_t end = text.find("\n\n", link.text_read);
            if (end == std::string::npos) return;
            const std::string block = text.substr(link.text_read, end - link.text_read);
            link.text_read = end + 2;
            if (!block.starts_with("id:")) continue;
            const std::size_t data = block.find("data: ");
            FUZZ_CHECK(data != std::string::npos);
            const auto event = parse_json_object(block.substr(data + 6));
            FUZZ_CHECK(event.has_value());
            if (link.seen < 0) link.seen = find_int(*event, "seq").value_or(0) - 1;
            saw(link, *event);
        }
    }

    void come_to_rest() {
        FakeBackend& backend = world_.backend;
        backend.automatic = true;
        backend.lose_pushes = false;
        backend.refuse_all.reset();
        for (Link& link : links_) link.outcome->socket.buffered = 0;
        for (int i = 0; i < 4; ++i) {
            backend.run_batch(1000);
            for (Link& link : links_)
                if (link.outcome->socket_handler) link.outcome->socket_handler->on_pong();
            world_.loop.advance(2'000);
        }
        for (std::size_t session = 0; session < names.size(); ++session) append(session, 1);
        world_.loop.advance(6'000);
        for (Link& link : links_) {
            check(link);
            const std::int64_t head = log_of(link.session).session.head;
            if (link.is_open() && link.seen >= 0) FUZZ_CHECK(link.seen == head);
            drop(link);
        }
        world_.loop.advance(1'000);
        FUZZ_CHECK(world_.gateway->listeners() == 0);
        FUZZ_CHECK(world_.commons.counters.links_open == 0);
    }

    fuzz::Input& input_;
    World world_;
    std::vector<Link> links_;  // after the world: they point into it
};

}  // namespace
}  // namespace deskbell::gateway::testing

DESKBELL_FUZZ(resume) {
    deskbell::fuzz::Input bytes(input);
    deskbell::gateway::testing::Play(bytes).run();
}
