#pragma once
// What every store must do, as a suite that a store's test instantiates:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(factory));
//
// The cases are in conformance_test.cpp; another store adds its own file with such a line.
// The factory opens an empty store; called again with the same place, it opens what was written.

#include "store/store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace deskbell::store {

// `place` is a name unique to the test.
using StoreFactory = std::function<std::unique_ptr<Store>(const std::string& place)>;

class StoreConformance : public testing::TestWithParam<StoreFactory> {
protected:
    void SetUp() override { open(); }
    void open() {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        store =
            GetParam()(std::string(test->name()).substr(0, std::string(test->name()).find('/')));
    }
    void reopen() {
        store.reset();
        open();
    }

    static core::Session session_named(const std::string& name) {
        core::Session session;
        session.id = SessionId("session_" + name);
        session.site = SiteId("default");
        session.token_hash = "hash-" + name;
        return session;
    }
    // Stored at once, in a transaction of its own.
    core::Session add_session(const std::string& name, core::SessionState state, WallMs at) {
        core::Session session = session_named(name);
        session.state = state;
        session.asked_at = at;
        session.closed_at = state == core::SessionState::closed ? at : 0;
        session.destination = Destination("desk");
        session.thread = DeskThreadId("thread-" + name);
        store->begin();
        store->insert_session(session);
        store->commit();
        return session;
    }
    static core::Message message_of(const core::Session& session, const std::string& id) {
        core::Message message;
        message.id = MessageId(id);
        message.session = session.id;
        message.text = "text of " + id;
        message.order = id;
        return message;
    }
    static core::Letter letter_of(const core::Session& session, std::int64_t position,
                                  core::LetterState state = core::LetterState::queued) {
        core::Letter letter;
        letter.id = LetterId("letter-" + session.id.value + "-" + std::to_string(position));
        letter.session = session.id;
        letter.position = position;
        letter.state = state;
        letter.queued_at = 1000 + position;
        return letter;
    }
    std::string failure_of(const std::function<void()>& work) {
        try {
            work();
        } catch (const StoreFailure& failure) {
            store->rollback();
            return failure.error.code;
        }
        return "";
    }

    std::unique_ptr<Store> store;
};

}  // namespace deskbell::store
