#include "app/admin_work.hpp"

#include "app/files.hpp"
#include "app/version.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "base/time.hpp"
#include "engine/forget.hpp"
#include "files/file_folder.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

namespace deskbell::app {
namespace {

constexpr std::int64_t sessions_limit = 50;
constexpr std::int64_t sessions_limit_max = 1'000;
constexpr std::int64_t page_sessions = 20;  // an errand each, so that nobody waits for long
constexpr std::int64_t page_events = 500;
constexpr std::size_t forgotten_bytes_max = 64u << 20;

constexpr std::array state_words = {"bot", "waiting", "open", "closed"};
constexpr std::array role_words = {"customer", "bot", "agent", "system"};
constexpr std::array stage_words = {"stored", "delivered", "seen", "failed"};

template <std::size_t size, class Enum>
const char* word_of(const std::array<const char*, size>& words, Enum value) {
    return words[static_cast<std::size_t>(value) % size];
}

json::object session_json(const core::Session& session) {
    json::object out = {{"id", session.id.value},
                        {"site", session.site.value},
                        {"state", word_of(state_words, session.state)},
                        {"created_at", to_rfc3339(session.created_at)},
                        {"customer",
                         {{"name", session.customer.name},
                          {"email", session.customer.email},
                          {"phone", session.customer.phone}}},
                        {"head", session.head}};
    if (auto attributes = parse_json_object(session.customer.attributes_json))
        out["customer"].as_object()["attributes"] = std::move(*attributes);
    if (session.agent) out["agent"] = session.agent->name;
    if (session.asked_at > 0) out["asked_at"] = to_rfc3339(session.asked_at);
    if (session.closed_at > 0) out["closed_at"] = to_rfc3339(session.closed_at);
    if (!session.topic.empty()) out["topic"] = session.topic;
    if (!session.page.url.empty()) out["page"] = session.page.url;
    if (session.rating)
        out["rating"] = {{"score", session.rating->score}, {"comment", session.rating->comment}};
    if (!session.destination.empty()) out["destination"] = session.destination.value;
    if (!session.thread.empty()) out["thread"] = session.thread.value;
    return out;
}

json::object message_json(const core::Message& message) {
    json::object out = {{"at", to_rfc3339(message.at)},
                        {"role", word_of(role_words, message.role)},
                        {"name", message.author_name},
                        {"text", message.text}};
    if (message.role == core::AuthorRole::customer)
        out["stage"] = word_of(stage_words, message.stage);
    if (message.deleted) out["deleted"] = true;
    return out;
}

Result<SessionId> id_of(const json::object& request) {
    SessionId id(string_or_empty(request, "id"));
    if (id.empty()) return fail("session_unknown", "Name a session.");
    return id;
}

std::unexpected<Error> unknown(const SessionId& id) {
    return fail("session_unknown", "There is no session " + id.value + ".");
}

}  // namespace

// The ids before the rows: a crash in between forgets once more at the next restore, and no row
// outlives its id in a backup unnoticed.
Result<void> note_forgotten(const std::string& path, const SessionId& id) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return fail("file_failed", path + " cannot be written.");
    const std::string line = id.value + "\n";
    const bool written =
        ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!written || !flush_folder_of(path))
        return fail("file_failed", path + " cannot be written.");
    return {};
}

Result<void> do_admin_work(const AdminContext& context, const json::object& request,
                           const Emit& emit) {
    const std::string command = string_or_empty(request, "command");
    if (command == "sessions") return work_sessions(context, request, emit);
    if (command == "transcript") return work_transcript(context, request, emit);
    if (command == "export") return work_export(context, request, emit);
    if (command == "forget") return work_forget(context, request, emit);
    if (command == "backup") return work_backup(context, request, emit);
    if (command == "status") return work_status(context, request, emit);
    return fail("command_unknown", "This server does not know `" + command + "`.");
}

Result<void> work_sessions(const AdminContext& context, const json::object& request,
                           const Emit& emit) {
    const std::int64_t limit = std::clamp<std::int64_t>(
        find_int(request, "limit").value_or(sessions_limit), 1, sessions_limit_max);
    const std::string state = string_or_empty(request, "state");
    SessionId before(string_or_empty(request, "before"));
    json::array sessions;
    for (bool more = true; more && static_cast<std::int64_t>(sessions.size()) < limit;) {
        if (!context.go_on()) return fail("stopping", "The server is stopping.");
        const auto read = context.with_store([&](store::Store& store) {
            const auto page = store.list_sessions(before, page_sessions);
            more = static_cast<std::int64_t>(page.size()) == page_sessions;
            for (const core::Session& session : page) {
                before = session.id;
                if (!state.empty() && state != word_of(state_words, session.state)) continue;
                if (static_cast<std::int64_t>(sessions.size()) < limit)
                    sessions.push_back(session_json(session));
            }
        });
        if (!read) return read;
    }
    emit(json::serialize(json::object{{"sessions", std::move(sessions)}}));
    return {};
}

Result<void> work_transcript(const AdminContext& context, const json::object& request,
                             const Emit& emit) {
    const auto id = id_of(request);
    if (!id) return std::unexpected(id.error());
    json::object out;
    const auto read = context.with_store([&](store::Store& store) {
        const auto session = store.session(*id);
        if (!session) return;
        out["session"] = session_json(*session);
        json::array messages;
        for (const core::Message& message : store.messages(*id))
            messages.push_back(message_json(message));
        out["messages"] = std::move(messages);
    });
    if (!read) return read;
    if (out.empty()) return unknown(*id);
    emit(json::serialize(out));
    return {};
}

namespace {

// As they are in the log, which nothing here needs to understand.
Result<std::string> events_of(const AdminContext& context, const SessionId& id) {
    std::string events;
    for (std::int64_t after = 0;;) {
        std::size_t got = 0;
        const auto read = context.with_store([&](store::Store& store) {
            for (const core::Event& event : store.events(id, after, page_events)) {
                after = event.seq;
                ++got;
                events += (events.empty() ? "" : ",") + event.json;
            }
        });
        if (!read) return std::unexpected(read.error());
        if (got < static_cast<std::size_t>(page_events)) return events;
    }
}

}  // namespace

Result<void> work_export(const AdminContext& context, const json::object& request,
                         const Emit& emit) {
    SessionId before;
    const std::string only = string_or_empty(request, "id");
    std::int64_t exported = 0;
    for (bool more = true; more;) {
        if (!context.go_on()) return fail("stopping", "The server is stopping.");
        std::vector<core::Session> page;
        const auto read = context.with_store([&](store::Store& store) {
            if (only.empty()) {
                page = store.list_sessions(before, page_sessions);
            } else if (auto session = store.session(SessionId(only))) {
                page.push_back(std::move(*session));
            }
        });
        if (!read) return read;
        more = only.empty() && static_cast<std::int64_t>(page.size()) == page_sessions;
        for (const core::Session& session : page) {
            before = session.id;
            auto events = events_of(context, session.id);
            if (!events) return std::unexpected(events.error());
            ++exported;
            if (!emit(R"({"session":)" + json::serialize(session_json(session)) + R"(,"events":[)" +
                      *events + "]}"))
                return fail("nobody_listens", "The reader went away.");
        }
    }
    if (!only.empty() && exported == 0) return unknown(SessionId(only));
    emit(json::serialize(json::object{{"exported", exported}}));
    return {};
}

Result<void> work_forget(const AdminContext& context, const json::object& request,
                         const Emit& emit) {
    const auto id = id_of(request);
    if (!id) return std::unexpected(id.error());
    bool known = false;
    std::string thread;
    if (auto read = context.with_store([&](store::Store& store) {
            const auto session = store.session(*id);
            known = session.has_value();
            if (session) thread = session->thread.value;
        });
        !read)
        return read;
    if (!known) return unknown(*id);
    DESKBELL_CRASH_POINT("forget.before_note");
    if (auto noted = note_forgotten(forgotten_file(context.database_file), *id); !noted)
        return noted;
    DESKBELL_CRASH_POINT("forget.noted");
    std::vector<FileId> files;
    const auto done = context.with_store([&](store::Store& store) {
        store.begin();
        files = engine::forget_session(store, *id, context.clock.wall_ms());
        store.commit();
        DESKBELL_CRASH_POINT("forget.removed");
        store.erase_traces();
    });
    if (!done) return done;
    // Should this be cut short, the next start removes what no row knows.
    if (const auto folder = files::FileFolder::open(context.files_folder); folder) {
        for (const FileId& file : files) folder->remove(file);
    }
    json::object out = {{"forgotten", id->value}};
    // The server takes its own posts away there; backups keep it until they are pruned.
    if (!thread.empty()) out["thread"] = thread;
    emit(json::serialize(out));
    return {};
}

Result<void> work_status(const AdminContext& context, const json::object&, const Emit& emit) {
    json::object out = {{"version", version()}, {"running", false}};
    const auto read = context.with_store([&](store::Store& store) {
        out["reconciling"] = !store.note("reconcile_since").empty();
        out["last_backup_at"] = store.note("last_backup_at");
    });
    if (!read) return read;
    if (context.describe) context.describe(out);
    emit(json::serialize(out));
    return {};
}

std::string forgotten_file(const std::string& database_file) {
    return database_file + ".forgotten";
}

std::vector<SessionId> forgotten_sessions(const std::string& database_file) {
    std::vector<SessionId> forgotten;
    const auto text = read_file(forgotten_file(database_file), forgotten_bytes_max);
    std::istringstream lines(text.value_or(""));
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty()) forgotten.emplace_back(line);
    }
    return forgotten;
}

std::size_t forget_again(store::Store& store, const std::string& database_file, WallMs now) {
    std::size_t found = 0;
    for (const SessionId& id : forgotten_sessions(database_file)) {
        if (!store.session(id)) continue;
        store.begin();
        (void)engine::forget_session(store, id, now);
        store.commit();
        ++found;
    }
    if (found > 0) store.erase_traces();
    return found;
}

}  // namespace deskbell::app
