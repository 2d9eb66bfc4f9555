// The same session over long polls, for networks that refuse WebSockets. Events keep their order and numbers; only
// the live frames (typing, a bot's streaming) are missing.

import { ask, type Fetch } from './http.ts';
import { closeCode, linkLost, readEvent, type Reply } from './protocol.ts';
import type { Transport, TransportEvents } from './transport.ts';

const waitSeconds = 25;
const roundMsMax = 40_000;
const pageEvents = 200;

const routes: Record<string, [method: string, path: string]> = {
  message: ['POST', '/v1/session/messages'],
  handoff: ['POST', '/v1/session/handoff'],
  customer: ['PATCH', '/v1/session'],
  rating: ['POST', '/v1/session/rating'],
  close: ['POST', '/v1/session/close'],
  read: ['POST', '/v1/session/read'],
  typing: ['POST', '/v1/session/typing'],
};

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
    const route = routes[type];
    if (!route || this.#closed) return linkLost;
    const sent = type === 'customer' ? { customer: body } : body;
    const { status, reply } = await ask(this.#fetch, this.#server, ...route, this.#token, sent);
    if (status === 401) this.#end(closeCode.tokenInvalid);
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
    const first = await this.#get('/v1/session');
    if (this.#closed) return;
    const { reply, body, status } = first;
    if (!reply.ok || !reply.session) return this.#end(codeOf(status));
    this.#events.welcome(reply.session, Number(body.head) || 0);
    while (!this.#closed) {
      const answer = await this.#get(`/v1/session/events?after=${this.#after()}&limit=${pageEvents}&wait=${waitSeconds}`);
      if (this.#closed) return;
      if (this.#probing) {
        this.#probing = false;
        continue;
      }
      if (!Array.isArray(answer.body.events)) return this.#end(codeOf(answer.status));
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
    const answer = await ask(this.#fetch, this.#server, 'GET', path, this.#token, undefined, round.signal);
    clearTimeout(timer);
    return answer;
  }

  #end(code: number): void {
    if (this.#closed) return;
    this.close();
    this.#events.gone(code, '');
  }
}

function codeOf(status: number): number {
  if (status === 401) return closeCode.tokenInvalid;
  if (status === 426) return closeCode.upgradeClient;
  return status === 429 ? closeCode.tooManyRequests : 1006;
}
