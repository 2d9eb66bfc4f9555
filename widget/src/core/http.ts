// Requests to `/v1` over plain HTTP: the first one of a session, and all of them where WebSockets do not get through.
// The token travels in the Authorization header, never in an address, and no cookie is ever sent.

import { isPassing, readSession, type Customer, type Reply, type Session, type WireError } from './protocol.ts';

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface Answer {
  status: number; // 0: nothing came back
  body: Record<string, unknown>;
  error: WireError | null;
}

export async function ask(
  fetch: Fetch,
  server: string,
  method: string,
  path: string,
  options: { token?: string; body?: object; signal?: AbortSignal } = {},
): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (options.token) headers.authorization = `Bearer ${options.token}`;
  const init: RequestInit = { method, headers, credentials: 'omit', cache: 'no-store', mode: 'cors' };
  if (options.body) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  if (options.signal) init.signal = options.signal;
  let response: Response;
  try {
    response = await fetch(server + path, init);
  } catch {
    return { status: 0, body: {}, error: { code: 'link_lost' } };
  }
  const body = await response.json().catch(() => ({})) as Record<string, unknown>;
  return { status: response.status, body, error: response.ok ? null : errorOf(response, body) };
}

function errorOf(response: Response, body: Record<string, unknown>): WireError {
  const error: WireError = { code: typeof body.code === 'string' ? body.code : `http_${response.status}` };
  const header = Number(response.headers.get('retry-after') ?? NaN);
  if (typeof body.retry_after_ms === 'number') error.retry_after_ms = body.retry_after_ms;
  else if (header >= 0) error.retry_after_ms = header * 1000;
  return error;
}

export function replyOf(answer: Answer): Reply {
  const { error, status, body } = answer;
  if (!error) {
    const event = body.event as { seq?: number } | undefined;
    return { ok: true, seq: event?.seq, session: readSession(body.session) ?? undefined };
  }
  const passing = status === 0 || status === 408 || status === 429 || status >= 500 || isPassing(error);
  return { ok: false, code: error.code, retry: passing, retryAfterMs: error.retry_after_ms };
}

export interface SessionRequest {
  site: string;
  customer?: Customer;
  identity?: string;
  page?: { url: string; title: string; referrer: string };
  locale?: string;
  timezone?: string;
}

export interface Opened {
  session: Session;
  token: string;
}

export async function openSession(fetch: Fetch, server: string, body: SessionRequest): Promise<Opened | Reply> {
  const answer = await ask(fetch, server, 'POST', '/v1/sessions', { body });
  const session = readSession(answer.body.session);
  const { token } = answer.body;
  if (!answer.error && session && typeof token === 'string') return { session, token };
  const reply = replyOf(answer);
  return reply.ok ? { ok: false, code: 'bad_answer', retry: true } : reply;
}
