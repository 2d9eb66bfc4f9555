// The WebSocket side of a link: hello, welcome, requests by id, and a heartbeat of our own, because a half-open socket
// looks healthy for many minutes to everybody but the person waiting for an answer.

import {
  closedBadFrame, closedLost, closedTooLarge, linkLost, readFrame, refusalOf, subprotocol, type Reply,
} from './protocol.ts';
import type { Transport, TransportEvents } from './transport.ts';

export interface SocketLike {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
}

type Timer = ReturnType<typeof setTimeout>;

export type OpenSocket = (url: string, protocol: string) => SocketLike;

const welcomeWaitMs = 10_000;
const pongWaitMs = 8_000;
const probeWaitMs = 4_000;
const replyWaitMs = 20_000;

export class SocketTransport implements Transport {
  #socket: SocketLike | null = null;
  readonly #events: TransportEvents;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #nextId = 1;
  #welcomed = false;
  #ended = false;
  #deadline: Timer | undefined;
  #heartbeat: Timer | undefined;

  constructor(server: string, openSocket: OpenSocket, hello: object, events: TransportEvents) {
    this.#events = events;
    this.#expectWithin(welcomeWaitMs);
    let socket: SocketLike;
    try {
      socket = openSocket(`${server.replace(/^http/, 'ws')}/v1/socket`, subprotocol);
    } catch {
      // A page policy may forbid the address; the caller must hear of it after it holds this object.
      queueMicrotask(() => this.#end(closedLost));
      return;
    }
    this.#socket = socket;
    socket.onopen = () => this.#send({ type: 'hello', ...hello });
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = (close) => this.#end(close.code, close.reason);
    socket.onerror = () => {}; // a close always follows
  }

  async request(type: string, body: object): Promise<Reply> {
    if (!this.#welcomed) return linkLost;
    const id = this.#nextId++;
    return new Promise((resolve) => {
      // No answer means the link is not what it seems; a fresh one will ask again under the same client id.
      const timer = setTimeout(() => this.#end(closedLost), replyWaitMs);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      this.#send({ type, id, ...body });
    });
  }

  tell(type: string, body: object): void {
    if (this.#welcomed) this.#send({ type, id: this.#nextId++, ...body });
  }

  probe(): void {
    if (this.#welcomed) this.#ping(probeWaitMs);
  }

  close(): void {
    this.#release(linkLost);
  }

  #send(frame: object): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  #receive(data: unknown): void {
    if (this.#ended) return;
    if (this.#welcomed) clearTimeout(this.#deadline);
    const frame = readFrame(data);
    if (!frame) return;
    switch (frame.type) {
      case 'welcome':
        this.#welcomed = true;
        clearTimeout(this.#deadline);
        this.#heartbeat = setInterval(() => this.#ping(pongWaitMs), (frame.heartbeat_s > 0 ? frame.heartbeat_s : 20) * 1000);
        return this.#events.welcome(frame.session, frame.head, String(frame.log ?? ''));
      case 'event':
        return this.#events.event(frame.event);
      case 'ok':
        return this.#answer(frame.re, { ok: true, seq: frame.seq });
      case 'error':
        return this.#answer(frame.re ?? 0, refusalOf(frame.error));
      case 'ping':
        return this.#send({ type: 'pong' });
      case 'pong':
        return;
      default:
        return this.#events.live(frame);
    }
  }

  #ping(waitMs: number): void {
    this.#send({ type: 'ping', id: this.#nextId++ });
    this.#expectWithin(waitMs);
  }

  #answer(id: number, reply: Reply): void {
    this.#waiting.get(id)?.(reply);
    this.#waiting.delete(id);
  }

  #expectWithin(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#end(closedLost), ms);
  }

  #end(code: number, reason = ''): void {
    if (this.#ended) return;
    this.#release(verdictOf(code));
    this.#events.gone(code, reason);
  }

  #release(reply: Reply): void {
    this.#ended = true;
    this.#welcomed = false;
    clearTimeout(this.#deadline);
    clearInterval(this.#heartbeat);
    const socket = this.#socket;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      this.#socket = null;
      socket.close(1000);
    }
    for (const answer of this.#waiting.values()) answer(reply);
    this.#waiting.clear();
  }
}

// What a close says about the requests in flight: a frame that is too large would close every later socket too.
function verdictOf(code: number): Reply {
  if (code === closedTooLarge) return refusalOf({ code: 'message_too_long' });
  if (code === closedBadFrame) return refusalOf({ code: 'bad_frame' }, true);
  return linkLost;
}
