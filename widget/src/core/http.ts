// Requests to `/v1` over plain HTTP: the first one of a session, and all of them where WebSockets do not get through.
// The token travels in the Authorization header, never in an address, and no cookie is ever sent.

import { linkLost, readSession, refusalOf, type Customer, type Reply, type Session } from './protocol.ts';

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface Answer {
  status: number; // 0: nothing came back
  body: Record<string, unknown>;
  reply: Reply;
}

export async function ask(
  fetch: Fetch,
  server: string,
  method: string,
  path: string,
  token?: string,
  sent?: object,
  signal?: AbortSignal,
): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (sent) headers['content-type'] = 'application/json';
  try {
    const response = await fetch(server + path, {
      method, headers, credentials: 'omit', cache: 'no-store', ...(sent && { body: JSON.stringify(sent) }), ...(signal && { signal }),
    });
    const body = await response.json().catch(() => ({})) as Record<string, unknown>;
    return { status: response.status, body, reply: replyOf(response.status, response.headers.get('retry-after'), body) };
  } catch {
    return { status: 0, body: {}, reply: linkLost };
  }
}

export function replyOf(status: number, retryAfter: string | null, body: Record<string, unknown>): Reply {
  const ok = status >= 200 && status < 300;
  if (ok) return { ok, seq: (body.event as { seq?: number } | undefined)?.seq, session: readSession(body.session) ?? undefined };
  const { retry_after_ms } = body;
  const told = typeof retry_after_ms === 'number' ? retry_after_ms : Number(retryAfter) * 1000 || undefined;
  const code = String(body.code ?? `http_${status}`);
  return refusalOf({ code, retry_after_ms: told }, status === 408 || status === 429 || status >= 500);
}

/** What `deskbell.v1` asks in a frame, asked over HTTP. */
export function askFor(fetch: Fetch, server: string, token: string, type: string, body: object): Promise<Answer> {
  const to = (method: string, path: string, sent?: object) => ask(fetch, server, method, `/v1/session${path}`, token, sent);
  const { message_id, ...rest } = body as { message_id?: string };
  const message = `/messages/${encodeURIComponent(message_id ?? '')}`;
  switch (type) {
    case 'customer':
      return to('PATCH', '', { customer: body });
    case 'identity':
      return to('PATCH', '', { identity: (body as { token?: string }).token });
    case 'message':
      return to('POST', '/messages', body);
    case 'edit':
      return to('PATCH', message, rest);
    case 'delete':
      return to('DELETE', message);
    default:
      return to('POST', `/${type}`, body);
  }
}

export interface SessionRequest {
  site: string;
  customer?: Customer | undefined;
  identity?: string | undefined;
  page?: { url: string; title: string; referrer: string };
  locale?: string;
  timezone?: string;
}

export interface Opened {
  session: Session;
  token: string;
}

export async function openSession(fetch: Fetch, server: string, sent: SessionRequest): Promise<Opened | Reply> {
  const { reply, body } = await ask(fetch, server, 'POST', '/v1/sessions', undefined, sent);
  const { token } = body;
  if (!reply.ok) return reply;
  return reply.session && typeof token === 'string' ? { session: reply.session, token } : linkLost; // what came is not ours
}
