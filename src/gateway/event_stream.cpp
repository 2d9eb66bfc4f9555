#include "gateway/event_stream.hpp"

#include "gateway/responses.hpp"

#include <utility>

namespace deskbell::gateway {

EventStream::EventStream(Context& context, std::int64_t after, Reply first, SteadyMs asked_at)
    : context_(context),
      first_(std::move(first)),
      session_(first_.session.id.value),
      asked_at_(asked_at),
      epoch_(context.next_epoch()) {
    feed_.start(after, first_.session.head);
}

EventStream::~EventStream() {
    if (stream_) on_close();
}

net::HttpResponse EventStream::head() {
    net::HttpResponse response{.status = 200, .headers = {}, .body = {}};
    response.headers.push_back({"content-type", "text/event-stream"});
    response.headers.push_back({"cache-control", "no-store"});
    response.headers.push_back({"x-accel-buffering", "no"});  // nginx would hold events back
    return response;
}

void EventStream::on_open(net::ResponseStream& stream) {
    stream_ = &stream;
    next_comment_ = context_.now() + comment_every_ms;
    handle_ = context_.hub.add(*this, next_comment_);
    context_.listen(handle_, session_);
    ++context_.commons.counters.streams_open;
    write("retry: 2000\n\n");
    const Reply first = std::exchange(first_, {});
    write_page(first.events);
    if (context_.hub.may_have_missed(session_, first.session.head, asked_at_) ||
        (feed_.is_behind() && !paused_))
        read_more();
    if (context_.draining) finish();
}

void EventStream::on_close() {
    closing_ = true;
    context_.hub.unbind(handle_, session_);
    context_.hub.remove(handle_);
    stream_ = nullptr;
    --context_.commons.counters.streams_open;
}

void EventStream::pushed(const Push& push, const std::string&) {
    switch (feed_.offer(push.seq)) {
        case EventFeed::Verdict::send:
            return write_event(push.seq, *push.json);
        case EventFeed::Verdict::read:
            if (!paused_) read_more();
            return;
        case EventFeed::Verdict::drop:
            return;
    }
}

void EventStream::live(const std::string& frame) { write("event: live\ndata: " + frame + "\n\n"); }

SteadyMs EventStream::due(SteadyMs now) {
    if (closing_) return now + comment_every_ms;
    if (now >= next_comment_) {
        write(": still here\n\n");
        next_comment_ = now + comment_every_ms;
    }
    if (feed_.is_behind() && !paused_) read_more();
    return next_comment_;
}

void EventStream::resume() {
    paused_ = false;
    if (feed_.is_behind()) read_more();
}

void EventStream::evict() { finish(); }

void EventStream::shut_out() { finish(); }

void EventStream::drain() { finish(); }

void EventStream::read_more() {
    if (closing_ || feed_.is_reading()) return;
    feed_.begin_read();
    ++context_.commons.counters.catch_up_reads;
    context_.backend.submit(
        core::ReadEvents{feed_.after(), page_events_max}, Address{SessionId(session_), {}},
        [context = context_.weak_from_this(), handle = handle_](const Reply& reply) {
            const auto alive = context.lock();
            if (!alive) return;
            if (auto* stream = static_cast<EventStream*>(alive->hub.find(handle)))
                stream->page_read(reply);
        });
}

void EventStream::page_read(const Reply& reply) {
    if (reply.refusal) {
        feed_.end_read(feed_.head());
        if (status_of(reply.refusal->code) < 500) return finish();    // the session is gone
        return context_.hub.wake_at(handle_, context_.now() + 1000);  // due() reads again
    }
    const std::int64_t before = feed_.after();
    feed_.end_read(reply.session.head);
    write_page(reply.events);
    if (paused_ || !feed_.is_behind()) return;
    if (feed_.after() > before) return read_more();
    context_.hub.wake_at(handle_, context_.now() + 1000);
}

void EventStream::write_page(const std::vector<core::Event>& events) {
    std::size_t bytes = 0;
    for (const core::Event& event : events) {
        if (closing_) return;
        if (bytes > burst_bytes_max) {
            paused_ = true;
            return context_.hub.resume_soon(handle_);
        }
        if (!feed_.accept(event.seq)) continue;
        write_event(event.seq, event.json);
        bytes += event.json.size();
    }
}

void EventStream::write_event(std::int64_t seq, std::string_view json) {
    std::string text = "id: " + std::to_string(seq) + "\ndata: ";
    text += json;  // one line: JSON written by core has no line breaks
    text += "\n\n";
    ++context_.commons.counters.events_sent;
    write(text);
}

void EventStream::write(std::string_view bytes) {
    if (closing_) return;
    if (stream_->write(bytes) == net::SendStatus::overflow) closing_ = true;
}

void EventStream::finish() {
    if (closing_) return;
    closing_ = true;
    stream_->finish();
}

}  // namespace deskbell::gateway
