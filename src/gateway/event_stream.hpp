#pragma once
// One customer's event stream (Server-Sent Events): the log from a seq on, then live, over HTTP.
//
// `id:` is the seq, so that a browser resumes by itself with Last-Event-ID. Live frames that are
// not in the log come as named events without an id. Threading: the loop's thread; owned by the
// connection. A reader that is too slow is cut by the server and resumes where it was.

#include "gateway/context.hpp"
#include "gateway/event_feed.hpp"
#include "net/http_server.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::gateway {

class EventStream final : public net::ResponseStreamHandler, public Listener {
public:
    // `first` answers a read after `after`, asked for at `asked_at`.
    EventStream(Context& context, std::int64_t after, Reply first, SteadyMs asked_at);
    ~EventStream() override;

    [[nodiscard]] static net::HttpResponse head();

    void on_open(net::ResponseStream& stream) override;
    void on_close() override;

    void pushed(const Push& push, const std::string& frame) override;
    void live(const std::string& frame) override;
    [[nodiscard]] SteadyMs due(SteadyMs now) override;
    void resume() override;
    void evict() override;
    void shut_out() override;
    void drain() override;
    [[nodiscard]] std::uint64_t epoch() const override { return epoch_; }

private:
    void read_more();
    void page_read(const Reply& reply);
    void write_page(const std::vector<core::Event>& events);
    void write_event(std::int64_t seq, std::string_view json);
    void write(std::string_view bytes);
    void finish();

    static constexpr std::int64_t page_events_max = 200;
    static constexpr std::size_t burst_bytes_max = 128u << 10;  // then a pause, for slow readers
    static constexpr std::int64_t comment_every_ms = 20'000;

    Context& context_;
    net::ResponseStream* stream_ = nullptr;
    Reply first_;
    std::string session_;
    EventFeed feed_;
    SteadyMs asked_at_;
    SteadyMs next_comment_ = 0;
    std::uint64_t epoch_;
    ListenerHandle handle_;
    bool paused_ = false;
    bool closing_ = false;
};

}  // namespace deskbell::gateway
