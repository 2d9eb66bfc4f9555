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
  customer?: Customer | undefined;
  agent?: Agent | null;
  queue?: Queue | null;
  /** While waiting, when another way than waiting makes sense, and why. */
  offer?: { reason: 'closed' | 'away' | 'nobody_yet'; ways?: string[] } | null;
  identity?: { user: string; verified?: string[] } | null;
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
  width?: number;
  height?: number;
  /** `coming`: an agent's file, still being fetched; `gone`: deleted or expired. Absent means ready. */
  state?: 'ready' | 'coming' | 'failed' | 'gone';
  reason?: string;
  url?: string;
  url_expires_at?: string;
}

export interface DetailField {
  /** `name`, `email`, `phone`, or `attributes.KEY`. */
  name: string;
  label: string;
  required: boolean;
}

/** What the site's operator chose. Everything may be absent: then the widget's own default holds. */
export interface SiteConfig {
  locale?: string;
  accent?: string;
  title?: string;
  greeting?: string;
  texts?: Record<string, string>;
  quick_topics?: string[];
  hours_hint?: string;
  pre_chat?: { when: 'start' | 'handoff'; fields: DetailField[] };
  files?: { enabled: boolean; bytes_max: number; per_message_max: number; types: string[] };
  limits?: { message_characters_max?: number };
  features?: {
    files?: boolean; identity?: boolean; bot_streaming?: boolean; transcript?: boolean; edit?: boolean; forget?: boolean;
    edit_minutes?: number;
  };
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
  in_reply_to?: string;
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
  comment?: string;
  offers?: string[];
  file?: Attachment & { message_id: string };
}

export interface WireError {
  code: string;
  detail?: string;
  retry_after_ms?: number | undefined;
}

export type Frame =
  | { type: 'welcome'; session: Session; head: number; heartbeat_s: number; log?: string }
  | { type: 'event'; event: WireEvent }
  | { type: 'ok'; re: number; seq?: number }
  | { type: 'error'; re?: number; error: WireError }
  | { type: 'ping' }
  | { type: 'pong' }
  | Live;

/** Frames outside the log: seen by whoever listens now, never replayed. */
export type Live =
  | { type: 'typing'; role: Role; name?: string; on: boolean }
  | { type: 'bot_delta'; message_id: string; text: string; offset?: number; end?: boolean }
  | { type: 'notice'; code: string; text: string };

/** How a request ended. `retry` says whether asking again can help; without it the answer is final. */
export type Reply =
  | { ok: true; seq?: number | undefined; session?: Session | undefined }
  | { ok: false; code: string; retry: boolean; retryAfterMs?: number | undefined };

export const linkLost: Reply = { ok: false, code: 'link_lost', retry: true };

// Why a socket closed. Single numbers and no table: the built file then has only the numbers.
export const closedLost = 1006;
export const closedTooLarge = 1009;
export const closedRestarting = 1012;
export const closedReplaced = 4001;
export const closedBadFrame = 4002;
export const closedTokenInvalid = 4003;
export const closedUpgrade = 4010;
export const closedTooMany = 4029;

/** Some refusals say nothing about what was asked: the same request may well pass a moment later. */
export function refusalOf({ code, retry_after_ms }: WireError, passing = false): Reply {
  const retry = passing || retry_after_ms !== undefined || /busy|unavailable|internal|restarting|too_many/.test(code);
  return { ok: false, code, retry, retryAfterMs: retry_after_ms };
}

/** Only what was given: an absent name must not erase a known one. Undefined when nothing was. */
export function customerOf(details: unknown): Customer | undefined {
  const given = Object.entries(details ?? {}).filter(([key, value]) => value && /^(name|email|phone|attributes)$/.test(key));
  return given.length > 0 ? Object.fromEntries(given) : undefined;
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
  if (event.kind === 'file' && !isBag(event.file)) return null;
  return event;
}

const asItIs = () => true;

// What must be right before a frame is acted on; a type that is not here is not known.
const frameChecks = new Map<unknown, (frame: Bag) => unknown>([
  ['welcome', ({ session, head }) => readSession(session) && typeof head === 'number'],
  ['event', ({ event }) => readEvent(event)],
  ['error', ({ error }) => isBag(error) && typeof error.code === 'string'],
  ['ok', ({ re }) => typeof re === 'number'],
  ['bot_delta', ({ text }) => typeof text === 'string'],
  ['typing', asItIs],
  ['notice', asItIs],
  ['ping', asItIs],
  ['pong', asItIs],
]);

/** One text frame → a frame we act on, or null for what this version does not know. */
export function readFrame(data: unknown): Frame | null {
  if (typeof data !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  return isBag(value) && frameChecks.get(value.type)?.(value) ? (value as unknown as Frame) : null;
}
