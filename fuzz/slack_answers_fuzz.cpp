// Slack's answers, right or mangled: a post counts as sent only when Slack named the place it was
// meant for, and a definite no is never made of a maybe.

#include "desk/slack/channels.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/people.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/slack_desk.hpp"
#include "desk/slack/slack_fakes.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"

#include <spdlog/spdlog.h>

#include <optional>
#include <string>

namespace deskbell::desk::slack {
namespace {

using Kind = PostOutcome::Kind;

net::ClientAnswer answer_from(fuzz::Input& input) {
    net::ClientAnswer answer;
    constexpr net::ClientAnswer::Kind kinds[] = {
        net::ClientAnswer::Kind::answered, net::ClientAnswer::Kind::answered,
        net::ClientAnswer::Kind::not_sent, net::ClientAnswer::Kind::unknown};
    constexpr int statuses[] = {200, 200, 200, 429, 500, 503, 404, 302};
    answer.kind = kinds[input.below(4)];
    answer.status = statuses[input.below(8)];
    if (input.flag()) answer.headers.push_back({"retry-after", input.text(12)});
    if (input.flag()) answer.headers.push_back({"date", input.text(40)});
    answer.body = input.text(1'000);
    return answer;
}

void check_reply(const net::ClientAnswer& answer) {
    const SlackReply reply = read_reply(answer);
    const bool answered = answer.kind == net::ClientAnswer::Kind::answered;
    FUZZ_CHECK(!reply.ok() || (answered && answer.status < 429));
    FUZZ_CHECK(reply.ok() == reply.error.empty() || reply.kind == SlackReply::Kind::refused);
    FUZZ_CHECK((reply.kind == SlackReply::Kind::not_sent) ==
               (answer.kind == net::ClientAnswer::Kind::not_sent));
    FUZZ_CHECK(reply.retry_after_ms >= 0);
    if (reply.kind == SlackReply::Kind::rate_limited) FUZZ_CHECK(reply.retry_after_ms > 0);
    const Person person = read_person(object_at(reply.body, "user"));
    FUZZ_CHECK(!person.name.empty() && person.name.find('\n') == std::string::npos);
    FUZZ_CHECK(person.avatar.empty() || person.avatar.starts_with("http"));
    static_cast<void>(objection_to(object_at(reply.body, "channel"), true));
    for (const net::Header& header : answer.headers)
        static_cast<void>(parse_http_date(header.value));
    if (outcome_of_post(reply).kind == Kind::not_sent)
        FUZZ_CHECK(answer.kind == net::ClientAnswer::Kind::not_sent ||
                   reply.kind == SlackReply::Kind::refused);
}

struct Office {
    ManualClock clock;
    ManualLoop loop{clock};
    ScriptedSlack http{loop};
    SlackClient client{loop, http, {"https://slack.com/api/", "xoxb-fuzz", 10'000}};
    Workspace workspace;
    FakeListener listener{loop};
    SeededRandom random{5};
    SlackDesk desk{loop,     client, workspace,
                   listener, random, {{Destination("#vip-sales")}, "", true}};

    Office() {
        spdlog::set_level(spdlog::level::off);
        http.answers["auth.test"] = [](const CallFields&) {
            return answered(200, auth_test_answer);
        };
        http.answers["conversations.list"] = [](const CallFields&) {
            return answered(200, channels_answer);
        };
        desk.start();
        loop.advance(1'000);
    }
};

core::Post post_to(bool is_parent) {
    core::Post post;
    post.id = LetterId("01931234-5678-7abc-8def-0123456789ab");
    post.session = SessionId("session_1763800000_abcdefgh");
    post.destination = Destination("#vip-sales");
    post.attempts = 1;
    post.kind = is_parent ? core::LetterKind::open_thread : core::LetterKind::customer_message;
    if (!is_parent) {
        post.thread = DeskThreadId("T0ACME0001/C0VIPSALES/1763800105.000300");
        post.lines.push_back(
            {1'763'800'000'000, core::AuthorRole::customer, "John", "hello", 1, 1});
    }
    return post;
}

void check_post(Office& office, bool is_parent) {
    const core::Post post = post_to(is_parent);
    std::optional<PostOutcome> outcome;
    office.desk.post(post, [&](PostOutcome came) { outcome = std::move(came); });
    office.loop.advance(120'000);
    FUZZ_CHECK(outcome.has_value());
    if (outcome->kind != Kind::sent) return;
    const auto message = parse_message(outcome->message);
    const auto thread = parse_thread(outcome->thread);
    FUZZ_CHECK(message && thread && message->channel == "C0VIPSALES");
    FUZZ_CHECK(outcome->order == message->ts);
    if (is_parent) FUZZ_CHECK(thread->ts == message->ts);
    if (!is_parent) FUZZ_CHECK(outcome->thread == post.thread && thread->ts != message->ts);
}

void check_look_up(Office& office, bool is_parent) {
    core::Post post = post_to(is_parent);
    post.first_attempt_at = office.clock.wall_ms() - 10'000;
    std::optional<LookUpOutcome> outcome;
    office.desk.look_up(post, [&](LookUpOutcome came) { outcome = std::move(came); });
    office.loop.advance(120'000);
    FUZZ_CHECK(outcome.has_value());
    if (outcome->kind != LookUpOutcome::Kind::found) return;
    const auto message = parse_message(outcome->message);
    FUZZ_CHECK(message && message->channel == "C0VIPSALES" && outcome->order == message->ts);
    if (!is_parent) FUZZ_CHECK(outcome->thread == post.thread);
}

}  // namespace
}  // namespace deskbell::desk::slack

DESKBELL_FUZZ(slack_answers) {
    using namespace deskbell;
    using namespace deskbell::desk::slack;
    fuzz::Input bytes(input);
    const bool is_parent = bytes.flag();
    const bool looks_up = bytes.flag();
    Office office;
    std::deque<net::ClientAnswer> answers;
    for (int i = 0; i < 4 && !bytes.empty(); ++i) {
        answers.push_back(answer_from(bytes));
        check_reply(answers.back());
    }
    for (const char* method : {"chat.postMessage", "conversations.replies", "conversations.history",
                               "chat.delete", "conversations.info"})
        office.http.script[method] = answers;
    looks_up ? check_look_up(office, is_parent) : check_post(office, is_parent);
}
