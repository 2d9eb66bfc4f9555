#pragma once
// REST: one function a route. Each checks who asks and what, submits one command, and renders its
// reply; the engine's rules decide everything else.
//
// Threading: the loop's thread. Answers may come later; the exchange lives until then.

#include "gateway/context.hpp"
#include "gateway/requests.hpp"
#include "net/http_server.hpp"

#include <memory>

namespace deskbell::gateway {

using ExchangePtr = std::shared_ptr<net::Exchange>;

void get_config(Context& context, ExchangePtr exchange);
void create_session(Context& context, ExchangePtr exchange);
void get_session(Context& context, ExchangePtr exchange);
void change_session(Context& context, ExchangePtr exchange);
void get_events(Context& context, ExchangePtr exchange);
void stream_events(Context& context, ExchangePtr exchange);
void post_message(Context& context, ExchangePtr exchange);
void change_message(Context& context, ExchangePtr exchange);
void withdraw_message(Context& context, ExchangePtr exchange);
void forget_session(Context& context, ExchangePtr exchange);
void post_handoff(Context& context, ExchangePtr exchange);
void post_read(Context& context, ExchangePtr exchange);
void post_typing(Context& context, ExchangePtr exchange);
void post_close(Context& context, ExchangePtr exchange);
void post_rating(Context& context, ExchangePtr exchange);
void post_file(Context& context, ExchangePtr exchange);
void get_transcript(Context& context, ExchangePtr exchange);
void get_file_links(Context& context, ExchangePtr exchange);
void get_file(Context& context, ExchangePtr exchange);
void open_socket(Context& context, ExchangePtr exchange);

}  // namespace deskbell::gateway
