// The words of `deskbell.v1` as the widget knows them, and the one place where bytes from the server become values.
// What cannot be understood becomes null: a newer server may say more than this file knows, and must not break us.

export const subprotocol = 'deskbell.v1';

export type Role = 'customer' | 'bot' | 'agent' | 'system';
export type SessionState = 'bot' | 'waiting' | 'open' | 'closed';

export interface Customer {
  name?: string;
  email?: string;
  phone?: string;
  attributes?: Record<string, unknown>;
}

export interface Agent {
  name: string;
  avatar?: string;
}

export interface Queue {
  position: number;
  estimated_wait_s?: number;
}

export interface Session {
  id: string;
  state: SessionState;
  created_at?: string;
  customer?: Customer;
  agent?: Agent | null;
  queue?: Queue | null;
}

export interface RichNode {
  t: string;
  v?: string;
  href?: string;
  c?: RichNode[];
}

export interface Attachment {
  id: string;
  name: string;
  type: string;
  size: number;
  url?: string;
}

export interface WireMessage {
  id: string;
  client_id?: string | null;
  author: { role: Role; name?: string | null; avatar?: string | null };
  text: string;
  format?: string;
  rich?: RichNode[];
  attachments?: Attachment[];
  order?: string;
}

export interface WireEvent {
  seq: number;
  at: string;
  kind: string;
  message?: WireMessage;
  message_id?: string;
  text?: string;
  format?: string;
  rich?: RichNode[];
  session?: Session;
  customer?: Customer;
  stage?: 'stored' | 'delivered' | 'seen' | 'failed';
  reason?: string;
  score?: number;
  offers?: string[];
}

export interface WireError {
  code: string;
  detail?: string;
  retry_after_ms?: number;
}

export type Frame =
  | { type: 'welcome'; session: Session; head: number; heartbeat_s: number }
  | { type: 'event'; event: WireEvent }
  | { type: 'ok'; re: number; seq?: number }
  | { type: 'error'; re?: number; error: WireError }
  | { type: 'ping' }
  | { type: 'pong' }
  | Live;

/** Frames outside the log: seen by whoever listens now, never replayed. */
export type Live =
  | { type: 'typing'; role: Role; name?: string; on: boolean }
  | { type: 'bot_delta'; message_id: string; text: string }
  | { type: 'notice'; code: string; text: string };

/** How a request ended. `retry` says whether asking again can help; without it the answer is final. */
export type Reply =
  | { ok: true; seq?: number | undefined; session?: Session | undefined }
  | { ok: false; code: string; retry: boolean; retryAfterMs?: number | undefined };

export const linkLost: Reply = { ok: false, code: 'link_lost', retry: true };

export const closeCode = {
  frameTooLarge: 1009,
  restarting: 1012,
  replaced: 4001,
  badFrame: 4002,
  tokenInvalid: 4003,
  upgradeClient: 4010,
  tooManyRequests: 4029,
} as const;

/** Refusals that say nothing about what was asked: the same request may well pass a moment later. */
export function isPassing(error: WireError): boolean {
  return error.retry_after_ms !== undefined || /busy|unavailable|internal|restarting|too_many/.test(error.code);
}

type Bag = Record<string, unknown>;

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);

const sessionStates: readonly string[] = ['bot', 'waiting', 'open', 'closed'];

export function readSession(value: unknown): Session | null {
  if (!isBag(value) || typeof value.id !== 'string') return null;
  if (typeof value.state !== 'string' || !sessionStates.includes(value.state)) return null;
  return value as unknown as Session;
}

export function readEvent(value: unknown): WireEvent | null {
  if (!isBag(value) || typeof value.kind !== 'string' || !Number.isSafeInteger(value.seq)) return null;
  const event = value as unknown as WireEvent;
  if (event.kind === 'message') {
    const message: unknown = event.message;
    if (!isBag(message) || typeof message.id !== 'string' || !isBag(message.author)) return null;
    if (typeof message.text !== 'string') return null;
  }
  if (event.kind === 'session' && !readSession(event.session)) return null;
  return event;
}

/** One text frame → a frame we act on, or null for what this version does not know. */
export function readFrame(data: unknown): Frame | null {
  if (typeof data !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (!isBag(value)) return null;
  switch (value.type) {
    case 'welcome': {
      const session = readSession(value.session);
      if (!session || typeof value.head !== 'number') return null;
      const heartbeat = Number(value.heartbeat_s);
      return { type: 'welcome', session, head: value.head, heartbeat_s: heartbeat > 0 ? heartbeat : 20 };
    }
    case 'event': {
      const event = readEvent(value.event);
      return event && { type: 'event', event };
    }
    case 'error':
      return isBag(value.error) && typeof value.error.code === 'string' ? (value as unknown as Frame) : null;
    case 'ok':
      return typeof value.re === 'number' ? (value as unknown as Frame) : null;
    case 'bot_delta':
      return typeof value.text === 'string' ? (value as unknown as Frame) : null;
    case 'typing':
    case 'notice':
    case 'ping':
    case 'pong':
      return value as unknown as Frame;
    default:
      return null;
  }
}
