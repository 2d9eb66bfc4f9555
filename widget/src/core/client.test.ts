import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from './client.ts';
import type { ChatMessage } from './fold.ts';
import { at, jsonAnswer, makeWorld, messageEvent, sessionAnswer, sessionIn, type World } from './testing.ts';

let world: World;
let client: Client;

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const messages = () => client.snapshot.items.filter((item): item is ChatMessage => item.kind === 'message');
const shown = () => messages().map((message) => `${message.text}:${message.state ?? message.role}`);
const makeClient = (customer = {}) => new Client('https://chat.example', world, customer);

/** A customer who has spoken once, on a live link. */
async function talking(): Promise<void> {
  world.answers = [sessionAnswer()];
  client.send('hello');
  await settle();
  world.socket().welcome();
  await settle();
  const request = world.socket().requests('message')[0]!;
  world.socket().ok(request, { seq: 1 });
  world.socket().event(messageEvent(1, 'hello', { author: { role: 'customer' }, client_id: String(request.client_id) }));
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  world = makeWorld();
  client = makeClient();
});

describe('before the customer speaks', () => {
  it('nothing is stored and nobody is asked', async () => {
    client.start();
    client.updateCustomer({ name: 'John' });
    client.markRead();
    client.wake();
    await settle(60_000);
    expect(world.shelf.size).toBe(0);
    expect(world.calls).toEqual([]);
    expect(world.sockets).toEqual([]);
  });
});

describe('the first message', () => {
  it('is a bubble at once, opens a session with what is known, and goes out on the socket', async () => {
    client.updateCustomer({ name: 'John' });
    world.answers = [sessionAnswer()];
    client.send(' hello ');
    await settle();
    expect(shown()).toEqual(['hello:queued']);
    expect(world.calls[0]).toMatchObject({ method: 'POST', body: { site: 'test', customer: { name: 'John' } } });
    world.socket().welcome();
    await settle();
    const [request] = world.socket().requests('message');
    expect(request).toMatchObject({ client_id: expect.any(String), text: 'hello' });
    expect(shown()).toEqual(['hello:sending']);
    world.socket().ok(request!, { seq: 1 });
    await settle();
    expect(shown()).toEqual(['hello:sent']);
    const key = messages()[0]!.key;
    world.socket().event(messageEvent(1, 'hello', { author: { role: 'customer' }, client_id: String(request!.client_id) }));
    await settle();
    expect(messages()).toMatchObject([{ key, id: 'msg_1', state: 'sent' }]);
    expect(world.shelf.has('deskbell:test:outbox')).toBe(false);
  });

  it('waits while the server is away, and opens one session when it is back', async () => {
    client.send('one');
    await settle();
    client.send('two');
    await settle();
    expect(client.snapshot.link).toBe('offline');
    expect(shown()).toEqual(['one:queued', 'two:queued']);
    world.answers = [sessionAnswer()];
    await settle(5_000);
    expect(world.calls.length).toBe(2);
    expect(world.sockets.length).toBe(1);
  });

  it('fails visibly when the site may not have sessions, and can be retried', async () => {
    world.answers = [() => jsonAnswer(403, { code: 'origin_not_allowed' })];
    client.send('hello');
    await settle();
    expect(shown()).toEqual(['hello:failed']);
    world.answers = [sessionAnswer()];
    client.retry(messages()[0]!);
    await settle();
    expect(world.sockets.length).toBe(1);
  });

  it('waits as long as a 429 says', async () => {
    world.answers = [() => jsonAnswer(429, { code: 'rate_limited', retry_after_ms: 9000 })];
    client.send('hello');
    await settle(8_999);
    expect(world.calls.length).toBe(1);
    await settle(1);
    expect(world.calls.length).toBe(2);
  });

  it('is not held up by details of the customer that the server refuses', async () => {
    client.updateCustomer({ email: 'nonsense' });
    world.answers = [() => jsonAnswer(400, { code: 'email_invalid' }), sessionAnswer()];
    client.send('hello');
    await settle();
    expect(world.calls.map((call) => call.body.customer)).toEqual([{ email: 'nonsense' }, undefined]);
    expect(world.sockets.length).toBe(1);
  });

  it('is not sent when empty or longer than the limit', () => {
    expect(client.send('   ')).toBe(false);
    expect(client.send('x'.repeat(4001))).toBe(false);
    expect(world.shelf.size).toBe(0);
  });
});

describe('a page load with a session', () => {
  it('resumes it, and what the log already has is not sent again', async () => {
    await talking();
    client.send('typed just before leaving');
    await settle();
    client.destroy();
    client = makeClient();
    client.start();
    await settle();
    const socket = world.socket();
    expect(shown()).toEqual(['typed just before leaving:queued']);
    const id = messages()[0]!.key;
    socket.welcome(2);
    socket.event(messageEvent(1, 'hello', { author: { role: 'customer' }, client_id: 'x' }));
    await settle();
    expect(socket.requests('message')).toEqual([]);
    socket.event(messageEvent(2, 'typed just before leaving', { author: { role: 'customer' }, client_id: id }));
    await settle();
    expect(socket.requests('message')).toEqual([]);
    expect(shown()).toEqual(['hello:sent', 'typed just before leaving:sent']);
    expect(world.calls.length).toBe(1);
  });

  it('whose token is no longer known starts afresh, and says so', async () => {
    await talking();
    client.send('too late');
    await settle();
    world.socket().end(4003);
    await settle();
    expect(client.snapshot).toMatchObject({ stopReason: 'token', state: 'none' });
    expect(world.shelf.has('deskbell:test:session')).toBe(false);
    expect(shown().at(-1)).toBe('too late:failed');
    world.answers = [sessionAnswer('session_2', 'dbs_2')];
    client.retry(messages().at(-1)!);
    await settle();
    world.socket().welcome();
    await settle();
    expect(world.socket().requests('message')).toMatchObject([{ text: 'too late' }]);
    expect(client.snapshot.stopReason).toBeNull();
  });
});

it('a link another window took is taken back by writing here', async () => {
  await talking();
  world.socket().end(4001);
  await settle(60_000);
  expect(client.snapshot.stopReason).toBe('replaced');
  expect(world.sockets.length).toBe(1);
  client.send('here');
  world.socket().welcome(1);
  await settle();
  expect(world.socket().requests('message')).toMatchObject([{ text: 'here' }]);
  expect(client.snapshot.stopReason).toBeNull();
});

describe('typed without a link', () => {
  it('is kept in order and sent in order, under the ids it was stored with', async () => {
    await talking();
    world.socket().end(1006);
    client.send('one');
    client.send('two');
    await settle();
    expect(shown()).toEqual(['hello:sent', 'one:queued', 'two:queued']);
    const ids = (JSON.parse(world.shelf.get('deskbell:test:outbox')!) as { client_id: string }[]).map((l) => l.client_id);
    await settle(2_000);
    world.socket().welcome(1);
    await settle();
    for (const id of ids) {
      const request = world.socket().requests('message').at(-1)!;
      expect(request.client_id).toBe(id);
      world.socket().ok(request);
      await settle();
    }
    expect(shown()).toEqual(['hello:sent', 'one:sent', 'two:sent']);
  });

  it('a nack without retry is a failed bubble that can be deleted', async () => {
    await talking();
    client.send('refused');
    await settle();
    world.socket().refuse(world.socket().requests('message').at(-1)!, { code: 'message_too_long', detail: '' });
    await settle();
    expect(messages().at(-1)).toMatchObject({ state: 'failed', reason: 'message_too_long' });
    client.discard(messages().at(-1)!);
    await settle();
    expect(shown()).toEqual(['hello:sent']);
  });
});

it('keeps what it knows of the customer when a session event does not repeat it', async () => {
  await talking();
  const { customer: _none, ...bare } = sessionIn('waiting');
  const told = [
    { kind: 'session', session: sessionIn('bot', { customer: { name: 'John' } }) },
    { kind: 'customer', customer: { email: 'j@x.com' } },
    { kind: 'session', session: bare },
  ];
  told.forEach((more, index) => world.socket().event({ seq: index + 2, at, ...more }));
  await settle();
  expect(client.snapshot).toMatchObject({ state: 'waiting', customer: { name: 'John', email: 'j@x.com' } });
});

describe('asking for a human', () => {
  it('is one request, however often it is pressed, and shows at once', async () => {
    await talking();
    client.askHuman({ customer: { email: 'j@x.com' } });
    client.askHuman();
    await settle();
    expect(client.snapshot.askingHuman).toBe(true);
    const requests = world.socket().requests('handoff');
    expect(requests).toMatchObject([{ customer: { email: 'j@x.com' } }]);
    world.socket().ok(requests[0]!);
    await settle();
    expect(client.snapshot.askingHuman).toBe(true);
    world.socket().event({ seq: 2, at, kind: 'session', session: sessionIn('waiting', { queue: { position: 2 } }) });
    await settle();
    expect(client.snapshot).toMatchObject({ askingHuman: false, state: 'waiting', session: { queue: { position: 2 } } });
  });

  it('as the very first thing opens the session', async () => {
    world.answers = [sessionAnswer()];
    client.askHuman();
    await settle();
    world.socket().welcome();
    await settle();
    expect(world.socket().requests('handoff').length).toBe(1);
  });

  it('refused, says so and leaves the button', async () => {
    await talking();
    client.askHuman();
    await settle();
    world.socket().refuse(world.socket().requests('handoff')[0]!, { code: 'no_desk' });
    await settle();
    expect(client.snapshot).toMatchObject({ askingHuman: false, humanRefused: true });
  });
});

describe('live frames', () => {
  beforeEach(talking);

  it('typing is shown until the message, or for six seconds', async () => {
    const typing = { type: 'typing', role: 'agent', name: 'Ana', on: true };
    world.socket().say(typing);
    await settle(5_999);
    expect(client.snapshot.typing).toEqual({ role: 'agent', name: 'Ana' });
    await settle(1);
    expect(client.snapshot.typing).toBeNull();
    world.socket().say(typing);
    world.socket().event(messageEvent(2, 'hi'));
    await settle();
    expect(client.snapshot.typing).toBeNull();
  });

  it('a streamed answer grows, and gives way to the message', async () => {
    world.socket().say({ type: 'bot_delta', message_id: 'm', text: 'Four ' });
    world.socket().say({ type: 'bot_delta', message_id: 'm', text: 'days' });
    await settle();
    expect(client.snapshot.streaming).toEqual({ id: 'm', text: 'Four days' });
    world.socket().event(messageEvent(2, 'Four days.', { author: { role: 'bot' } }));
    await settle();
    expect(client.snapshot.streaming).toBeNull();
  });

  it('a notice stands until the delivery it spoke of', async () => {
    world.socket().say({ type: 'notice', code: 'desk_delayed', text: 'A short delay.' });
    await settle();
    expect(client.snapshot.notice).toEqual({ code: 'desk_delayed', text: 'A short delay.' });
    world.socket().event({ seq: 2, at, kind: 'receipt', message_id: 'msg_1', stage: 'delivered' });
    await settle();
    expect(client.snapshot.notice).toBeNull();
    expect(shown()).toEqual(['hello:delivered']);
  });

  it('our own typing is told every three seconds at most, its end at once', () => {
    client.tellTyping(true);
    client.tellTyping(true);
    client.tellTyping(false);
    client.tellTyping(false);
    expect(world.socket().requests('typing').map((frame) => frame.on)).toEqual([true, false]);
  });
});

describe('unread', () => {
  it('counts what others said since it was last looked at, and is shared between tabs', async () => {
    await talking();
    world.socket().event(messageEvent(2, 'a'));
    world.socket().event(messageEvent(3, 'b'));
    await settle();
    expect(client.snapshot.unread).toBe(2);
    const other = makeClient();
    other.start();
    world.socket().welcome(3);
    for (const seq of [1, 2, 3]) world.socket().event(messageEvent(seq, 'x'));
    client.markRead();
    await settle(300);
    expect(client.snapshot.unread).toBe(0);
    expect(world.sockets[0]!.requests('read')).toMatchObject([{ seq: 3 }]);
    other.onStorage('read');
    await settle();
    expect(other.snapshot.unread).toBe(0);
  });
});

describe('other tabs', () => {
  it('a session begun in one is found by the other', async () => {
    const other = makeClient();
    other.start();
    await talking();
    other.onStorage('session');
    expect(world.sockets.length).toBe(2);
    world.socket().accept();
    expect(world.socket().sent[0]).toMatchObject({ token: 'dbs_1', after: 0 });
    expect(world.calls.length).toBe(1);
  });

  it('a session forgotten in one is forgotten in the other', async () => {
    await talking();
    world.shelf.clear();
    client.onStorage('session');
    await settle();
    expect(client.snapshot).toMatchObject({ state: 'none', items: [] });
  });

  it('of two that began at once, both keep the session that was stored first', async () => {
    world.answers = [
      () => {
        world.shelf.set('deskbell:test:session', JSON.stringify({ id: 'session_9', token: 'dbs_9' }));
        return sessionAnswer()();
      },
    ];
    client.send('hello');
    await settle();
    world.socket().accept();
    expect(world.socket().sent[0]).toMatchObject({ token: 'dbs_9' });
  });
});

it('forget leaves nothing behind, at both ends', async () => {
  await talking();
  client.markRead();
  void client.forget();
  await settle(1_000);
  // The server could not be reached: what it still has to forget is all that is kept.
  expect([...world.shelf.keys()]).toEqual(['deskbell:test:forget']);
  client.destroy();
  client = makeClient();
  world.answers = [() => jsonAnswer(202, { forgotten: 'session_1' })];
  client.start();
  await settle(1_000);
  expect(world.calls.at(-1)).toMatchObject({ method: 'DELETE', url: 'https://chat.example/v1/session' });
  expect(world.shelf.size).toBe(0);
  expect(client.snapshot).toMatchObject({ state: 'none', items: [], customer: {}, unread: 0 });
  expect(vi.getTimerCount()).toBe(0);
});

it('destroy leaves no timer and no socket, and keeps the session for the next page', async () => {
  await talking();
  client.send('unsent');
  await settle();
  client.destroy();
  expect(vi.getTimerCount()).toBe(0);
  expect(world.sockets[0]!.closedByUs).toBe(true);
  expect(world.shelf.has('deskbell:test:session')).toBe(true);
});

it('a session event newer than the welcome changes the agent, an older one does not', async () => {
  const states: unknown[] = [];
  client.emitter.on('state', (state) => states.push(state));
  world.shelf.set('deskbell:test:session', JSON.stringify({ id: 's', token: 't' }));
  client.start();
  world.socket().welcome(2, { state: 'open', agent: { name: 'Ben' } });
  world.socket().event({ seq: 1, at, kind: 'session', session: sessionIn('waiting') });
  world.socket().event({ seq: 2, at, kind: 'session', session: sessionIn('open', { agent: { name: 'Ben' } }) });
  await settle();
  expect(client.snapshot).toMatchObject({ state: 'open', agent: { name: 'Ben' } });
  world.socket().event({ seq: 3, at, kind: 'session', session: sessionIn('open', { agent: { name: 'Ana' } }) });
  await settle();
  expect(client.snapshot.agent).toEqual({ name: 'Ana' });
  expect(states).toEqual([]);
});
