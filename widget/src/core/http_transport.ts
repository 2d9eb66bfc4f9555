// The same session over plain HTTP, for networks that refuse WebSockets: as a stream of events where one gets through
// (some proxies hold it back until it ends), else as long polls. Events keep their order and numbers either way.

import { ask, askFor, type Fetch } from './http.ts';
import {
  closedLost, closedTokenInvalid, closedTooMany, closedUpgrade, linkLost, readEvent, readFrame, type Frame, type Live, type Reply,
} from './protocol.ts';
import type { Transport, TransportEvents } from './transport.ts';

const waitSeconds = 25;
const roundMsMax = 40_000;
const pageEvents = 200;
// The server says something every 20 s; and its first words at once.
const silenceMsMax = 45_000;
const firstWordsMsMax = 5_000;
const probeWaitMs = 4_000;

/** What a socket would have said in place of these. */
const codes: Record<number, number> = { 401: closedTokenInvalid, 426: closedUpgrade, 429: closedTooMany };

const isLive = (frame: Frame | null): frame is Live => /^(typing|bot_delta|notice)$/.test(frame?.type ?? '');

export class HttpTransport implements Transport {
  readonly #fetch: Fetch;
  readonly #server: string;
  readonly #token: string;
  readonly #events: TransportEvents;
  readonly #after: () => number;
  readonly #streaming: boolean;
  #closed = false;
  #round: AbortController | null = null;
  #probing = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(fetch: Fetch, server: string, token: string, after: () => number, events: TransportEvents, streaming: boolean) {
    this.#fetch = fetch;
    this.#server = server;
    this.#token = token;
    this.#after = after;
    this.#events = events;
    this.#streaming = streaming;
    void this.#run();
  }

  async request(type: string, body: object): Promise<Reply> {
    if (this.#closed) return linkLost;
    const { status, reply } = await askFor(this.#fetch, this.#server, this.#token, type, body);
    if (status === 401) this.#end(codes[status]);
    return this.#closed ? linkLost : reply;
  }

  tell(type: string, body: object): void {
    void this.request(type, body);
  }

  // After a sleep the held request may be waiting on a connection long gone: a poll is asked anew, a stream is given up
  // unless the server is heard on a new connection and the stream then, too, is opened again.
  probe(): void {
    if (this.#streaming) return this.#expectWithin(probeWaitMs, () => this.#end());
    this.#probing = true;
    this.#round?.abort();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#deadline);
    this.#round?.abort();
  }

  async #run(): Promise<void> {
    const { reply, body, status } = await this.#get('');
    if (this.#closed) return;
    const { session } = reply as Reply & { ok: true };
    if (!reply.ok || !session) return this.#end(codes[status]);
    const welcome = () => this.#events.welcome(session, Number(body.head) || 0, String(body.log ?? ''));
    if (this.#streaming) return this.#stream(welcome);
    welcome();
    while (!this.#closed) await this.#poll();
  }

  async #poll(): Promise<void> {
    const { body, status } = await this.#get(`/events?after=${this.#after()}&limit=${pageEvents}&wait=${waitSeconds}`);
    if (this.#closed) return;
    if (this.#probing) return void (this.#probing = false);
    if (!Array.isArray(body.events)) return this.#end(codes[status]);
    for (const one of body.events) this.#hear(one);
    for (const one of Array.isArray(body.live) ? body.live : []) this.#hearLive(JSON.stringify(one));
  }

  async #stream(welcome: () => void): Promise<void> {
    this.#round = new AbortController();
    this.#expectWithin(firstWordsMsMax, () => this.#end());
    try {
      const response = await this.#fetch(`${this.#server}/v1/session/stream`, {
        headers: { authorization: `Bearer ${this.#token}`, 'last-event-id': String(this.#after()) },
        credentials: 'omit', cache: 'no-store', signal: this.#round.signal,
      });
      if (!response.ok || !response.body) return this.#end(codes[response.status]);
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      let rest = '';
      for (let first = true; !this.#closed; first = false) {
        const { value, done } = await reader.read();
        if (done || this.#closed) break;
        this.#expectWithin(silenceMsMax, () => this.#end());
        if (first) welcome();
        const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) this.#hearBlock(block);
      }
    } catch {
      // What broke is said below, in the one way there is.
    }
    this.#end();
  }

  #hearBlock(block: string): void {
    const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
    const data = fields.get('data');
    if (!data || this.#closed) return;
    if (fields.get('event') === 'live') return this.#hearLive(data);
    try {
      this.#hear(JSON.parse(data));
    } catch {
      this.#end(); // half a line is a broken stream
    }
  }

  #hear(one: unknown): void {
    const event = readEvent(one);
    if (event && !this.#closed) this.#events.event(event);
  }

  #hearLive(data: string): void {
    const frame = readFrame(data);
    if (isLive(frame) && !this.#closed) this.#events.live(frame);
  }

  #expectWithin(ms: number, act: () => void): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(act, ms);
  }

  async #get(path: string) {
    const round = new AbortController();
    this.#round = round;
    const timer = setTimeout(() => round.abort(), roundMsMax);
    const answer = await ask(this.#fetch, this.#server, 'GET', `/v1/session${path}`, this.#token, undefined, round.signal);
    clearTimeout(timer);
    return answer;
  }

  #end(code: number = closedLost): void {
    if (this.#closed) return;
    this.close();
    this.#events.gone(code, '');
  }
}
