#pragma once
// Customers and their tabs, as the widget behaves by the public protocol: an outbox that survives
// reloads, resuming by seq, resending under the same client_id, backing off.
//
// What this is: the other end of docs/protocol.md, written against that page and not against the
// gateway's code. Each tab checks everything it receives: in order, none skipped, none twice,
// nothing that was not committed, nobody else's words. Everything runs on the kernel's world loop.

#include "sim/world/network.hpp"
#include "sim/world/truth.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sim {

struct Habits {
    std::int64_t pause_ms = 4'000;  // typical, between two acts
    std::int64_t pause_ms_max = 60'000;
    double asks = 0.3;       // for a human, at each act until it has
    double http_only = 0.2;  // polls instead of a socket
    double long_text = 0.06;
    double pasted_lines = 0.02;  // twenty messages at once
    double second_tab = 0.05;
    double reload = 0.05;
    double cloned_tab = 0.01;  // the same instance twice
    double broken_cursor = 0.01;
    double resends_known = 0.03;
    double closes = 0.02;
    double changes_details = 0.04;
};

struct Outgoing {
    std::string client_id;
    std::string text;
    std::int64_t seq = 0;  // 0: not acknowledged
    int number = 0;
    SteadyMs asked_at = 0;  // under way since; 0: not
    SteadyMs not_before = 0;
};

class Customer;

// What every sort of link of a customer does.
class Tab : public SocketClient {
public:
    Tab(Customer& owner, std::string instance) : owner_(owner), instance_(std::move(instance)) {}
    ~Tab() override;

    void start();
    void opened() override;
    void received(std::string_view text) override;
    void closed(std::uint16_t code, std::string_view reason) override;

    [[nodiscard]] bool usable() const { return welcomed_; }
    [[nodiscard]] bool dead() const { return dead_; }
    [[nodiscard]] std::int64_t last_seq() const { return last_seq_; }
    [[nodiscard]] const std::string& instance() const { return instance_; }
    [[nodiscard]] std::uint64_t connects() const { return connects_; }
    // Through the socket; answers come to the customer.
    void send(std::string frame) { end_->send(std::move(frame)); }
    // As a person who comes back after weeks, or a profile that was damaged.
    void set_cursor(std::int64_t seq) { last_seq_ = seq; }
    void reconnect();

private:
    void connect();
    void connect_later(std::int64_t delay_ms);
    void watch();
    void take_event(std::string_view event);
    void take_welcome(std::string_view text);

    Customer& owner_;
    std::string instance_;
    std::unique_ptr<SocketEnd> end_;
    std::int64_t last_seq_ = 0;
    int restores_known_ = 0;
    SteadyMs heard_at_ = 0;
    TimerId retry_timer_ = 0;
    TimerId watch_timer_ = 0;
    unsigned failures_ = 0;
    std::uint64_t connects_ = 0;
    bool welcomed_ = false;
    bool dead_ = false;  // told to go for good
};

class Customer {
public:
    struct Surroundings {
        Kernel& kernel;
        Trace& trace;
        Truth& truth;
        Network& network;
    };
    Customer(Surroundings surroundings, int index, Habits habits);
    ~Customer();

    void start();
    // No new words; what was said is still delivered.
    void calm_down() { calm_ = true; }
    void ask_for_human() { wants_human_ = true; }
    void say(std::string words);

    [[nodiscard]] int index() const { return index_; }
    [[nodiscard]] const std::string& session() const { return session_; }
    [[nodiscard]] const std::string& token() const { return token_; }
    // Everything said was acknowledged and every tab has seen the whole log.
    [[nodiscard]] bool settled() const;
    [[nodiscard]] std::string why_not_settled() const;
    [[nodiscard]] const std::vector<Outgoing>& said() const { return outbox_; }
    [[nodiscard]] std::uint64_t connects() const;
    // Its words, wherever they were said first: by number.
    [[nodiscard]] bool knows_session() const { return !session_.empty(); }

private:
    friend class Tab;

    void create_session();
    void act();
    void act_on_links();
    void write();
    void flush();
    void send_message(Outgoing& message, Tab& tab);
    void post_message(Outgoing& message);
    void message_answered(const std::string& client_id, bool ok, std::int64_t seq,
                          const std::string& code, std::int64_t retry_after_ms);
    void ask();
    void post(const std::string& path, std::string body);
    void poll();
    void polled(const net::HttpResponse& response, std::int64_t after);
    void frame_answered(std::string_view text);
    void check_words(std::string_view text);
    void token_refused();
    void begin_anew();
    void open_tab(const std::string& instance);
    [[nodiscard]] Tab* leader();
    [[nodiscard]] net::HttpRequest http(std::string method, std::string path, std::string body);
    [[nodiscard]] std::string make_text(int number);
    void later(std::int64_t delay_ms, void (Customer::*what)());

    Kernel& kernel_;
    Trace& trace_;
    Truth& truth_;
    Network& network_;
    const int index_;
    const Habits habits_;
    const bool http_only_;
    SeededRandom dice_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

    std::string session_;
    std::string token_;
    std::vector<std::unique_ptr<Tab>> tabs_;
    std::vector<Outgoing> outbox_;  // everything ever said, in order
    std::size_t first_unacked_ = 0;
    int numbers_ = 0;
    bool wants_human_ = false;
    bool has_asked_ = false;
    SteadyMs asked_at_ = 0;
    bool calm_ = false;
    bool polling_ = false;
    std::int64_t poll_seq_ = 0;
    int restores_known_ = 0;
};

}  // namespace deskbell::sim
