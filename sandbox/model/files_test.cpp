#include "sandbox/model/files.hpp"

#include "sandbox/model/file_types.hpp"
#include "sandbox/model/test_slack.hpp"

#include <gtest/gtest.h>

namespace deskbell::sandbox {
namespace {

struct FileSlack : TestSlack {
    explicit FileSlack(json::object settings = {}) : TestSlack(with_events()) {
        slack.change_settings(settings);
    }

    // Steps one and two; the file's id.
    std::string bring(const std::string& name, const std::string& bytes) {
        const json::object answer =
            call("files.getUploadURLExternal",
                 {{"filename", name}, {"length", std::to_string(bytes.size())}});
        EXPECT_TRUE(answer.at("ok").as_bool()) << json::serialize(answer);
        const std::string url(answer.at("upload_url").as_string());
        const ApiAnswer put = slack.receive_upload(url.substr(url.rfind('/') + 1), bytes);
        EXPECT_EQ(put.status, 200);
        EXPECT_EQ(put.body, "OK - " + std::to_string(bytes.size()));
        return std::string(answer.at("file_id").as_string());
    }
    json::object complete(const std::string& id, std::map<std::string, std::string> args = {}) {
        args["files"] = R"([{"id":")" + id + R"("}])";
        return call("files.completeUploadExternal", std::move(args));
    }
    json::object info(const std::string& id) {
        return call("files.info", {{"file", id}}).at("file").as_object();
    }
    std::string shared_ts(const std::string& id) {
        return text_at(info(id), "/shares/public/" + vip + "/0/ts");
    }
    std::vector<json::object> later(std::int64_t ms) {
        clock.advance(ms);
        return events();
    }
};

TEST(Files, AnUploadIsSharedSomeTimeAfterItWasCompleted) {
    FileSlack test;
    const std::string root = test.post({{"text", "root"}});
    test.events();
    const std::string id = test.bring("Spec Sheet.pdf", "%PDF-1.7 hello");
    const json::object done = test.complete(
        id, {{"channel_id", test.vip}, {"thread_ts", root}, {"initial_comment", "5 < 6"}});
    ASSERT_TRUE(done.at("ok").as_bool()) << json::serialize(done);
    EXPECT_EQ(text_at(done, "/files/0/id"), id);
    EXPECT_EQ(text_at(done, "/files/0/mimetype"), "") << "nobody has looked at it yet";
    EXPECT_EQ(text_at(done, "/files/0/shares"), "{}");
    EXPECT_EQ(test.shared_ts(id), "(absent)");
    EXPECT_TRUE(test.later(999).empty());
    const auto events = test.later(1);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].at("subtype"), "file_share");
    EXPECT_EQ(events[0].at("text"), "5 &lt; 6");
    EXPECT_EQ(text_at(events[0], "/thread_ts"), root);
    EXPECT_EQ(text_at(events[0], "/bot_id"), test.slack.workspace().app.bot_id);
    EXPECT_EQ(text_at(events[0], "/files/0/id"), id);
    EXPECT_EQ(text_at(events[0], "/files/0/mimetype"), "application/pdf");
    EXPECT_EQ(text_at(events[0], "/files/0/mode"), "hosted");
    EXPECT_TRUE(text_at(events[0], "/files/0/url_private_download").ends_with("/spec_sheet.pdf"));
    EXPECT_EQ(events[1].at("type"), "file_shared");
    EXPECT_EQ(events[1].at("file_id").as_string(), id);
    EXPECT_EQ(test.shared_ts(id), text_at(events[0], "/ts"));
    EXPECT_EQ(text_at(test.info(id), "/shares/public/" + test.vip + "/0/thread_ts"), root);
}

TEST(Files, AShareMayComeAtOnceOrNever) {
    FileSlack at_once({{"file_share_delay_ms", 0}});
    const std::string id = at_once.bring("a.txt", "a");
    at_once.complete(id, {{"channel_id", at_once.vip}});
    EXPECT_NE(at_once.shared_ts(id), "(absent)");
    FileSlack never({{"file_share_delay_ms", -1}});
    const std::string lost = never.bring("a.txt", "a");
    EXPECT_TRUE(never.complete(lost, {{"channel_id", never.vip}}).at("ok").as_bool());
    EXPECT_TRUE(never.later(10'000'000).empty());
    EXPECT_EQ(never.shared_ts(lost), "(absent)");
}

TEST(Files, APostOvertakesAShareThatIsUnderWay) {
    FileSlack test;
    const std::string id = test.bring("a.txt", "a");
    test.complete(id, {{"channel_id", test.vip}});
    test.slack.change_settings({{"rate_limits", false}});
    const json::object posted =
        test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}});
    test.later(1000);
    EXPECT_GT(test.shared_ts(id), text_at(posted, "/ts"));
}

TEST(Files, AThreadWhoseRootIsGoneLosesItsFilesToTheChannel) {
    FileSlack test;
    const std::string root = test.say("root");
    const std::string id = test.bring("a.txt", "a");
    test.complete(id, {{"channel_id", test.vip}, {"thread_ts", root}});
    ASSERT_TRUE(test.slack.remove("ana", test.vip, root));
    test.later(1000);
    EXPECT_NE(test.shared_ts(id), "(absent)");
    EXPECT_EQ(text_at(test.info(id), "/shares/public/" + test.vip + "/0/thread_ts"), "(absent)");
}

TEST(Files, SharingCountsAgainstTheChannelsPace) {
    FileSlack test;
    const std::string id = test.bring("a.txt", "a");
    for (int i = 0; i < 4; ++i)
        test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}});
    EXPECT_EQ(error_of(test.complete(id, {{"channel_id", test.vip}})), "ratelimited");
}

TEST(Files, RefusalsCarrySlacksWords) {
    struct Case {
        std::string what;
        std::map<std::string, std::string> args;
        std::string error;
        json::object settings = {};
    };
    const std::vector<Case> cases = {
        {"no name", {{"length", "1"}}, "invalid_arguments"},
        {"no length", {{"filename", "a"}}, "missing_argument"},
        {"length 0", {{"filename", "a"}, {"length", "0"}}, "missing_argument"},
        {"too large", {{"filename", "a"}, {"length", "20000001"}}, "file_upload_size_restricted"},
        {"a large snippet",
         {{"filename", "a"}, {"length", "1000001"}, {"snippet_type", "text"}},
         "snippet_too_large"},
        {"a long description",
         {{"filename", "a"}, {"length", "1"}, {"alt_txt", std::string(1001, 'x')}},
         "alt_txt_too_large"},
        {"uploads are off",
         {{"filename", "a"}, {"length", "1"}},
         "file_uploads_disabled",
         {{"file_uploads", false}}},
    };
    for (const Case& given : cases) {
        FileSlack test(given.settings);
        EXPECT_EQ(error_of(test.call("files.getUploadURLExternal", given.args)), given.error)
            << given.what;
    }
}

TEST(Files, CompletingNeedsTheBytesAndAChannelTheAppIsIn) {
    FileSlack test;
    const json::object got =
        test.call("files.getUploadURLExternal", {{"filename", "a.txt"}, {"length", "3"}});
    const std::string empty(got.at("file_id").as_string());
    EXPECT_EQ(error_of(test.complete(empty)), "file_not_found") << "no bytes yet";
    const std::string url(got.at("upload_url").as_string());
    EXPECT_EQ(test.slack.receive_upload(url.substr(url.rfind('/') + 1), "four").status, 400);
    EXPECT_EQ(test.slack.receive_upload("nonsense", "abc").status, 404);
    EXPECT_EQ(error_of(test.complete("F0NOSUCH")), "file_not_found");
    EXPECT_EQ(error_of(test.call("files.completeUploadExternal", {{"files", "[]"}})),
              "invalid_arguments");
    const std::string id = test.bring("a.txt", "abc");
    EXPECT_EQ(error_of(test.complete(id, {{"channel_id", "C0NOSUCH"}})), "channel_not_found");
    const std::string general = test.slack.workspace().find_channel("general")->id;
    EXPECT_EQ(error_of(test.complete(id, {{"channel_id", general}})), "not_in_channel");
    ASSERT_TRUE(test.slack.archive(test.vip, true));
    EXPECT_EQ(error_of(test.complete(id, {{"channel_id", test.vip}})), "posting_to_channel_denied");
}

TEST(Files, WithoutTheTokenADownloadIsASignInPageWithStatus200) {
    FileSlack test;
    const std::string id = test.bring("a.png", "\x89PNG bytes");
    test.complete(id, {{"channel_id", test.vip}});
    test.later(1000);
    const std::string token = test.slack.workspace().app.bot_token;
    const ApiAnswer good = test.slack.download(id, token, false);
    EXPECT_EQ(good.body, "\x89PNG bytes");
    EXPECT_EQ(good.headers[0].second, "image/png");
    for (const std::string& bad : {std::string(), std::string("xoxb-wrong")}) {
        const ApiAnswer page = test.slack.download(id, bad, false);
        EXPECT_EQ(page.status, 200);
        EXPECT_TRUE(page.headers[0].second.starts_with("text/html"));
        EXPECT_TRUE(page.body.starts_with("<!DOCTYPE html>"));
    }
    test.slack.change_settings({{"token_revoked", true}});
    EXPECT_TRUE(test.slack.download(id, token, true).body.starts_with("<!DOCTYPE html>"));
}

TEST(Files, WhatAPersonUploadsIsAMessageOfTheirs) {
    FileSlack test;
    const auto ts = test.slack.upload({"ana",
                                       test.vip,
                                       "*spec* attached",
                                       "",
                                       false,
                                       {{"spec.pdf", "%PDF", "", "", "", false},
                                        {"note.txt", "a\nb", "", "snippet", "", false}}});
    ASSERT_TRUE(ts);
    const auto events = test.events();
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].at("subtype"), "file_share");
    EXPECT_EQ(events[0].at("user").as_string(), test.ana);
    EXPECT_EQ(events[0].at("upload"), true);
    EXPECT_EQ(events[0].at("text"), "*spec* attached");
    EXPECT_EQ(text_at(events[0], "/blocks/0/type"), "rich_text");
    EXPECT_EQ(text_at(events[0], "/files/1/mode"), "snippet");
    EXPECT_EQ(text_at(events[0], "/files/1/lines"), "2");
    EXPECT_EQ(text_at(events[0], "/files/1/preview"), "a\nb");
    const auto history = test.call("conversations.history", {{"channel", test.vip}});
    EXPECT_EQ(text_at(history, "/messages/0/files/0/name"), "spec.pdf");
}

TEST(Files, InsideAThreadTheyAreRepliesAndAlsoForTheChannelWhenAsked) {
    FileSlack test;
    const std::string root = test.say("root");
    ASSERT_TRUE(
        test.slack.upload({"ana", test.vip, "", root, false, {{"a.txt", "a", "", "", "", false}}}));
    ASSERT_TRUE(
        test.slack.upload({"ana", test.vip, "", root, true, {{"b.txt", "b", "", "", "", false}}}));
    const auto events = test.events();
    ASSERT_EQ(events.size(), 5u);
    EXPECT_EQ(events[1].at("subtype"), "file_share");
    EXPECT_EQ(text_at(events[1], "/thread_ts"), root);
    EXPECT_EQ(events[3].at("subtype"), "thread_broadcast");
    EXPECT_EQ(text_at(events[3], "/files/0/name"), "b.txt");
}

TEST(Files, CheckFileInfoSaysNothingUntilFilesInfoIsAsked) {
    FileSlack test;
    ASSERT_TRUE(
        test.slack.upload({"ana", test.vip, "", "", false, {{"a.txt", "abc", "", "", "", true}}}));
    const auto events = test.events();
    EXPECT_EQ(text_at(events[0], "/files/0/mode"), "file_access");
    EXPECT_EQ(text_at(events[0], "/files/0/file_access"), "check_file_info");
    EXPECT_EQ(text_at(events[0], "/files/0/url_private"), "(absent)");
    const std::string id = text_at(events[0], "/files/0/id");
    EXPECT_EQ(text_at(test.info(id), "/name"), "a.txt");
    EXPECT_EQ(text_at(test.info(id), "/file_access"), "visible");
    FileSlack all({{"check_file_info", true}});
    ASSERT_TRUE(
        all.slack.upload({"ana", all.vip, "", "", false, {{"a.txt", "abc", "", "", "", false}}}));
    EXPECT_EQ(text_at(all.events()[0], "/files/0/mode"), "file_access");
}

TEST(Files, AnExternalFileNamesItsUrl) {
    FileSlack test;
    ASSERT_TRUE(
        test.slack.upload({"ana",
                           test.vip,
                           "",
                           "",
                           false,
                           {{"Plan", "", "", "external", "https://drive.example/plan", false}}}));
    const auto events = test.events();
    EXPECT_EQ(text_at(events[0], "/files/0/is_external"), "true");
    EXPECT_EQ(text_at(events[0], "/files/0/url_private"), "https://drive.example/plan");
    EXPECT_EQ(text_at(events[0], "/files/0/url_private_download"), "(absent)");
}

TEST(Files, ADeletedFileIsATombstoneInItsMessage) {
    FileSlack test;
    ASSERT_TRUE(
        test.slack.upload({"ana", test.vip, "", "", false, {{"a.txt", "abc", "", "", "", false}}}));
    const std::string id = text_at(test.events()[0], "/files/0/id");
    EXPECT_EQ(error_of(test.call("files.delete", {{"file", id}})), "cant_delete_file");
    EXPECT_FALSE(test.slack.remove_file("ben", id));
    ASSERT_TRUE(test.slack.remove_file("ana", id));
    const auto events = test.events();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].at("subtype"), "message_changed");
    EXPECT_EQ(text_at(events[0], "/message/files/0/mode"), "tombstone");
    EXPECT_EQ(text_at(events[0], "/previous_message/files/0/mode"), "hosted");
    EXPECT_EQ(text_at(events[0], "/message/edited"), "(absent)");
    EXPECT_EQ(events[1].at("type"), "file_deleted");
    EXPECT_EQ(error_of(test.call("files.info", {{"file", id}})), "file_deleted");
    EXPECT_EQ(error_of(test.call("files.info", {{"file", "F0NOSUCH"}})), "file_not_found");
    EXPECT_EQ(test.slack.download(id, test.slack.workspace().app.bot_token, false).status, 404);
}

TEST(Files, TheAppDeletesItsOwnAndListsWhatItSees) {
    FileSlack test({{"file_share_delay_ms", 0}});
    const std::string id = test.bring("a.txt", "abc");
    test.complete(id, {{"channel_id", test.vip}});
    EXPECT_EQ(text_at(test.call("files.list", {{"channel", test.vip}}), "/paging/total"), "1");
    EXPECT_TRUE(test.call("files.delete", {{"file", id}}).at("ok").as_bool());
    EXPECT_EQ(text_at(test.call("files.list"), "/paging/total"), "0");
}

TEST(Files, SurviveARestartWithTheirBytesAndPromises) {
    FileSlack test;
    const std::string small = test.bring("a.txt", "abc");
    test.complete(small, {{"channel_id", test.vip}});
    const std::string large = test.bring("b.bin", std::string((1u << 20) + 1, 'x'));
    const json::object saved = test.slack.save();
    FileSlack again;
    ASSERT_TRUE(again.slack.load(saved));
    again.vip = test.vip;
    again.events();
    EXPECT_NE(again.shared_ts(small), "(absent)");
    EXPECT_EQ(again.slack.download(small, again.slack.workspace().app.bot_token, false).body,
              "abc");
    EXPECT_EQ(again.slack.find_file(large), nullptr) << "too large for the state file";
}

TEST(FileTypes, NamesAndFirstBytesTell) {
    EXPECT_EQ(file_type_of("a.PNG").mimetype, "image/png");
    EXPECT_EQ(file_type_of("x").filetype, "binary");
    EXPECT_EQ(url_name("Über den Plan (2).pdf"), "_ber_den_plan_2_.pdf");
    const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\0\x80", 24);
    ASSERT_TRUE(picture_size(png));
    EXPECT_EQ(picture_size(png)->width, 256u);
    EXPECT_EQ(picture_size(png)->height, 128u);
    EXPECT_FALSE(picture_size("text"));
}

}  // namespace
}  // namespace deskbell::sandbox
