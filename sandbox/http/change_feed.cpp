#include "sandbox/http/change_feed.hpp"

#include <vector>

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t gather_ms = 50;
constexpr std::int64_t keep_alive_ms = 15'000;

class Page final : public net::ResponseStreamHandler {
public:
    Page(std::shared_ptr<ChangeFeed::Pages> pages, std::string first)
        : pages_(std::move(pages)), first_(std::move(first)) {}

    void on_open(net::ResponseStream& stream) override {
        stream_ = &stream;
        pages_->streams.insert(stream_);
        stream.write(first_);
    }
    void on_close() override { pages_->streams.erase(stream_); }

private:
    std::shared_ptr<ChangeFeed::Pages> pages_;
    std::string first_;
    net::ResponseStream* stream_ = nullptr;
};

void write_all(const ChangeFeed::Pages& pages, const std::string& bytes) {
    // A write may close its stream: the set is copied first, and asked again.
    const std::vector<net::ResponseStream*> streams(pages.streams.begin(), pages.streams.end());
    for (net::ResponseStream* stream : streams)
        if (pages.streams.contains(stream)) stream->write(bytes);
}

}  // namespace

ChangeFeed::ChangeFeed(Loop& loop, const Slack& slack)
    : loop_(loop), slack_(slack), pages_(std::make_shared<Pages>()) {}

ChangeFeed::~ChangeFeed() = default;

std::string ChangeFeed::news() const {
    return "data: {\"version\":" + std::to_string(slack_.version()) + "}\n\n";
}

void ChangeFeed::open(net::Exchange& exchange) {
    if (pages_->streams.size() >= pages_max) {
        exchange.respond({503, {{"content-type", "text/plain"}}, "Too many pages are open.\n"});
        return;
    }
    net::HttpResponse head;
    head.headers = {{"content-type", "text/event-stream"}, {"cache-control", "no-store"}};
    exchange.stream(std::move(head), std::make_unique<Page>(pages_, news()));
    if (alive_timer_ == 0) keep_alive();
}

void ChangeFeed::changed() {
    if (tell_timer_ != 0 || slack_.version() == told_version_ || pages_->streams.empty()) return;
    tell_timer_ = loop_.after(gather_ms, [this] {
        tell_timer_ = 0;
        tell();
    });
}

void ChangeFeed::tell() {
    told_version_ = slack_.version();
    write_all(*pages_, news());
}

void ChangeFeed::keep_alive() {
    alive_timer_ = loop_.after(keep_alive_ms, [this] {
        alive_timer_ = 0;
        if (pages_->streams.empty()) return;
        write_all(*pages_, ":\n\n");
        keep_alive();
    });
}

}  // namespace deskbell::sandbox
