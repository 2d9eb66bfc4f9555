#pragma once
// How clients see a session and its log (docs/protocol.md): the only place that writes that JSON.
// Every function returns whole, valid JSON; texts must be valid UTF-8 (the rules see to it).

#include "core/session.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace deskbell::core {

[[nodiscard]] std::string_view name_of(SessionState state);
[[nodiscard]] std::string_view name_of(AuthorRole role);
[[nodiscard]] std::string_view name_of(Stage stage);
[[nodiscard]] std::string_view name_of(FileState state);

// {"id","state","created_at","customer",…}: `agent` while open, `queue` while waiting.
[[nodiscard]] std::string render_session(const Session& session);

struct Stamp {  // what every entry of the log begins with
    std::int64_t seq = 0;
    WallMs at = 0;
};

[[nodiscard]] std::string render_message_event(Stamp stamp, const Message& message,
                                               bool offers_human);
[[nodiscard]] std::string render_edited_event(Stamp stamp, const Message& message);
[[nodiscard]] std::string render_deleted_event(Stamp stamp, const MessageId& message);
[[nodiscard]] std::string render_session_event(Stamp stamp, const Session& session);
// Only the fields in which `after` differs from `before`.
[[nodiscard]] std::string render_customer_event(Stamp stamp, const Customer& before,
                                                const Customer& after);
[[nodiscard]] std::string render_receipt_event(Stamp stamp, const MessageId& message, Stage stage,
                                               std::string_view reason);
// {"id","name","type","size","width"?,"height"?,"state",…}
[[nodiscard]] std::string render_file(const File& file);
[[nodiscard]] std::string render_file_event(Stamp stamp, const File& file);
[[nodiscard]] std::string render_rating_event(Stamp stamp, const Rating& rating);

}  // namespace deskbell::core
