// Keeps one session connected: says hello, resumes after the last event it has, notices silence, comes back with
// patience. It promises its owner every event once, in order, without holes, and never decides what they mean.

import type { Fetch } from './http.ts';
import { PollTransport } from './poll_transport.ts';
import {
  closedLost, closedReplaced, closedRestarting, closedTokenInvalid, closedTooMany, closedUpgrade, linkLost,
  type Live, type Reply, type Session, type WireEvent,
} from './protocol.ts';
import { SocketTransport, type OpenSocket } from './socket_transport.ts';
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
}

interface LinkPort {
  state(state: LinkState, reason?: StopReason): void;
  welcome(session: Session, head: number): void;
  event(event: WireEvent): void;
  live(frame: Live): void;
  /** The server knows less than we do (restored from a backup): everything is told again from 1. */
  reset(): void;
}

export const delayMsMax = 30_000;
const stableAfterMs = 5_000;
const tooManyDelayMs = 5_000;
// So many refusals before any welcome, and long polling is tried; a socket is tried again after a while.
export const refusalsMax = 3;
export const pollForMs = 120_000;

const stops: Record<number, StopReason | undefined> = {
  [closedTokenInvalid]: 'token',
  [closedUpgrade]: 'upgrade',
  [closedReplaced]: 'replaced',
};

type Timer = ReturnType<typeof setTimeout>;

export class Link {
  state: LinkState = 'idle';
  transportKind: 'socket' | 'poll' = 'socket';
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
  #gaps = 0;
  #welcomedAt = 0;
  #timer: Timer | undefined;
  #pollTimer: Timer | undefined;

  constructor(server: string, env: LinkEnvironment, port: LinkPort) {
    this.#server = server;
    this.#env = env;
    this.#instance = env.uuid();
    this.#port = port;
    this.#events = {
      welcome: (session, head, log) => this.#onWelcome(session, head, log),
      event: (event) => this.#onEvent(event),
      live: port.live,
      gone: (code, reason) => this.#onGone(code, reason),
    };
  }

  start(token: string, after: number): void {
    this.stop();
    this.#token = token;
    this.#after = after;
    this.#attempts = this.#refusals = this.#gaps = 0;
    this.#connect();
  }

  stop(): void {
    this.#dropTransport();
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
    else if (this.state === 'offline') this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#dropTransport();
    this.#welcomedAt = 0;
    this.#become('connecting');
    const poll = this.#refusals >= refusalsMax;
    this.transportKind = poll ? 'poll' : 'socket';
    this.#transport = poll
      ? new PollTransport(this.#env.fetch, this.#server, this.#token, () => this.#after, this.#events)
      : new SocketTransport(this.#server, this.#env.openSocket, this.#hello(), this.#events);
    if (poll) {
      this.#pollTimer = setTimeout(() => {
        this.#refusals = refusalsMax - 1; // one more refusal, and it is long polling again
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
      this.#port.reset();
      return this.#connect();
    }
    this.#port.welcome(session, head);
    this.#become('online');
  }

  #onEvent(event: WireEvent): void {
    if (event.seq <= this.#after) return;
    if (event.seq > this.#after + 1) return this.#onGap();
    this.#after = event.seq;
    this.#gaps = 0;
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
    if (!welcomed && code === closedLost) this.#refusals = this.transportKind === 'poll' ? 0 : this.#refusals + 1;
    const stop = stops[code];
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
}
