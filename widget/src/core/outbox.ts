// What the customer asked for and the server has not yet confirmed: messages, the wish for a human, a rating.
// A letter is written down before it is sent, goes out strictly in order, one at a time, always under the same
// client id, and leaves only when the server said it is durable. Sending twice is therefore harmless; losing is not.

import type { Attachment, Reply } from './protocol.ts';
import type { Store } from './storage.ts';
import { backoffMs } from './timers.ts';

export type LetterKind = 'message' | 'handoff' | 'customer' | 'rating' | 'edit' | 'delete' | 'close' | 'identity';

export interface Letter {
  client_id: string;
  kind: LetterKind;
  body: Record<string, unknown>;
  at: number;
  /** What a message's attachments look like until its event comes. */
  files?: Attachment[] | undefined;
  /** The tab that sends it; when that tab is gone, another takes it over. */
  tab?: string | undefined;
  /** The code of a final refusal; such a letter waits for the customer to retry or delete it. */
  failed?: string;
  /** How often it closed the connection as a bad frame. */
  strikes?: number;
}

interface OutboxEnvironment {
  store: Store;
  random(): number;
  now(): number;
}

interface OutboxPort {
  send(letter: Letter): Promise<Reply>;
  /** The server has it. */
  accepted(letter: Letter, reply: Reply): void;
  refused(letter: Letter, code: string): void;
  changed(): void;
}

// A customer who has this much unsent is told so rather than given a queue without an end.
export const lettersMax = 100;
const strikesMax = 3;
const retryDelayMsMax = 15_000;
const key = 'outbox';

export class Outbox {
  letters: Letter[] = [];
  sendingId: string | null = null;
  readonly #env: OutboxEnvironment;
  readonly #port: OutboxPort;
  readonly #tab: string;
  // Every id this tab has had, so that saving never brings back a letter it already delivered.
  readonly #known = new Set<string>();
  #ready = false;
  #pumping = false;
  #wakeSleeper: (() => void) | null = null;

  constructor(env: OutboxEnvironment, port: OutboxPort, tab = '') {
    this.#env = env;
    this.#tab = tab;
    this.#port = port;
  }

  /** Takes over what an earlier page, or another tab, could not send. `living` tabs send their own: says how many those are. */
  load(living?: ReadonlySet<string>): number {
    const others = this.#stored().filter(({ client_id }) => !this.#known.has(client_id));
    const orphans = others.filter(({ tab }) => !(tab && living?.has(tab)));
    for (const letter of orphans) {
      this.#known.add(letter.client_id);
      letter.tab = this.#tab;
    }
    if (orphans.length > 0) {
      this.letters = [...this.letters, ...orphans].sort((a, b) => a.at - b.at);
      this.#saveAndSend();
    }
    return others.length - orphans.length;
  }

  /** Null when full. */
  add(kind: LetterKind, body: Record<string, unknown>, clientId: string, files?: Attachment[]): Letter | null {
    if (this.full) return null;
    const waiting = kind === 'customer' && this.letters.find((one) => one.kind === kind && one.client_id !== this.sendingId);
    if (waiting) {
      waiting.body = { ...waiting.body, ...body };
      delete waiting.failed;
      this.#saveAndSend();
      return waiting;
    }
    const letter: Letter = { client_id: clientId, kind, body, at: this.#env.now(), ...(this.#tab && { tab: this.#tab }), ...(files && { files }) };
    this.#known.add(clientId);
    this.letters.push(letter);
    this.#saveAndSend();
    return letter;
  }

  get full(): boolean {
    return this.letters.length >= lettersMax;
  }

  has(kind: LetterKind): boolean {
    return this.letters.some((letter) => letter.kind === kind && !letter.failed);
  }

  /** A refused letter goes to the end of the line: what was said after it has already been delivered. */
  retry(clientId: string): void {
    const letter = this.letters.find((one) => one.client_id === clientId && one.failed);
    if (!letter) return;
    delete letter.failed;
    delete letter.strikes;
    this.letters = [...this.letters.filter((one) => one !== letter), letter];
    this.#saveAndSend();
  }

  /** Forgets a letter: the customer deleted it, or its event arrived. */
  remove(clientId: string): void {
    if (!this.letters.some((letter) => letter.client_id === clientId)) return;
    this.letters = this.letters.filter((letter) => letter.client_id !== clientId);
    this.#save();
  }

  /** The link is up (again). */
  resume(): void {
    this.#ready = true;
    this.#wakeSleeper?.();
    void this.#pump();
  }

  /** The link is down: what is in flight comes back through its own reply. */
  pause(): void {
    this.#ready = false;
    this.#wakeSleeper?.();
  }

  /** The session is gone for good: nothing waiting can be delivered to it by itself. */
  failAll(code: string): Letter[] {
    const failed = this.letters.filter((letter) => !letter.failed);
    for (const letter of failed) letter.failed = code;
    this.#save();
    return failed;
  }

  clear(): void {
    this.pause();
    this.letters = [];
    this.#env.store.remove(key);
  }

  #stored(): Letter[] {
    const stored = this.#env.store.get<Letter[]>(key);
    return Array.isArray(stored) ? stored.filter((one) => typeof one?.client_id === 'string') : [];
  }

  #save(): void {
    // Another tab may have written since: its letters stay, ours are as we say.
    const others = this.#stored().filter((letter) => !this.#known.has(letter.client_id));
    const all = [...others, ...this.letters];
    if (all.length > 0) this.#env.store.set(key, all);
    else this.#env.store.remove(key);
    this.#port.changed();
  }

  #saveAndSend(): void {
    this.#save();
    void this.#pump();
  }

  /** The one whose turn it is. */
  next(): Letter | undefined {
    return this.letters.find((letter) => !letter.failed);
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    let attempt = 0;
    while (this.#ready) {
      const letter = this.next();
      if (!letter) break;
      this.sendingId = letter.client_id;
      this.#port.changed();
      const reply = await this.#port.send(letter);
      this.sendingId = null;
      attempt = this.#settle(letter, reply) ? 0 : attempt + 1;
      if (attempt > 0 && this.#ready) await this.#sleep(this.#delayOf(reply, attempt));
    }
    this.#pumping = false;
    this.#port.changed();
    // The link may have come back between the last look at `ready` and this line.
    if (this.#ready && this.next()) void this.#pump();
  }

  // True when the letter is out of the way: accepted, or refused for good.
  #settle(letter: Letter, reply: Reply): boolean {
    if (reply.ok) {
      this.#port.accepted(letter, reply);
      this.remove(letter.client_id);
      return true;
    }
    if (reply.code === 'bad_frame') letter.strikes = (letter.strikes ?? 0) + 1;
    if (reply.retry && (letter.strikes ?? 0) < strikesMax) return false;
    if (this.letters.includes(letter)) {
      letter.failed = reply.code;
      this.#save();
      this.#port.refused(letter, reply.code);
    }
    return true;
  }

  #delayOf(reply: Reply, attempt: number): number {
    if (!reply.ok && reply.retryAfterMs !== undefined) return reply.retryAfterMs;
    return backoffMs(this.#env, attempt, retryDelayMsMax);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wakeSleeper = null;
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wakeSleeper = wake;
    });
  }
}
