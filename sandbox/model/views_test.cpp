#include "sandbox/model/interactive_slack.hpp"

#include <gtest/gtest.h>

namespace deskbell::sandbox {
namespace {

TEST(Triggers, LastThreeSecondsAndWorkOnce) {
    InteractiveSlack test;
    const std::string id = test.trigger();
    EXPECT_TRUE(test.call("views.open", {{"trigger_id", id}, {"view", modal}}).at("ok").as_bool());
    const auto error = [&](const std::string& trigger) {
        return error_of(test.call("views.open", {{"trigger_id", trigger}, {"view", modal}}));
    };
    EXPECT_EQ(error(id), "exchanged_trigger_id");
    EXPECT_EQ(error("1.2.abc"), "invalid_trigger_id");
    const std::string late = test.trigger();
    test.clock.advance(3001);
    EXPECT_EQ(error(late), "expired_trigger_id");
    EXPECT_EQ(error_of(test.call("views.open", {{"view", modal}})), "invalid_arguments");
}

TEST(Views, AreRefusedWithAPointerToWhatIsWrong) {
    struct Case {
        std::string what;
        std::string pointer;
        std::string words;
        std::string put;
    };
    const std::vector<Case> cases = {
        {"a long title", "/title/text", "must be less than 25 characters",
         R"("abcdefghijklmnopqrstuvwxy")"},
        {"no title", "/title", "missing required field: title", ""},
        {"long metadata", "/private_metadata", "must be less than 3001 characters",
         "\"" + std::string(3001, 'x') + "\""},
        {"an input but no submit", "/submit", "must define `submit`", ""},
        {"an unknown element", "/blocks/0/element/type", "unsupported type: slider", R"("slider")"},
        {"a button in an input", "/blocks/0/element/type", "unsupported type: button",
         R"("button")"},
        {"no label", "/blocks/0/label", "missing required field: label", ""},
        {"the same block twice", "/blocks/1/block_id", "block_id already exists", R"("reason")"},
        {"a long button", "/blocks/2/elements/0/text/text", "must be less than 76 characters",
         "\"" + std::string(76, 'x') + "\""},
        {"not a view", "/type", "must be one of modal, home", R"("dialog")"},
        {"a home in a modal's place", "/type", "must be one of modal", R"("home")"},
    };
    for (const Case& given : cases) {
        InteractiveSlack test;
        json::value view = json::parse(modal);
        json::error_code failed;
        const std::size_t slash = given.pointer.rfind('/');
        const std::string name = given.pointer.substr(slash + 1);
        json::object& owner =
            view.find_pointer(given.pointer.substr(0, slash), failed)->as_object();
        if (given.put.empty())
            owner.erase(name);
        else
            owner[name] = json::parse(given.put);
        const json::object answer = test.call(
            "views.open", {{"trigger_id", test.trigger()}, {"view", json::serialize(view)}});
        EXPECT_EQ(error_of(answer), "invalid_arguments") << given.what;
        EXPECT_TRUE(text_at(answer, "/response_metadata/messages/0").contains(given.words))
            << given.what << ": " << json::serialize(answer);
    }
    InteractiveSlack test;
    EXPECT_EQ(error_of(test.call("views.open", {{"trigger_id", test.trigger()},
                                                {"view", std::string(250'001, ' ')}})),
              "view_too_large");
}

TEST(Views, ABadViewDoesNotUseUpItsTrigger) {
    InteractiveSlack test;
    const std::string id = test.trigger();
    EXPECT_EQ(error_of(test.call("views.open", {{"trigger_id", id}, {"view", "{}"}})),
              "invalid_arguments");
    EXPECT_TRUE(test.call("views.open", {{"trigger_id", id}, {"view", modal}}).at("ok").as_bool());
}

TEST(Views, AnOpenViewHasWhatSlackAdds) {
    InteractiveSlack test;
    const json::object answer =
        test.call("views.open", {{"trigger_id", test.trigger()}, {"view", modal}});
    EXPECT_EQ(text_at(answer, "/view/title/text"), "Close :tada:");
    EXPECT_EQ(text_at(answer, "/view/root_view_id"), text_at(answer, "/view/id"));
    EXPECT_EQ(text_at(answer, "/view/previous_view_id"), "null");
    EXPECT_EQ(text_at(answer, "/view/state/values/reason/text/value"), "null");
    EXPECT_EQ(text_at(answer, "/view/blocks/1/optional"), "true");
    EXPECT_EQ(test.open_modals(), 1u);
}

TEST(Views, StackToThreeAndCloseFromTheTop) {
    InteractiveSlack test;
    const std::string root = test.open();
    for (int i = 0; i < 2; ++i) {
        const json::object pushed =
            test.call("views.push", {{"trigger_id", test.trigger()}, {"view", small_modal}});
        EXPECT_TRUE(pushed.at("ok").as_bool());
        EXPECT_EQ(text_at(pushed, "/view/root_view_id"), root);
    }
    EXPECT_EQ(
        error_of(test.call("views.push", {{"trigger_id", test.trigger()}, {"view", small_modal}})),
        "push_limit_reached");
    ASSERT_TRUE(test.slack.close_view("ana", ""));
    EXPECT_EQ(test.open_modals(), 2u);
    ASSERT_TRUE(test.slack.close_view("ana", ""));
    ASSERT_TRUE(test.slack.close_view("ana", root));
    EXPECT_EQ(text_at(test.take(), "/type"), "view_closed");
    EXPECT_EQ(text_at(test.last, "/is_cleared"), "false");
    EXPECT_EQ(text_at(test.last, "/view/private_metadata"), "c-42");
    EXPECT_EQ(
        error_of(test.call("views.push", {{"trigger_id", test.trigger()}, {"view", small_modal}})),
        "not_found");
}

TEST(Views, AnUpdateKeepsWhatWasTypedAndMindsTheHash) {
    InteractiveSlack test;
    const std::string id = test.open();
    EXPECT_FALSE(test.slack.submit_view("ana", id, test.fill("no")));  // too short, but typed
    const json::object updated = test.call("views.update", {{"view_id", id}, {"view", modal}});
    EXPECT_EQ(text_at(updated, "/view/state/values/reason/text/value"), "no");
    EXPECT_EQ(
        error_of(test.call("views.update", {{"view_id", id}, {"view", modal}, {"hash", "1.old"}})),
        "hash_conflict");
    EXPECT_TRUE(
        test.call("views.update",
                  {{"view_id", id}, {"view", modal}, {"hash", text_at(updated, "/view/hash")}})
            .at("ok")
            .as_bool());
    EXPECT_EQ(error_of(test.call("views.update", {{"view_id", "V0NOSUCH"}, {"view", modal}})),
              "not_found");
}

TEST(Submissions, AreCheckedByTheClientFirst) {
    InteractiveSlack test;
    const std::string id = test.open();
    EXPECT_EQ(test.slack.submit_view("ana", id, {}).error().code, "missing_input");
    EXPECT_EQ(test.slack.submit_view("ana", id, test.fill("ab")).error().code, "missing_input");
    EXPECT_EQ(text_at(test.modals(), "/" + test.ana + "/0/errors/reason"),
              "Enter at least 3 characters.");
    EXPECT_EQ(test.slack.submit_view("ana", id, {{"kind", {{"pick", "nonsense"}}}}).error().code,
              "invalid_request");
    EXPECT_EQ(test.slack.submit_view("ben", id, test.fill("abc")).error().code, "not_found");
}

TEST(Submissions, CarryTheStateAndCloseTheView) {
    InteractiveSlack test;
    const std::string id = test.open();
    json::object values = test.fill("all well");
    values["kind"] = {{"pick", "solved"}};
    ASSERT_TRUE(test.slack.submit_view("ana", id, values));
    test.take();
    EXPECT_EQ(text_at(test.last, "/type"), "view_submission");
    EXPECT_EQ(text_at(test.last, "/user/id"), test.ana);
    EXPECT_EQ(text_at(test.last, "/view/state/values/reason/text/value"), "all well");
    EXPECT_EQ(text_at(test.last, "/view/state/values/kind/pick/selected_option/text/text"),
              "Solved");
    EXPECT_EQ(text_at(test.last, "/response_urls"), "[]");
    EXPECT_EQ(test.open_modals(), 1u);
    EXPECT_EQ(test.slack.submit_view("ana", id, values).error().code, "invalid_request");
    test.answer();
    EXPECT_EQ(test.open_modals(), 0u);
}

TEST(Submissions, AreAnsweredByAResponseAction) {
    struct Case {
        std::string what;
        std::string body;
        int status;
        std::size_t open_after;
        std::string error;    // of the block "reason"
        std::string failure;  // begins with
    };
    const std::string view = small_modal;
    const std::vector<Case> cases = {
        {"errors", R"({"response_action":"errors","errors":{"reason":"Not so"}})", 200, 1, "Not so",
         ""},
        {"errors for no input", R"({"response_action":"errors","errors":{"more":"x"}})", 200, 1, "",
         "We had"},
        {"update", R"({"response_action":"update","view":)" + view + "}", 200, 1, "", ""},
        {"push", R"({"response_action":"push","view":)" + view + "}", 200, 2, "", ""},
        {"clear", R"({"response_action":"clear"})", 200, 0, "", ""},
        {"a bad view", R"({"response_action":"update","view":{"type":"modal"}})", 200, 1, "",
         "We had"},
        {"an unknown action", R"({"response_action":"dance"})", 200, 1, "", "We had"},
        {"no JSON", "ok", 200, 1, "", "We had"},
        {"an error status", "", 500, 1, "", "We had"},
    };
    for (const Case& given : cases) {
        InteractiveSlack test;
        const std::string id = test.open();
        ASSERT_TRUE(test.slack.submit_view("ana", id, test.fill("abc"))) << given.what;
        test.take();
        test.answer(given.body, given.status);
        EXPECT_EQ(test.open_modals(), given.open_after) << given.what;
        if (given.open_after == 0) continue;
        const json::value top = test.modals().at(test.ana).at(given.open_after - 1);
        EXPECT_EQ(text_at(top, "/errors/reason"), given.error.empty() ? "(absent)" : given.error)
            << given.what;
        EXPECT_TRUE(text_at(top, "/failure").starts_with(given.failure)) << given.what;
        EXPECT_EQ(text_at(top, "/waiting"), "false") << given.what;
    }
}

TEST(Submissions, NobodyAnsweringIsTroubleConnecting) {
    InteractiveSlack test;
    const std::string id = test.open();
    ASSERT_TRUE(test.slack.submit_view("ana", id, test.fill("abc")));
    test.take();
    test.slack.delivered(test.delivery, {DeliveryOutcome::Kind::timeout, 0, false});
    EXPECT_EQ(text_at(test.modals(), "/" + test.ana + "/0/failure"),
              "We had some trouble connecting. Try again?");
    EXPECT_TRUE(test.slack.submit_view("ana", id, test.fill("abc"))) << "and again";
}

}  // namespace
}  // namespace deskbell::sandbox
