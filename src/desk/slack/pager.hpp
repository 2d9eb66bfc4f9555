#pragma once
// Reads a list of Slack's to its end, page by page; a page may be short or empty while more remain.

#include "desk/slack/slack_client.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace deskbell::desk::slack {

// How calls are made: the client's way, or through a budget.
using Caller =
    std::function<void(const std::string& method, Fields fields, SlackClient::Callback callback)>;

[[nodiscard]] inline Caller caller_of(SlackClient& client) {
    return [&client](const std::string& method, Fields fields, SlackClient::Callback callback) {
        client.call(method, std::move(fields), std::move(callback));
    };
}

struct PagedRead {
    std::string method;
    Fields fields;
    std::string items;           // the name of the list: "messages", "channels"
    std::size_t pages_max = 50;  // past it the read ends as if it had failed
    // Gets each page; false ends the reading, well.
    std::function<bool(const json::array& items)> page;
    // The last answer: ok when the end was reached or the reader had enough.
    std::move_only_function<void(const SlackReply& last)> done;
};

inline void read_pages(Caller call, std::shared_ptr<PagedRead> read, const std::string& cursor = {},
                       std::size_t pages = 0) {
    Fields fields = read->fields;
    if (!cursor.empty()) fields.push_back({"cursor", cursor});
    const std::string method = read->method;
    const Caller again = call;
    call(method, std::move(fields), [again, read, pages](SlackReply reply) {
        if (!reply.ok()) return read->done(reply);
        if (!read->page(array_at(reply.body, read->items))) return read->done(reply);
        std::string next(text_at(object_at(reply.body, "response_metadata"), "next_cursor"));
        if (next.empty()) return read->done(reply);
        if (pages + 1 >= read->pages_max) {
            reply.kind = SlackReply::Kind::unknown;
            reply.error = "too_many_pages";
            return read->done(reply);
        }
        read_pages(again, read, next, pages + 1);
    });
}

}  // namespace deskbell::desk::slack
