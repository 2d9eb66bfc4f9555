#pragma once
// The tables, and how an older file becomes a newer one. For src/store/sqlite only.

#include "store/sqlite/database.hpp"

namespace deskbell::store {

// Brings the file to the newest version, one transaction a step. Throws StoreFailure; its code is
// store_newer when the file is ahead of this binary.
void migrate(Database& database);
[[nodiscard]] int schema_version();
// What an older Deskbell would have made: for tests of the steps.
void migrate_to(Database& database, int version);

}  // namespace deskbell::store
