// The rules of files as tables.

#include "core/rules_test.hpp"

#include "core/letter_codec.hpp"

namespace deskbell::core {
namespace {

File file_of(const Rules& rules, const char* id) {
    File file;
    file.id = FileId(id);
    file.session = rules.session.id;
    file.site = rules.session.site;
    file.name = std::string(id) + ".png";
    file.size = 10;
    return file;
}

TEST(FileUploaded, is_kept_within_the_quotas) {
    struct Row {
        const char* why;
        FileUsage usage;
        std::int64_t size;
        const char* code;
    };
    const Row rows[] = {
        {"fits", {1, 100, 100}, 10, ""},
        {"too large", {}, 1001, "file_too_large"},
        {"too many", {3, 30, 30}, 10, "files_quota_exceeded"},
        {"too much for the session", {1, 1995, 30}, 10, "files_quota_exceeded"},
        {"too much for the site", {1, 10, 4995}, 10, "files_quota_exceeded"},
    };
    for (const Row& row : rows) {
        Rules rules;
        rules.policy.file_bytes_max = 1000;
        rules.policy.files_a_session_max = 3;
        rules.policy.file_bytes_a_session_max = 2000;
        rules.policy.file_bytes_a_site_max = 5000;
        rules.facts.file_usage = row.usage;
        File file = file_of(rules, "f1");
        file.size = row.size;
        const Decision decision = rules.decide(FileUploaded{file});
        EXPECT_EQ(decision.refusal ? decision.refusal->code : "", row.code) << row.why;
        EXPECT_EQ(decision.files_added.size(), decision.refusal ? 0U : 1U) << row.why;
        EXPECT_TRUE(decision.events.empty());
    }
}

TEST(CustomerSaid, files_follow_their_words_in_the_lane) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.facts.files = {file_of(rules, "f1"), file_of(rules, "f2")};
    CustomerSaid said{"c1", "look"};
    said.attachments = {FileId("f1"), FileId("f2")};
    const Decision decision = rules.decide(said);
    EXPECT_EQ(letters_of(decision), "words file file");
    ASSERT_EQ(decision.files_changed.size(), 2U);
    EXPECT_EQ(decision.files_changed[0].message, decision.messages_added[0].id);
    EXPECT_NE(decision.events[0].json.find(R"("id":"f1")"), std::string::npos);

    said.text = "";
    EXPECT_EQ(letters_of(rules.decide(said)), "file file");
    said.attachments.clear();
    EXPECT_EQ(rules.decide(said).refusal->code, "message_empty");
}

TEST(CustomerSaid, takes_only_its_own_unsent_files) {
    struct Row {
        const char* why;
        void (*spoil)(File&);
        const char* code;
    };
    const Row rows[] = {
        {"another session's", [](File& file) { file.session = SessionId("other"); },
         "file_unknown"},
        {"an agent's", [](File& file) { file.from_agent = true; }, "file_unknown"},
        {"gone", [](File& file) { file.state = FileState::gone; }, "file_unknown"},
        {"sent before", [](File& file) { file.message = MessageId("m"); }, "file_in_use"},
    };
    for (const Row& row : rows) {
        Rules rules;
        rules.facts.files = {file_of(rules, "f1")};
        row.spoil(rules.facts.files[0]);
        CustomerSaid said{"c1", "x"};
        said.attachments = {FileId("f1")};
        EXPECT_EQ(rules.decide(said).refusal->code, row.code) << row.why;
    }
}

TEST(CustomerSaid, the_same_client_id_stands_for_the_same_files) {
    Rules rules;
    rules.facts.files = {file_of(rules, "f1")};
    CustomerSaid said{"c1", "x"};
    said.attachments = {FileId("f1")};
    rules.facts.known = rules.decide(said).messages_added[0];
    EXPECT_TRUE(rules.decide(said).replayed);
    said.attachments.clear();
    EXPECT_EQ(rules.decide(said).refusal->code, "client_id_reused");
}

TEST(AgentSaid, files_are_due_and_a_reply_needs_no_words_then) {
    Rules rules;
    rules.enter(SessionState::open, true);
    AgentSaid said;
    said.thread = rules.session.thread;
    said.message = DeskMessageId("d1");
    said.order = "1763800000.000100";
    said.agent = {DeskAgentId("ana"), "Ana", ""};
    said.files.push_back({DeskFileId("F1"), "offer.pdf", "application/pdf", 5, 0, 0, false});
    said.files.push_back({DeskFileId("F2"), "", "", 0, 0, 0, true});
    const Decision decision = rules.decide(said);
    ASSERT_FALSE(decision.refusal);
    ASSERT_EQ(decision.files_due.size(), 1U);
    EXPECT_EQ(decision.files_due[0].state, FileState::coming);
    EXPECT_EQ(decision.files_due[0].desk_file, DeskFileId("F1"));
}

TEST(AgentEdited, a_file_that_is_gone_there_goes_here) {
    Rules rules;
    rules.enter(SessionState::open, true);
    Message known;
    known.id = MessageId("m1");
    known.session = rules.session.id;
    known.text = "see";
    known.desk_edit_key = "1";
    rules.facts.known = known;
    File file = file_of(rules, "f1");
    file.message = known.id;
    file.desk_file = DeskFileId("F1");
    rules.facts.files = {file};
    AgentEdited edited;
    edited.edit_key = "2";
    edited.text = "see";
    edited.files.push_back({DeskFileId("F1"), "", "", 0, 0, 0, true});
    const Decision decision = rules.decide(edited);
    EXPECT_EQ(kinds_of(decision), "file");
    EXPECT_EQ(decision.files_dropped, std::vector{FileId("f1")});
    EXPECT_EQ(decision.files_changed[0].reason, "deleted");
}

TEST(FileFetched, only_what_is_coming_becomes_ready) {
    for (const FileState state :
         {FileState::ready, FileState::coming, FileState::failed, FileState::gone}) {
        Rules rules;
        rules.enter(SessionState::open, true);
        File file = file_of(rules, "f1");
        file.state = state;
        rules.facts.files = {file};
        const Decision decision = rules.decide(FileFetched{file_of(rules, "f1")});
        EXPECT_EQ(kinds_of(decision), state == FileState::coming ? "file" : "");
        const bool nobodys = state == FileState::failed || state == FileState::gone;
        EXPECT_EQ(decision.files_dropped.size(), nobodys ? 1U : 0U);
    }
}

TEST(UploadBegun, is_frozen_with_its_letter) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.add_letter(LetterKind::file, LetterState::queued, "f1");
    rules.facts.lane.queued = 1;
    rules.facts.files = {file_of(rules, "f1")};
    const Decision claimed = rules.decide(ClaimPost{rules.session.id, false});
    ASSERT_TRUE(claimed.post);
    EXPECT_EQ(claimed.post->file.id, FileId("f1"));
    rules.facts.letter = claimed.letters_moved[0].letter;
    const Decision begun =
        rules.decide(UploadBegun{rules.facts.letter->id, DeskFileId("F0FILE0001")});
    ASSERT_EQ(begun.letters_moved.size(), 1U);
    const auto frozen = decode_post(begun.letters_moved[0].letter.frozen_json);
    ASSERT_TRUE(frozen);
    EXPECT_EQ(frozen->file.desk_file, DeskFileId("F0FILE0001"));
}

TEST(ClaimPost, a_file_that_is_gone_is_not_sent_and_does_not_block_the_lane) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.add_letter(LetterKind::file, LetterState::queued, "f1");
    rules.facts.lane.queued = 1;
    const Decision decision = rules.decide(ClaimPost{rules.session.id, false});
    EXPECT_FALSE(decision.post);
    EXPECT_EQ(moves_of(decision), "letter-1 queued>refused");
    EXPECT_TRUE(decision.lane_changed);
}

}  // namespace
}  // namespace deskbell::core
