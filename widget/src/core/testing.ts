// Hands for the tests of the core: sockets that do what they are told, a clock that stands still, answers in order.

import type { Environment } from './ports.ts';
import type { Answer } from './http.ts';
import { openStore } from './storage.ts';
import type { SocketLike } from './socket_transport.ts';
import type { Session, WireEvent, WireMessage } from './protocol.ts';

export class FakeSocket implements SocketLike {
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  onerror: SocketLike['onerror'] = null;
  closedByUs = false;
  readonly url: string;
  readonly protocol: string;

  constructor(url: string, protocol: string) {
    this.url = url;
    this.protocol = protocol;
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }

  close(): void {
    this.closedByUs = true;
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.({} as Event);
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent);
  }

  end(code: number, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason } as CloseEvent);
  }

  welcome(head = 0, more: Partial<Session> = {}, log?: string): void {
    this.accept();
    this.say({ type: 'welcome', session: sessionIn('bot', more), head, heartbeat_s: 20, ...(log && { log }) });
  }

  event(event: WireEvent): void {
    this.say({ type: 'event', event });
  }

  /** What was asked, without the frames every link sends. */
  requests(type: string): Record<string, unknown>[] {
    return this.sent.filter((frame) => frame.type === type);
  }

  ok(request: Record<string, unknown>, more: object = {}): void {
    this.say({ type: 'ok', re: request.id, ...more });
  }

  refuse(request: Record<string, unknown>, error: object): void {
    this.say({ type: 'error', re: request.id, error });
  }
}

export const sessionIn = (state: Session['state'], more: Partial<Session> = {}): Session => ({
  id: 'session_1753056789_k3v9q2mx', state, created_at: '2026-11-22T10:00:00Z', customer: {}, ...more,
});

export function messageEvent(seq: number, text: string, more: Partial<WireMessage> = {}): WireEvent {
  const message = { id: `msg_${seq}`, author: { role: 'agent' as const, name: 'Ana' }, text, order: `o${seq}`, ...more };
  return { seq, at: '2026-11-22T10:00:00.000Z', kind: 'message', message };
}

export const at = '2026-11-22T10:00:00.000Z';

export interface World extends Environment {
  sockets: FakeSocket[];
  /** The newest socket. */
  socket(): FakeSocket;
  calls: { method: string; url: string; body: Record<string, unknown>; init: RequestInit }[];
  answers: ((url: string, init: RequestInit) => Response | Promise<Response>)[];
  shelf: Map<string, string>;
  /** Names of files that were sent, and what the next ones are answered; without an answer they are taken. */
  uploads: string[];
  fileAnswers: Answer[];
}

export const jsonAnswer = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

export const sessionAnswer = (id = 'session_1', token = 'dbs_1') => () =>
  jsonAnswer(201, { session: sessionIn('bot', { id }), token, head: 0 });

export function shelfOf(map: Map<string, string>) {
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  };
}

/** A world where nothing is random, and `fetch` gives the next prepared answer or a network failure. */
export function makeWorld(): World {
  const shelf = new Map<string, string>();
  let ids = 0;
  const world: World = {
    sockets: [],
    calls: [],
    answers: [],
    uploads: [],
    fileAnswers: [],
    shelf,
    socket: () => world.sockets.at(-1)!,
    fetch: async (url, init) => {
      const body = init.body ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {};
      world.calls.push({ method: init.method ?? 'GET', url, body, init });
      const answer = world.answers.shift();
      if (!answer) throw new TypeError('network');
      return answer(url, init);
    },
    openSocket: (url, protocol) => {
      const socket = new FakeSocket(url, protocol);
      world.sockets.push(socket);
      return socket;
    },
    store: openStore('deskbell:test:', () => shelfOf(shelf)),
    random: () => 0.5,
    now: () => Date.now(),
    uuid: () => `id-${++ids}`,
    describe: () => ({ site: 'test' }),
    identity: async () => null,
    tabName: () => '',
    sendFile: async (url, _token, blob, name) => {
      world.uploads.push(name);
      const answer = world.fileAnswers.shift();
      const id = `file_${world.uploads.length}`;
      return answer ?? { status: 201, body: { file: { id, name, type: blob.type, size: blob.size, url } }, reply: { ok: true } };
    },
    exclusively: (_name, work) => work(),
  };
  return world;
}
