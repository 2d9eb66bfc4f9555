// The same session over long polls, for networks that refuse WebSockets. Events keep their order and numbers; only
// the live frames (typing, a bot's streaming) are missing.

import { ask, type Fetch } from './http.ts';
import { closedLost, closedTokenInvalid, closedTooMany, closedUpgrade, linkLost, readEvent, type Reply } from './protocol.ts';
import type { Transport, TransportEvents } from './transport.ts';

const waitSeconds = 25;
const roundMsMax = 40_000;
const pageEvents = 200;

/** What a socket would have said in place of these. */
const codes: Record<number, number> = { 401: closedTokenInvalid, 426: closedUpgrade, 429: closedTooMany };

export class PollTransport implements Transport {
  readonly #fetch: Fetch;
  readonly #server: string;
  readonly #token: string;
  readonly #events: TransportEvents;
  readonly #after: () => number;
  #closed = false;
  #round: AbortController | null = null;
  #probing = false;

  constructor(fetch: Fetch, server: string, token: string, after: () => number, events: TransportEvents) {
    this.#fetch = fetch;
    this.#server = server;
    this.#token = token;
    this.#after = after;
    this.#events = events;
    void this.#run();
  }

  async request(type: string, body: object): Promise<Reply> {
    if (this.#closed) return linkLost;
    const { status, reply } = await (type === 'customer'
      ? this.#ask('PATCH', '', { customer: body })
      : this.#ask('POST', type === 'message' ? '/messages' : `/${type}`, body));
    if (status === 401) this.#end(codes[status]);
    return this.#closed ? linkLost : reply;
  }

  tell(type: string, body: object): void {
    void this.request(type, body);
  }

  // Cuts the held request short and asks anew: after a sleep it may be waiting on a connection long gone.
  probe(): void {
    this.#probing = true;
    this.#round?.abort();
  }

  close(): void {
    this.#closed = true;
    this.#round?.abort();
  }

  async #run(): Promise<void> {
    const { reply, body, status } = await this.#get('');
    if (this.#closed) return;
    if (!reply.ok || !reply.session) return this.#end(codes[status]);
    this.#events.welcome(reply.session, Number(body.head) || 0, String(body.log ?? ''));
    while (!this.#closed) {
      const answer = await this.#get(`/events?after=${this.#after()}&limit=${pageEvents}&wait=${waitSeconds}`);
      if (this.#closed) return;
      if (this.#probing) {
        this.#probing = false;
        continue;
      }
      if (!Array.isArray(answer.body.events)) return this.#end(codes[answer.status]);
      for (const one of answer.body.events) {
        const event = readEvent(one);
        if (event && !this.#closed) this.#events.event(event);
      }
    }
  }

  async #get(path: string) {
    const round = new AbortController();
    this.#round = round;
    const timer = setTimeout(() => round.abort(), roundMsMax);
    const answer = await this.#ask('GET', path, undefined, round.signal);
    clearTimeout(timer);
    return answer;
  }

  #ask(method: string, path: string, body?: object, signal?: AbortSignal) {
    return ask(this.#fetch, this.#server, method, `/v1/session${path}`, this.#token, body, signal);
  }

  #end(code: number = closedLost): void {
    if (this.#closed) return;
    this.close();
    this.#events.gone(code, '');
  }
}

