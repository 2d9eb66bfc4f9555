// Every word the customer reads, in English; the other languages are files beside this one's words, under `locales/`.
// A text is a string, or one for each plural form its language has (`{n}` decides). A shop may replace any of them.

export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Text = string | Forms;

export const english = {
  launcher: 'Chat with us',
  launcherUnread: { one: 'Chat with us, {n} unread', other: 'Chat with us, {n} unread' } as Text,
  closeChat: 'Close chat',
  title: 'Chat with us',
  greeting: 'Hi! How can we help?',
  greetingMore: 'Our assistant answers at once, and a person is one click away.',
  topics: 'Popular questions',
  log: 'Conversation',
  subtitleNone: 'Assistant, here day and night',
  subtitleBot: 'Assistant, here day and night',
  subtitleWaiting: 'Finding a person for you',
  subtitleOpen: 'Answering you in person',
  subtitleClosed: 'Conversation closed',
  bot: 'Assistant',
  botTag: 'Bot',
  agentFallback: 'Support',
  you: 'You',
  placeholder: 'Write a message…',
  placeholderClosed: 'Write to reopen…',
  composer: 'Message',
  send: 'Send message',
  left: { one: '{n} character left', other: '{n} characters left' } as Text,
  over: { one: '{n} character too many', other: '{n} characters too many' } as Text,
  human: 'Talk to a human',
  formTitle: 'Who should we answer?',
  formHint: 'Optional, so that we can find you again.',
  prechatTitle: 'Before we start',
  prechatHint: 'So that we know who we are talking to.',
  name: 'Name',
  email: 'Email',
  phone: 'Phone',
  optional: 'optional',
  emailWrong: 'This does not look like an email address.',
  fieldMissing: 'Please fill this in.',
  skip: 'Skip',
  connect: 'Connect me',
  begin: 'Start chat',
  cancel: 'Cancel',
  save: 'Save',
  asking: 'Asking for a person…',
  waiting: 'Connecting you with a person',
  waitingLong: 'It is taking longer than usual',
  position: { one: 'You are next in line.', other: 'You are number {n} in line.' } as Text,
  estimate: { one: 'About a minute.', other: 'About {n} minutes.' } as Text,
  waitingMore: 'You can keep writing; they will read it all.',
  leaveEmail: 'Get the answer by email instead',
  leaveEmailTitle: 'Where should we answer?',
  leaveEmailHint: 'If you leave before we answer, we write to you there.',
  emailLeft: 'If you leave, we answer to {email}.',
  changeEmail: 'Change',
  away: 'Nobody is free right now',
  awayMore: 'Leave your email and your question, and we answer there.',
  hours: 'Our hours: {hours}',
  humanRefused: 'We could not reach a person. Please try again.',
  lineAsked: 'You asked for a person',
  lineJoined: '{name} joined the conversation',
  lineClosed: 'The conversation was closed',
  lineReopened: 'The conversation was reopened',
  typing: '{name} is typing…',
  offline: 'You are offline. We send your messages when you are back.',
  reconnecting: 'Reconnecting… We send your messages then.',
  stoppedToken: 'This conversation has ended. Write to start a new one.',
  stoppedUpgrade: 'Please reload the page to go on chatting.',
  stoppedReplaced: 'This chat goes on in another window. Write to use it here.',
  queued: 'Waiting to send',
  sending: 'Sending…',
  sent: 'Sent',
  delivered: 'Delivered',
  seen: 'Seen',
  failed: 'Not sent',
  code_message_too_long: 'The message is too long.',
  code_session_ended: 'The conversation had ended.',
  code_file_too_large: 'Too large.',
  code_file_type_not_allowed: 'This kind of file is not accepted.',
  code_file_empty: 'The file is empty.',
  code_files_quota_exceeded: 'Too many files in this conversation.',
  code_files_disabled: 'Files are not accepted here.',
  code_file_unknown: 'A file has expired. Please attach it again.',
  code_edit_too_late: 'It is too late to change this message.',
  code_pre_chat_incomplete: 'A detail is missing.',
  code_email_invalid: 'This does not look like an email address.',
  code_customer_blocked: 'You can no longer write in this conversation.',
  code_other: 'That did not work. Please try again.',
  retry: 'Try again',
  remove: 'Delete',
  edit: 'Edit',
  editing: 'Edit your message',
  messageMenu: 'Change this message',
  edited: 'edited',
  deleted: 'This message was removed',
  newMessages: 'New messages',
  attach: 'Attach a file',
  attachRoom: { one: 'At most {n} file in a message.', other: 'At most {n} files in a message.' } as Text,
  attachments: 'Files to send',
  uploading: 'Uploading {name}',
  uploadDone: '{name} is ready to send',
  uploadFailed: '{name} could not be uploaded',
  cancelUpload: 'Remove {name}',
  retryUpload: 'Try {name} again',
  dropHere: 'Drop files here',
  fileComing: 'on its way…',
  fileFailed: 'could not be fetched',
  fileGone: 'removed',
  openFile: 'Open {name}, {size}',
  ended: 'This conversation has ended',
  ratingAsk: 'How was this conversation?',
  ratingThanks: 'Thank you for your rating.',
  ratingOf: '{n} of 5',
  comment: 'Anything to add?',
  commentSend: 'Send comment',
  commentThanks: 'Thank you, we read every comment.',
  transcript: 'Download transcript',
  startOver: 'New conversation',
  menu: 'More',
  end: 'End conversation',
  soundOn: 'Sound on',
  soundOff: 'Sound off',
  forget: 'Delete my data',
  forgetAsk: 'Delete this conversation and your details, here and on our server?',
  forgetYes: 'Delete everything',
  announce: 'New message from {name}',
};

export type Key = keyof typeof english;
export type Words = Record<Key, Text>;
type Values = Record<string, string | number>;

export class Texts {
  readonly language: string;
  readonly #words: Partial<Words>[];
  #plural: Intl.PluralRules | null = null;

  /** Earlier words go before later ones; English stands behind them all. */
  constructor(language: string, ...words: (Partial<Words> | undefined)[]) {
    this.language = language;
    this.#words = [...words.filter((one) => one !== undefined), english];
  }

  has(key: string): key is Key {
    return key in english;
  }

  say(key: Key, values: Values = {}): string {
    const text = this.#words.find((one) => one[key])![key]!;
    const form = typeof text === 'string' ? text : (text[this.#formOf(Number(values.n))] ?? text.other);
    return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return typeof value === 'number' ? value.toLocaleString(this.language) : (value ?? whole);
    });
  }

  // Made when first needed: it costs milliseconds that a page load should not pay.
  #formOf(n: number): Intl.LDMLPluralRule {
    return (this.#plural ??= new Intl.PluralRules(this.language)).select(n);
  }
}
