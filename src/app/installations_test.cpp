#include "app/installations.hpp"

#include "app/files.hpp"
#include "store/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sodium.h>

namespace deskbell::app {
namespace {

const std::string old_key(64, 'a');
const std::string new_key = "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef";

Keyring ring(const std::string& text) {
    auto made = Keyring::read(text);
    EXPECT_TRUE(made) << (made ? "" : made.error().detail);
    return std::move(*made);
}

TEST(Keyring, OnlyKeysAreKeys) {
    for (const std::string& text :
         {std::string(), std::string("  \n"), std::string(63, 'a'), std::string(66, 'a'),
          std::string(64, 'g'), old_key + "," + "abc"})
        EXPECT_EQ(Keyring::read(text).error().code, "encryption_key") << text;
    for (const std::string& text : {old_key, old_key + "\n", old_key + ", " + new_key, new_key})
        EXPECT_TRUE(Keyring::read(text)) << text;
}

TEST(Keyring, WhatIsSealedOpensForItsPurposeAlone) {
    const Keyring keys = ring(new_key);
    const std::string sealed = keys.seal("xoxb-secret", "slack|T1");
    EXPECT_EQ(sealed.find("xoxb"), std::string::npos);
    EXPECT_NE(sealed, keys.seal("xoxb-secret", "slack|T1")) << "each with a nonce of its own";
    EXPECT_EQ(keys.open(sealed, "slack|T1"), "xoxb-secret");
    EXPECT_EQ(keys.open(sealed, "slack|T2").error().code, "sealed_broken");
    EXPECT_EQ(keys.open(keys.seal("", "x"), "x"), "");
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        std::string changed = sealed;
        changed[at] = changed[at] == '0' ? '1' : '0';
        EXPECT_FALSE(keys.open(changed, "slack|T1")) << at;
        EXPECT_FALSE(keys.open(sealed.substr(0, at), "slack|T1")) << at;
    }
}

TEST(Keyring, AKeyOnItsWayOutStillOpens) {
    const std::string sealed = ring(old_key).seal("secret", "p");
    const Keyring both = ring(new_key + "," + old_key);
    EXPECT_EQ(both.open(sealed, "p"), "secret");
    EXPECT_TRUE(both.is_stale(sealed));
    EXPECT_FALSE(both.is_stale(both.seal("secret", "p")));
    EXPECT_EQ(ring(new_key).open(sealed, "p").error().code, "sealed_by_another_key");
}

TEST(Installations, AreKeptSealedAndFollowTheNewKey) {
    const store::TemporaryFolder folder;
    const std::string file = folder.file("deskbell.db.installations");
    {
        auto made = Installations::open(file, ring(old_key));
        ASSERT_TRUE(made);
        EXPECT_TRUE(made->all().empty());
        ASSERT_TRUE(made->put({"T1", "Acme", "xoxb-one", "", 0}));
        ASSERT_TRUE(made->put({"T2", "Bell", "xoxb-two", "", 0}));
        ASSERT_TRUE(made->put({"T1", "Acme", "xoxb-newer", "xoxe-1-1", 42}));
    }
    const std::string stored = read_file(file, 10'000).value();
    EXPECT_EQ(stored.find("xox"), std::string::npos);
    {
        auto both = Installations::open(file, ring(new_key + "\n" + old_key));
        ASSERT_TRUE(both);
        EXPECT_EQ(both->all().at("T1").token, "xoxb-newer");
        EXPECT_EQ(both->all().at("T1").refresh, "xoxe-1-1");
        EXPECT_EQ(both->all().at("T1").expires_at, 42);
        EXPECT_EQ(both->all().at("T2").team_name, "Bell");
    }
    // Sealed anew at that start: the old key may go.
    auto only_new = Installations::open(file, ring(new_key));
    ASSERT_TRUE(only_new) << only_new.error().detail;
    EXPECT_EQ(only_new->all().at("T2").token, "xoxb-two");
    EXPECT_EQ(Installations::open(file, ring(old_key)).error().code, "sealed_by_another_key");
}

TEST(Installations, ATokenIsItsWorkspacesAlone) {
    const store::TemporaryFolder folder;
    const std::string file = folder.file("deskbell.db.installations");
    ASSERT_TRUE(Installations::open(file, ring(old_key))->put({"T1", "Acme", "xoxb-one", "", 0}));
    std::string stored = read_file(file, 10'000).value();
    stored.replace(stored.find("T1"), 2, "T2");
    ASSERT_TRUE(replace_file(file, stored));
    EXPECT_EQ(Installations::open(file, ring(old_key)).error().code, "sealed_broken");
    ASSERT_TRUE(replace_file(file, "no JSON"));
    EXPECT_EQ(Installations::open(file, ring(old_key)).error().code, "installations_unreadable");
}

}  // namespace
}  // namespace deskbell::app
