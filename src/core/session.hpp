#pragma once
// The nouns of the product: a session, its messages, its log, its letters to the desk.
//
// What this is: plain values. Who uses it: every room. What it never does: know a clock, a socket,
// SQL or Slack.

#include "base/clock.hpp"
#include "base/id.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::core {

// bot → waiting (asked for a human) → open (a human answered or claimed) → closed → (customer
// writes) waiting.
enum class SessionState : std::uint8_t { bot, waiting, open, closed };

struct Customer {
    std::string name;
    std::string email;
    std::string phone;
    std::string attributes_json = "{}";  // an object of the site's own

    friend bool operator==(const Customer&, const Customer&) = default;
};

struct Page {
    std::string url;
    std::string title;
    std::string referrer;

    friend bool operator==(const Page&, const Page&) = default;
};

struct Agent {
    DeskAgentId id;
    std::string name;
    std::string avatar;  // URL, may be empty

    friend bool operator==(const Agent&, const Agent&) = default;
};

struct Rating {
    int score = 0;  // 1 to 5
    std::string comment;

    friend bool operator==(const Rating&, const Rating&) = default;
};

struct Session {
    SessionId id;
    SiteId site;
    SessionState state = SessionState::bot;
    WallMs created_at = 0;
    std::string token_hash;  // SHA-256 of the token, hex; the token itself is stored nowhere
    Customer customer;
    Page page;
    std::string locale;
    std::string timezone;

    std::int64_t head = 0;           // seq of the last event in the log
    std::int64_t last_order_us = 0;  // order keys we hand out never go backwards
    std::int64_t generation =
        0;               // +1 when a human takes over; a bot's answer must carry the one it saw
    MessageId bot_turn;  // the customer's message that the bot still owes an answer; empty: none
    std::optional<Agent> agent;
    WallMs asked_at = 0;  // when a human was asked for; 0: never
    std::string topic;
    std::string note;
    std::int64_t queue_position = 0;    // 1 is next; 0 while not waiting
    std::int64_t estimated_wait_s = 0;  // while waiting, as last told; 0: nobody can say
    std::string offer;  // why another way than waiting is offered ("closed", "away", "nobody_yet")
    std::string user;  // whom the site's signature says this is, in the site's words; empty: nobody
    std::string verified;  // which details it vouches for: "name,email"
    std::optional<Rating> rating;
    std::int64_t read_seq = 0;  // the customer has seen the log up to here
    WallMs closed_at = 0;       // when it was closed last; 0: not closed
    bool delayed = false;       // its letters are behind; both sides have been told
    bool blocked = false;       // an agent said so: nothing more is taken from this customer
    bool moved = false;  // the thread before this one stands, and does not yet show the way here

    Destination destination;  // where the thread is or will be; empty until a human was asked for
    DeskThreadId thread;      // empty until the desk confirmed the parent
    DeskThreadId previous_thread;         // the lost one this thread continues
    std::string thread_cursor;            // desk order up to which the thread was read back
    std::int64_t lane_position = 0;       // position of the last letter of the lane
    std::int64_t card_version = 0;        // +1 whenever what the parent should show changes
    std::int64_t card_shown_version = 0;  // what the desk was last told and confirmed

    friend bool operator==(const Session&, const Session&) = default;
};

enum class AuthorRole : std::uint8_t { customer, bot, agent, system };

// How far a customer's message has come. Only ever grows; `failed` is final.
enum class Stage : std::uint8_t { stored, delivered, seen, failed };

// Where a file's bytes are: here; still at the desk (an agent's, to be fetched); nowhere, because
// they could not be had; or nowhere any more.
enum class FileState : std::uint8_t { ready, coming, failed, gone };

// What somebody sent along with a message. The bytes are kept by their id outside of the store.
struct File {
    FileId id;
    SessionId session;
    SiteId site;
    MessageId message;  // empty: uploaded, and in no message yet
    bool from_agent = false;
    FileState state = FileState::ready;
    std::string name;
    std::string type;  // MIME, as its content says
    std::int64_t size = 0;
    std::int64_t width = 0;  // of a picture; 0: unknown
    std::int64_t height = 0;
    std::string hash;      // SHA-256 of the bytes, hex
    DeskFileId desk_file;  // what the desk calls it, once it has it
    std::string reason;    // failed and gone: a code
    WallMs at = 0;

    friend bool operator==(const File&, const File&) = default;
};

struct Message {
    MessageId id;
    SessionId session;
    std::int64_t seq = 0;
    WallMs at = 0;
    AuthorRole role = AuthorRole::customer;
    std::string author_name;
    std::string author_avatar;
    std::string text;
    bool markdown = false;    // format: markdown, else plain
    std::string rich_json;    // the tree beside a markdown text; empty: none
    std::string order;        // sorts messages; see order.hpp
    std::string client_id;    // the customer's idempotency key
    std::string body_hash;    // of what came with client_id; another body under it is refused
    std::string in_reply_to;  // bots: the customer's message answered; unique in a session
    DeskMessageId
        desk_message;        // agents' messages, and ours once the desk confirmed the (last) post
    std::string desk_order;  // the desk's own order of that post
    std::string desk_sender_key;  // agents: second idempotency key (sender and the client's id);
                                  // may be empty
    std::string desk_edit_key;    // newest edit taken over; older ones are ignored
    Stage stage = Stage::stored;  // customers' messages only
    bool deleted = false;
    std::string desk_posts{};   // where its words stand at the desk, see placed.hpp
    std::int64_t edits = 0;     // how often the customer has changed it
    std::vector<File> files{};  // for its event; kept as rows of their own, not read back with it
};

// An entry of the append-only log, rendered once as clients see it.
struct Event {
    std::int64_t seq = 0;
    std::string json;  // {"seq":13,"at":"…","kind":"message",…}
};

// What must still be told to the desk. A lane (one session's letters) is sent strictly in order of
// position.
enum class LetterKind : std::uint8_t {
    open_thread,
    introduction,
    customer_message,
    notice,
    file,       // a customer's, into the thread
    amendment,  // what a post shows of a message that was changed or withdrawn since
};

// queued → sending → sent; sending → unknown → sent | queued; sending → refused on a definite no;
// sending → queued when surely nothing was done. `folded` letters travel inside another letter's
// post.
enum class LetterState : std::uint8_t { queued, sending, unknown, sent, refused, folded };

struct Letter {
    LetterId id;  // also the marker of the post it becomes
    SessionId session;
    std::int64_t position = 0;
    LetterKind kind = LetterKind::customer_message;
    LetterState state = LetterState::queued;
    WallMs queued_at = 0;
    MessageId message;  // customer_message: which one
    int part = 1;       // of `parts`, when a long message had to be split
    int parts = 1;
    // customer_message and notice: what to say; file: which one; amendment: the file to take away,
    // or empty: the words of `part` of `message`, as they are when its turn comes.
    std::string text;
    LetterId carrier;         // folded: the letter whose post carries this one
    std::string frozen_json;  // the Post, fixed before the first attempt
    int attempts = 0;
    WallMs first_attempt_at = 0;
    DeskMessageId desk_message;
    std::string refusal;  // refused: the desk's code
};

// What is known of an agent's message, to be compared with what the desk has.
struct KnownReply {
    DeskMessageId message;
    std::string order;
    std::string sender_key;
    bool deleted = false;
};

// What the parent of a thread shows. Last state wins; older versions need never be shown.
struct Card {
    SessionId session;
    std::int64_t version = 0;
    DeskThreadId thread;  // empty in the first one, which opens the thread
    SessionState state = SessionState::waiting;
    Customer customer;
    Page page;
    std::string locale;
    std::string topic;
    std::string note;
    std::optional<Agent> agent;
    std::optional<Rating> rating;
    WallMs asked_at = 0;
    std::string user;  // as in Session
    std::string verified;
    bool delayed = false;  // letters are behind; the agents should know
    bool blocked = false;
    DeskThreadId moved_from{};  // still stands: whoever reads it is to be shown the way
};

// One line of talk, as a post shows it.
struct Line {
    WallMs at = 0;
    AuthorRole role = AuthorRole::customer;
    std::string name;
    std::string text;
    int part = 1;
    int parts = 1;
    // Of a customer_message, so that its post can be told apart after a backup was restored.
    LetterId letter{};
    MessageId message{};
    std::string client_id{};
    bool edited = false;   // by the customer, since it was posted
    bool deleted = false;  // likewise: that it was, is all that is shown

    friend bool operator==(const Line&, const Line&) = default;
};

// A letter (or several folded ones) as it will be posted: frozen in the row before the first
// attempt, so that every attempt says the same.
struct Post {
    LetterId id;
    SessionId session;
    LetterKind kind = LetterKind::customer_message;
    Destination destination;
    DeskThreadId thread;           // empty for open_thread
    DeskThreadId previous_thread;  // introduction of a thread that continues a lost one
    Card card;                     // open_thread and introduction
    std::vector<Line>
        lines;  // introduction: the recent conversation; customer_message: what was said
    std::string notice;
    File file;  // file: with `desk_file` once an upload of it was begun
    // amendment: the post that is to show `lines` from now on, and the letter it was.
    DeskMessageId amends;
    LetterId amends_letter;
    int attempts = 0;  // including the one this post is claimed for
    WallMs first_attempt_at = 0;
    bool doubtful = false;    // an earlier attempt may still come out
    DeskMessageId confirmed;  // where it is known to be: a look-up then looks for others
};

// A post that was sent again while its first request might still come out. It is known where it is;
// whatever else carries its mark is a copy, to be taken back whenever it appears.
struct Doubt {
    LetterId letter;
    SessionId session;
    LetterKind kind = LetterKind::customer_message;
    Destination destination;
    DeskMessageId message;  // where it is
    DeskThreadId thread;    // of a parent: its own
    WallMs first_attempt_at = 0;
    WallMs settled_at = 0;
    int audits = 0;  // how often its place was read back since

    friend bool operator==(const Doubt&, const Doubt&) = default;
};

// What is still to be taken away at the desk of a session that is forgotten here. Nothing else of
// it is left.
struct Erasure {
    std::string id;       // the thread's, or the letter's
    DeskThreadId thread;  // whose posts are ours to delete; empty: it must be found first
    LetterId letter{};    // then: of the parent that may be there, or may come out yet
    SessionId session{};  // likewise
    Destination destination{};
    WallMs first_attempt_at = 0;
    WallMs due_at = 0;
    int passes = 0;  // how often it was done; what is late is found by the last

    friend bool operator==(const Erasure&, const Erasure&) = default;
};

}  // namespace deskbell::core
