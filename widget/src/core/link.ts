// Keeps one session connected: says hello, resumes after the last event it has, notices silence, comes back with
// patience. It promises its owner every event once, in order, without holes, and never decides what they mean.
// Of many tabs one has the connection and tells the others (tabs.ts); to its owner that makes no difference.

import type { Fetch } from './http.ts';
import { HttpTransport } from './http_transport.ts';
import {
  closedLost, closedReplaced, closedRestarting, closedTokenInvalid, closedTooMany, closedUpgrade, linkLost,
  type Live, type Reply, type Session, type WireEvent,
} from './protocol.ts';
import { SocketTransport, type OpenSocket } from './socket_transport.ts';
import { TabTransport } from './tab_transport.ts';
import { Tabs, type TabsEnvironment, type Word } from './tabs.ts';
import { backoffMs } from './timers.ts';
import type { Transport, TransportEvents } from './transport.ts';

export type LinkState = 'idle' | 'connecting' | 'online' | 'offline' | 'stopped';
export type StopReason = 'token' | 'upgrade' | 'replaced';

interface LinkEnvironment {
  fetch: Fetch;
  openSocket: OpenSocket;
  random(): number;
  now(): number;
  uuid(): string;
  tabs?: TabsEnvironment | null | undefined;
}

interface LinkPort {
  state(state: LinkState, reason?: StopReason): void;
  welcome(session: Session, head: number): void;
  event(event: WireEvent): void;
  live(frame: Live): void;
  /** The server knows less than we do (restored from a backup): everything is told again from 1. */
  reset(): void;
  /** This tab has become the one that speaks for all. */
  lead?(): void;
  /** Another tab is closing. */
  otherLeft?(): void;
  /** Whether the customer has the conversation before their eyes here. */
  looks?(): boolean;
}

export const delayMsMax = 30_000;
const stableAfterMs = 5_000;
const tooManyDelayMs = 5_000;
// So many refusals before any welcome, and plain HTTP is tried; a socket is tried again after a while.
export const refusalsMax = 3;
export const pollForMs = 120_000;
const lookWaitMs = 200;

const stops: Record<number, StopReason | undefined> = {
  [closedTokenInvalid]: 'token',
  [closedUpgrade]: 'upgrade',
  [closedReplaced]: 'replaced',
};

type Timer = ReturnType<typeof setTimeout>;

export class Link {
  state: LinkState = 'idle';
  transportKind: 'socket' | 'stream' | 'poll' | 'tab' = 'socket';
  readonly #port: LinkPort;
  readonly #env: LinkEnvironment;
  readonly #server: string;
  readonly #instance: string;
  readonly #events: TransportEvents;
  #token = '';
  #after = 0;
  #log = '';
  #transport: Transport | null = null;
  #attempts = 0;
  #refusals = 0;
  #streamRefused = false;
  #gaps = 0;
  #welcomedAt = 0;
  #timer: Timer | undefined;
  #pollTimer: Timer | undefined;
  #tabs: Tabs | null = null;
  // Everything since 1, for tabs that come later, and the session as it is after the last of it.
  #told: WireEvent[] = [];
  #session: Session | null = null;
  #someoneLooks = false;

  constructor(server: string, env: LinkEnvironment, port: LinkPort) {
    this.#server = server;
    this.#env = env;
    this.#instance = env.uuid();
    this.#port = port;
    this.#events = {
      welcome: (session, head, log) => this.#onWelcome(session, head, log),
      event: (event) => this.#onEvent(event),
      live: (frame) => {
        this.#tellTabs({ t: 'live', frame });
        port.live(frame);
      },
      gone: (code, reason) => this.#onGone(code, reason),
    };
  }

  /** `shared` names the session to other tabs; without it this tab keeps to itself. */
  start(token: string, after: number, shared = ''): void {
    this.stop();
    this.#token = token;
    this.#after = after;
    this.#told = after === 0 ? [] : this.#told.filter(({ seq }) => seq <= after);
    this.#attempts = this.#refusals = this.#gaps = 0;
    this.#streamRefused = false;
    const { tabs } = this.#env;
    if (tabs && shared) {
      this.#become('connecting');
      this.#tabs = new Tabs(tabs, shared, this.#instance, {
        lead: () => {
          this.#connect();
          this.#port.lead?.();
        },
        follow: () => this.#connect(),
        hear: (word) => this.#hear(word),
      });
    }
    this.#connect();
  }

  stop(): void {
    this.#dropTransport();
    this.#tabs?.stop();
    this.#tabs = null;
    clearTimeout(this.#timer);
    this.#become('idle');
  }

  async request(type: string, body: object): Promise<Reply> {
    return this.state === 'online' && this.#transport ? this.#transport.request(type, body) : linkLost;
  }

  tell(type: string, body: object): void {
    if (this.state === 'online') this.#transport?.tell(type, body);
  }

  /** The page woke up, or the network changed: no waiting now. */
  wake(): void {
    if (this.state === 'online') this.#transport?.probe();
    else if (this.state === 'offline' || (this.state === 'connecting' && this.transportKind === 'tab')) this.#connect();
  }

  /** Whether this tab is the one to ring: it leads, and no tab shows the conversation. */
  async mayRing(): Promise<boolean> {
    if (this.#port.looks?.()) return false;
    if (!this.#tabs) return true;
    if (!this.#tabs.leading) return false;
    this.#someoneLooks = false;
    this.#tabs.say({ t: 'who-looks' });
    await new Promise((resolve) => setTimeout(resolve, lookWaitMs));
    return !this.#someoneLooks;
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#dropTransport();
    this.#welcomedAt = 0;
    this.#become('connecting');
    const after = () => this.#after;
    const plain = this.#refusals >= refusalsMax;
    this.transportKind = this.#tabs && !this.#tabs.leading ? 'tab' : !plain ? 'socket' : this.#streamRefused ? 'poll' : 'stream';
    if (this.transportKind === 'tab') this.#transport = new TabTransport(this.#tabs!, after, this.#events);
    else if (this.transportKind === 'socket') {
      this.#transport = new SocketTransport(this.#server, this.#env.openSocket, this.#hello(), this.#events);
    } else {
      this.#transport = new HttpTransport(
        this.#env.fetch, this.#server, this.#token, after, this.#events, this.transportKind === 'stream',
      );
      this.#pollTimer = setTimeout(() => {
        this.#refusals = refusalsMax - 1; // one more refusal, and it is plain HTTP again
        this.#attempts = 0;
        this.#connect();
      }, pollForMs);
    }
  }

  #hello(): object {
    return { token: this.#token, after: this.#after, instance: this.#instance, log: this.#log };
  }

  #onWelcome(session: Session, head: number, log: string): void {
    this.#refusals = this.transportKind === 'socket' ? 0 : this.#refusals;
    this.#welcomedAt = this.#env.now();
    // After a restore the same numbers may say other things, however far the server has come since.
    const another = log !== this.#log;
    this.#log = log;
    if (this.#after > 0 && (head < this.#after || another)) {
      this.#after = 0;
      this.#told = [];
      this.#port.reset();
      return this.#connect();
    }
    this.#session = session;
    this.#port.welcome(session, head);
    this.#become('online');
    this.#tellTabs({ t: 'up' });
  }

  #onEvent(event: WireEvent): void {
    if (event.seq <= this.#after) return;
    if (event.seq > this.#after + 1) return this.#onGap();
    this.#after = event.seq;
    this.#gaps = 0;
    this.#told.push(event);
    if (event.session) this.#session = event.session;
    this.#tellTabs({ t: 'event', event });
    this.#port.event(event);
  }

  // A hole means we missed something: resume from what we have, at once the first time, patiently after that.
  #onGap(): void {
    this.#gaps += 1;
    if (this.#gaps === 1) return this.#connect();
    this.#attempts += 1;
    this.#waitThenConnect(0);
  }

  #onGone(code: number, reason: string): void {
    const welcomed = this.#welcomedAt > 0;
    const stable = welcomed && this.#env.now() - this.#welcomedAt > stableAfterMs;
    this.#welcomedAt = 0;
    this.#attempts = stable ? 0 : this.#attempts + 1;
    if (!welcomed && code === closedLost) this.#onRefused();
    const stop = stops[code];
    this.#tellTabs(stop ? { t: 'gone', code, reason } : { t: 'down' });
    if (stop) {
      this.#dropTransport();
      return this.#become('stopped', stop);
    }
    if (code !== closedRestarting) return this.#waitThenConnect(code === closedTooMany ? tooManyDelayMs : 0);
    // Everybody was told the same number, which stands in for our own patience; we spread ourselves behind it.
    const told = Math.min(Math.max(Number(reason) || 0, 0), delayMsMax);
    this.#attempts = 0;
    this.#waitThenConnect(told * (1 + this.#env.random() / 2));
  }

  #onRefused(): void {
    if (this.transportKind === 'socket') this.#refusals += 1;
    else if (this.transportKind === 'stream') this.#streamRefused = true;
    else if (this.transportKind === 'poll') {
      this.#refusals = 0;
      this.#streamRefused = false;
    }
  }

  /** After `ms`, and the patience that the attempts so far ask for. */
  #waitThenConnect(ms: number): void {
    this.#dropTransport();
    this.#become('offline');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), ms + backoffMs(this.#env, this.#attempts, delayMsMax));
  }

  #dropTransport(): void {
    clearTimeout(this.#pollTimer);
    const transport = this.#transport;
    this.#transport = null;
    transport?.close();
  }

  #become(state: LinkState, reason?: StopReason): void {
    if (this.state === state && !reason) return;
    this.state = state;
    this.#port.state(state, reason);
  }

  // --- between tabs ---

  #tellTabs(word: Parameters<Tabs['say']>[0]): void {
    if (this.#tabs?.leading) this.#tabs.say(word);
  }

  #hear(word: Word): void {
    const tabs = this.#tabs!;
    if (word.t === 'who-looks') {
      if (this.#port.looks?.()) tabs.say({ t: 'i-look', to: word.from });
    } else if (word.t === 'i-look') this.#someoneLooks = true;
    else if (word.t === 'bye') this.#port.otherLeft?.();
    else if (tabs.leading) this.#serve(tabs, word);
    else if (this.#transport instanceof TabTransport) this.#transport.hear(word);
    else if (word.t === 'up' && this.state === 'offline') this.#connect();
  }

  #serve(tabs: Tabs, word: Word): void {
    const to = word.from;
    const online = this.state === 'online' && this.#session;
    if (word.t === 'ping') tabs.say({ t: 'pong', to });
    else if (word.t === 'tell') this.tell(word.type, word.body);
    else if (word.t === 'request') {
      void this.request(word.type, word.body).then((reply) => tabs.say({ t: 'reply', to, id: word.id, reply }));
    } else if (word.t === 'hello' && !online) tabs.say({ t: 'alive', to });
    else if (word.t === 'hello') {
      // Its events may be of another run of the log: it compares, and asks again from 0.
      const events = this.#told.filter(({ seq }) => seq > word.after);
      tabs.say({ t: 'welcome', to, session: this.#session!, head: this.#after, log: this.#log, events });
    }
  }
}
