// Files: a customer's into the thread, an agent's to the customer. Facts: `files`, `file_usage`;
// for UploadBegun `letter`. The bytes themselves are elsewhere; what is decided here is whose they
// are and what becomes of them.

#include "base/text.hpp"
#include "core/details.hpp"
#include "core/draft.hpp"
#include "core/ids.hpp"
#include "core/letter_codec.hpp"
#include "core/render.hpp"

#include <algorithm>

namespace deskbell::core {
namespace {

constexpr std::size_t name_characters_max = 200;

void tell(Draft& draft, const File& file) {
    draft.add_event(
        [&](std::int64_t seq, WallMs at) { return render_file_event({seq, at}, file); });
}

void drop(Draft& draft, File file, const std::string& reason) {
    if (file.state == FileState::gone) return;
    file.state = FileState::gone;
    file.reason = reason;
    draft.decision.files_dropped.push_back(file.id);
    // What nobody sent, nobody misses.
    if (!file.message.empty()) tell(draft, file);
    draft.decision.files_changed.push_back(std::move(file));
}

std::string megabytes(std::int64_t bytes) {
    return std::to_string((bytes + 500'000) / 1'000'000) + " MB";
}

std::optional<Error> quota_refusal(const FileUsage& usage, const File& file, const Policy& policy) {
    const char* const code = "files_quota_exceeded";
    if (usage.session_files + 1 > policy.files_a_session_max)
        return Error{code,
                     "A conversation may have at most " +
                         std::to_string(policy.files_a_session_max) + " files.",
                     std::nullopt};
    if (usage.session_bytes + file.size > policy.file_bytes_a_session_max)
        return Error{code,
                     "The files of a conversation may have at most " +
                         megabytes(policy.file_bytes_a_session_max) + ".",
                     std::nullopt};
    if (usage.site_bytes + file.size > policy.file_bytes_a_site_max)
        return Error{code, "This site has no room for more files right now.", std::nullopt};
    return std::nullopt;
}

}  // namespace

Decision decide_one(Draft draft, const FileUploaded& command) {
    const Session& session = draft.session();
    File file = command.file;
    if (draft.moment.policy.file_bytes_max == 0)
        return draft.refuse("files_disabled", "This server takes no files.");
    if (file.size > draft.moment.policy.file_bytes_max)
        return draft.refuse(
            "file_too_large",
            "A file may have at most " + megabytes(draft.moment.policy.file_bytes_max) + ".");
    if (auto refusal = quota_refusal(draft.facts.file_usage, file, draft.moment.policy))
        return draft.refuse(std::move(*refusal));
    file.session = session.id;
    file.site = session.site;
    file.at = draft.moment.now;
    draft.decision.files_added.push_back(std::move(file));
    return draft.finish();
}

std::optional<Error> attach(Draft& draft, const std::vector<FileId>& ids, Message& message) {
    if (ids.size() > draft.moment.policy.files_a_message_max) {
        return Error{"too_many_attachments",
                     "A message may have at most " +
                         std::to_string(draft.moment.policy.files_a_message_max) + " files.",
                     std::nullopt};
    }
    for (const FileId& id : ids) {
        const auto known = std::ranges::find(draft.facts.files, id, &File::id);
        if (known == draft.facts.files.end() || known->session != draft.session().id ||
            known->from_agent || known->state != FileState::ready)
            return Error{"file_unknown", "No file of that id waits to be sent.", std::nullopt};
        const bool twice = std::ranges::find(message.files, id, &File::id) != message.files.end();
        if (!known->message.empty() || twice)
            return Error{"file_in_use", "That file was sent before.", std::nullopt};
        message.files.push_back(*known);
    }
    return std::nullopt;
}

void keep_attached(Draft& draft, const Message& message) {
    for (File file : message.files) {
        file.message = message.id;
        draft.decision.files_changed.push_back(std::move(file));
    }
}

void take_files(Draft& draft, const std::vector<DeskFile>& named, Message& message) {
    for (const DeskFile& one : named) {
        if (one.gone || message.files.size() >= draft.moment.policy.files_a_message_max) continue;
        File file;
        file.id = make_file_id(draft.moment.random);
        file.session = draft.session().id;
        file.site = draft.session().site;
        file.from_agent = true;
        file.state = FileState::coming;
        file.name = clean_line(one.name.empty() ? "file" : one.name, name_characters_max);
        file.type = clean_line(one.type, name_characters_max);
        file.size = std::max<std::int64_t>(one.size, 0);
        file.width = std::clamp<std::int64_t>(one.width, 0, 100'000);
        file.height = std::clamp<std::int64_t>(one.height, 0, 100'000);
        file.desk_file = one.id;
        file.at = draft.moment.now;
        message.files.push_back(std::move(file));
    }
}

void drop_files(Draft& draft, const std::vector<DeskFile>& named) {
    for (const DeskFile& one : named) {
        const auto known = std::ranges::find(draft.facts.files, one.id, &File::desk_file);
        if (one.gone && known != draft.facts.files.end()) drop(draft, *known, "deleted");
    }
}

void drop_all_files(Draft& draft, const std::string& reason) {
    for (const File& file : draft.facts.files) drop(draft, file, reason);
}

Decision decide_one(Draft draft, const UploadBegun& command) {
    const Letter& letter = *draft.facts.letter;
    auto post = decode_post(letter.frozen_json);
    if (letter.state != LetterState::sending || letter.kind != LetterKind::file || !post)
        return draft.refuse("letter_moved", "That letter is not on its way.");
    Letter begun = letter;
    post->file.desk_file = command.upload;
    begun.frozen_json = encode_post(*post);
    draft.move_letter(letter, std::move(begun));
    return draft.finish();
}

Decision decide_one(Draft draft, const FileFetched& command) {
    if (draft.facts.files.empty() || draft.facts.files.front().state != FileState::coming) {
        // Deleted while it was being fetched: what was kept is nobody's.
        const bool ready =
            !draft.facts.files.empty() && draft.facts.files.front().state == FileState::ready;
        if (!ready) draft.decision.files_dropped.push_back(command.file.id);
        return draft.replay();
    }
    File file = draft.facts.files.front();
    file.state = FileState::ready;
    if (!command.file.name.empty()) file.name = clean_line(command.file.name, name_characters_max);
    file.type = command.file.type;
    file.size = command.file.size;
    file.width = command.file.width;
    file.height = command.file.height;
    file.hash = command.file.hash;
    tell(draft, file);
    draft.decision.files_changed.push_back(std::move(file));
    return draft.finish();
}

Decision decide_one(Draft draft, const FileFailed& command) {
    if (draft.facts.files.empty() || draft.facts.files.front().state != FileState::coming)
        return draft.replay();
    File file = draft.facts.files.front();
    file.state = FileState::failed;
    file.reason = command.code;
    tell(draft, file);
    if (draft.has_thread()) {
        draft.add_notice_letter("The file \"" + file.name +
                                "\" could not be passed on to the customer (" + command.code +
                                ").");
    }
    draft.decision.files_changed.push_back(std::move(file));
    return draft.finish();
}

Decision decide_one(Draft draft, const FileExpired&) {
    drop_all_files(draft, "expired");
    return draft.finish();
}

Decision decide_one(Draft draft, const ReadFiles&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadFile&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadOldFiles&) { return draft.finish(); }

}  // namespace deskbell::core
