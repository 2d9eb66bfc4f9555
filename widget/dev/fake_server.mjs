// A server that speaks docs/protocol.md just well enough to look at the widget: one process, all in memory, an agent
// played by keywords. For developing only; the tests of the protocol are elsewhere.
// `node widget/dev/fake_server.mjs [port]` → http://127.0.0.1:8099/
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const file = (path) => readFileSync(fileURLToPath(new URL(path, import.meta.url)));
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws:; img-src 'self' https: data:; " + // the strictest a page can have
  "trusted-types 'none'; require-trusted-types-for 'script'";
const face =
  'data:image/png;base64,' + file('./ana.png').toString('base64');
export const defaultConfig = {
  site: 'default', locale: '', accent: '', title: '', greeting: '', texts: {}, quick_topics: [], hours_hint: '', pre_chat: null,
  files: { enabled: true, bytes_max: 5_000_000, per_message_max: 3, types: ['image/*', 'application/pdf', 'text/plain'] },
  limits: { message_characters_max: 4000 },
  features: { files: true, identity: true, bot_streaming: true, transcript: true, edit: true, forget: true, edit_minutes: 15 },
};
const ana = { name: 'Ana Duarte', avatar: face };

export class Room {
  constructor() {
    this.id = `session_${Math.floor(Date.now() / 1000)}_${randomBytes(5).toString('hex').slice(0, 8)}`;
    this.token = `dbs_${randomBytes(32).toString('base64url')}`;
    this.events = [];
    this.sockets = new Set();
    this.state = 'bot';
    this.customer = {};
    this.files = new Map();
  }
  session(more = {}) {
    return { id: this.id, state: this.state, created_at: new Date().toISOString(), customer: this.customer, ...more,
      ...(this.state === 'open' && { agent: ana }), ...(this.state === 'waiting' && { queue: { position: 2, estimated_wait_s: 150 } }) };
  }
  push(kind, rest) {
    const event = { seq: this.events.length + 1, at: new Date().toISOString(), kind, ...rest };
    this.events.push(event);
    for (const socket of this.sockets) socket.send(JSON.stringify({ type: 'event', event }));
    return event;
  }
  // As the server does: asked for a second time, a change that is made already makes no second event.
  pushOnce(kind, rest) {
    const last = this.events.findLast((event) => event.message_id === rest.message_id && /^message_(edited|deleted)$/.test(event.kind));
    return last?.kind === kind && last.text === rest.text ? last : this.push(kind, rest);
  }
  live(frame) {
    for (const socket of this.sockets) socket.send(JSON.stringify(frame));
  }
  say(author, text, more = {}, outside = {}) {
    const id = `msg_${randomBytes(6).toString('hex')}`;
    const order = `${String(Date.now()).padStart(15, '0')}-${String(this.events.length + 1).padStart(6, '0')}`;
    return this.push('message', { message: { id, author, text, format: 'markdown', attachments: [], order, ...more }, ...outside });
  }
  become(state) {
    this.state = state;
    this.push('session', { session: this.session() });
  }
  bot(text, more, outside) {
    return this.say({ role: 'bot', name: 'Assistant' }, text, more, outside);
  }
  agent(text, more) {
    return this.say({ role: 'agent', ...ana }, text, more);
  }
  accept(body) {
    const known = this.events.find((e) => e.message?.client_id === body.client_id);
    if (known) return known;
    const attachments = (body.attachments ?? []).map((id) => this.files.get(id)).map(({ bytes: _bytes, ...file }) => file);
    const event = this.say({ role: 'customer' }, body.text, { client_id: body.client_id, format: 'plain', attachments });
    if (this.state === 'open' || this.state === 'waiting') {
      this.push('receipt', { message_id: event.message.id, stage: 'delivered' });
    }
    if (!this.quiet) this.answer(body.text.toLowerCase());
    return event;
  }
  answer(text) {
    if (text.includes('join')) return void setTimeout(() => this.become('open'), 300);
    if (text.includes('close')) return void setTimeout(() => this.become('closed'), 300);
    if (text.includes('slow')) return this.live({ type: 'notice', code: 'desk_delayed', text: 'Our team gets your messages with a short delay right now.' });
    if (text.includes('drop')) return void setTimeout(() => this.sockets.forEach((s) => s.close(1012, '3000')), 50);
    if (this.state === 'closed') return this.become('open');
    if (this.state !== 'bot') return;
    if (text.includes('stream')) return this.stream();
    this.live({ type: 'typing', role: 'bot', name: 'Assistant', on: true });
    setTimeout(() => this.bot('I found three answers. Shall I ask a colleague?', {}, text.includes('human') ? { offers: ['human'] } : {}), 700);
  }
  stream() {
    const words = 'Photo books take about four working days, and we send you a link to follow them.'.split(' ');
    words.forEach((_, n) => setTimeout(() => {
      const offset = words.slice(0, n).join(' ').length + (n > 0 ? 1 : 0);
      if (n < words.length - 1) this.live({ type: 'bot_delta', message_id: 'm', offset, text: words[n] + ' ' });
      else this.bot(words.join(' '));
    }, n * 90));
  }
  handle(type, body) {
    if (type === 'handoff') {
      Object.assign(this.customer, body.customer);
      if (this.state === 'bot' || this.state === 'closed') this.become('waiting');
    } else if (type === 'rating') this.push('rating', { score: body.score, comment: body.comment });
    else if (type === 'identity') this.identity = body.token;
    else if (type === 'edit') return this.pushOnce('message_edited', { message_id: body.message_id, text: body.text, format: 'plain' });
    else if (type === 'delete') return this.pushOnce('message_deleted', { message_id: body.message_id });
    else if (type === 'customer') this.push('customer', { customer: Object.assign(this.customer, body) });
    else if (type === 'close') this.become('closed');
  }
}

/** `cors`: as a server on an origin of its own, asked from any page. */
export function startFakeServer(port = 0, { cors = false } = {}) {
  const rooms = new Map();
  const control = { rooms, refuseSockets: false, failSessions: false, nack: null, policy, config: structuredClone(defaultConfig), holdFiles: false };
  const roomOf = (request) => rooms.get((request.headers.authorization ?? '').replace('Bearer ', ''));
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://x');
    if (cors) {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-allow-headers', 'authorization,content-type,last-event-id,x-filename');
      response.setHeader('access-control-expose-headers', 'Retry-After');
      response.setHeader('access-control-allow-methods', 'GET,POST,PATCH,DELETE');
      if (request.method === 'OPTIONS') return response.writeHead(204).end();
    }
    const json = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const give = (type, bytes) => response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(bytes);
    if (url.pathname === '/') return give('text/html', file('./index.html'));
    if (url.pathname === '/page.css') return give('text/css', file('./page.css'));
    if (url.pathname === '/widget.js') return give('text/javascript', file('../../build/web/widget.js'));
    if (url.pathname === '/favicon.ico') return response.writeHead(204).end();
    if (url.pathname.startsWith('/widget/') && !url.pathname.includes('..')) {
      try {
        return give('text/javascript', file(`../../build/web${url.pathname}`));
      } catch {
        return json(404, { code: 'not_found' });
      }
    }
    if (url.pathname === '/v1/config') return json(200, control.config);
    if (url.pathname.startsWith('/v1/files/')) {
      const found = [...rooms.values()].flatMap((room) => [...room.files.values()]).find(({ id }) => url.pathname.endsWith(id));
      return found ? give(found.type, found.bytes) : json(404, { code: 'not_found' });
    }
    if (!url.pathname.startsWith('/v1/')) return json(404, { code: 'not_found' });
    const parts = [];
    for await (const part of request) parts.push(part);
    const bytes = Buffer.concat(parts);
    const body = bytes.length > 0 && /json/.test(request.headers['content-type'] ?? '') ? JSON.parse(String(bytes)) : {};
    if (url.pathname === '/v1/sessions') {
      if (control.failSessions) return json(503, { code: 'unavailable' });
      const room = new Room();
      control.lastSessionRequest = body;
      Object.assign(room.customer, body.customer);
      rooms.set(room.token, room);
      control.last = room;
      return json(201, { session: room.session(), token: room.token, head: 0 });
    }
    const room = roomOf(request);
    if (!room) return json(401, { code: 'token_invalid' });
    const head = () => room.events.length;
    const links = (ids) => ids.map((id) => room.files.get(id)).filter(Boolean).map(({ bytes: _bytes, ...one }) => (
      { ...one, url: `/v1/files/${one.id}?e=1&s=x`, url_expires_at: new Date(Date.now() + 600_000).toISOString() }
    ));
    if (url.pathname === '/v1/session/files' && request.method === 'POST') {
      if (control.holdFiles) return;
      if (control.refuseFiles) return json(413, { code: 'file_too_large' });
      const id = `file_${randomBytes(6).toString('hex')}`;
      room.files.set(id, { id, name: decodeURIComponent(request.headers['x-filename']), type: request.headers['content-type'], size: bytes.length, state: 'ready', bytes });
      return json(201, { file: links([id])[0] });
    }
    if (url.pathname === '/v1/session/files') return json(200, { files: links(url.searchParams.get('ids').split(',')) });
    if (url.pathname === '/v1/session/transcript') return response.writeHead(200, { 'content-type': 'text/plain' }).end(room.events.flatMap((e) => e.message?.text ?? []).join('\n'));
    if (url.pathname === '/v1/session' && request.method === 'DELETE') {
      rooms.delete(room.token);
      room.sockets.forEach((socket) => socket.close(4003));
      return json(202, { forgotten: room.id });
    }
    if (url.pathname === '/v1/session' && request.method === 'GET') return json(200, { session: room.session(), head: head() });
    if (url.pathname === '/v1/session/events') {
      const after = Number(url.searchParams.get('after'));
      for (let n = 0; n < 100 && head() <= after && !request.destroyed; n++) await new Promise((r) => setTimeout(r, 100));
      return json(200, { events: room.events.slice(after), head: head() });
    }
    if (url.pathname === '/v1/session/messages') return json(201, { event: room.accept(body) });
    room.handle(url.pathname.split('/').at(-1), body);
    return json(200, { session: room.session(), head: head() });
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'deskbell.v1' });
  server.on('upgrade', (request, socket, head) => {
    if (control.refuseSockets) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (ws) => serve(ws, control));
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      control.url = `http://127.0.0.1:${server.address().port}/`;
      control.stop = () => {
        sockets.clients.forEach((client) => client.terminate());
        server.closeAllConnections();
        server.close();
      };
      resolve(control);
    });
  });
}

function serve(ws, control) {
  let room = null;
  ws.on('message', (data) => {
    const frame = JSON.parse(String(data));
    if (frame.type === 'hello') {
      room = control.rooms.get(frame.token);
      if (!room) return ws.close(4003);
      ws.send(JSON.stringify({ type: 'welcome', session: room.session(), head: room.events.length, heartbeat_s: 20 }));
      for (const event of room.events.slice(frame.after)) ws.send(JSON.stringify({ type: 'event', event }));
      room.sockets.add(ws);
      return;
    }
    if (frame.type === 'pong' || !room) return;
    if (/^(message|edit|delete)$/.test(frame.type) && control.nack) {
      return ws.send(JSON.stringify({ type: 'error', re: frame.id, error: control.nack }));
    }
    if (frame.type === 'message' && control.holdMessages) return;
    const event = frame.type === 'message' ? room.accept(frame) : room.handle(frame.type, frame);
    ws.send(JSON.stringify({ type: 'ok', re: frame.id, ...(event && { seq: event.seq }) }));
  });
  ws.on('close', () => room?.sockets.delete(ws));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startFakeServer(Number(process.argv[2] ?? 8099));
  console.log(url);
}
