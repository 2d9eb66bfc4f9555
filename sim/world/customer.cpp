#include "sim/world/customer.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace deskbell::sim {
namespace {

constexpr std::int64_t request_timeout_ms = 15'000;
constexpr std::size_t tabs_max = 4;

// Words that markup, escaping and splitting stumble over.
constexpr std::string_view spices[] = {
    "a & b < c > d",
    "*bold* _it_ ~no~ `code`",
    "@channel <!here> <@U0000001>",
    ":smile: :+1:",
    "https://x.example/?a=1&b=<2>",
    "日本語 текст ελληνικά",
    "👩‍👩‍👧‍👦 🇵🇹 ✅",
    "&amp; &lt;b&gt;",
    "\"quoted\" \\ back",
    "line one\nline two",
    "| pipe || pipes",
    "> quote\n- list\n1. one",
};

std::int64_t number_at(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : 0;
}

boost::json::object object_at(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_object() ? value->get_object() : boost::json::object{};
}

}  // namespace

Customer::Customer(Surroundings surroundings, int index, Habits habits)
    : kernel_(surroundings.kernel),
      trace_(surroundings.trace),
      truth_(surroundings.truth),
      network_(surroundings.network),
      index_(index),
      habits_(habits),
      http_only_(kernel_.chance(habits.http_only)),
      dice_(kernel_.dice().next_u64()) {}

Customer::~Customer() { *alive_ = false; }

void Customer::later(std::int64_t delay_ms, void (Customer::*what)()) {
    kernel_.world.after(delay_ms, [this, alive = alive_, what] {
        if (*alive) (this->*what)();
    });
}

void Customer::start() {
    later(kernel_.between(0, 5'000), &Customer::create_session);
    later(kernel_.between(2'000, 10'000), &Customer::act);
}

net::HttpRequest Customer::http(std::string method, std::string path, std::string body) {
    net::HttpRequest request;
    request.method = std::move(method);
    const std::size_t mark = path.find('?');
    request.path = path.substr(0, mark);
    if (mark != std::string::npos) request.query = path.substr(mark + 1);
    if (!body.empty()) request.headers.push_back({"content-type", "application/json"});
    if (!token_.empty()) request.headers.push_back({"authorization", "Bearer " + token_});
    request.body = std::move(body);
    return request;
}

void Customer::create_session() {
    if (!session_.empty()) return;
    const std::string body = R"({"customer":{"name":"Customer )" + std::to_string(index_) + " " +
                             to_text({'z', index_, 0}) + R"("},"locale":"en"})";
    network_.request(http("POST", "/v1/sessions", body), request_timeout_ms,
                     [this, alive = alive_](std::optional<net::HttpResponse> response) {
                         if (!*alive) return;
                         if (!response || response->status != 201)
                             return later(kernel_.between(500, 5'000), &Customer::create_session);
                         const auto answer = parse_json_object(response->body);
                         if (!answer || !session_.empty()) return;
                         session_ = string_or_empty(object_at(*answer, "session"), "id");
                         token_ = string_or_empty(*answer, "token");
                         truth_.bind(session_, index_);
                         trace_.note("session", session_, std::to_string(index_));
                         if (http_only_) {
                             polling_ = true;
                             return poll();
                         }
                         open_tab("tab" + std::to_string(index_) + "-" + dice_.base32(6));
                     });
}

void Customer::open_tab(const std::string& instance) {
    std::erase_if(tabs_, [](const auto& tab) { return tab->dead(); });
    if (tabs_.size() >= tabs_max) return;
    tabs_.push_back(std::make_unique<Tab>(*this, instance));
    tabs_.back()->start();
}

Tab* Customer::leader() {
    for (const auto& tab : tabs_)
        if (tab->usable() && !tab->dead()) return tab.get();
    return nullptr;
}

// ---- What a person does. ----

void Customer::act() {
    later(kernel_.skewed(habits_.pause_ms, habits_.pause_ms_max), &Customer::act);
    if (session_.empty()) return;
    flush();
    ask();
    if (calm_) return;
    if (!has_asked_ && (wants_human_ || kernel_.chance(habits_.asks))) {
        wants_human_ = true;
        ask();
    }
    act_on_links();
    if (has_asked_ && kernel_.chance(habits_.closes)) return post("/v1/session/close", "{}");
    if (kernel_.chance(habits_.changes_details))
        return post("/v1/session/customer",
                    R"({"customer":{"phone":"+351 912 )" + std::to_string(numbers_) + "\"}}");
    if (kernel_.chance(habits_.pasted_lines)) {
        trace_.probe("O16 one customer pastes many lines");
        for (int i = 0; i < 20; ++i) write();
        return;
    }
    if (kernel_.chance(0.85)) write();
}

void Customer::act_on_links() {
    if (http_only_ || tabs_.empty()) return;
    if (kernel_.chance(habits_.second_tab))
        open_tab("tab" + std::to_string(index_) + "-" + dice_.base32(6));
    const std::size_t which = kernel_.pick(tabs_.size());
    if (kernel_.chance(habits_.reload)) {
        trace_.probe("W5 tab reloaded");
        tabs_.erase(tabs_.begin() + static_cast<std::ptrdiff_t>(which));
        return open_tab("tab" + std::to_string(index_) + "-" + dice_.base32(6));
    }
    if (kernel_.chance(habits_.cloned_tab)) {
        trace_.probe("W5 cloned instance");
        open_tab(tabs_[which]->instance());
    }
    if (kernel_.chance(habits_.broken_cursor)) {
        tabs_[which]->set_cursor(1'000'000);
        tabs_[which]->reconnect();
    }
}

std::string Customer::make_text(int number) {
    std::string text = to_text({'z', index_, number}) + " ";
    text += spices[dice_.below(std::size(spices))];
    if (kernel_.chance(habits_.long_text)) {
        const auto length = static_cast<std::size_t>(kernel_.between(1'500, 3'600));
        while (text.size() < length) {
            text += ' ';
            text += kernel_.chance(0.2) ? "<&>" : "lorem ipsum";
        }
        trace_.probe("O14 long text");
    }
    return text + " " + to_text({'w', index_, number});
}

void Customer::write() {
    const int number = ++numbers_;
    say(make_text(number));
}

void Customer::say(std::string words) {
    Outgoing message;
    message.client_id = "c" + std::to_string(index_) + "-" + std::to_string(outbox_.size());
    message.text = std::move(words);
    message.number = numbers_;
    outbox_.push_back(std::move(message));
    flush();
}

// Oldest first, one under way at a time: what the widget does, so that its order is kept.
void Customer::flush() {
    while (first_unacked_ < outbox_.size() && outbox_[first_unacked_].seq > 0) ++first_unacked_;
    if (session_.empty()) return;
    if (first_unacked_ == outbox_.size()) {
        if (outbox_.empty() || !kernel_.chance(habits_.resends_known)) return;
        trace_.probe("W1 an acknowledged message sent again");
        Outgoing again = outbox_[kernel_.pick(outbox_.size())];
        if (Tab* tab = leader()) send_message(again, *tab);
        return;
    }
    Outgoing& message = outbox_[first_unacked_];
    const SteadyMs now = kernel_.now();
    if (now < message.not_before) return;
    if (message.asked_at > 0 && now - message.asked_at < request_timeout_ms) return;
    if (message.asked_at > 0) trace_.probe("W1 sent again without an answer");
    message.asked_at = now;
    if (http_only_) return post_message(message);
    if (Tab* tab = leader())
        send_message(message, *tab);
    else
        message.asked_at = 0;
}

void Customer::send_message(Outgoing& message, Tab& tab) {
    const boost::json::object frame = {{"type", "message"},
                                       {"id", message.client_id},
                                       {"client_id", message.client_id},
                                       {"text", message.text}};
    tab.send(boost::json::serialize(frame));
}

void Customer::post_message(Outgoing& message) {
    const boost::json::object body = {{"client_id", message.client_id}, {"text", message.text}};
    network_.request(
        http("POST", "/v1/session/messages", boost::json::serialize(body)), request_timeout_ms,
        [this, alive = alive_, id = message.client_id](std::optional<net::HttpResponse> response) {
            if (!*alive) return;
            if (!response) return flush();
            check_words(response->body);
            const auto answer = parse_json_object(response->body);
            if (!answer) return;
            if (response->status == 401) return token_refused();
            const bool ok = response->status == 200 || response->status == 201;
            message_answered(id, ok, number_at(object_at(*answer, "event"), "seq"),
                             string_or_empty(*answer, "code"),
                             number_at(*answer, "retry_after_ms"));
        });
}

void Customer::frame_answered(std::string_view text) {
    const auto frame = parse_json_object(text);
    if (!frame) return trace_.violate("S4", "a frame that is no JSON");
    const std::string type = string_or_empty(*frame, "type");
    if (type == "notice") return trace_.probe("O15 the customer was told of a delay");
    if (type != "ok" && type != "error") return;
    const std::string re = string_or_empty(*frame, "re");
    const auto error = object_at(*frame, "error");
    const std::string code = string_or_empty(error, "code");
    if (re == "handoff") {
        asked_at_ = 0;
        has_asked_ = has_asked_ || type == "ok";
    } else if (re.starts_with('c')) {
        message_answered(re, type == "ok", number_at(*frame, "seq"), code,
                         number_at(error, "retry_after_ms"));
    }
}

void Customer::message_answered(const std::string& client_id, bool ok, std::int64_t seq,
                                const std::string& code, std::int64_t retry_after_ms) {
    const auto message = std::find_if(outbox_.begin(), outbox_.end(), [&](const Outgoing& entry) {
        return entry.client_id == client_id;
    });
    if (message == outbox_.end()) return trace_.violate("S6", "an answer to " + client_id);
    message->asked_at = 0;
    if (!ok) {
        static const std::string transient[] = {
            "busy",         "store_unavailable", "storage_full",
            "session_busy", "too_many_messages", "too_many_requests"};
        if (std::find(std::begin(transient), std::end(transient), code) == std::end(transient))
            return trace_.violate("S1", client_id + " was refused with " + code);
        trace_.probe("G5 refused for now: " + code);
        message->not_before = kernel_.now() + std::max<std::int64_t>(retry_after_ms, 300);
        return later(std::max<std::int64_t>(retry_after_ms, 300) + 1, &Customer::flush);
    }
    const TrueSession* truth = truth_.find(session_);
    const TrueMessage* stored = truth ? truth->of_client(client_id) : nullptr;
    if (!stored && truth_.restores() > 0) {
        message->seq = seq;  // acknowledged by the process whose disk was put back
        return flush();
    }
    if (!stored || stored->seq != seq)
        return trace_.violate("S9", client_id + " was acknowledged as seq " + std::to_string(seq) +
                                        " and is not committed there");
    if (stored->text != message->text)
        trace_.violate("S6", client_id + " was stored with other words: " + stored->text);
    if (message->seq != 0 && message->seq != seq && truth_.restores() == 0)
        trace_.violate("S2", client_id + " was acknowledged twice, with another seq");
    message->seq = seq;
    flush();
}

void Customer::ask() {
    if (!wants_human_ || has_asked_ || session_.empty()) return;
    if (asked_at_ > 0 && kernel_.now() - asked_at_ < request_timeout_ms) return;
    asked_at_ = kernel_.now();
    if (Tab* tab = leader()) return tab->send(R"({"type":"handoff","id":"handoff"})");
    network_.request(http("POST", "/v1/session/handoff", "{}"), request_timeout_ms,
                     [this, alive = alive_](std::optional<net::HttpResponse> response) {
                         if (!*alive) return;
                         asked_at_ = 0;
                         if (response && response->status == 202) has_asked_ = true;
                     });
}

void Customer::post(const std::string& path, std::string body) {
    network_.request(http(path.ends_with("customer") ? "PATCH" : "POST",
                          path.ends_with("customer") ? "/v1/session" : path, std::move(body)),
                     request_timeout_ms,
                     [this, alive = alive_](std::optional<net::HttpResponse> response) {
                         if (*alive && response) check_words(response->body);
                     });
}

// ---- The long poll of those without a socket. ----

void Customer::poll() {
    const std::int64_t after = poll_seq_;
    network_.request(
        http("GET", "/v1/session/events?limit=50&wait=20&after=" + std::to_string(after), ""),
        30'000, [this, alive = alive_, after](std::optional<net::HttpResponse> response) {
            if (!*alive) return;
            if (response && response->status == 200) {
                polled(*response, after);
            } else if (response && response->status == 401) {
                return token_refused();
            } else {
                return later(kernel_.between(1'000, 8'000), &Customer::poll);
            }
            later(kernel_.between(10, 300), &Customer::poll);
        });
}

void Customer::polled(const net::HttpResponse& response, std::int64_t after) {
    check_words(response.body);
    const auto answer = parse_json_object(response.body);
    const TrueSession* truth = truth_.find(session_);
    if (!answer || !truth) return;
    if (restores_known_ != truth_.restores()) {
        // An answer from before a restore: a client that knows runs apart begins anew.
        restores_known_ = truth_.restores();
        poll_seq_ = 0;
        return;
    }
    if (number_at(*answer, "head") < after) {
        trace_.probe("W3 cursor beyond the head");
        poll_seq_ = 0;
        return;
    }
    const auto* events = answer->if_contains("events");
    if (!events || !events->is_array()) return trace_.violate("S4", "a page without events");
    for (const auto& event : events->get_array()) {
        const auto next = static_cast<std::size_t>(poll_seq_);
        if (next >= truth->log.size())
            return trace_.violate("S9", "a page holds what was never committed");
        if (number_at(event.as_object(), "seq") != poll_seq_ + 1)
            return trace_.violate("S4", "a page skips or repeats a seq");
        ++poll_seq_;
    }
}

// ---- Both. ----

void Customer::check_words(std::string_view text) {
    for (const Tag& tag : tags_in(text)) {
        if (tag.customer == index_ && tag.kind != 'q') continue;
        trace_.violate("S6", "customer " + std::to_string(index_) + " received " + to_text(tag));
    }
}

// Its session is gone: only a restored backup may do that. The customer begins anew.
void Customer::token_refused() {
    if (truth_.restores() == restores_known_)
        trace_.violate("S8", "a live token of customer " + std::to_string(index_) + " was refused");
    restores_known_ = truth_.restores();
    later(0, &Customer::begin_anew);
}

// What was acknowledged stays said; what was not is said again in the new session.
void Customer::begin_anew() {
    trace_.probe("D10 a customer begins anew");
    tabs_.clear();
    session_.clear();
    token_.clear();
    has_asked_ = false;
    asked_at_ = poll_seq_ = 0;
    for (Outgoing& message : outbox_) message.asked_at = 0;
    create_session();
}

bool Customer::settled() const { return why_not_settled().empty(); }

std::string Customer::why_not_settled() const {
    const std::string who = "customer " + std::to_string(index_);
    if (session_.empty()) return who + " has no session";
    if (wants_human_ && !has_asked_) return who + " could not ask for a human";
    for (const Outgoing& message : outbox_)
        if (message.seq == 0) return who + " could not say " + message.client_id;
    const TrueSession* truth = static_cast<const Truth&>(truth_).sessions().contains(session_)
                                   ? &truth_.sessions().at(session_)
                                   : nullptr;
    const auto head = truth ? static_cast<std::int64_t>(truth->log.size()) : 0;
    if (http_only_ && poll_seq_ != head) return who + " has not read the log";
    for (const auto& tab : tabs_)
        if (!tab->dead() && tab->last_seq() != head)
            return who + ": " + tab->instance() + " has seen " + std::to_string(tab->last_seq()) +
                   " of " + std::to_string(head);
    return {};
}

std::uint64_t Customer::connects() const {
    std::uint64_t all = 0;
    for (const auto& tab : tabs_) all += tab->connects();
    return all;
}

}  // namespace deskbell::sim
