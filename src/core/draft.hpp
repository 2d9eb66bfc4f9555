#pragma once
// A decision in the making: the steps that the families of rules share. For core/decide_*.cpp only.

#include "core/decide.hpp"

#include <string_view>
#include <utility>

namespace deskbell::core {

class Draft {
public:
    Draft(const Session& session, const Facts& known_facts, const Moment& at)
        : facts(known_facts), moment(at), before_(session) {
        decision.session = session;
    }

    const Facts& facts;
    const Moment& moment;
    Decision decision;  // being built

    [[nodiscard]] Session& session() { return decision.session; }
    [[nodiscard]] const Session& before() const { return before_; }

    // A refusal forgets whatever was drafted.
    [[nodiscard]] Decision refuse(Error error) const;
    [[nodiscard]] Decision refuse(std::string code, std::string detail) const;
    [[nodiscard]] Decision replay();  // with `facts.known_event`, when there is one
    [[nodiscard]] Decision finish();

    // The log.
    void add_message(Message message, bool offers_human = false);  // sets its id, seq and time
    void add_session_event();
    void add_receipt(const MessageId& message, Stage stage, std::string_view reason = {});
    template <class Render>
    void add_event(Render&& render) {
        Session& now = session();
        ++now.head;
        decision.events.push_back({now.head, render(now.head, moment.now)});
    }

    // The lane.
    void add_letter(Letter letter);  // sets its id, session, position and time
    void add_notice_letter(std::string_view text);
    void add_words(const Message& message);  // split as the desk wants it; then its files
    void add_file_letters(const std::vector<File>& files);  // of one message, in order
    void add_opening();                                     // open_thread and introduction
    void move_letter(const Letter& from, Letter to);        // `to` differs in what changed
    void settle(const Letter& letter, LetterState state, std::string refusal = {});

    // The session.
    void card_changes();  // what the parent should show is another now
    void begin_waiting();
    void take_over(const Agent& agent);  // a human answers or claims
    void close();
    void mark_seen();  // facts.unseen
    void set_timer(TimerKind kind, WallMs due_at, std::string payload = {});
    void cancel_timer(TimerKind kind);
    // False: this gesture counted before. A reply that became it is taken back from the customer.
    [[nodiscard]] bool begins(const Gesture& gesture, const Agent& agent);
    void withdraw(Message message);
    // Details into the session, with their event.
    // What was vouched for and changes is no longer vouched for.
    [[nodiscard]] std::optional<Error> apply_details(const CustomerDetails& details);
    // Whether the desk has, or is about to have, a thread to put notices into.
    [[nodiscard]] bool has_thread() const;

private:
    const Session& before_;
};

// As it may be shown and kept.
[[nodiscard]] Agent clean_agent(const Agent& agent);
// Somebody in a notice's text, so that the desk may call them: an agent, or the operator's word for
// a person or a group. What others typed cannot be one: it begins with a control.
[[nodiscard]] std::string calling(const std::string& whom);
[[nodiscard]] std::string calling(const DeskAgentId& agent);

// The families. Each handles the commands it names.
[[nodiscard]] Decision decide_one(Draft draft, const CustomerArrived& command);
[[nodiscard]] Decision decide_one(Draft draft, const CustomerDetails& command);
[[nodiscard]] Decision decide_one(Draft draft, const CustomerIdentified& command);
[[nodiscard]] Decision decide_one(Draft draft, const CustomerSaid& command);
[[nodiscard]] Decision decide_one(Draft draft, const HumanRequested& command);
[[nodiscard]] Decision decide_one(Draft draft, const CustomerRead& command);
[[nodiscard]] Decision decide_one(Draft draft, const CustomerClosed& command);
[[nodiscard]] Decision decide_one(Draft draft, const CustomerRated& command);
[[nodiscard]] Decision decide_one(Draft draft, const BotAnswered& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentSaid& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentEdited& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentDeleted& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentSaw& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentClaimed& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentResolved& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentReopened& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentNoted& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentHandedOver& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentHandedBack& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentBlocked& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentWantsTranscript& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadConversation& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentMoved& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReactionsRead& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadReplies& command);
[[nodiscard]] Decision decide_one(Draft draft, const DestinationFound& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadDestinations& command);
[[nodiscard]] Decision decide_one(Draft draft, const AgentsOnline& command);
[[nodiscard]] Decision decide_one(Draft draft, const ThreadLost& command);
[[nodiscard]] Decision decide_one(Draft draft, const ThreadSwept& command);
[[nodiscard]] Decision decide_one(Draft draft, const ClaimPost& command);
[[nodiscard]] Decision decide_one(Draft draft, const PostConfirmed& command);
[[nodiscard]] Decision decide_one(Draft draft, const PostUnknown& command);
[[nodiscard]] Decision decide_one(Draft draft, const PostReleased& command);
[[nodiscard]] Decision decide_one(Draft draft, const PostRefused& command);
[[nodiscard]] Decision decide_one(Draft draft, const PostStrayed& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadDoubts& command);
[[nodiscard]] Decision decide_one(Draft draft, const CopySeen& command);
[[nodiscard]] Decision decide_one(Draft draft, const PostAudited& command);
[[nodiscard]] Decision decide_one(Draft draft, const PostMissing& command);
[[nodiscard]] Decision decide_one(Draft draft, const ClaimCard& command);
[[nodiscard]] Decision decide_one(Draft draft, const CardShown& command);
[[nodiscard]] Decision decide_one(Draft draft, const CardSeen& command);
[[nodiscard]] Decision decide_one(Draft draft, const DeskDelay& command);
[[nodiscard]] Decision decide_one(Draft draft, const ThreadFound& command);
[[nodiscard]] Decision decide_one(Draft draft, const CustomerFound& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReconcileEnded& command);
[[nodiscard]] Decision decide_one(Draft draft, const ThreadTold& command);
[[nodiscard]] Decision decide_one(Draft draft, const TimerFired& command);
[[nodiscard]] Decision decide_one(Draft draft, const AlertSettled& command);
[[nodiscard]] Decision decide_one(Draft draft, const RefreshQueue& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadSession& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadEvents& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadTranscript& command);
[[nodiscard]] Decision decide_one(Draft draft, const CustomerEdited& command);
[[nodiscard]] Decision decide_one(Draft draft, const CustomerWithdrew& command);
// These are the engine's.
[[nodiscard]] Decision decide_one(Draft draft, const CustomerForgot& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadErasures& command);
[[nodiscard]] Decision decide_one(Draft draft, const ErasureFound& command);
[[nodiscard]] Decision decide_one(Draft draft, const ErasureDone& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadThreads& command);

[[nodiscard]] Decision decide_one(Draft draft, const FileUploaded& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadFiles& command);
[[nodiscard]] Decision decide_one(Draft draft, const UploadBegun& command);
[[nodiscard]] Decision decide_one(Draft draft, const FileFetched& command);
[[nodiscard]] Decision decide_one(Draft draft, const FileFailed& command);
[[nodiscard]] Decision decide_one(Draft draft, const FileExpired& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadFile& command);
[[nodiscard]] Decision decide_one(Draft draft, const ReadOldFiles& command);

// Files that came with an agent's message, or that are no longer with it. decide_file.cpp
void take_files(Draft& draft, const std::vector<DeskFile>& named, Message& message);
void drop_files(Draft& draft, const std::vector<DeskFile>& named);
void drop_all_files(Draft& draft, const std::string& reason);
// The files a message names: there, of this session, and in no other message.
[[nodiscard]] std::optional<Error> attach(Draft& draft, const std::vector<FileId>& ids,
                                          Message& message);
void keep_attached(Draft& draft, const Message& message);

// What a post shall show of messages that were changed since. decide_amend.cpp
[[nodiscard]] std::optional<Post> amended_post(const Draft& draft, const Letter& letter);
// It cannot be changed there: the thread says it in words.
void tell_amendment(Draft& draft, const Letter& letter);
// A thread is gone: a new one is opened ahead of what still waits. `stray` is the letter whose post
// showed it, when one did; it waits again. decide_thread.cpp
void replace_thread(Draft& draft, const DeskThreadId& thread, const LetterId& stray);
// A letter behind these was read back at the desk, so these were settled before it: gone from the
// desk, or refused there. They are not sent after it. decide_reconcile.cpp
void pass_by(Draft& draft, const Letter& found);

}  // namespace deskbell::core
