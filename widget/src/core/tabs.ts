// Many tabs of one customer, one connection: the tab that holds a lock leads, the others hear through a channel. A tab
// that dies gives the lock up by dying; one that is frozen keeps it and starves the rest, so a visible tab that gets no
// answer takes it. Nothing here is needed for correctness: the server recognises repeats, whoever sends them.

import type { Live, Reply, Session, WireEvent } from './protocol.ts';

export interface ChannelLike {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

export interface TabsEnvironment {
  openChannel(name: string): ChannelLike;
  /** Holds the lock until `held` resolves; rejects when it was taken away. */
  lock(name: string, how: { steal?: boolean; signal?: AbortSignal }, held: () => Promise<void>): Promise<void>;
  visible(): boolean;
}

/** Said between tabs. `to` names one of them; without it all are meant. */
export type Word = { from: string; to?: string } & (
  | { t: 'hello'; after: number }
  | { t: 'welcome'; session: Session; head: number; log: string; events: WireEvent[] }
  | { t: 'alive' | 'up' | 'down' | 'bye' | 'ping' | 'pong' | 'who-looks' | 'i-look' }
  | { t: 'event'; event: WireEvent }
  | { t: 'live'; frame: Live }
  | { t: 'gone'; code: number; reason: string }
  | { t: 'request'; id: number; type: string; body: object }
  | { t: 'reply'; id: number; reply: Reply }
  | { t: 'tell'; type: string; body: object }
);

type Said<W = Word> = W extends Word ? Omit<W, 'from'> : never;

interface TabsPort {
  lead(): void;
  follow(): void;
  hear(word: Word): void;
}

export class Tabs {
  leading = false;
  readonly id: string;
  readonly #env: TabsEnvironment;
  readonly #name: string;
  readonly #port: TabsPort;
  readonly #channel: ChannelLike;
  #round = 0;
  #letGo: () => void = () => {};
  #waiting: AbortController | null = null;
  #stopped = false;

  constructor(env: TabsEnvironment, name: string, id: string, port: TabsPort) {
    this.#env = env;
    this.#name = name;
    this.id = id;
    this.#port = port;
    this.#channel = env.openChannel(name);
    this.#channel.onmessage = ({ data }) => {
      const word = data as Word;
      if (this.#stopped || word.from === this.id || (word.to && word.to !== this.id)) return;
      port.hear(word);
    };
    this.#ask(false);
  }

  get visible(): boolean {
    return this.#env.visible();
  }

  say(word: Said): void {
    if (!this.#stopped) this.#channel.postMessage({ ...word, from: this.id });
  }

  /** Whoever leads does not answer: frozen, most likely. */
  steal(): void {
    if (!this.#stopped && !this.leading) this.#ask(true);
  }

  stop(): void {
    if (this.#stopped) return;
    this.say({ t: 'bye' });
    this.#stopped = true;
    this.leading = false;
    this.#waiting?.abort();
    this.#letGo();
    this.#channel.close();
  }

  #ask(steal: boolean): void {
    const round = ++this.#round;
    this.#waiting?.abort();
    const waiting = (this.#waiting = new AbortController());
    const current = () => !this.#stopped && round === this.#round;
    const held = () => {
      if (!current()) return Promise.resolve();
      this.leading = true;
      this.#port.lead();
      return new Promise<void>((resolve) => (this.#letGo = resolve));
    };
    this.#env.lock(this.#name, steal ? { steal } : { signal: waiting.signal }, held).catch(() => {}).then(() => {
      if (!current()) return;
      const led = this.leading;
      this.leading = false;
      if (led) this.#port.follow();
      this.#ask(false);
    });
  }
}
