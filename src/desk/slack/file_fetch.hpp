#pragma once
// Agents' files: asked about, fetched with the bot's token, known by their content, kept.
//
// Who calls it: the office, with what the engine says is due, at each start again. A few at a time;
// what fails for now is tried again for some minutes, then said to have failed.
// What it never does: follow an address that is not Slack's, or a redirect; take a page that asks
// to sign in for a file; keep what the operator does not allow.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/desk.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/workspace.hpp"
#include "files/disk_thread.hpp"
#include "files/file_folder.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct FetchOptions {
    const files::FileFolder* folder = nullptr;  // none: no file is taken; both outlive the desk
    files::DiskThread* disk = nullptr;
    std::int64_t bytes_max = 20'000'000;
    std::vector<std::string> types;
};

class FileFetch {
public:
    FileFetch(Loop& loop, SlackClient& client, Workspace& workspace, DeskListener& listener,
              Random& random, FetchOptions options);
    ~FileFetch();

    void due(core::File file);

private:
    struct Fetch {
        core::File file;
        unsigned failures = 0;
        std::string url;
        std::string temporary;
    };
    using FetchPtr = std::shared_ptr<Fetch>;

    void start_some();
    void ask(FetchPtr fetch);
    void asked(const FetchPtr& fetch, const SlackReply& reply);
    void download(const FetchPtr& fetch);
    void downloaded(const FetchPtr& fetch, const net::ClientAnswer& answer);
    void keep(const FetchPtr& fetch);
    void kept(const FetchPtr& fetch, const std::string& trouble, bool definite);
    void again(const FetchPtr& fetch, const std::string& why);
    void fail(const FetchPtr& fetch, const std::string& code);
    void tell(const FetchPtr& fetch, core::Command command, unsigned tries);
    void ended(const FetchPtr& fetch);
    void later(std::int64_t delay_ms, std::move_only_function<void()> work);

    Loop& loop_;
    SlackClient& client_;
    Workspace& workspace_;
    DeskListener& listener_;
    Random& random_;
    const FetchOptions options_;
    std::deque<FetchPtr> waiting_;  // as many as the store says are coming
    std::set<FileId> known_;        // waiting or on their way
    std::size_t running_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
