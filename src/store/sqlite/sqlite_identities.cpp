// Whom a session is of, when the site has signed it; further keys to it.

#include "store/sqlite/checksum.hpp"
#include "store/sqlite/sqlite_store_impl.hpp"

namespace deskbell::store {

void SqliteStore::insert_token(const std::string& hash, const SessionId& session) {
    database_.query("INSERT INTO token (hash, session) VALUES (?1, ?2)")
        .bind(hash)
        .bind(session.value)
        .run();
}

std::optional<SessionId> SqliteStore::session_of_user(const SiteId& site, const std::string& user) {
    Query query = database_.query(
        "SELECT identity.session FROM identity JOIN session ON session.id = identity.session "
        "WHERE identity.of_site = ?1 AND identity.user = ?2 AND session.state <> 3 "
        "ORDER BY identity.session DESC LIMIT 1");
    query.bind(site.value).bind(user);
    if (!query.step()) return std::nullopt;
    return SessionId(query.text());
}

bool SqliteStore::identity_used(const std::string& use) {
    Query query = database_.query("SELECT 1 FROM identity_use WHERE use = ?1");
    query.bind(use);
    return query.step();
}

void SqliteStore::use_identity(const std::string& use, WallMs ends_at, WallMs now) {
    database_.query("DELETE FROM identity_use WHERE ends_at < ?1").bind(now).run();
    database_.query("INSERT INTO identity_use (use, ends_at) VALUES (?1, ?2)")
        .bind(use)
        .bind(ends_at)
        .run();
}

void SqliteStore::write_identity(const core::Session& session) {
    database_
        .query(
            "INSERT INTO identity (session, of_site, user, verified, checksum) "
            "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (session) DO UPDATE SET "
            "user = excluded.user, verified = excluded.verified, checksum = excluded.checksum")
        .bind(session.id.value)
        .bind(session.site.value)
        .bind(session.user)
        .bind(session.verified)
        .bind(checksum_of_identity(session))
        .run();
}

}  // namespace deskbell::store
