// Folds a session's events into what the log shows. Pure: same events, same transcript, whatever the pauses between.
// A transcript never changes in place; an untouched item keeps its identity, so the view knows what to draw again.

import type { Agent, Attachment, Customer, RichNode, Role, Session, WireEvent } from './protocol.ts';

export type MessageState = 'queued' | 'sending' | 'sent' | 'delivered' | 'seen' | 'failed';

export interface ChatMessage {
  kind: 'message';
  /** Stays the same from the optimistic bubble to the stored message, so the bubble is never drawn twice. */
  key: string;
  id?: string;
  clientId?: string;
  seq: number;
  order: string;
  at: number;
  role: Role;
  name?: string;
  avatar?: string;
  text: string;
  rich?: RichNode[];
  attachments?: Attachment[];
  state?: MessageState;
  reason?: string;
  edited?: boolean;
  deleted?: boolean;
  offersHuman?: boolean;
}

/** A line between messages: somebody joined, the conversation closed. */
export interface ChatLine {
  kind: 'line';
  key: string;
  seq: number;
  order: string;
  at: number;
  line: 'asked' | 'joined' | 'closed' | 'reopened';
  agent?: Agent;
}

export type ChatItem = ChatMessage | ChatLine;

export interface Transcript {
  seq: number;
  session: Session | null;
  items: readonly ChatItem[];
  rating: number | null;
}

export const emptyTranscript: Transcript = { seq: 0, session: null, items: [], rating: null };

const stageRank: Record<string, number> = { sent: 1, delivered: 2, seen: 3 };

/** Folds one event. Events at or below `seq` were seen before and change nothing; the caller watches for gaps. */
export function fold(transcript: Transcript, event: WireEvent): Transcript {
  if (event.seq <= transcript.seq) return transcript;
  const next: Transcript = { ...transcript, seq: event.seq };
  switch (event.kind) {
    case 'message':
      next.items = insert(transcript.items, messageOf(event));
      break;
    case 'message_edited':
      next.items = change(transcript.items, event.message_id, (message) => {
        const { rich: _old, ...kept } = message;
        return { ...kept, text: event.text ?? '', edited: true, ...(event.rich && { rich: event.rich }) };
      });
      break;
    case 'message_deleted':
      next.items = change(transcript.items, event.message_id, (message) => {
        const { rich: _rich, attachments: _attachments, offersHuman: _offer, ...kept } = message;
        return { ...kept, text: '', deleted: true };
      });
      break;
    case 'receipt':
      next.items = change(transcript.items, event.message_id, (message) => withReceipt(message, event));
      break;
    case 'session':
      if (event.session) foldSession(next, event.session, event);
      break;
    case 'customer':
      if (next.session && event.customer) next.session = withCustomer(next.session, event.customer);
      break;
    case 'rating':
      next.rating = event.score ?? null;
      break;
  }
  return next;
}

export function withCustomer(session: Session, customer: Customer): Session {
  return { ...session, customer: { ...session.customer, ...customer } };
}

/** Messages sort by `order`, then by the moment they entered the log. Compared as plain strings: never by locale. */
export function compareItems(a: ChatItem, b: ChatItem): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.seq - b.seq;
}

function messageOf(event: WireEvent): ChatMessage {
  const wire = event.message!;
  const message: ChatMessage = {
    kind: 'message',
    key: wire.client_id || wire.id,
    id: wire.id,
    seq: event.seq,
    order: wire.order ?? '',
    at: Date.parse(event.at) || 0,
    role: wire.author.role,
    text: wire.text,
  };
  if (wire.client_id) message.clientId = wire.client_id;
  if (wire.author.name) message.name = wire.author.name;
  if (wire.author.avatar) message.avatar = wire.author.avatar;
  if (Array.isArray(wire.rich)) message.rich = wire.rich;
  if (wire.attachments?.length) message.attachments = wire.attachments;
  if (wire.author.role === 'customer') message.state = 'sent';
  if (event.offers?.includes('human')) message.offersHuman = true;
  return message;
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
  id: string | undefined,
  how: (message: ChatMessage) => ChatMessage,
): readonly ChatItem[] {
  const at = items.findLastIndex((item) => item.kind === 'message' && item.id === id);
  if (at < 0) return items;
  const next = items.slice();
  next[at] = how(items[at] as ChatMessage);
  return next;
}

// Receipts may come late or twice; a message only ever gets further. A failure is news at any stage but `seen`,
// and a later delivery takes the failure back.
function withReceipt(message: ChatMessage, event: WireEvent): ChatMessage {
  if (event.stage === 'failed') {
    if (message.state === 'seen') return message;
    return { ...message, state: 'failed', ...(event.reason && { reason: event.reason }) };
  }
  const stage = event.stage === 'stored' ? 'sent' : event.stage;
  const rank = stageRank[stage ?? ''] ?? 0;
  if (!stage || rank <= (stageRank[message.state ?? ''] ?? 0)) return message;
  const { reason: _gone, ...kept } = message;
  return { ...kept, state: stage };
}

function foldSession(next: Transcript, session: Session, event: WireEvent): void {
  const before = next.session;
  // A session event may leave out what did not change about the customer.
  next.session = { ...session, ...(!session.customer && before?.customer && { customer: before.customer }) };
  const line = lineBetween(before, session);
  if (!line) return;
  const item: ChatLine = {
    kind: 'line', key: `line-${event.seq}`, seq: event.seq, order: '', at: Date.parse(event.at) || 0, line,
  };
  if (session.agent) item.agent = session.agent;
  next.items = insert(next.items, item);
  if (line === 'reopened') next.rating = null;
}

function lineBetween(before: Session | null, after: Session): ChatLine['line'] | null {
  const was = before?.state ?? 'bot';
  if (after.agent && after.agent.name !== before?.agent?.name && after.state === 'open') return 'joined';
  if (after.state === was) return null;
  if (after.state === 'closed') return 'closed';
  if (was === 'closed') return 'reopened';
  return after.state === 'waiting' ? 'asked' : null;
}
