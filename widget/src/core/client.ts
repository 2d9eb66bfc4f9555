// One customer's side of one site: the session, its link, the outbox, the files, and the picture of all of them that the
// view draws. Called by the view and by the page's commands, on the page's one thread. It touches no DOM, and it stores
// nothing until the customer speaks, unless an earlier visit left a session behind.

import { Accepted } from './accepted.ts';
import { Emitter } from './emitter.ts';
import { FileLinks } from './file_links.ts';
import { emptyTranscript, fold, type ChatMessage, type Transcript } from './fold.ts';
import { Link, type LinkState, type StopReason } from './link.ts';
import { LiveSigns } from './live_signs.ts';
import { Outbox, type Letter, type LetterKind } from './outbox.ts';
import { Patience } from './patience.ts';
import type { Environment } from './ports.ts';
import type { Customer, Reply, Session, SiteConfig, WireEvent, WireMessage } from './protocol.ts';
import { SessionKeeper, type Credentials } from './session_keeper.ts';
import { unreadCount, type Snapshot } from './snapshot.ts';
import { Timers } from './timers.ts';
import { Uploads } from './uploads.ts';
import { withPending } from './view_items.ts';

export const messageCharactersMax = 4000;
const typingToldEveryMs = 3_000;
const readDelayMs = 300;
const troubleShownMs = 8_000;
const orphansEveryMs = 1_500;

export class Client {
  readonly emitter = new Emitter();
  readonly uploads: Uploads;
  readonly links: FileLinks;
  readonly server: string;
  snapshot: Snapshot;
  site: SiteConfig = {};
  /** Set by the view: the conversation is before somebody's eyes. */
  looks: () => boolean = () => false;
  readonly #env: Environment;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #keeper: SessionKeeper;
  readonly #timers = new Timers();
  readonly #signs = new LiveSigns(this.#timers, () => this.#changed());
  readonly #patience = new Patience(this.#timers, () => this.#changed());
  readonly #tab: string;
  #transcript: Transcript = emptyTranscript;
  #transcriptOf = '';
  #session: Session | null = null;
  #head = 0;
  readonly #accepted = new Accepted();
  #customer: Customer = {};
  #readSeq = 0;
  #stopReason: StopReason | null = null;
  #typingToldAt = 0;
  #humanAsked = false;
  #humanRefused = false;
  #detailsMissing = false;
  #trouble: string | null = null;
  #changeScheduled = false;
  #destroyed = false;
  #suspended = false;

  constructor(server: string, env: Environment, customer: Customer = {}) {
    this.#env = env;
    this.server = server;
    this.#customer = { ...customer };
    this.#tab = env.livingTabs ? env.uuid() : '';
    this.#link = new Link(server, env, {
      state: (state, reason) => this.#onLinkState(state, reason),
      welcome: (session, head) => this.#onWelcome(session, head),
      event: (event) => this.#onEvent(event),
      live: (frame) => this.#signs.take(frame),
      reset: () => this.#forgetTranscript(),
      lead: () => this.#lookForOrphans(),
      otherLeft: () => this.#lookForOrphans(),
      looks: () => this.looks(),
    });
    this.#keeper = new SessionKeeper(server, env, this.#timers, {
      customer: () => this.#customer,
      adopted: (credentials) => this.#adopted(credentials),
      refused: (code) => this.#onSessionRefused(code),
      changed: () => this.#changed(),
    });
    this.#outbox = new Outbox(env, {
      send: (letter) => this.#deliver(letter),
      accepted: (letter, reply) => this.#onAccepted(letter, reply),
      refused: (letter, code) => this.#onRefused(letter, code),
      changed: () => this.#changed(),
    }, this.#tab);
    this.uploads = new Uploads(server, env, () => this.#changed());
    this.links = new FileLinks(server, env, this.#timers, () => this.#changed());
    this.snapshot = this.#picture();
  }

  /** Takes up the conversation of an earlier page, if there is one. Without it, nothing happens at all. */
  start(): void {
    this.#readSeq = this.#env.store.get<number>('read') ?? 0;
    if (this.#env.livingTabs) void this.#adoptOrphans();
    else this.#outbox.load();
    const stored = this.#keeper.stored();
    if (stored) this.#keeper.adopt(stored);
    else if (this.#outbox.next()) void this.#keeper.ensure();
    void this.#keeper.tellForgotten();
    this.#changed();
  }

  get hasSession(): boolean {
    return this.#keeper.credentials !== null;
  }

  configure(site: SiteConfig): void {
    this.site = site;
    if (site.files) this.uploads.rules = site.files;
    this.#changed();
  }

  /** The text (and the files that are there) as a bubble at once, on the wire when it can be. False: nothing to send, or no room. */
  send(text: string): boolean {
    const trimmed = text.trim();
    const withFiles = this.uploads.list.some(({ state }) => state === 'done');
    if ((!trimmed && !withFiles) || trimmed.length > this.charactersMax || this.uploads.busy) return false;
    if (this.#outbox.full) return false;
    const files = this.uploads.take();
    const attachments = files.map(({ id }) => id);
    this.#post('message', { text: trimmed, ...(files.length > 0 && { attachments }) }, files.length > 0 ? files : undefined);
    this.tellTyping(false);
    this.#detailsMissing = false;
    // Another window took the link; writing here takes it back.
    if (this.#stopReason === 'replaced' && this.#keeper.credentials) this.#keeper.adopt(this.#keeper.credentials);
    void this.#keeper.ensure();
    return true;
  }

  get charactersMax(): number {
    return this.site.limits?.message_characters_max ?? messageCharactersMax;
  }

  /** Files begin to travel at once; that alone is reason enough for a session. */
  attach(files: readonly File[]): number {
    const taken = this.uploads.add(files);
    if (this.uploads.busy) void this.#keeper.ensure();
    return taken;
  }

  retry(message: ChatMessage): void {
    if (this.#outbox.letters.some((letter) => letter.client_id === message.key)) this.#outbox.retry(message.key);
    else this.send(message.text); // refused by the desk after it was stored: said again, as a new message
    void this.#keeper.ensure();
  }

  discard(message: ChatMessage): void {
    this.#outbox.remove(message.key);
  }

  edit(message: ChatMessage, text: string): void {
    if (message.id && text.trim() && text.trim() !== message.text) this.#post('edit', { message_id: message.id, text: text.trim() });
  }

  withdraw(message: ChatMessage): void {
    if (message.id) this.#post('delete', { message_id: message.id });
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
    this.#humanRefused = this.#detailsMissing = false;
    this.emitter.emit('handoff');
    void this.#keeper.ensure();
  }

  updateCustomer(customer: Customer): void {
    this.#keepCustomer(customer);
    this.#detailsMissing = false;
    // Before the customer has spoken this stays in memory and travels with the first request.
    if (this.#keeper.credentials) this.#post('customer', customer);
    this.#changed();
  }

  /** The page has (new) proof of who this is. Before there is a session it travels with the request for one. */
  async identify(): Promise<void> {
    if (!this.#keeper.credentials) return;
    const token = await this.#env.identity();
    if (token && this.#keeper.credentials) this.#post('identity', { token });
  }

  close(): void {
    if (this.#keeper.credentials) this.#post('close', {});
  }

  rate(score: number, comment?: string): void {
    if (!this.#keeper.credentials) return;
    this.#transcript = { ...this.#transcript, rating: score, comment: comment ?? this.#transcript.comment };
    this.#post('rating', { score, ...(comment && { comment }) });
    this.emitter.emit('rated', { score, ...(comment && { comment }) });
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
    if (!this.#keeper.credentials || seq <= this.#readSeq) return;
    this.#readSeq = seq;
    this.#changed();
    this.#timers.after('read', readDelayMs, () => {
      this.#env.store.set('read', this.#readSeq);
      this.#link.tell('read', { seq: this.#readSeq });
    });
  }

  wake(): void {
    if (this.#suspended) {
      this.#suspended = false;
      if (this.#keeper.credentials) this.#adopted(this.#keeper.credentials);
    }
    if (this.#timers.has('create')) void this.#keeper.ensure(true);
    this.#link.wake();
  }

  /** The browser puts this page aside (frozen, or kept for "back"): what it holds must not be missed by other tabs. */
  suspend(): void {
    this.#suspended = true;
    this.#link.stop();
  }

  mayRing(): Promise<boolean> {
    return this.#link.mayRing();
  }

  /** Another tab wrote one of our keys. */
  onStorage(key: string): void {
    if (key === 'read') {
      this.#readSeq = Math.max(this.#readSeq, this.#env.store.get<number>('read') ?? 0);
      return this.#changed();
    }
    if (key === 'outbox' && this.#tab) return this.#lookForOrphans();
    if (key !== 'session') return;
    if (!this.#keeper.adoptNewer() && this.#keeper.credentials && !this.#keeper.stored()) this.startOver();
  }

  /** Forgets who this was, here: keys, transcript, customer. The next message starts a new session. */
  startOver(keepCustomer = false): void {
    this.#link.stop();
    this.#outbox.clear();
    this.uploads.clear();
    this.#keeper.drop();
    this.uploads.authorize(null);
    this.links.token = null;
    if (!keepCustomer) this.#customer = {};
    this.#stopReason = null;
    this.#timers.clear();
    this.#forgetTranscript();
  }

  /** The same, and the server forgets too: now, or as soon as it can be reached. */
  async forget(): Promise<void> {
    const told = this.#keeper.forget();
    this.startOver();
    await told;
    this.emitter.emit('forgotten');
  }

  destroy(): void {
    this.#destroyed = true;
    this.#keeper.end();
    this.#link.stop();
    this.#outbox.pause();
    this.uploads.clear();
    this.#timers.clear();
    this.emitter.clear();
  }

  // --- the session ---

  #adopted(credentials: Credentials): void {
    if (this.#transcriptOf && this.#transcriptOf !== credentials.id) this.#forgetTranscript();
    this.#transcriptOf = credentials.id;
    this.#stopReason = null;
    this.#outbox.pause();
    this.#link.start(credentials.token, this.#transcript.seq, this.#env.tabName(credentials.id));
    this.uploads.authorize(credentials.token);
    this.links.token = credentials.token;
    this.#changed();
  }

  #onSessionRefused(code: string): void {
    this.#detailsMissing = code === 'pre_chat_incomplete';
    this.#failUnsent(code);
    if (!this.#detailsMissing) this.#onTrouble(code);
    this.emitter.emit('error', { code });
  }

  #lookForOrphans(): void {
    this.#timers.after('orphans', orphansEveryMs, () => void this.#adoptOrphans());
  }

  async #adoptOrphans(): Promise<void> {
    const living = await this.#env.livingTabs?.(this.#tab);
    if (this.#destroyed || !living) return;
    // Letters of tabs that live stay theirs; while there are any, whoever leads keeps an eye on them.
    if (this.#outbox.load(living) > 0) this.#lookForOrphans();
    if (!this.#keeper.credentials && this.#outbox.next()) void this.#keeper.ensure();
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
    if (this.#keeper.adoptNewer()) return;
    // The server no longer knows us. What was said stays readable here; the next message starts afresh.
    this.#keeper.drop();
    this.uploads.authorize(null);
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
    if (/^message_/.test(kind)) this.#accepted.changed(event.message_id, this.#outbox.letters);
    if (kind === 'session' || event.stage === 'delivered') this.#signs.clear('notice');
    if (isNews && kind === 'session') {
      const { state, agent, customer: known } = (this.#session = session!);
      this.#humanAsked = this.#humanRefused = false;
      this.#keepCustomer(known);
      if (state !== before.state) this.emitter.emit('state', state);
      if (state === 'closed' && before.state !== 'closed') this.emitter.emit('ended');
      if (agent && agent.name !== before.agent?.name) this.emitter.emit('agent', agent);
    }
    if (isNews && kind === 'customer') this.#keepCustomer(customer);
    this.#resumeWhenCaughtUp();
    this.#changed();
  }

  #onMessage({ id, client_id, author: { role, name }, text }: WireMessage, isNews: boolean): void {
    if (client_id) {
      this.#accepted.said(client_id);
      this.#outbox.remove(client_id);
    }
    if (role === 'customer') return;
    this.#signs.clear('typing', role === 'bot' ? 'streaming' : 'notice');
    if (isNews) this.emitter.emit('message', { id, role, name, text });
  }

  // Letters wait until the log is folded: one of them may be in it, delivered by an earlier page.
  #resumeWhenCaughtUp(): void {
    if (this.#link.state === 'online' && this.#transcript.seq >= this.#head) this.#outbox.resume();
  }

  #post(kind: LetterKind, body: object, files?: Letter['files']): Letter | null {
    return this.#outbox.add(kind, { ...body }, this.#env.uuid(), files);
  }

  #deliver(letter: Letter): Promise<Reply> {
    const body = letter.kind === 'message' ? { client_id: letter.client_id, ...letter.body } : letter.body;
    return this.#link.request(letter.kind satisfies LetterKind, body);
  }

  #onAccepted(letter: Letter, reply: Reply): void {
    if (/^(message|edit|delete)$/.test(letter.kind)) this.#accepted.add(letter);
    if (letter.kind === 'message') this.emitter.emit('sent', { client_id: letter.client_id });
    // Over HTTP the answer may be ahead of the events; the newer state is the one to show.
    if (reply.ok && reply.session) this.#session = reply.session;
    this.#changed();
  }

  #onRefused(letter: Letter, code: string): void {
    if (letter.kind === 'message') this.emitter.emit('failed', { client_id: letter.client_id, code });
    else this.#outbox.remove(letter.client_id); // nothing on the screen to retry it from
    // An agent has blocked this customer: what else waits would only be refused one by one.
    if (code === 'customer_blocked') this.#outbox.failAll(code);
    if (letter.kind === 'handoff') {
      this.#humanAsked = false;
      this.#detailsMissing = code === 'pre_chat_incomplete';
      this.#humanRefused = !this.#detailsMissing && code !== 'customer_blocked';
      if (code === 'customer_blocked') this.#onTrouble(code);
    } else if (letter.kind === 'identity' && /expired|replayed/.test(code)) void this.identify();
    else if (letter.kind !== 'message') this.#onTrouble(code);
    this.#changed();
  }

  #onTrouble(code: string): void {
    this.#trouble = code;
    this.emitter.emit('error', { code });
    this.#timers.after('refusal', troubleShownMs, () => {
      this.#trouble = null;
      this.#changed();
    });
  }

  #failUnsent(code: string): void {
    for (const letter of this.#outbox.failAll(code)) this.#onRefused(letter, code);
  }

  // --- the picture ---

  #forgetTranscript(): void {
    this.#transcript = emptyTranscript;
    this.#session = null;
    this.#head = 0;
    this.#accepted.clear();
    this.#signs.clear('typing', 'streaming', 'notice');
    this.#humanAsked = this.#humanRefused = this.#detailsMissing = false;
    this.#changed();
  }

  #picture(): Snapshot {
    const online = this.#link.state === 'online';
    const { items, rating, comment = null } = this.#transcript;
    const state = this.#session?.state ?? 'none';
    return {
      items: withPending(items, this.#accepted.letters, this.#outbox, online),
      session: this.#session,
      state,
      link: this.#linkShown(),
      stopReason: this.#stopReason,
      agent: state === 'open' ? (this.#session?.agent ?? null) : null,
      customer: this.#customer,
      askingHuman: (this.#humanAsked || this.#outbox.has('handoff')) && state !== 'open' && state !== 'waiting',
      humanRefused: this.#humanRefused,
      waitingSince: state === 'waiting' ? (items.findLast((item) => item.kind === 'line')?.at ?? 0) : 0,
      rating,
      comment,
      ...this.#signs.now,
      troubled: this.#patience?.over ?? false,
      catchingUp: this.#transcript.seq < this.#head,
      unread: unreadCount(items, this.#readSeq),
      uploads: this.uploads?.list ?? [],
      detailsMissing: this.#detailsMissing,
      trouble: this.#trouble,
    };
  }

  #linkShown(): LinkState {
    if (this.#keeper?.credentials || this.#link.state === 'stopped') return this.#link.state;
    if (!this.#keeper?.creating && !this.#keeper?.waiting) return 'idle';
    return this.#keeper.attempts > 0 ? 'offline' : 'connecting';
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
      this.#patience.see(this.snapshot.link);
      this.emitter.emit('change', this.snapshot);
      if (unread !== this.snapshot.unread) this.emitter.emit('unread', this.snapshot.unread);
    });
  }
}
