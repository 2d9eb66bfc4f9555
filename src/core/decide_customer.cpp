// What customers do. Facts: `known` (by client id), `files`, `lane`, `load`, `waiting_ahead`.

#include "base/text.hpp"
#include "core/details.hpp"
#include "core/draft.hpp"
#include "core/identity.hpp"
#include "core/render.hpp"
#include "core/waiting.hpp"

#include <algorithm>

namespace deskbell::core {
namespace {

constexpr std::size_t client_id_characters_max = 128;
constexpr std::size_t topic_characters_max = 200;
constexpr std::size_t note_characters_max = 2000;
constexpr std::size_t comment_characters_max = 2000;
constexpr std::int64_t busy_retry_ms = 5'000;

std::optional<Error> refusal_of_words(const Message& message, const Policy& policy) {
    const std::string& text = message.text;
    if (trim(text).empty() && message.files.empty())
        return Error{"message_empty", "A message needs text or a file."};
    if (count_characters(text) > policy.message_characters_max) {
        return Error{"message_too_long", "A message may have at most " +
                                             std::to_string(policy.message_characters_max) +
                                             " characters."};
    }
    return std::nullopt;
}

Error blocked() {
    return {"customer_blocked", "The team has ended this conversation and takes no more messages.",
            std::nullopt};
}

// What one client id stands for: the words, and what was sent along.
std::string body_hash_of(const std::string& text, const std::vector<FileId>& attachments) {
    if (attachments.empty()) return sha256_hex(text);
    std::string body = text;
    for (const FileId& id : attachments) body += std::string(1, '\0') + id.value;
    return sha256_hex(body);
}

// What was sent while the bot answered follows the introduction, which only names it.
void add_unsent_files(Draft& draft) {
    std::vector<File> files;
    for (const File& file : draft.facts.files) {
        if (!files.empty() && files.front().message != file.message) {
            draft.add_file_letters(files);
            files.clear();
        }
        files.push_back(file);
    }
    draft.add_file_letters(files);
}

const PreChat* pre_chat_of(const Draft& draft, const SiteId& site) {
    const auto found = draft.moment.policy.pre_chat.find(site);
    return found == draft.moment.policy.pre_chat.end() ? nullptr : &found->second;
}

// Back into line: the thread goes on where it is, or a new one opens when it was lost meanwhile.
void return_to_the_desk(Draft& draft, std::string_view notice) {
    draft.begin_waiting();
    if (draft.has_thread()) {
        draft.add_notice_letter(notice);
    } else {
        draft.add_opening();
    }
}

// A first request: which team, and its thread.
std::optional<Error> ask_for_human(Draft& draft) {
    Session& session = draft.session();
    const auto destination = choose_destination(session, draft.moment.policy, draft.facts.load);
    if (!destination)
        return Error{"no_route", "No route matches this conversation; see slack.route."};
    session.destination = *destination;
    draft.begin_waiting();
    draft.add_opening();
    add_unsent_files(draft);
    return std::nullopt;
}

}  // namespace

Decision decide_one(Draft draft, const CustomerArrived& command) {
    Session& session = draft.session();
    if (!session.id.empty())
        return draft.refuse("session_exists", "There is a session of that id already.");
    CustomerDetails details;
    details.name = command.customer.name;
    details.email = command.customer.email;
    details.phone = command.customer.phone;
    details.attributes_json = command.customer.attributes_json;
    auto customer = merged(Customer{}, details);
    if (customer && command.identity) {
        // What the site vouches for counts, whatever the page says.
        customer = merged(*customer, details_of(*command.identity));
        session.user = command.identity->user;
        session.verified = verified_by(*command.identity);
    }
    if (!customer) return draft.refuse(std::move(customer.error()));
    const PreChat* pre_chat = pre_chat_of(draft, command.site);
    if (pre_chat && pre_chat->at_start) {
        if (auto missing = missing_details(*customer, *pre_chat))
            return draft.refuse(std::move(*missing));
    }
    session.id = command.session;
    session.token_hash = command.token_hash;
    session.site = command.site;
    session.created_at = draft.moment.now;
    session.customer = std::move(*customer);
    session.page = clean_page(command.page);
    session.locale = clean_locale(command.locale);
    session.timezone = clean_timezone(command.timezone);
    return draft.finish();
}

Decision decide_one(Draft draft, const CustomerDetails& command) {
    if (auto refusal = draft.apply_details(command)) return draft.refuse(std::move(*refusal));
    pass_on_way(draft);
    return draft.finish();
}

Decision decide_one(Draft draft, const CustomerSaid& command) {
    Session& session = draft.session();
    if (command.client_id.empty() ||
        count_characters(command.client_id) > client_id_characters_max ||
        command.client_id != without_controls(command.client_id))
        return draft.refuse("client_id_invalid",
                            "client_id must have 1 to 128 characters, none of them a control.");
    Message message;
    message.text = without_controls(command.text);
    message.body_hash = body_hash_of(message.text, command.attachments);
    if (draft.facts.known) {
        // Words read back from the desk after a restore have no hash: the id alone speaks for them.
        const std::string& known = draft.facts.known->body_hash;
        if (known.empty() || known == message.body_hash) return draft.replay();
        return draft.refuse("client_id_reused", "That client_id was used for another message.");
    }
    if (auto refusal = attach(draft, command.attachments, message))
        return draft.refuse(std::move(*refusal));
    if (auto refusal = refusal_of_words(message, draft.moment.policy))
        return draft.refuse(std::move(*refusal));
    if (session.blocked) return draft.refuse(blocked());
    if (command.too_early_ms > 0) {
        return draft.refuse(Error{"too_many_messages",
                                  "Messages come faster than this session may send them.",
                                  command.too_early_ms});
    }

    message.client_id = command.client_id;
    message.author_name = session.customer.name;
    draft.add_message(std::move(message));
    const Message said = draft.decision.messages_added.back();
    keep_attached(draft, said);

    const bool reopens = session.state == SessionState::closed;
    if (reopens && session.destination.empty()) {
        session.state = SessionState::bot;
        session.closed_at = 0;
        draft.add_session_event();
    } else if (reopens) {
        return_to_the_desk(draft, "The customer wrote again.");
        draft.add_session_event();
        tell_what_to_expect(draft);
    }
    if (session.state == SessionState::bot) {
        // The bot answers the newest words; what it still thinks about older ones comes too late.
        if (draft.moment.policy.bot_answers) {
            session.bot_turn = said.id;
            draft.decision.bot_due = true;
        }
        return draft.finish();
    }
    // An agent went on, from a thread that was lost while the conversation was closed.
    if (!draft.has_thread()) draft.add_opening();
    draft.add_words(said);
    if (session.state == SessionState::open) begin_silence(draft);
    const std::size_t letters = draft.facts.lane.queued + draft.decision.letters_added.size();
    if (letters > draft.moment.policy.letters_queued_max) {
        return draft.refuse(Error{"session_busy",
                                  "The team's desk is behind; too many messages are on their way.",
                                  busy_retry_ms});
    }
    return draft.finish();
}

Decision decide_one(Draft draft, const HumanRequested& command) {
    Session& session = draft.session();
    if (session.blocked) return draft.refuse(blocked());
    if (auto refusal = draft.apply_details(command.details))
        return draft.refuse(std::move(*refusal));
    if (session.state == SessionState::waiting || session.state == SessionState::open) {
        pass_on_way(draft);
        draft.decision.replayed = true;  // asked before; new details are welcome all the same
        draft.decision.found = draft.decision.events;
        return draft.finish();
    }
    if (const PreChat* pre_chat = pre_chat_of(draft, session.site)) {
        if (auto missing = missing_details(session.customer, *pre_chat))
            return draft.refuse(std::move(*missing));
    }
    const std::string note = without_controls(command.note);
    if (count_characters(note) > note_characters_max)
        return draft.refuse("note_too_long", "note may have at most 2000 characters.");
    session.topic = clean_line(command.topic, topic_characters_max);
    session.note = std::string(trim(note));
    if (session.destination.empty()) {
        if (auto refusal = ask_for_human(draft)) return draft.refuse(std::move(*refusal));
    } else {
        return_to_the_desk(draft, "The customer asked for a human again.");
    }
    draft.add_session_event();
    tell_what_to_expect(draft);
    return draft.finish();
}

Decision decide_one(Draft draft, const CustomerRead& command) {
    Session& session = draft.session();
    session.read_seq = std::max(session.read_seq, std::min(command.seq, session.head));
    return draft.finish();
}

Decision decide_one(Draft draft, const CustomerClosed&) {
    if (draft.session().state == SessionState::closed) return draft.replay();
    draft.close();
    if (draft.has_thread()) draft.add_notice_letter("The customer closed the conversation.");
    return draft.finish();
}

Decision decide_one(Draft draft, const CustomerRated& command) {
    Session& session = draft.session();
    if (command.score < 1 || command.score > 5)
        return draft.refuse("rating_invalid", "score must be a number from 1 to 5.");
    const std::string comment(trim(without_controls(command.comment)));
    if (count_characters(comment) > comment_characters_max)
        return draft.refuse("comment_too_long", "comment may have at most 2000 characters.");
    Rating rating{.score = command.score, .comment = comment};
    if (session.rating == rating) return draft.replay();
    session.rating = std::move(rating);
    draft.add_event([&](std::int64_t seq, WallMs at) {
        return render_rating_event({seq, at}, *session.rating);
    });
    draft.card_changes();
    if (draft.has_thread()) {
        draft.add_notice_letter("The customer rated the conversation " +
                                std::to_string(command.score) + " of 5." +
                                (comment.empty() ? "" : "\n" + comment));
    }
    return draft.finish();
}

}  // namespace deskbell::core
