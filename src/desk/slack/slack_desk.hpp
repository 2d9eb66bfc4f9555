#pragma once
// The Desk over Slack: threads in channels, their parents kept true, and Slack's quirks kept here.
//
// What this is: one post, one answer, honestly sorted into surely there, surely not, and unknown.
// Who calls it: the courier. Everything runs on the office loop.
// What it never does: believe "ok" without checking where the post came out; retry a post (but a
// refusal of its form, once, without it); post into a channel another company can read.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/desk.hpp"
#include "desk/slack/blocks.hpp"
#include "desk/slack/channels.hpp"
#include "desk/slack/event_parser.hpp"
#include "desk/slack/pager.hpp"
#include "desk/slack/signature.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/workspace.hpp"
#include "files/file_folder.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct DeskOptions {
    std::vector<Destination> destinations;      // all that routes name
    std::string expected_team;                  // empty: whichever the token is of
    bool customer_names = true;                 // post under the customer's name when Slack allows
    bool private_channels_only = false;         // no customer's thread where everybody can read it
    const files::FileFolder* folder = nullptr;  // where customers' files are; none: no files
};

class SlackDesk final : public Desk {
public:
    SlackDesk(Loop& loop, SlackClient& client, Workspace& workspace, DeskListener& listener,
              Random& random, DeskOptions options);
    ~SlackDesk() override;

    // Finds out who we are, then the channels; repeats until it works.
    void start();
    // Somebody did something about it: not when its time comes, but now.
    void try_now();

    void post(core::Post post, std::move_only_function<void(PostOutcome)> done) override;
    void look_up(core::Post post, std::move_only_function<void(LookUpOutcome)> done) override;
    void show_card(core::Card card, std::move_only_function<void(CardOutcome)> done) override;
    void take_back(Copy copy, std::move_only_function<void(TakenBack)> done) override;
    [[nodiscard]] bool reads_are_scarce() const override { return client_.reads_are_scarce(); }

    // A message of ours that stands where it must not: deleted, as often as it takes (bounded).
    void take_back_stray(const Place& message) {
        if (removed_.contains(message.channel + "/" + message.ts)) return;
        remove(message, {}, {});
    }
    // A doubled parent was answered: what agents said under it must be read.
    void on_answered_copy(std::function<void(const Place& parent)> answered) {
        answered_copy_ = std::move(answered);
    }
    void channel_changed(const std::string& channel, bool open, const std::string& why) {
        channels_.changed(channel, open, why);
    }
    void on_trouble(
        std::function<void(const Destination&, const std::string& code, const std::string& fix)>
            trouble) {
        channels_.on_trouble(std::move(trouble));
    }
    void closed(const std::string& why);  // Slack said so by an event

    // Somebody closed a conversation: the last that was said in its thread must not be missed.
    void on_closed(std::function<void(const DeskThreadId&)> closed) {
        card_closed_ = std::move(closed);
    }
    // A post of ours stands where it should; an event must tell of it.
    void on_posted(std::function<void(const Place&)> posted) { posted_ = std::move(posted); }
    // We are let in again after having been shut out, or unheard.
    void on_back(std::function<void()> back) { back_ = std::move(back); }

    [[nodiscard]] const Channels& channels() const { return channels_; }
    // Empty once we know who we are and nothing speaks against posting.
    [[nodiscard]] const Error& trouble() const { return trouble_; }

private:
    // One post on its way.
    struct Posting {
        core::Post post;
        std::string channel;
        std::string thread_ts;    // empty: it opens the thread
        bool named = false;       // under the customer's name
        bool with_blocks = true;  // false: the second try of a form that was refused
        std::string upload;       // a file's id at Slack, once it has one
        std::move_only_function<void(PostOutcome)> done;
    };
    struct LookUp {
        core::Post post;
        std::string channel;
        std::string thread_ts;  // empty: it is a parent
        std::vector<std::string> copies;
        std::move_only_function<void(LookUpOutcome)> done;
    };

    void identify();
    void identified(const SlackReply& reply);
    void identify_later(std::int64_t first_ms, std::int64_t most_ms);

    [[nodiscard]] std::optional<PostOutcome> turned_away(const core::Post& post,
                                                         std::string& channel);
    void send(std::shared_ptr<Posting> posting);
    void sent(const std::shared_ptr<Posting>& posting, const SlackReply& reply);
    [[nodiscard]] bool simplify(Posting& posting, const SlackReply& reply);
    void check_place(const std::shared_ptr<Posting>& posting, const SlackReply& reply);

    // amend.cpp
    void amend(std::shared_ptr<Posting> posting);
    void show_amended(std::shared_ptr<Posting> posting, const Place& place);
    void remove_posted_file(std::shared_ptr<Posting> posting);

    // post_file.cpp
    void post_file(std::shared_ptr<Posting> posting);
    void remove_upload(std::shared_ptr<Posting> posting);
    void reserve(std::shared_ptr<Posting> posting);
    void upload(std::shared_ptr<Posting> posting, const std::string& url);
    void complete(std::shared_ptr<Posting> posting);
    void await_share(std::shared_ptr<Posting> posting, unsigned tries);
    void share_read(const std::shared_ptr<Posting>& posting, const SlackReply& reply,
                    unsigned tries);
    void look_up_file(std::shared_ptr<LookUp> look);

    [[nodiscard]] Caller patient_caller();
    void call_patiently(const std::string& method, Fields fields, SlackClient::Callback callback,
                        unsigned tries);
    void read_back(std::shared_ptr<LookUp> look);
    void find_strays(std::shared_ptr<LookUp> look);
    void conclude(const std::shared_ptr<LookUp>& look);
    [[nodiscard]] std::string oldest_for(const core::Post& post) const;

    void show_moved(const Place& from, core::Card card,
                    std::move_only_function<void(CardOutcome)> done);
    void show_parent(const Place& place, const core::Card& card,
                     std::move_only_function<void(CardOutcome)> done);

    using Removed = std::move_only_function<void(bool gone)>;
    void remove(const Place& message, std::move_only_function<void()> tried, Removed removed,
                unsigned failures = 0);
    void take_back_parent(const Place& parent, const DeskThreadId& goes_on_in,
                          std::move_only_function<void(TakenBack)> done);
    void show_the_way(const Place& parent, const DeskThreadId& goes_on_in,
                      std::move_only_function<void(TakenBack)> done);
    void later(std::int64_t delay_ms, std::move_only_function<void()> work);

    Loop& loop_;
    SlackClient& client_;
    Workspace& workspace_;
    DeskListener& listener_;
    Random& random_;
    DeskOptions options_;
    Channels channels_;
    bool customer_names_;
    Recent removed_{1'000};
    std::function<void(const Place&)> answered_copy_;
    std::function<void(const DeskThreadId&)> card_closed_;
    std::function<void(const Place&)> posted_;
    std::function<void()> back_;
    Error trouble_{"slack_starting", "Slack has not answered yet."};
    unsigned identify_failures_ = 0;
    TimerId identify_timer_ = 0;
#ifdef DESKBELL_TEST_HOOKS
    DeskThreadId last_target_;  // planted: shared_target
#endif
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
