#include "app/workspaces.hpp"

#include "app/workspace_branch.hpp"
#include "desk/slack/signature.hpp"
#include "desk/slack/slack_json.hpp"
#include "net/http_types.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::app {
namespace {

using desk::CardOutcome;
using desk::LookUpOutcome;
using desk::PostOutcome;
using desk::slack::text_at;

Error unknown_workspace(std::string_view team) {
    return {"workspace_unknown",
            "No [[slack.workspace]] has the id \"" + std::string(team) +
                "\"; what is for it waits until there is one.",
            std::nullopt};
}

// Which team a request of Slack's is about; empty: it does not say. Nothing of it is believed: the
// one who is asked checks the signature.
std::string team_of(const net::HttpRequest& request) {
    std::string text = request.body;
    if (request.path != "/slack/events") {
        text.clear();
        for (const net::Header& field : net::parse_form(request.body)) {
            if (field.name == "team_id") return field.value;
            if (field.name == "payload") text = field.value;
        }
    }
    const auto body = desk::slack::parse_slack_json(text);
    return body ? team_named_in(*body) : std::string();
}

}  // namespace

// One desk to the courier. A workspace that refuses us as a whole stops its own destinations only.
class Workspaces::Switch final : public desk::Desk {
public:
    explicit Switch(const Workspaces& all) : all_(all) {}

    void post(core::Post post, std::move_only_function<void(PostOutcome)> done) override {
        const std::string team = team_of(post);
        Branch* const branch = all_.branch_of(team);
        if (!branch) {
            PostOutcome parked;
            parked.kind = PostOutcome::Kind::destination_parked;
            parked.error = unknown_workspace(team);
            return later(std::move(done), std::move(parked));
        }
        branch->office().desk().post(std::move(post),
                                     [done = std::move(done)](PostOutcome outcome) mutable {
                                         if (outcome.kind == PostOutcome::Kind::desk_parked)
                                             outcome.kind = PostOutcome::Kind::destination_parked;
                                         outcome.limits_whole_desk = false;
                                         done(std::move(outcome));
                                     });
    }
    void look_up(core::Post post, std::move_only_function<void(LookUpOutcome)> done) override {
        const std::string team = team_of(post);
        if (Branch* const branch = all_.branch_of(team))
            return branch->office().desk().look_up(std::move(post), std::move(done));
        LookUpOutcome failed;
        failed.error = unknown_workspace(team);
        later(std::move(done), std::move(failed));
    }
    void show_card(core::Card card, std::move_only_function<void(CardOutcome)> done) override {
        const auto place = desk::slack::parse_thread(card.thread);
        const std::string team = place ? place->team : std::string();
        if (Branch* const branch = all_.branch_of(team))
            return branch->office().desk().show_card(std::move(card), std::move(done));
        later(std::move(done), {.kind = CardOutcome::Kind::parked,
                                .retry_after_ms = 0,
                                .error = unknown_workspace(team)});
    }
    [[nodiscard]] bool reads_are_scarce() const override {
        return std::ranges::any_of(all_.branches_, [](const auto& branch) {
            return branch->office().desk().reads_are_scarce();
        });
    }
    void take_back(desk::Copy copy, std::move_only_function<void(desk::TakenBack)> done) override {
        const auto place = desk::slack::parse_message(copy.message);
        if (Branch* const branch = all_.branch_of(place ? place->team : std::string()))
            return branch->office().desk().take_back(std::move(copy), std::move(done));
        later(std::move(done), desk::TakenBack::failed);
    }

private:
    static std::string team_of(const core::Post& post) {
        // A conversation that was handed over may still change what it said elsewhere.
        if (const auto amended = desk::slack::parse_message(post.amends)) return amended->team;
        if (const auto place = desk::slack::parse_thread(post.thread)) return place->team;
        return std::string(desk::slack::parse_destination(post.destination.value).team);
    }
    template <class Outcome>
    void later(std::move_only_function<void(Outcome)> done, Outcome outcome) {
        all_.loop_.post([done = std::move(done), outcome = std::move(outcome)]() mutable {
            done(std::move(outcome));
        });
    }

    const Workspaces& all_;
};

Workspaces::Workspaces(const Surroundings& around, std::vector<desk::slack::OfficeOptions> options,
                       bool has_first)
    : loop_(around.loop), listener_(around.listener) {
    const bool is_one = options.size() == 1;
    for (desk::slack::OfficeOptions& one : options) {
        const Branch::Place place{is_one, !has_first || !branches_.empty()};
        branches_.push_back(std::make_unique<Branch>(*this, place, around, std::move(one)));
    }
    if (!is_one) switch_ = std::make_unique<Switch>(*this);
}

Workspaces::~Workspaces() = default;

void Workspaces::start() {
    for (const auto& branch : branches_) branch->office().start();
}

desk::Desk& Workspaces::desk() {
    if (is_one()) return branches_.front()->office().desk();
    return *switch_;
}

Workspaces::Branch* Workspaces::branch_of(std::string_view team) const {
    for (const auto& branch : branches_)
        if (!team.empty() && branch->team() == team) return branch.get();
    // The first one's destinations say no team; its team is not known before Slack has told it.
    Branch* const first = branches_.front().get();
    const bool may_be_first = team.empty() || first->team().empty();
    return may_be_first && !first->is_named() ? first : nullptr;
}

// Apps of their own sign with secrets of their own; where several would do, the team decides.
Workspaces::Branch& Workspaces::branch_for(const net::HttpRequest& request) const {
    std::vector<Branch*> signers;
    for (const auto& branch : branches_)
        if (branch->office().is_signed(request)) signers.push_back(branch.get());
    if (signers.empty()) return *branches_.front();
    if (signers.size() == 1) return *signers.front();
    Branch* const told = branch_of(team_of(request));
    const bool signs = std::ranges::find(signers, told) != signers.end();
    return signs ? *told : *signers.front();
}

void Workspaces::receive(net::HttpRequest request, Answer answer) {
    Branch& branch = is_one() ? *branches_.front() : branch_for(request);
    branch.office().receive(std::move(request), std::move(answer));
}

void Workspaces::take(desk::slack::SocketEnvelope envelope,
                      desk::slack::SocketMode::Answer answer) {
    Branch* branch = is_one() ? nullptr : branch_of(team_named_in(envelope.payload));
    if (!branch) branch = branches_.front().get();  // it says what is not its own
    branch->office().take(std::move(envelope), std::move(answer));
}

bool Workspaces::expects(std::string_view team) const { return branch_of(team) != nullptr; }

void Workspaces::use_token(std::string_view team, const std::string& token) {
    if (Branch* const branch = branch_of(team)) branch->office().use_token(token);
}

void Workspaces::say_alert(core::Alert alert, desk::slack::Alerts::Done done) {
    if (Branch* const branch = branch_of(desk::slack::parse_destination(alert.to).team))
        return branch->office().alerts().say(std::move(alert), std::move(done));
    loop_.post([done = std::move(done)]() mutable { done(false); });
}

void Workspaces::file_due(const DeskThreadId& thread, core::File file) {
    const auto place = desk::slack::parse_thread(thread);
    Branch* branch = branch_of(place ? place->team : std::string());
    if (!branch) branch = branches_.front().get();
    branch->office().file_due(std::move(file));
}

void Workspaces::erase() {
    for (const auto& branch : branches_) branch->office().erase();
}

void Workspaces::show_typing(const DeskThreadId& thread, const std::string& name, bool on) {
    const auto place = desk::slack::parse_thread(thread);
    Branch* const branch = place ? branch_of(place->team) : nullptr;
    if (branch) branch->office().typing().show(thread, name, on);
}

void Workspaces::homes_changed() {
    for (const auto& branch : branches_) branch->office().front().home().changed();
}

void Workspaces::sweep(const std::string& why) {
    for (const auto& branch : branches_) branch->office().sweep(why);
}

void Workspaces::on_missed(const desk::slack::SlackOffice::Missed& missed) {
    for (const auto& branch : branches_) branch->office().on_missed(missed);
}

std::int64_t Workspaces::destinations_parked() const {
    std::int64_t parked = 0;
    for (const auto& branch : branches_)
        for (const auto& [destination, channel] : branch->office().channels().all())
            parked += !channel.ready;
    return parked;
}

std::uint64_t Workspaces::events_missed() const {
    std::uint64_t missed = 0;
    for (const auto& branch : branches_) missed += branch->office().events_missed();
    return missed;
}

Error Workspaces::trouble() const {
    for (const auto& branch : branches_)
        if (!branch->office().trouble().code.empty()) return branch->office().trouble();
    return {};
}

std::string Workspaces::last_canary() const {
    for (const auto& branch : branches_) {
        const std::string& canary = branch->office().workspace().last_canary;
        if (!canary.empty()) return canary;
    }
    return {};
}

// Nothing is said before all of them are known: too few would tell customers that nobody is here.
void Workspaces::agents_counted() {
    std::int64_t sum = 0;
    for (const auto& branch : branches_) {
        if (branch->agents() < 0) return;
        sum += branch->agents();
    }
    listener_.agents_online(sum);
}

void Workspaces::away_changed(const std::set<std::string>& before,
                              const std::set<std::string>& now) {
    for (const std::string& agent : before)
        if (!now.contains(agent)) away_.erase(agent);
    away_.insert(now.begin(), now.end());
    listener_.keep_away({away_.begin(), away_.end()});
}

// The lanes go when the last workspace was read; until then a crash begins all of it anew.
void Workspaces::reconciled(core::ReconcileEnded ended,
                            std::move_only_function<void(std::optional<Error>)> done) {
    ended_.untold.insert(ended_.untold.end(), ended.untold.begin(), ended.untold.end());
    waiting_for_end_.push_back(std::move(done));
    if (waiting_for_end_.size() < branches_.size()) return;
    auto waiting =
        std::make_shared<decltype(waiting_for_end_)>(std::exchange(waiting_for_end_, {}));
    listener_.happened(std::exchange(ended_, {}), [waiting](const std::optional<Error>& refusal) {
        for (auto& one : *waiting) one(refusal);
    });
}

}  // namespace deskbell::app
