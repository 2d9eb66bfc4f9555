#include "bot/faq_index.hpp"

#include "base/text.hpp"
#include "bot/words.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace deskbell::bot {

namespace {

// Tuned on the demo's FAQ; see faq_index_test.cpp for what they must tell apart.
constexpr double coverage_min = 0.55;
constexpr double rank_min = 0.5;
constexpr std::size_t rank_entries_min = 8;  // bm25 says nothing about a handful of entries
constexpr double body_weight = 0.7;          // a word found only in the answer
constexpr double number_weight = 0.5;        // amounts vary; what is counted matters more
constexpr double question_word_weight = 0.4;
constexpr std::size_t terms_max = 16;
constexpr int candidates_max = 8;

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinishStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

Statement prepare(sqlite3* database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database, sql, -1, &statement, nullptr);
    return Statement(statement);
}

void bind_text(sqlite3_stmt* statement, int index, std::string_view text) {
    sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

// A word and its everyday synonyms as full-text terms, each quoted: words are letters and digits.
std::string quoted_alternatives(const std::string& word) {
    std::string terms = "\"" + word + "\"";
    for (const std::string_view other : synonyms_of(word))
        terms += " OR \"" + std::string(other) + "\"";
    return "(" + terms + ")";
}

bool is_number(const std::string& word) { return word.front() >= '0' && word.front() <= '9'; }

double weight_of_kind(const std::string& word) {
    if (is_number(word)) return number_weight;
    return is_question_word(word) ? question_word_weight : 1.0;
}

}  // namespace

std::vector<FaqEntry> parse_faq(std::string_view markdown) {
    std::vector<FaqEntry> entries;
    bool in_fence = false;
    while (!markdown.empty()) {
        const std::size_t end = markdown.find('\n');
        std::string_view line = markdown.substr(0, end);
        markdown = end == std::string_view::npos ? std::string_view{} : markdown.substr(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with("```")) in_fence = !in_fence;
        if (!in_fence && line.starts_with("## ")) {
            entries.push_back({std::string(trim(line.substr(3))), {}});
        } else if (!entries.empty()) {
            entries.back().answer += line;
            entries.back().answer += '\n';
        }
    }
    for (FaqEntry& entry : entries) entry.answer = std::string(trim(entry.answer));
    std::erase_if(entries, [](const FaqEntry& entry) { return entry.answer.empty(); });
    return entries;
}

std::vector<std::string> words_of(std::string_view text) {
    const auto is_digit = [&](std::size_t i) {
        return i < text.size() && text[i] >= '0' && text[i] <= '9';
    };
    std::vector<std::string> words;
    std::string word;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ' ';
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(i) ||
                            static_cast<unsigned char>(c) >= 0x80;
        const bool in_number = !word.empty() && i > 0 && is_digit(i - 1) && is_digit(i + 1);
        if (letter) {
            word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        } else if (c == '.' && in_number) {
            word += 'd';
        } else if ((c == ',' && in_number) || (c == '\'' && !word.empty())) {
            continue;
        } else if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    }
    return words;
}

class FaqIndex::Impl {
public:
    explicit Impl(std::vector<FaqEntry> entries) : entries_(std::move(entries)) {}

    Result<void> fill() {
        sqlite3* database = nullptr;
        const int opened = sqlite3_open_v2(":memory:", &database,
                                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
        database_.reset(database);
        const char* const create =
            "CREATE VIRTUAL TABLE entry USING fts5(question, answer, "
            "tokenize='porter unicode61 remove_diacritics 2')";
        if (opened != SQLITE_OK ||
            sqlite3_exec(database, create, nullptr, nullptr, nullptr) != SQLITE_OK)
            return fail("faq_unavailable",
                        std::string("SQLite full-text search: ") + sqlite3_errmsg(database));
        const Statement insert =
            prepare(database, "INSERT INTO entry(rowid, question, answer) VALUES(?1, ?2, ?3)");
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            sqlite3_reset(insert.get());
            sqlite3_bind_int64(insert.get(), 1, static_cast<sqlite3_int64>(i));
            bind_text(insert.get(), 2, joined(words_of(entries_[i].question)));
            bind_text(insert.get(), 3, joined(words_of(entries_[i].answer)));
            if (sqlite3_step(insert.get()) != SQLITE_DONE)
                return fail("faq_unavailable", sqlite3_errmsg(database));
        }
        ranked_ = prepare(database,
                          "SELECT rowid, bm25(entry, 5.0, 1.0) FROM entry WHERE entry MATCH ?1 "
                          "ORDER BY bm25(entry, 5.0, 1.0) LIMIT ?2");
        matching_ = prepare(database, "SELECT rowid FROM entry WHERE entry MATCH ?1");
        if (!ranked_ || !matching_) return fail("faq_unavailable", sqlite3_errmsg(database));
        return {};
    }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    Match best(const std::vector<std::string>& words) const {
        const std::vector<std::string> terms = terms_of(words);
        if (terms.empty()) return {};
        std::map<std::size_t, double> covered;  // entry → weight of the terms it speaks of
        double asked_for = 0;
        std::string query;
        for (const std::string& term : terms) {
            const std::string alternatives = quoted_alternatives(term);
            query += (query.empty() ? "" : " OR ") + alternatives;
            asked_for += cover(term, alternatives, covered);
        }
        Match best;
        if (asked_for <= 0) return best;
        for (const auto& [entry, rank] : ranked(query)) {
            const double coverage = covered[entry] / asked_for;
            // Candidates come by rank: a later one must cover clearly more to be preferred.
            if (best.entry && coverage <= best.coverage * 1.05) continue;
            best = {&entries_[entry], coverage, rank};
        }
        return best;
    }

private:
    static std::vector<std::string> terms_of(const std::vector<std::string>& words) {
        std::vector<std::string> terms;
        for (const std::string& word : words)
            if (!is_stop_word(word) && std::ranges::find(terms, word) == terms.end() &&
                terms.size() < terms_max)
                terms.push_back(word);
        return terms;
    }

    // Adds what each entry gets for the term; answers what a perfect entry would get. A word that
    // the FAQ never uses weighs most: then the question is about something else.
    double cover(const std::string& term, const std::string& alternatives,
                 std::map<std::size_t, double>& covered) const {
        const std::vector<std::size_t> anywhere = matching(alternatives);
        const std::vector<std::size_t> in_question = matching("question : " + alternatives);
        const double rows = static_cast<double>(entries_.size());
        const double found = static_cast<double>(anywhere.size());
        if (anywhere.empty() && is_number(term)) return 0;  // an amount nobody wrote an answer for
        const double rarity = std::log(1 + (rows - found + 0.5) / (found + 0.5));
        const double weight = std::max(rarity, 0.3) * weight_of_kind(term);
        for (const std::size_t entry : anywhere) {
            const bool in_heading = std::ranges::find(in_question, entry) != in_question.end();
            covered[entry] += in_heading ? weight : weight * body_weight;
        }
        return weight;
    }

    std::vector<std::size_t> matching(const std::string& query) const {
        std::vector<std::size_t> rows;
        sqlite3_reset(matching_.get());
        bind_text(matching_.get(), 1, query);
        while (sqlite3_step(matching_.get()) == SQLITE_ROW)
            rows.push_back(static_cast<std::size_t>(sqlite3_column_int64(matching_.get(), 0)));
        sqlite3_reset(matching_.get());
        return rows;
    }

    std::vector<std::pair<std::size_t, double>> ranked(const std::string& query) const {
        std::vector<std::pair<std::size_t, double>> rows;
        sqlite3_reset(ranked_.get());
        bind_text(ranked_.get(), 1, query);
        sqlite3_bind_int(ranked_.get(), 2, candidates_max);
        while (sqlite3_step(ranked_.get()) == SQLITE_ROW)
            rows.emplace_back(static_cast<std::size_t>(sqlite3_column_int64(ranked_.get(), 0)),
                              -sqlite3_column_double(ranked_.get(), 1));
        sqlite3_reset(ranked_.get());
        return rows;
    }

    const std::vector<FaqEntry> entries_;
    Database database_;
    Statement ranked_;
    Statement matching_;
};

FaqIndex::FaqIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FaqIndex::FaqIndex(FaqIndex&&) noexcept = default;
FaqIndex& FaqIndex::operator=(FaqIndex&&) noexcept = default;
FaqIndex::~FaqIndex() = default;

Result<FaqIndex> FaqIndex::make(std::vector<FaqEntry> entries) {
    if (entries.empty())
        return fail("faq_empty", "The FAQ has no entry: write one `## Question` heading each.");
    auto impl = std::make_unique<Impl>(std::move(entries));
    if (auto filled = impl->fill(); !filled) return std::unexpected(filled.error());
    return FaqIndex(std::move(impl));
}

FaqIndex::Match FaqIndex::best(const std::vector<std::string>& words) const {
    return impl_->best(words);
}

FaqIndex::Match FaqIndex::find(const std::vector<std::string>& words) const {
    Match match = impl_->best(words);
    const bool ranks_enough = impl_->size() < rank_entries_min || match.rank >= rank_min;
    if (match.coverage < coverage_min || !ranks_enough) match.entry = nullptr;
    return match;
}

}  // namespace deskbell::bot
