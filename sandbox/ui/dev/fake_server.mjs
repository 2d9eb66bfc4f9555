// The page without the sandbox: serves build/web/sandbox with an invented workspace behind the page API, so that
// views can be worked on alone. `node sandbox/ui/dev/fake_server.mjs [--empty]` prints its address.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invented_state } from './invented_state.mjs';

const pages = fileURLToPath(new URL('../../../build/web/sandbox', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const policy =
  "default-src 'self'; img-src 'self' data: http: https:; connect-src 'self'; style-src 'self'; script-src 'self'; " +
  "trusted-types 'none'; require-trusted-types-for 'script'";
const emoji = { wave: '👋', '+1': '👍', eyes: '👀', tada: '🎉', bust_in_silhouette: '👤', rotating_light: '🚨', point_down: '👇', heart: '❤️', white_check_mark: '✅' };

export function serve({ empty = false, port = 0 } = {}) {
  const state = invented_state(empty);
  const listeners = new Set();
  const changed = () => {
    state.version += 1;
    for (const response of listeners) response.write(`data: {"version":${state.version}}\n\n`);
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/sandbox/api/state') return json(response, 200, { ok: true, ...state, now: now_ts() });
    if (pathname === '/sandbox/api/emoji') return json(response, 200, { ok: true, emoji });
    if (pathname === '/sandbox/api/stream') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(`data: {"version":${state.version}}\n\n`);
      listeners.add(response);
      return request.on('close', () => listeners.delete(response));
    }
    if (request.method === 'POST') return act(request, response, pathname.split('/').at(-1), state, changed);
    return file(response, pathname);
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve({ server, state, changed, url: `http://127.0.0.1:${server.address().port}/` }));
  });
}

let last_ts = 0;
export function now_ts() {
  last_ts = Math.max(last_ts + 1, Date.now() * 1000);
  return `${Math.floor(last_ts / 1e6)}.${String(last_ts % 1e6).padStart(6, '0')}`;
}

function json(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

function file(response, pathname) {
  const letter = /^\/avatars\/(\w+)\.svg$/.exec(pathname)?.[1];
  if (letter) {
    const hue = { ana: 285, ben: 205, deskbell: 165 }[letter] ?? 30;
    response.writeHead(200, { 'Content-Type': 'image/svg+xml' });
    return response.end(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${hue} 35% 40%)"/><text x="20" y="27" fill="#fff" font-family="sans-serif" font-size="19" text-anchor="middle">${letter[0].toUpperCase()}</text></svg>`);
  }
  const page = pathname === '/' || pathname.startsWith('/archives/');
  const path = join(pages, page ? 'index.html' : pathname.replace('/sandbox/', ''));
  if (!path.startsWith(pages) || !existsSync(path)) {
    response.writeHead(404);
    return response.end();
  }
  response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'text/plain', 'Content-Security-Policy': policy });
  return createReadStream(path).pipe(response);
}

async function act(request, response, action, state, changed) {
  let text = '';
  for await (const chunk of request) text += chunk;
  const body = JSON.parse(text);
  const channel = state.channels.find(({ id, name }) => id === body.channel || `#${name}` === body.channel);
  const every = channel?.messages.flatMap((message) => [message, ...(message.replies ?? [])]) ?? [];
  const message = every.find(({ ts }) => ts === body.ts);
  const refuse = (error) => json(response, 400, { ok: false, error, detail: '' });
  const answer = (extra = {}) => {
    changed();
    json(response, 200, { ok: true, version: state.version, ...extra });
  };
  switch (action) {
    case 'post':
      return answer({ ts: post(state, channel, body) });
    case 'edit':
      if (message?.author.id !== body.user) return refuse('cant_update_message');
      Object.assign(message, { text: escaped(body.text), blocks: [], edited: { user: body.user, ts: now_ts() } });
      return answer();
    case 'delete':
      remove(channel, message);
      return answer();
    case 'react':
    case 'unreact':
      react(message, body, action === 'react');
      return answer();
    case 'archive':
    case 'unarchive':
      channel.is_archived = action === 'archive';
      return answer();
    case 'kick':
    case 'invite':
      channel.bot_is_member = action === 'invite';
      return answer();
    case 'settings':
      Object.assign(state.settings, body);
      return answer({ settings: state.settings });
    case 'fault':
      state.faults.push({ method: '', channel: '', probability: 1, nth: 0, times: 0, delay_ms: 0, jitter_ms: 0, scope: 'method', by_weather: false, status: 500, error: '', retry_after_s: 30, hits: 0, ...body, id: state.version });
      return answer({ id: state.version });
    case 'clear_faults':
      state.faults = body.id ? state.faults.filter(({ id }) => id !== body.id) : [];
      return answer();
    case 'weather':
      state.trouble.weather = body.name;
      state.faults = state.faults.filter(({ by_weather }) => !by_weather);
      if (body.name) state.faults.push({ id: state.version, effect: 'reset', by_weather: true, hits: 3 });
      return answer();
    case 'clear_all':
      Object.assign(state, { faults: [] });
      Object.assign(state.trouble, { weather: '', storms: [], late_calls: 0 });
      Object.assign(state.app, { installed: true });
      return answer();
    case 'uninstall':
    case 'reinstall':
      state.app.installed = action === 'reinstall';
      return answer();
    case 'add_person': {
      const name = body.display_name.toLowerCase();
      state.users.push({ id: `U0${name.toUpperCase()}`, name, display_name: body.display_name, real_name: body.display_name, avatar: `/avatars/${name}.svg`, is_bot: false, kind: body.kind, presence: 'active' });
      return answer();
    }
    case 'clear_log':
      Object.assign(state, { calls: [], deliveries: [] });
      return answer();
    case 'presence':
      state.users.find(({ id }) => id === body.user).presence = body.presence;
      return answer();
    default:
      return refuse(action === 'press' ? 'not_configured' : 'unknown_action');
  }
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function post(state, channel, { user, text, thread_ts, broadcast = false }) {
  const { id, display_name: name, avatar } = state.users.find((candidate) => candidate.id === user);
  const ts = now_ts();
  const message = { ts, kind: 'message', author: { id, name, avatar, is_bot: false }, text: escaped(text), blocks: [], reactions: [], broadcast };
  const root = channel.messages.find((candidate) => candidate.ts === thread_ts);
  if (root) {
    message.thread_ts = thread_ts;
    (root.replies ??= []).push(message);
    Object.assign(root, { thread_ts, reply_count: root.replies.length, latest_reply: ts });
  }
  if (!root || broadcast) channel.messages.push(message);
  return ts;
}

function remove(channel, message) {
  if (message.replies?.length) return Object.assign(message, { kind: 'tombstone', text: 'This message was deleted.', blocks: [] });
  channel.messages = channel.messages.filter((candidate) => candidate !== message);
  for (const root of channel.messages) {
    if (!root.replies) continue;
    root.replies = root.replies.filter((candidate) => candidate !== message);
    root.reply_count = root.replies.length;
  }
  return undefined;
}

function react(message, { user, name }, add) {
  const found = (message.reactions ??= []).find((reaction) => reaction.name === name) ?? { name, unicode: emoji[name], users: [] };
  found.users = found.users.filter((id) => id !== user);
  if (add) found.users.push(user);
  found.count = found.users.length;
  message.reactions = message.reactions.filter((reaction) => reaction !== found);
  if (found.count) message.reactions.push(found);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve({ empty: process.argv.includes('--empty'), port: 8099 });
  process.stdout.write(`${url}\n`);
}
