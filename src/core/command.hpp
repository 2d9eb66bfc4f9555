#pragma once
// Something that happened, or that somebody asks for. The engine makes each durable, in order.

#include "core/session.hpp"
#include "core/timer.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace deskbell::core {

// ---- From customers (gateway). Addressed by session id or token hash, see engine::Address. ----

// Who somebody is, as their site has signed it. Whoever hands it over has checked the signature.
struct Identity {
    std::string user;  // the site's own id of them
    std::optional<std::string> name;
    std::optional<std::string> email;
    std::optional<std::string> phone;
    std::optional<std::string> attributes_json;
    std::string use;     // what may be said only once
    WallMs ends_at = 0;  // afterwards it could not be said again anyway
};

struct CustomerArrived {  // creates the session; the id and the token are made by the gateway
    SessionId session;
    std::string token_hash;
    SiteId site;
    Customer customer;
    Page page;
    std::string locale;
    std::string timezone;
    std::optional<Identity> identity{};
};

struct CustomerIdentified {
    Identity identity;
};

struct CustomerDetails {  // only what is present changes
    std::optional<std::string> name;
    std::optional<std::string> email;
    std::optional<std::string> phone;
    std::optional<std::string> attributes_json;
    std::optional<Page> page;
    std::optional<std::string> locale;
};

struct CustomerSaid {
    std::string client_id;
    std::string text;
    // Over the session's rate by so much: only what was said before is answered again.
    std::int64_t too_early_ms = 0;
    std::vector<FileId> attachments{};  // uploaded before
};

struct CustomerEdited {  // their own message
    MessageId id;
    std::string text;
    std::int64_t too_early_ms = 0;  // as in CustomerSaid
};

struct CustomerWithdrew {  // their own message
    MessageId id;
};

struct CustomerForgot {};  // the session goes, with everything

struct FileUploaded {  // its bytes are kept; `file` says all but whose it is
    File file;
};

struct ReadFiles {  // those of the session that are ready
    std::vector<FileId> ids;
};

struct HumanRequested {
    CustomerDetails details;
    std::string topic;
    std::string note;
};

struct CustomerRead {
    std::int64_t seq = 0;
};

struct CustomerClosed {};

struct CustomerRated {
    int score = 0;
    std::string comment;
};

struct ReadSession {};  // the session as it is

struct ReadTranscript {};  // every message, in order

struct ReadEvents {  // events after `after`, at most `limit`
    std::int64_t after = 0;
    std::int64_t limit = 200;
};

// ---- From the bot. ----

struct BotAnswered {
    SessionId session;
    MessageId in_reply_to;
    std::int64_t generation =
        0;  // as it was when the question was put; another one means: too late
    std::string name;
    std::string text;  // Markdown
    std::string rich_json;
    bool offers_human = false;  // clients may show the button under it
};

// ---- From the desk. ----

// What at the desk was the gesture: it counts once, and its words never reach the customer. Empty:
// a button, whose meaning the state of the session gives.
struct Gesture {
    DeskMessageId id;      // the agent's own message ("!resolve"), or a form that was sent
    std::string edit_key;  // of the newest edit of that message
};

// A file of an agent's message. The desk's names and figures are a hint; the bytes decide.
struct DeskFile {
    DeskFileId id;
    std::string name;
    std::string type;
    std::int64_t size = 0;
    std::int64_t width = 0;
    std::int64_t height = 0;
    bool gone = false;  // deleted there
};

struct AgentSaid {
    DeskThreadId thread;
    DeskMessageId message;
    std::string order;       // the desk's own order of messages, sortable as text
    std::string sender_key;  // see Message::desk_sender_key
    Agent agent;
    std::string text;  // Markdown
    std::string rich_json;
    bool edited_since = false;  // read back after edits: `edit_key` says which
    std::string edit_key;
    std::string canned{};  // a canned reply of that name: the thread is shown what it says
    std::vector<DeskFile> files{};
};

struct AgentEdited {
    DeskThreadId thread;
    DeskMessageId message;
    std::string edit_key;  // grows with each edit
    std::string order;
    std::string sender_key{};  // should it be known under another id of the desk's
    Agent agent;               // an edit may arrive before what it edits; then it is the message
    std::string text;
    std::string rich_json;
    std::vector<DeskFile> files{};
};

struct AgentDeleted {
    DeskThreadId thread;
    DeskMessageId message;
    std::string sender_key{};  // should it be known under another id of the desk's
};

struct AgentMoved {  // told under a place where it is not; read back at another
    DeskThreadId thread;
    DeskMessageId from;
    DeskMessageId to;
    std::string order;  // of `to`
};

// A reaction is told by an event, or read back any time later: then it counts only when it is new.
struct Reaction {
    std::string key;  // what it is and whose; empty: none (a button)
    std::string at;   // in the desk's order
    bool read_back = false;
};

struct AgentSaw {  // a reaction on a message of the thread
    DeskThreadId thread;
    std::string order;  // everything delivered up to here was seen
    Agent agent;
};

struct AgentClaimed {
    DeskThreadId thread;
    Agent agent;
    Reaction reaction{};
    Gesture gesture{};
    bool if_free = false;  // `already_claimed` when another agent has it
};

struct AgentResolved {
    DeskThreadId thread;
    Agent agent;
    Reaction reaction{};
    Gesture gesture{};
};

struct AgentReopened {
    DeskThreadId thread;
    Agent agent;
    Gesture gesture{};
};

// Words that are no reply: a note among colleagues, or a request that changes nothing here. A reply
// that was edited into one is taken back from the customer.
struct AgentNoted {
    DeskThreadId thread;
    Agent agent;
    Gesture gesture{};
};

struct AgentHandedOver {  // to a colleague, or to another place; one of the two
    DeskThreadId thread;
    Agent agent;
    Gesture gesture{};
    std::optional<Agent> to;
    Destination destination{};
};

struct AgentHandedBack {  // to the bot
    DeskThreadId thread;
    Agent agent;
    Gesture gesture{};
};

struct AgentBlocked {  // `blocked` false: the customer may write again
    DeskThreadId thread;
    Agent agent;
    Gesture gesture{};
    bool blocked = true;
};

struct AgentWantsTranscript {  // into the thread
    DeskThreadId thread;
    Agent agent;
    Gesture gesture{};
};

struct ReadConversation {  // the session of a thread, and what was said
    DeskThreadId thread;
};

struct ReactionsRead {  // those of the parent; others before `before` are there no more
    DeskThreadId thread;
    std::vector<std::string> keys;
    std::string before;
};

struct ReadReplies {  // what is known of agents' messages from that order on
    DeskThreadId thread;
    std::string from;
};

struct ThreadLost {  // the parent was deleted, or a post came out elsewhere
    DeskThreadId thread;
};

struct ThreadSwept {  // read back up to here, everything found was handed over
    DeskThreadId thread;
    std::string cursor;
};

// Names change at the desk, places do not: a destination that was found once is found again.
struct DestinationFound {
    Destination destination;
    std::string place;  // the desk's own
};

struct ReadDestinations {};

struct AgentsOnline {  // how many are at their desks and take customers; -1: not known
    std::int64_t count = -1;
};

struct ReadThreads {  // threads of sessions that are waiting or open, or were closed lately
    WallMs closed_after = 0;
    std::size_t limit = 1000;
};

struct UploadBegun {  // durable before the desk is asked to show it: by this it is found again
    LetterId post;
    DeskFileId upload;
};

struct FileFetched {  // its bytes are kept; coming → ready
    File file;        // id, type, size, width, height, hash
};

struct FileFailed {  // coming → failed: it cannot be had
    FileId file;
    std::string code;
};

struct FileExpired {  // past its time: its bytes go
    FileId file;
};

struct ReadFile {  // by whoever may: the signed address is the authority
    FileId file;
};

struct ReadOldFiles {  // those of messages before `before`, and uploads that nobody sent
    WallMs before = 0;
    WallMs unsent_before = 0;
    std::int64_t limit = 100;
};

// ---- From the courier. ----

struct ClaimPost {  // head of the lane: queued → sending, frozen; `fold` takes waiting letters
                    // along
    SessionId session;
    bool fold = false;
};

struct PostConfirmed {  // sending | unknown → sent
    LetterId post;
    DeskMessageId message;
    DeskThreadId thread;
    std::string order;
    // Read back by a server whose store is older than the world: then a letter that was never
    // attempted, as far as the store knows, may be there too.
    bool read_back = false;
};

struct PostUnknown {  // sending → unknown
    LetterId post;
};

struct PostReleased {  // sending | unknown → queued: surely not done, or looked for and not there
    LetterId post;
    bool may_arrive = false;  // its request may still come out: what is sent again is then watched
};

struct PostRefused {  // sending → refused: a definite no that repeating cannot change
    LetterId post;
    std::string code;
};

struct PostStrayed {  // sending → queued, and the thread is lost: a new one continues it
    LetterId post;
    DeskThreadId thread;
};

struct ReadDoubts {};  // all of them

struct CopySeen {  // a copy of that post stands there: durable before it is taken back
    Doubt doubt;
    DeskMessageId copy;
    DeskThreadId copy_thread;
};

struct PostAudited {  // its place was read back, and no copy is left there
    SessionId session;
    LetterId letter;
};

struct PostMissing {  // confirmed, and twice not there: it is said again under the same id
    Post missing;
};

struct ClaimCard {  // what the parent should show now
    SessionId session;
};

struct CardShown {
    SessionId session;
    std::int64_t version = 0;
};

struct CardSeen {  // the parent shows that version, twice in a row
    DeskThreadId thread;
    std::int64_t version = 0;
};

struct DeskDelay {  // the lane's delay crossed the threshold, or fell below it again
    SessionId session;
    bool delayed = false;
};

// ---- From the desk, when the store is older than the world (engine/reconcile.hpp). ----

struct ThreadFound {  // ours, of a session that we know, and we do not know the thread
    SessionId session;
    DeskThreadId thread;
    Destination destination;  // empty: no route names it any more
    std::string order;        // of the parent
};

struct CustomerFound {  // a customer's words that stand at the desk and may be missing in the log
    SessionId session;
    DeskThreadId thread;
    MessageId id;
    std::string client_id;  // may be empty
    std::string text;
    DeskMessageId message;
    std::string order;
};

struct ReconcileEnded {                // everything was read: the lanes may go
    std::vector<DeskThreadId> untold;  // threads of sessions that the store does not know
};

struct ThreadTold {  // one of `untold` was told, or needs it no more
    DeskThreadId thread;
};

// ---- Of sessions that are forgotten. ----

struct ReadErasures {};  // all of them, by when they are due

struct ErasureFound {  // a parent of a forgotten session has come out
    Erasure erasure;
};

struct ErasureDone {  // once more at `due_at`; 0: for good
    std::string id;
    WallMs due_at = 0;
};

// ---- From the engine itself. ----

struct TimerFired {  // only the timer that is due at `due_at`: one set since is another
    SessionId session;
    TimerKind kind = TimerKind::escalation;
    WallMs due_at = 0;
};

struct AlertSettled {  // it was said, or never can be
    SessionId session;
    LetterId alert;
};

struct RefreshQueue {};  // tell waiting customers their position where it changed

using Command = std::variant<
    CustomerArrived, CustomerDetails, CustomerSaid, HumanRequested, CustomerRead, CustomerClosed,
    CustomerRated, ReadSession, ReadEvents, BotAnswered, AgentSaid, AgentEdited, AgentDeleted,
    AgentSaw, AgentClaimed, AgentResolved, AgentReopened, AgentNoted, AgentHandedOver,
    AgentHandedBack, AgentBlocked, AgentWantsTranscript, ReadConversation, AgentMoved,
    ReactionsRead, ReadReplies, DestinationFound, ReadDestinations, AgentsOnline, ThreadLost,
    ThreadSwept, ReadThreads, ClaimPost, PostConfirmed, PostUnknown, PostReleased, PostRefused,
    PostStrayed, ReadDoubts, CopySeen, PostAudited, PostMissing, ClaimCard, CardShown, CardSeen,
    DeskDelay, ThreadFound, CustomerFound, ReconcileEnded, ThreadTold, TimerFired, AlertSettled,
    RefreshQueue, FileUploaded, ReadFiles, UploadBegun, FileFetched, FileFailed, FileExpired,
    ReadFile, ReadOldFiles, CustomerIdentified, ReadTranscript, CustomerEdited, CustomerWithdrew,
    CustomerForgot, ReadErasures, ErasureFound, ErasureDone>;

}  // namespace deskbell::core
