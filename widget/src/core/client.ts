// One customer's side of one site: the session, its link, the outbox, and the picture of all three that the view draws.
// Called by the view and by the page's commands, on the page's one thread. It touches no DOM, and it stores nothing
// and asks nothing of the network until the customer speaks, unless an earlier visit left a session behind.

import { Emitter } from './emitter.ts';
import { emptyTranscript, fold, type ChatItem, type ChatMessage, type Transcript } from './fold.ts';
import { openSession, type Fetch, type SessionRequest } from './http.ts';
import { delayMsMax, Link, type LinkState, type StopReason } from './link.ts';
import { LiveSigns, type Signs } from './live_signs.ts';
import { Outbox, type Letter, type LetterKind } from './outbox.ts';
import {
  customerOf, type Agent, type Customer, type Reply, type Session, type SessionState, type WireEvent, type WireMessage,
} from './protocol.ts';
import type { OpenSocket } from './socket_transport.ts';
import type { Store } from './storage.ts';
import { backoffMs, Timers } from './timers.ts';
import { withPending } from './view_items.ts';

export interface Environment {
  fetch: Fetch;
  openSocket: OpenSocket;
  store: Store;
  random(): number;
  now(): number;
  uuid(): string;
  /** What a new session is told about the page; customer and identity are added here. */
  describe(): Omit<SessionRequest, 'customer'>;
  /** Runs `work` in one tab at a time where the browser can. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export interface Snapshot extends Signs {
  items: readonly ChatItem[];
  session: Session | null;
  state: SessionState | 'none';
  link: LinkState;
  stopReason: StopReason | null;
  agent: Agent | null;
  customer: Customer;
  askingHuman: boolean;
  humanRefused: boolean;
  rating: number | null;
  /** The link has been away for longer than a hiccup. */
  troubled: boolean;
  catchingUp: boolean;
  unread: number;
}

interface Credentials {
  id: string;
  token: string;
}

export const messageCharactersMax = 4000;
const typingToldEveryMs = 3_000;
const readDelayMs = 300;
// A reconnect that takes a moment is nobody's business; one that takes longer is said.
const patienceMs = 1500;

export class Client {
  readonly emitter = new Emitter();
  snapshot: Snapshot;
  readonly #serverUrl: string;
  readonly #env: Environment;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #timers = new Timers();
  readonly #signs = new LiveSigns(this.#timers, () => this.#changed());
  #credentials: Credentials | null = null;
  #creating = false;
  #createAttempts = 0;
  #transcript: Transcript = emptyTranscript;
  #session: Session | null = null;
  #head = 0;
  #accepted: Letter[] = [];
  #seenClientIds = new Set<string>();
  #customer: Customer = {};
  #readSeq = 0;
  #stopReason: StopReason | null = null;
  #typingToldAt = 0;
  #humanAsked = false;
  #humanRefused = false;
  #troubled = false;
  #changeScheduled = false;
  #destroyed = false;

  constructor(server: string, env: Environment, customer: Customer = {}) {
    this.#env = env;
    this.#serverUrl = server;
    this.#customer = { ...customer };
    this.#link = new Link(server, env, {
      state: (state, reason) => this.#onLinkState(state, reason),
      welcome: (session, head) => this.#onWelcome(session, head),
      event: (event) => this.#onEvent(event),
      live: (frame) => this.#signs.take(frame),
      reset: () => this.#forgetTranscript(),
    });
    this.#outbox = new Outbox(env, {
      send: (letter) => this.#deliver(letter),
      accepted: (letter, reply) => this.#onAccepted(letter, reply),
      refused: (letter, code) => this.#onRefused(letter, code),
      changed: () => this.#changed(),
    });
    this.snapshot = this.#picture();
  }

  get hasSession(): boolean {
    return this.#credentials !== null;
  }

  /** Takes up the conversation of an earlier page, if there is one. Without it, nothing happens at all. */
  start(): void {
    this.#readSeq = this.#env.store.get<number>('read') ?? 0;
    this.#outbox.load();
    const stored = this.#storedCredentials();
    if (stored) this.#adopt(stored);
    else if (this.#outbox.next()) void this.#ensureSession();
    this.#changed();
  }

  /** The text as a bubble at once, on the wire when it can be. False when there is nothing to send or no room. */
  send(text: string): boolean {
    const trimmed = text.trim();
    if (!trimmed || trimmed.length > messageCharactersMax) return false;
    if (!this.#post('message', { text: trimmed })) return false;
    this.tellTyping(false);
    // Another window took the link; writing here takes it back.
    if (this.#stopReason === 'replaced' && this.#credentials) this.#adopt(this.#credentials);
    void this.#ensureSession();
    return true;
  }

  retry(message: ChatMessage): void {
    if (this.#outbox.letters.some((letter) => letter.client_id === message.key)) this.#outbox.retry(message.key);
    else this.send(message.text); // refused by the desk after it was stored: said again, as a new message
    void this.#ensureSession();
  }

  discard(message: ChatMessage): void {
    this.#outbox.remove(message.key);
  }

  askHuman(details: { customer?: Customer | undefined; topic?: string | undefined; note?: string | undefined } = {}): void {
    const { state } = this.snapshot;
    if (state === 'waiting' || state === 'open' || this.#outbox.has('handoff')) {
      if (details.customer) this.updateCustomer(details.customer);
      return;
    }
    this.#keepCustomer(details.customer);
    if (!this.#post('handoff', details)) return;
    this.#humanAsked = true;
    this.#humanRefused = false;
    this.emitter.emit('handoff');
    void this.#ensureSession();
  }

  updateCustomer(customer: Customer): void {
    this.#keepCustomer(customer);
    // Before the customer has spoken this stays in memory and travels with the first request.
    if (this.#credentials) this.#post('customer', customer);
    this.#changed();
  }

  rate(score: number): void {
    if (!this.#credentials) return;
    this.#transcript = { ...this.#transcript, rating: score };
    this.#post('rating', { score });
    this.emitter.emit('rated', { score });
  }

  /** Told at most every few seconds; the end of typing at once. */
  tellTyping(on: boolean): void {
    const now = this.#env.now();
    if (on ? now - this.#typingToldAt < typingToldEveryMs : this.#typingToldAt === 0) return;
    this.#typingToldAt = on ? now : 0;
    this.#link.tell('typing', { on });
  }

  /** The customer has everything up to here before their eyes. */
  markRead(): void {
    const { seq } = this.#transcript;
    if (!this.#credentials || seq <= this.#readSeq) return;
    this.#readSeq = seq;
    this.#changed();
    this.#timers.after('read', readDelayMs, () => {
      this.#env.store.set('read', this.#readSeq);
      this.#link.tell('read', { seq: this.#readSeq });
    });
  }

  wake(): void {
    if (this.#timers.has('create')) void this.#ensureSession(true);
    this.#link.wake();
  }

  /** Another tab wrote one of our keys. */
  onStorage(key: string): void {
    if (key === 'read') {
      this.#readSeq = Math.max(this.#readSeq, this.#env.store.get<number>('read') ?? 0);
      return this.#changed();
    }
    if (key !== 'session') return;
    if (!this.#adoptNewer() && this.#credentials && !this.#storedCredentials()) this.forget();
  }

  /** Forgets who this was: keys, transcript, customer. The next message starts a new session. */
  forget(): void {
    this.#link.stop();
    this.#outbox.clear();
    this.#dropCredentials();
    this.#customer = {};
    this.#stopReason = null;
    this.#timers.clear();
    this.#forgetTranscript();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#link.stop();
    this.#outbox.pause();
    this.#timers.clear();
    this.emitter.clear();
  }

  // --- the session ---

  #storedCredentials(): Credentials | null {
    const stored = this.#env.store.get<Credentials>('session');
    return stored && typeof stored.id === 'string' && typeof stored.token === 'string' ? stored : null;
  }

  /** Takes over what another tab has agreed on with the server since. */
  #adoptNewer(): boolean {
    const stored = this.#storedCredentials();
    if (!stored || stored.token === this.#credentials?.token) return false;
    this.#adopt(stored);
    return true;
  }

  #adopt(credentials: Credentials): void {
    if (this.#credentials?.id !== credentials.id) this.#forgetTranscript();
    this.#credentials = credentials;
    this.#stopReason = null;
    this.#outbox.pause();
    this.#link.start(credentials.token, this.#transcript.seq);
    this.#changed();
  }

  #dropCredentials(): void {
    this.#credentials = null;
    this.#readSeq = 0;
    this.#env.store.remove('session');
    this.#env.store.remove('read');
  }

  async #ensureSession(now = false): Promise<void> {
    if (this.#credentials || this.#creating || this.#destroyed) return;
    if (this.#timers.has('create') && !now) return;
    this.#timers.cancel('create');
    this.#creating = true;
    this.#changed();
    const wait = await this.#env.exclusively('create', () => this.#createSession());
    this.#creating = false;
    if (this.#destroyed) return;
    this.#changed();
    if (wait !== null) this.#timers.after('create', wait, () => void this.#ensureSession(true));
  }

  // Null when there is nothing more to do: a session, or a final refusal. Else how long to wait before the next try.
  async #createSession(): Promise<number | null> {
    const known = this.#storedCredentials();
    if (known) {
      this.#adopt(known);
      return null;
    }
    const body: SessionRequest = { ...this.#env.describe(), customer: customerOf(this.#customer) };
    const opened = await openSession(this.#env.fetch, this.#serverUrl, body);
    if (this.#destroyed) return null;
    if ('token' in opened) {
      this.#createAttempts = 0;
      const credentials = { id: opened.session.id, token: opened.token };
      const other = this.#storedCredentials(); // a tab without locks may have been faster
      if (!other) this.#env.store.set('session', credentials);
      this.#adopt(other ?? credentials);
      return null;
    }
    const reply = opened as Extract<Reply, { ok: false }>;
    // Details the page gave and the server does not like must not stand between a customer and their question.
    if (body.customer && reply.code.endsWith('_invalid')) {
      this.#customer = {};
      return 0;
    }
    if (!reply.retry) {
      this.#failUnsent(reply.code);
      this.emitter.emit('error', { code: reply.code });
      return null;
    }
    this.#createAttempts += 1;
    return reply.retryAfterMs ?? backoffMs(this.#env, this.#createAttempts + 1, delayMsMax);
  }

  #keepCustomer(customer: Customer = {}): void {
    this.#customer = { ...this.#customer, ...customer };
  }

  // --- what the link says ---

  #onLinkState(state: LinkState, reason?: StopReason): void {
    if (state !== 'online') {
      this.#outbox.pause();
      this.#signs.clear('typing', 'streaming');
    }
    if (state === 'online') this.#resumeWhenCaughtUp();
    if (state === 'stopped') this.#onStopped(reason!);
    this.emitter.emit('link', state);
    this.#changed();
  }

  #onStopped(reason: StopReason): void {
    this.#stopReason = reason;
    if (reason !== 'token') return;
    if (this.#adoptNewer()) return;
    // The server no longer knows us. What was said stays readable here; the next message starts afresh.
    this.#dropCredentials();
    this.#session = null;
    this.#failUnsent('session_ended');
  }

  #onWelcome(session: Session, head: number): void {
    this.#head = head;
    this.#session = session;
    this.#keepCustomer(session.customer);
    this.#stopReason = null;
    this.#changed();
  }

  #onEvent(event: WireEvent): void {
    const before = this.snapshot;
    this.#transcript = fold(this.#transcript, event);
    const { kind, message, session, customer } = event;
    const isNews = event.seq > this.#head;
    if (kind === 'message') this.#onMessage(message!, isNews);
    if (kind === 'session' || event.stage === 'delivered') this.#signs.clear('notice');
    if (isNews && kind === 'session') {
      const { state, agent, customer: known } = (this.#session = session!);
      this.#humanAsked = this.#humanRefused = false;
      this.#keepCustomer(known);
      if (state !== before.state) this.emitter.emit('state', state);
      if (agent && agent.name !== before.agent?.name) this.emitter.emit('agent', agent);
    }
    if (isNews && kind === 'customer') this.#keepCustomer(customer);
    this.#resumeWhenCaughtUp();
    this.#changed();
  }

  #onMessage({ id, client_id, author: { role }, text }: WireMessage, isNews: boolean): void {
    if (client_id) {
      this.#seenClientIds.add(client_id);
      this.#accepted = this.#accepted.filter((letter) => letter.client_id !== client_id);
      this.#outbox.remove(client_id);
    }
    if (role === 'customer') return;
    this.#signs.clear('typing', role === 'bot' ? 'streaming' : 'notice');
    if (isNews) this.emitter.emit('message', { id, role, text });
  }

  // Letters wait until the log is folded: one of them may be in it, delivered by an earlier page.
  #resumeWhenCaughtUp(): void {
    if (this.#link.state === 'online' && this.#transcript.seq >= this.#head) this.#outbox.resume();
  }

  #post(kind: LetterKind, body: object): Letter | null {
    return this.#outbox.add(kind, { ...body }, this.#env.uuid());
  }

  #deliver(letter: Letter): Promise<Reply> {
    const body = letter.kind === 'message' ? { client_id: letter.client_id, ...letter.body } : letter.body;
    return this.#link.request(letter.kind satisfies LetterKind, body);
  }

  #onAccepted(letter: Letter, reply: Reply): void {
    if (letter.kind === 'message') {
      if (!this.#seenClientIds.has(letter.client_id)) this.#accepted.push(letter);
      this.emitter.emit('sent', { client_id: letter.client_id });
    }
    // Over HTTP the answer may be ahead of the events; the newer state is the one to show.
    if (reply.ok && reply.session) this.#session = reply.session;
  }

  // A refused wish has no bubble to stand on: it is dropped, and the view says what did not work.
  #onRefused(letter: Letter, code: string): void {
    if (letter.kind !== 'message') this.#outbox.remove(letter.client_id);
    if (letter.kind === 'handoff') this.#humanAsked = !(this.#humanRefused = true);
    this.emitter.emit('failed', { client_id: letter.client_id, kind: letter.kind, code });
    this.#changed();
  }

  #failUnsent(code: string): void {
    for (const letter of this.#outbox.failAll(code)) this.#onRefused(letter, code);
  }

  // --- the picture ---

  #forgetTranscript(): void {
    this.#transcript = emptyTranscript;
    this.#session = null;
    this.#head = 0;
    this.#accepted = [];
    this.#seenClientIds.clear();
    this.#signs.clear('typing', 'streaming', 'notice');
    this.#humanAsked = this.#humanRefused = false;
    this.#changed();
  }

  #picture(): Snapshot {
    const online = this.#link.state === 'online';
    const items = withPending(this.#transcript.items, this.#accepted, this.#outbox, online);
    const state = this.#session?.state ?? 'none';
    return {
      items,
      session: this.#session,
      state,
      link: this.#linkShown(),
      stopReason: this.#stopReason,
      agent: state === 'open' ? (this.#session?.agent ?? null) : null,
      customer: this.#customer,
      askingHuman: (this.#humanAsked || this.#outbox.has('handoff')) && state !== 'open' && state !== 'waiting',
      humanRefused: this.#humanRefused,
      rating: this.#transcript.rating,
      ...this.#signs.now,
      troubled: this.#troubled,
      catchingUp: this.#transcript.seq < this.#head,
      unread: this.#unreadCount(),
    };
  }

  #watchTrouble(): void {
    const { link } = this.snapshot;
    if (link !== 'connecting' && link !== 'offline') {
      this.#timers.cancel('trouble');
      if (!this.#troubled) return;
      this.#troubled = false;
      this.#changed();
    } else if (!this.#troubled && !this.#timers.has('trouble')) {
      this.#timers.after('trouble', patienceMs, () => {
        this.#troubled = true;
        this.#changed();
      });
    }
  }

  #linkShown(): LinkState {
    if (this.#credentials || this.#link.state === 'stopped') return this.#link.state;
    if (!this.#creating && !this.#timers.has('create')) return 'idle';
    return this.#createAttempts > 0 ? 'offline' : 'connecting';
  }

  #unreadCount(): number {
    let count = 0;
    for (const item of this.#transcript.items) {
      const theirs = item.kind === 'message' && item.role !== 'customer' && !item.deleted;
      if (theirs && item.seq > this.#readSeq) count += 1;
    }
    return count;
  }

  // Many events may arrive in one turn; they make one picture.
  #changed(): void {
    if (this.#changeScheduled || this.#destroyed) return;
    this.#changeScheduled = true;
    queueMicrotask(() => {
      this.#changeScheduled = false;
      if (this.#destroyed) return;
      const { unread } = this.snapshot;
      this.snapshot = this.#picture();
      this.#watchTrouble();
      this.emitter.emit('change', this.snapshot);
      if (unread !== this.snapshot.unread) this.emitter.emit('unread', this.snapshot.unread);
    });
  }
}
