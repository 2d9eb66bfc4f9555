#include "app/office.hpp"

#include "app/office_impl.hpp"
#include "base/log.hpp"
#include "bot/faq_bot.hpp"
#include "bot/markdown_rich.hpp"
#include "bot/none_bot.hpp"
#include "core/rich.hpp"

#include <chrono>
#include <fstream>
#include <future>
#include <set>
#include <sstream>

namespace deskbell::app {
namespace {

// How long a finished conversation still listens: a late answer of an agent reaches the customer.
constexpr std::int64_t closed_threads_ms = 7 * 24 * 3'600'000LL;
constexpr std::int64_t queue_refresh_delay_ms = 1'000;
constexpr std::int64_t figures_interval_ms = 1'000;

std::vector<Destination> destinations_of(const Config& config) {
    std::set<Destination> all;
    for (const core::Route& route : config.slack.routes) {
        all.insert(route.destinations.begin(), route.destinations.end());
    }
    return {all.begin(), all.end()};
}

std::vector<std::string> signing_secrets_of(const Config& config) {
    std::vector<std::string> secrets{config.slack.signing_secret.reveal()};
    if (!config.slack.signing_secret_previous.empty()) {
        secrets.push_back(config.slack.signing_secret_previous.reveal());
    }
    return secrets;
}

Result<std::unique_ptr<bot::Bot>> make_bot(const BotConfig& config) {
    if (config.kind == BotKind::none) return std::make_unique<bot::NoneBot>();
    std::ifstream stream(config.faq_file, std::ios::binary);
    if (!stream) {
        return fail("faq_unreadable", "bot.faq: cannot read " + config.faq_file +
                                          ". Name the Markdown file, or set bot.kind = \"none\".");
    }
    std::ostringstream content;
    content << stream.rdbuf();
    auto faq = bot::FaqBot::make(content.str(), {.name = config.name});
    if (!faq) return std::unexpected(faq.error());
    return std::unique_ptr<bot::Bot>(std::move(*faq));
}

}  // namespace

Office::Impl::Impl(Setup setup, std::unique_ptr<bot::Bot> the_bot)
    : config(setup.config),
      figures(setup.figures),
      loop("office", setup.clock),
      submitter(loop, setup.engine),
      ledger(submitter),
      http(loop, {.user_agent = "Deskbell"}),
      slack(loop, http, *this, setup.random, [this](auto done) { list_threads(std::move(done)); },
            {.api_url = config.slack.api_url,
             .bot_token = config.slack.bot_token.reveal(),
             .signing_secrets = signing_secrets_of(config),
             .destinations = destinations_of(config),
             .expected_team = "",
             .customer_names = true,
             .guests_may_answer = config.slack.guests_may_answer,
             .gap_repair_ms = config.slack.gap_repair_ms}),
      bot(std::move(the_bot)),
      courier(loop, slack.desk(), ledger, setup.random, config.slack.pace) {}

void Office::Impl::happened(core::Command command,
                            std::move_only_function<void(std::optional<Error>)> done) {
    submitter.submit_or_refuse(
        std::move(command),
        [done = std::move(done)](engine::Reply reply) mutable { done(std::move(reply.refusal)); });
}

void Office::Impl::post_echoed(const LetterId& post, const DeskMessageId& message,
                               const DeskThreadId& thread, std::string order) {
    courier.post_echoed(post, message, thread, order);
}

void Office::Impl::destination_open(const Destination& destination) {
    courier.destination_open(destination);
}

void Office::Impl::desk_open() { courier.desk_open(); }

void Office::Impl::list_threads(
    std::move_only_function<void(std::vector<desk::slack::ThreadCursor>)> done) {
    const core::ReadThreads read{.closed_after = loop.clock().wall_ms() - closed_threads_ms};
    submitter.submit(read, [done = std::move(done)](engine::Reply reply) mutable {
        std::vector<desk::slack::ThreadCursor> threads;
        threads.reserve(reply.threads.size());
        for (engine::ThreadCursor& cursor : reply.threads) {
            threads.push_back({std::move(cursor.thread), std::move(cursor.cursor)});
        }
        done(std::move(threads));
    });
}

void Office::Impl::take_bot_turn(engine::BotTurn turn) {
    bot::Question question{.session = turn.session,
                           .site = turn.site,
                           .locale = turn.locale,
                           .conversation = std::move(turn.conversation)};
    bot->answer(std::move(question), [this, session = turn.session, message = turn.message,
                                      generation = turn.generation](bot::Answer answer) {
        core::BotAnswered answered;
        answered.session = session;
        answered.in_reply_to = message;
        answered.generation = generation;
        answered.name = answer.name;
        answered.rich_json = core::to_json(bot::markdown_to_rich(answer.text));
        answered.text = std::move(answer.text);
        answered.offers_human = answer.offers_human;
        submitter.submit(std::move(answered), {});
    });
}

// Many who come and go at once make one refresh.
void Office::Impl::queue_changed() {
    if (queue_timer != 0) return;
    queue_timer = loop.after(queue_refresh_delay_ms, [this] {
        queue_timer = 0;
        submitter.submit(core::RefreshQueue{}, {});
    });
}

void Office::Impl::keep_figures() {
    figures.put(courier.figures());
    loop.after(figures_interval_ms, [this] { keep_figures(); });
}

Office::Office(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Office::~Office() = default;

Result<std::unique_ptr<Office>> Office::make(Setup setup) {
    auto bot = make_bot(setup.config.bot);
    if (!bot) return std::unexpected(bot.error());
    return std::unique_ptr<Office>(new Office(std::make_unique<Impl>(setup, std::move(*bot))));
}

EffectsHub::OfficeDoor Office::door() {
    Impl& impl = *impl_;
    return {
        .loop = &impl.loop,
        .lane_ready = [&impl](core::LaneNews news) { impl.courier.lane_ready(std::move(news)); },
        .card_changed = [&impl](const SessionId& session) { impl.courier.card_changed(session); },
        .bot_turn = [&impl](engine::BotTurn turn) { impl.take_bot_turn(std::move(turn)); },
        .queue_changed = [&impl] { impl.queue_changed(); },
    };
}

void Office::start() {
    impl_->started = true;
    impl_->loop.start();
    impl_->loop.post([impl = impl_.get()] {
        impl->slack.start();
        impl->keep_figures();
    });
}

void Office::receive(net::HttpRequest request, Loop& answer_loop,
                     std::move_only_function<void(net::HttpResponse)> answer) {
    impl_->loop.post([impl = impl_.get(), &answer_loop, request = std::move(request),
                      answer = std::move(answer)]() mutable {
        impl->slack.receive(std::move(request), [&answer_loop, answer = std::move(answer)](
                                                    net::HttpResponse response) mutable {
            answer_loop.post(
                [answer = std::move(answer), response = std::move(response)]() mutable {
                    answer(std::move(response));
                });
        });
    });
}

void Office::finish(std::int64_t deadline_ms) {
    if (!impl_->started) return;
    const auto done = std::make_shared<std::promise<void>>();
    impl_->loop.post([impl = impl_.get(), done, deadline_ms] {
        impl->courier.stop(deadline_ms, [done] { done->set_value(); });
    });
    const auto patience = std::chrono::milliseconds(deadline_ms + 1'000);
    if (done->get_future().wait_for(patience) != std::future_status::ready) {
        log::warn("courier: posts were still in the air at the end; the next start looks them up");
    }
}

void Office::stop() { impl_->loop.stop_and_join(); }

}  // namespace deskbell::app
