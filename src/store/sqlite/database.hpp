#pragma once
// SQLite behind two small classes: a connection, and statements that are prepared once and kept.
// For src/store/sqlite only.

#include "base/result.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace deskbell::store {

class Database;

// One use of a prepared statement: bind in order, step, read columns in order; reset at the end.
class Query {
public:
    Query(Database& database, sqlite3_stmt* statement)
        : database_(database), statement_(statement) {}
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query();

    // The text must outlive the query.
    Query& bind(std::string_view text);
    Query& bind(std::int64_t number);

    [[nodiscard]] bool step();  // true: a row is there
    void run();                 // no row is expected
    // Rows changed by the run.
    [[nodiscard]] std::int64_t changes() const;

    // The row's own checksum, the next column, must be `expected`.
    void verify(std::int64_t expected, std::string_view kind, const std::string& id);
    [[nodiscard]] std::string text();
    [[nodiscard]] std::int64_t number();
    template <class Enum>
    [[nodiscard]] Enum as() {
        return static_cast<Enum>(number());
    }

private:
    Database& database_;
    sqlite3_stmt* statement_;
    int bound_ = 0;
    int column_ = 0;
};

class Database {
public:
    Database() = default;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    void open(const std::string& path, const std::string& vfs);
    void close() noexcept;

    // The literal itself is the key: each place in the code has one prepared statement.
    template <std::size_t size>
    [[nodiscard]] Query query(const char (&sql)[size]) {
        return Query(*this, prepared(sql, size - 1));
    }
    void execute(const std::string& sql);
    [[nodiscard]] std::int64_t number_of(const std::string& sql);
    [[nodiscard]] std::string text_of(const std::string& sql);

    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] bool failed() const { return failed_; }
    // A row is not what was written: its words must reach nobody. The end, too.
    [[noreturn]] void raise_damaged(const std::string& row);
    // The write-ahead log's own bytes, in place, and flushed.
    void write_log_again();
    // Pages in the write-ahead log after the last commit; checkpoints are the store's to order.
    [[nodiscard]] int pages_in_log() const { return pages_in_log_; }
    // Throws what the last call's code means, and remembers when it was the end.
    [[noreturn]] void raise(int code);
    [[nodiscard]] sqlite3* handle() { return handle_; }

private:
    [[nodiscard]] sqlite3_stmt* prepared(const char* sql, std::size_t size);
    // The system's word on the last failure of one of the two files; 0 when it said nothing.
    [[nodiscard]] int system_errno();

    sqlite3* handle_ = nullptr;
    std::unordered_map<const char*, sqlite3_stmt*> statements_;
    int pages_in_log_ = 0;
    bool failed_ = false;  // an I/O error or damage: nothing is believed any more
};

}  // namespace deskbell::store
