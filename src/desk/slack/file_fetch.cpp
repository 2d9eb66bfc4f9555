#include "desk/slack/file_fetch.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "files/content.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t at_once_max = 2;
constexpr unsigned failures_max = 6;
constexpr std::int64_t first_wait_ms = 1'000;
constexpr std::int64_t wait_ms_max = 300'000;

// What was fetched, judged by its bytes. Definite: fetching it again would not help.
struct Verdict {
    std::string trouble;  // empty: it is kept
    bool definite = false;
};

// On the disk's thread. Fills in what the bytes say.
Verdict judge_and_keep(const FetchOptions& options, const std::string& temporary,
                       std::int64_t expected, core::File& file) {
    auto content = files::read_content(temporary);
    if (!content) return {"file_not_stored", false};
    const bool page = files::looks_like_html(content->prefix);
    // Slack answers 200 and a page to sign in at when it does not like the token.
    if (page && file.type.find("html") == std::string::npos) return {"sign_in_page", false};
    if (expected > 0 && content->size != expected) return {"cut_short", false};
    if (content->size == 0) return {"file_empty", true};
    if (content->size > options.bytes_max) return {"too_large", true};
    file.type = files::type_of(content->prefix, file.name);
    if (!files::is_allowed(file.type, options.types)) return {"type_not_allowed", true};
    file.size = content->size;
    file.hash = content->hash;
    if (const auto size = files::picture_size(content->prefix)) {
        file.width = size->width;
        file.height = size->height;
    }
    if (!options.folder->adopt(temporary, file.id)) return {"file_not_stored", false};
    return {};
}

}  // namespace

FileFetch::FileFetch(Loop& loop, SlackClient& client, Workspace& workspace, DeskListener& listener,
                     Random& random, FetchOptions options)
    : loop_(loop),
      client_(client),
      workspace_(workspace),
      listener_(listener),
      random_(random),
      options_(std::move(options)) {}

FileFetch::~FileFetch() = default;

void FileFetch::later(std::int64_t delay_ms, std::move_only_function<void()> work) {
    loop_.after(delay_ms, [alive = std::weak_ptr(alive_), work = std::move(work)]() mutable {
        if (!alive.expired()) work();
    });
}

void FileFetch::due(core::File file) {
    if (!known_.insert(file.id).second) return;
    auto fetch = std::make_shared<Fetch>();
    fetch->file = std::move(file);
    waiting_.push_back(std::move(fetch));
    start_some();
}

void FileFetch::start_some() {
    while (running_ < at_once_max && !waiting_.empty()) {
        const FetchPtr fetch = std::move(waiting_.front());
        waiting_.pop_front();
        ++running_;
        if (!options_.folder) {
            fail(fetch, "files_disabled");
        } else {
            ask(fetch);
        }
    }
}

// What the event said may be little, and old.
void FileFetch::ask(FetchPtr fetch) {
    DESKBELL_CRASH_POINT("slack.fetch.before_ask");
    client_.call("files.info", {{"file", fetch->file.desk_file.value}},
                 [this, alive = std::weak_ptr(alive_), fetch](const SlackReply& reply) {
                     if (!alive.expired()) asked(fetch, reply);
                 });
}

void FileFetch::asked(const FetchPtr& fetch, const SlackReply& reply) {
    if (reply.kind == SlackReply::Kind::rate_limited) {  // no failure of its own
        return later(reply.retry_after_ms + static_cast<std::int64_t>(random_.below(500)),
                     [this, fetch] { ask(fetch); });
    }
    if (!reply.ok()) {
        const bool gone = reply.error == "file_not_found" || reply.error == "file_deleted";
        if (gone && reply.error == "file_deleted") return fail(fetch, "deleted");
        return again(fetch, reply.error);
    }
    const json::object& info = object_at(reply.body, "file");
    const std::string_view mode = text_at(info, "mode");
    if (mode == "tombstone") return fail(fetch, "deleted");
    if (mode == "external" || find_bool(info, "is_external").value_or(false))
        return fail(fetch, "external");
    core::File& file = fetch->file;
    if (const std::string_view name = text_at(info, "name"); !name.empty())
        file.name = files::safe_name(name);
    file.type = text_at(info, "mimetype");
    file.size = find_int(info, "size").value_or(0);
    if (file.size > options_.bytes_max) return fail(fetch, "too_large");
    fetch->url = text_at(info, "url_private_download");
    if (fetch->url.empty()) fetch->url = text_at(info, "url_private");
    if (fetch->url.empty()) return again(fetch, "no_address");
    if (!client_.is_slacks(fetch->url)) {
        workspace_.count("file_foreign_address");
        return fail(fetch, "foreign_address");
    }
    download(fetch);
}

void FileFetch::download(const FetchPtr& fetch) {
    fetch->temporary = options_.folder->temporary_path(random_);
    client_.download(fetch->url, fetch->temporary, options_.bytes_max,
                     [this, alive = std::weak_ptr(alive_), fetch](const net::ClientAnswer& answer) {
                         if (!alive.expired()) downloaded(fetch, answer);
                     });
}

void FileFetch::downloaded(const FetchPtr& fetch, const net::ClientAnswer& answer) {
    using Kind = net::ClientAnswer::Kind;
    if (answer.kind == Kind::answered && answer.status == 200) return keep(fetch);
    files::remove_path(fetch->temporary);
    if (answer.kind != Kind::answered) return again(fetch, "no_answer");
    // A redirect leads to where one signs in; the token stays here.
    again(fetch, "http_" + std::to_string(answer.status));
}

void FileFetch::keep(const FetchPtr& fetch) {
    files::DiskThread::Work work = [&loop = loop_, options = options_,
                                    alive = std::weak_ptr(alive_), this, fetch] {
        core::File file = fetch->file;
        const Verdict verdict = judge_and_keep(options, fetch->temporary, file.size, file);
        if (!verdict.trouble.empty()) files::remove_path(fetch->temporary);
        DESKBELL_CRASH_POINT("slack.fetch.kept");
        loop.post([alive, this, fetch, file = std::move(file), verdict]() mutable {
            if (alive.expired()) return;
            fetch->file = std::move(file);
            kept(fetch, verdict.trouble, verdict.definite);
        });
    };
    if (!options_.disk->try_post(work)) again(fetch, "busy");
}

void FileFetch::kept(const FetchPtr& fetch, const std::string& trouble, bool definite) {
    if (definite) return fail(fetch, trouble);
    if (!trouble.empty()) return again(fetch, trouble);
    workspace_.count("file_fetched");
    tell(fetch, core::FileFetched{fetch->file}, 0);
}

void FileFetch::again(const FetchPtr& fetch, const std::string& why) {
    workspace_.count("file_fetch_failed");
    log::info("slack: a file could not be fetched: {}", why);
    if (++fetch->failures >= failures_max) return fail(fetch, why);
    const std::int64_t wait =
        std::min(wait_ms_max, first_wait_ms << std::min(2 * (fetch->failures - 1), 20U));
    // Others need not wait for it meanwhile.
    --running_;
    later(wait, [this, fetch] {
        waiting_.push_back(fetch);
        start_some();
    });
    start_some();
}

void FileFetch::fail(const FetchPtr& fetch, const std::string& code) {
    log::warn("slack: a file of an agent is not passed on: {}", code);
    tell(fetch, core::FileFailed{fetch->file.id, code}, 0);
}

// Told until it is durable; should the process end before, the next one fetches it again.
void FileFetch::tell(const FetchPtr& fetch, core::Command command, unsigned tries) {
    core::Command copy = command;
    listener_.happened(
        std::move(copy), [this, alive = std::weak_ptr(alive_), fetch, command = std::move(command),
                          tries](const std::optional<Error>& refusal) mutable {
            if (alive.expired()) return;
            if (!refusal || !refusal->retry_after_ms) return ended(fetch);
            const std::int64_t wait = std::min(wait_ms_max, first_wait_ms << std::min(tries, 8U));
            later(wait, [this, fetch, command = std::move(command), tries]() mutable {
                tell(fetch, std::move(command), tries + 1);
            });
        });
}

void FileFetch::ended(const FetchPtr& fetch) {
    known_.erase(fetch->file.id);
    --running_;
    start_some();
}

}  // namespace deskbell::desk::slack
