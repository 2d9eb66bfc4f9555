#pragma once
// The workspaces that let the app in, and their tokens, in a file beside the database.
//
// What this is: `deskbell.db.installations`, one JSON object, each token sealed for its workspace.
// Beside the database and not in it, so that a backup of the conversations carries no tokens. Who
// uses it: the office, on its loop; written whole, by a rename. What it never does: keep a token in
// the clear; take a token for another workspace's.

#include "app/config.hpp"
#include "app/keyring.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <map>
#include <string>

namespace deskbell::app {

class Installations {
public:
    struct Token {
        std::string team{};
        std::string team_name{};
        std::string token{};
        std::string refresh{};  // empty: the token does not end
        WallMs expires_at = 0;  // with `refresh`
    };

    [[nodiscard]] static std::string file_beside(const std::string& database_file) {
        return database_file + ".installations";
    }
    // What is stored is read, and, if `renews`, sealed anew where a key on its way out had sealed
    // it. `installations_unreadable`, `sealed_by_another_key`, `sealed_broken`, `file_failed`.
    [[nodiscard]] static Result<Installations> open(std::string file, Keyring keyring,
                                                    bool renews = true);

    [[nodiscard]] const std::map<std::string, Token>& all() const { return tokens_; }
    // Durable when it returns well.
    [[nodiscard]] Result<void> put(Token token);

private:
    Installations(std::string file, Keyring keyring)
        : file_(std::move(file)), keyring_(std::move(keyring)) {}
    [[nodiscard]] Result<void> write() const;

    std::string file_;
    Keyring keyring_;
    std::map<std::string, Token> tokens_;  // by team
};

// The workspace that the keys of [slack] itself belong to; null: not installed yet.
[[nodiscard]] const Installations::Token* first_installed(const Config& config,
                                                          const Installations& installations);

}  // namespace deskbell::app
