// Files, as every store must keep them.

#include "store/conformance.hpp"

namespace deskbell::store {
namespace {

core::File file_of(const core::Session& session, const std::string& id, WallMs at) {
    core::File file;
    file.id = FileId(id);
    file.session = session.id;
    file.site = session.site;
    file.name = id + ".png";
    file.size = 100;
    file.at = at;
    return file;
}

}  // namespace

TEST_P(StoreConformance, files_are_kept_changed_and_found) {
    const core::Session session = add_session("a", core::SessionState::open, 1);
    store->begin();
    core::File first = file_of(session, "f1", 10);
    core::File second = file_of(session, "f2", 20);
    second.state = core::FileState::coming;
    second.message = MessageId("m1");
    store->insert_file(first);
    store->insert_file(second);
    store->commit();
    reopen();
    EXPECT_EQ(store->file(first.id), first);
    EXPECT_FALSE(store->file(FileId("nobody")));
    EXPECT_EQ(store->files(session.id), (std::vector{first, second}));
    EXPECT_EQ(store->files_of_message(session.id, MessageId("m1")), std::vector{second});
    EXPECT_EQ(store->files_coming(), std::vector{second});
    store->begin();
    second.state = core::FileState::ready;
    second.type = "image/png";
    second.name = "better.png";
    second.hash = "abc";
    second.desk_file = DeskFileId("F1");
    store->update_file(second);
    store->commit();
    EXPECT_EQ(store->file(second.id), second);
    EXPECT_TRUE(store->files_coming().empty());
    const core::FileUsage usage = store->file_usage(session.id, session.site);
    EXPECT_EQ(usage.session_files, 2);
    EXPECT_EQ(usage.session_bytes, 200);
    EXPECT_EQ(usage.site_bytes, 200);
    EXPECT_EQ(store->files_kept(FileId(), 10), (std::vector{first.id, second.id}));
    EXPECT_EQ(store->files_kept(first.id, 10), std::vector{second.id});
    // Old ones; and younger ones that nobody sent.
    EXPECT_EQ(store->old_files({.before = 0, .unsent_before = 15, .limit = 10}),
              std::vector{first});
    EXPECT_EQ(store->old_files({.before = 30, .unsent_before = 0, .limit = 10}),
              (std::vector{first, second}));
    store->begin();
    store->forget_session(session.id);
    store->commit();
    EXPECT_FALSE(store->file(first.id));
}

TEST_P(StoreConformance, a_message_with_files_says_so_and_names_them) {
    const core::Session session = add_session("a", core::SessionState::open, 1);
    store->begin();
    store->insert_message(message_of(session, "m1"));
    store->insert_message(message_of(session, "m2"));
    core::File file = file_of(session, "f1", 10);
    file.message = MessageId("m2");
    store->insert_file(file);
    store->commit();
    EXPECT_FALSE(store->delivery(session.id, MessageId("m1")).has_files);
    EXPECT_TRUE(store->delivery(session.id, MessageId("m2")).has_files);
    const auto lines = store->conversation(session.id, 5);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[1].text, "text of m2\n📎 f1.png");
}

TEST_P(StoreConformance, users_have_conversations_and_identities_are_used_once) {
    core::Session session = session_named("a");
    session.user = "user-1";
    session.verified = "name,email";
    store->begin();
    store->insert_session(session);
    store->insert_token("second", session.id);
    store->use_identity("default/x", 1000, 500);
    store->commit();
    reopen();
    EXPECT_EQ(store->session(session.id), session);
    EXPECT_EQ(store->session_of_token("second"), session.id);
    EXPECT_EQ(store->session_of_token("hash-a"), session.id);
    EXPECT_EQ(store->session_of_user(session.site, "user-1"), session.id);
    EXPECT_FALSE(store->session_of_user(session.site, "user-2"));
    EXPECT_FALSE(store->session_of_user(SiteId("other"), "user-1"));
    EXPECT_TRUE(store->identity_used("default/x"));
    core::Session closed = session;
    closed.state = core::SessionState::closed;
    closed.verified = "name";
    store->begin();
    store->update_session(session, closed);
    store->use_identity("default/y", 2000, 1500);
    store->commit();
    EXPECT_EQ(store->session(session.id), closed);
    EXPECT_FALSE(store->session_of_user(session.site, "user-1"));
    EXPECT_FALSE(store->identity_used("default/x"));
    EXPECT_TRUE(store->identity_used("default/y"));
    store->begin();
    store->forget_session(session.id);
    store->commit();
    EXPECT_FALSE(store->session_of_token("second"));
}

}  // namespace deskbell::store
