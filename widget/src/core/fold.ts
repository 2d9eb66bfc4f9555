// Folds a session's events into what the log shows. Pure: same events, same transcript, whatever the pauses between.
// A transcript never changes in place; an untouched item keeps its identity, so the view knows what to draw again.

import type { Agent, Attachment, RichNode, Role, Session, WireEvent } from './protocol.ts';

export type MessageState = 'queued' | 'sending' | 'sent' | 'delivered' | 'seen' | 'failed';

export interface ChatMessage {
  kind: 'message';
  /** Stays the same from the optimistic bubble to the stored message, so the bubble is never drawn twice. */
  key: string;
  id?: string;
  seq: number;
  order: string;
  at: number;
  role: Role;
  name?: string | null | undefined;
  avatar?: string | null | undefined;
  text: string;
  rich?: RichNode[] | undefined;
  attachments?: Attachment[] | undefined;
  state?: MessageState | undefined;
  reason?: string | undefined;
  edited?: boolean;
  deleted?: boolean;
  offersHuman?: boolean | undefined;
}

/** A line between messages: somebody joined, the conversation closed. */
export interface ChatLine {
  kind: 'line';
  key: string;
  seq: number;
  order: string;
  at: number;
  line: 'asked' | 'joined' | 'closed' | 'reopened';
  agent?: Agent | null | undefined;
}

export type ChatItem = ChatMessage | ChatLine;

export interface Transcript {
  seq: number;
  session: Session | null;
  items: readonly ChatItem[];
  rating: number | null;
  comment?: string | null | undefined;
}

export const emptyTranscript: Transcript = { seq: 0, session: null, items: [], rating: null };

const stages = ['sent', 'delivered', 'seen'] as const;
const rankOf = (state: unknown) => stages.indexOf(state as 'seen');

/** Folds one event. Events at or below `seq` were seen before and change nothing; the caller watches for gaps. */
export function fold(transcript: Transcript, event: WireEvent): Transcript {
  if (event.seq <= transcript.seq) return transcript;
  const next: Transcript = { ...transcript, seq: event.seq };
  switch (event.kind) {
    case 'message':
      next.items = insert(transcript.items, messageOf(event));
      break;
    case 'message_edited':
      next.items = change(transcript.items, event, (message) => (
        { ...message, text: event.text ?? '', rich: event.rich, edited: true }
      ));
      break;
    case 'message_deleted':
      next.items = change(transcript.items, event, (message) => (
        { ...message, text: '', rich: undefined, attachments: undefined, offersHuman: false, deleted: true }
      ));
      break;
    case 'receipt':
      next.items = change(transcript.items, event, (message) => withReceipt(message, event));
      break;
    case 'session':
      if (event.session) foldSession(next, event.session, event);
      break;
    case 'file':
      next.items = changeFile(transcript.items, event.file!);
      break;
    case 'rating':
      next.rating = event.score ?? null;
      // The server says "" where nothing was written; words just sent stay while the score's own echo passes.
      next.comment = event.comment || (transcript.comment ?? null);
      break;
  }
  return next;
}

/** Messages sort by `order`, then by the moment they entered the log. Compared as plain strings: never by locale. */
export function compareItems(a: ChatItem, b: ChatItem): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.seq - b.seq;
}

function messageOf(event: WireEvent): ChatMessage {
  const { id, client_id, order, author, text, rich, attachments } = event.message!;
  return {
    kind: 'message',
    key: client_id || id,
    id,
    seq: event.seq,
    order: order ?? '',
    at: Date.parse(event.at) || 0,
    role: author.role,
    name: author.name,
    avatar: author.avatar,
    text,
    rich,
    attachments: Array.isArray(attachments) ? attachments : undefined,
    state: author.role === 'customer' ? 'sent' : undefined,
    offersHuman: event.offers?.includes('human'),
  };
}

function insert(items: readonly ChatItem[], item: ChatItem): ChatItem[] {
  const next = items.slice();
  // An item without an order of its own stands where the log stands now.
  if (!item.order) item.order = next.at(-1)?.order ?? '';
  let at = next.length;
  while (at > 0 && compareItems(next[at - 1]!, item) > 0) at -= 1;
  next.splice(at, 0, item);
  return next;
}

function change(
  items: readonly ChatItem[],
  { message_id }: { message_id?: string },
  how: (message: ChatMessage) => ChatMessage,
): readonly ChatItem[] {
  const at = items.findLastIndex((item) => item.kind === 'message' && item.id === message_id);
  if (at < 0) return items;
  const next = items.slice();
  next[at] = how(items[at] as ChatMessage);
  return next;
}

function changeFile(items: readonly ChatItem[], file: Attachment & { message_id: string }): readonly ChatItem[] {
  return change(items, file, (message) => ({
    ...message, attachments: message.attachments?.map((one) => (one.id === file.id ? { ...one, ...file } : one)),
  }));
}

// Receipts may come late or twice; a message only ever gets further. A failure is news at any stage but `seen`,
// and a later delivery takes the failure back.
function withReceipt(message: ChatMessage, event: WireEvent): ChatMessage {
  if (event.stage === 'failed') {
    if (message.state === 'seen') return message;
    return { ...message, state: 'failed', reason: event.reason };
  }
  const state = stages[rankOf(event.stage === 'stored' ? 'sent' : event.stage)];
  return state && rankOf(state) > rankOf(message.state) ? { ...message, state, reason: undefined } : message;
}

function foldSession(next: Transcript, session: Session, event: WireEvent): void {
  const before = next.session;
  next.session = session;
  const line = lineBetween(before, session);
  if (!line) return;
  next.items = insert(next.items, {
    kind: 'line', key: `line-${event.seq}`, seq: event.seq, order: '', at: Date.parse(event.at) || 0, line, agent: session.agent,
  });
  if (line === 'reopened') next.rating = next.comment = null;
}

function lineBetween(before: Session | null, after: Session): ChatLine['line'] | null {
  const was = before?.state ?? 'bot';
  if (after.agent && after.agent.name !== before?.agent?.name && after.state === 'open') return 'joined';
  if (after.state === was) return null;
  if (after.state === 'closed') return 'closed';
  if (was === 'closed') return 'reopened';
  return after.state === 'waiting' ? 'asked' : null;
}
