import { beforeEach, describe, expect, it, vi } from 'vitest';
import { delayMsMax, Link, pollForMs, refusalsMax, type LinkState } from './link.ts';
import type { WireEvent } from './protocol.ts';
import { delayMsBase } from './timers.ts';
import { jsonAnswer, makeWorld, messageEvent, sessionIn, type World } from './testing.ts';

let world: World;
let states: string[];
let events: number[];
let resets: number;
let heard: unknown[];
let link: Link;

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

function makeLink(): Link {
  return new Link('https://chat.example', { ...world, uuid: () => 'tab-1' }, {
    state: (state: LinkState, reason) => states.push(reason ? `${state}:${reason}` : state),
    welcome: () => {},
    event: (event: WireEvent) => events.push(event.seq),
    live: (frame) => heard.push(frame),
    reset: () => (resets += 1),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  world = makeWorld();
  states = [];
  events = [];
  resets = 0;
  heard = [];
  link = makeLink();
});

describe('connecting', () => {
  it('says hello with the token, the position and the tab, and never puts the token in the address', () => {
    link.start('dbs_1', 12);
    world.socket().accept();
    expect(world.socket()).toMatchObject({ url: 'wss://chat.example/v1/socket', protocol: 'deskbell.v1' });
    expect(world.socket().sent).toEqual([{ type: 'hello', token: 'dbs_1', after: 12, instance: 'tab-1', log: '' }]);
  });

  it('gives up on a socket that never welcomes', async () => {
    link.start('dbs_1', 0);
    await settle(10_000);
    expect(link.state).toBe('offline');
    expect(world.sockets[0]!.closedByUs).toBe(true);
  });

  it('survives a socket that may not even be opened', async () => {
    world.openSocket = () => {
      throw new Error('blocked by policy');
    };
    link = makeLink();
    link.start('dbs_1', 0);
    await settle();
    expect(link.state).toBe('offline');
  });
});

describe('events', () => {
  beforeEach(() => {
    link.start('dbs_1', 2);
    world.socket().welcome(4);
  });

  it('are handed on once and in order; repeats are dropped', () => {
    for (const seq of [3, 3, 2, 4, 1]) world.socket().event(messageEvent(seq, 'x'));
    expect(events).toEqual([3, 4]);
  });

  it('with a hole make it resume at once from what it has', () => {
    world.socket().event(messageEvent(3, 'x'));
    world.socket().event(messageEvent(5, 'y'));
    expect(events).toEqual([3]);
    expect(world.sockets.length).toBe(2);
    world.socket().accept();
    expect(world.socket().sent[0]).toMatchObject({ type: 'hello', after: 3 });
  });

  it('with hole after hole make it patient', async () => {
    world.socket().event(messageEvent(5, 'y'));
    world.socket().welcome(9);
    world.socket().event(messageEvent(7, 'y'));
    expect(link.state).toBe('offline');
    expect(world.sockets.length).toBe(2);
    await settle(delayMsBase);
    expect(world.sockets.length).toBe(3);
  });

  it('from a socket that was given up are not heard', () => {
    const old = world.socket();
    const late = old.onmessage;
    old.event(messageEvent(5, 'hole'));
    late?.({ data: JSON.stringify({ type: 'event', event: messageEvent(3, 'late') }) } as MessageEvent);
    expect(events).toEqual([]);
  });

  it('a server that knows less than we do makes us start over', () => {
    world.socket().event(messageEvent(3, 'x'));
    world.socket().end(1006);
    link.wake();
    world.socket().welcome(1);
    expect(resets).toBe(1);
    world.socket().accept();
    expect(world.socket().sent[0]).toMatchObject({ after: 0 });
  });

  it('of another run of the log make us start over, however far the server is', () => {
    world.socket().event(messageEvent(3, 'x'));
    world.socket().end(1006);
    link.wake();
    world.socket().welcome(90, {}, 'r2');
    expect(resets).toBe(1);
    world.socket().welcome(90, {}, 'r2');
    expect(world.socket().sent[0]).toMatchObject({ after: 0, log: 'r2' });
    world.socket().event(messageEvent(1, 'other words'));
    expect(events.at(-1)).toBe(1);
    world.socket().end(1006);
    link.wake();
    world.socket().welcome(90, {}, 'r2');
    expect(resets).toBe(1);
  });
});

describe('close codes', () => {
  const finals: [number, string][] = [[4003, 'token'], [4010, 'upgrade'], [4001, 'replaced']];
  it.each(finals)('%i stops for good (%s)', async (code, reason) => {
    link.start('dbs_1', 0);
    world.socket().welcome();
    world.socket().end(code);
    await settle(600_000);
    expect(states.at(-1)).toBe(`stopped:${reason}`);
    expect(world.sockets.length).toBe(1);
  });

  it.each([1006, 1011, 4002, 4008, 4009])('%i comes back with jitter', async (code) => {
    link.start('dbs_1', 0);
    world.socket().welcome();
    world.socket().end(code);
    await settle(delayMsBase * 2 * 0.5 - 1);
    expect(world.sockets.length).toBe(1);
    await settle(1);
    expect(world.sockets.length).toBe(2);
  });

  it('1012 waits at least as long as the server says, and is spread behind it', async () => {
    link.start('dbs_1', 0);
    world.socket().welcome();
    world.socket().end(1012, '4000');
    await settle(4000);
    expect(world.sockets.length).toBe(1);
    await settle(2000 + delayMsBase);
    expect(world.sockets.length).toBe(2);
  });

  it('4029 waits several seconds', async () => {
    link.start('dbs_1', 0);
    world.socket().end(4029);
    await settle(5000);
    expect(world.sockets.length).toBe(1);
    await settle(delayMsBase);
    expect(world.sockets.length).toBe(2);
  });

  it('1009 blames the request in flight; other closes leave it to be asked again', async () => {
    link.start('dbs_1', 0);
    world.socket().welcome();
    const big = link.request('message', { text: 'x' });
    world.socket().end(1009);
    expect(await big).toMatchObject({ ok: false, code: 'message_too_long', retry: false });
    await settle(delayMsMax);
    world.socket().welcome();
    const cut = link.request('message', { text: 'x' });
    world.socket().end(1006);
    expect(await cut).toMatchObject({ ok: false, retry: true });
  });
});

describe('backoff', () => {
  it('doubles up to a ceiling while attempts fail, and starts over after a stable connection', async () => {
    world.answers = []; // long polling fails too
    link.start('dbs_1', 0);
    const waits: number[] = [];
    for (let n = 0; n < 12; n++) {
      const count = world.sockets.length;
      world.socket().accept();
      world.socket().end(4009);
      let waited = 0;
      while (world.sockets.length === count && waited <= delayMsMax) {
        await settle(250);
        waited += 250;
      }
      waits.push(waited);
    }
    expect(waits.slice(0, 4)).toEqual([500, 1000, 2000, 4000]);
    expect(Math.max(...waits)).toBe(delayMsMax / 2);
    world.socket().welcome();
    await settle(6000);
    world.socket().end(1006);
    await settle(delayMsBase * 0.5);
    expect(link.state).toBe('connecting');
  });
});

describe('signs of life', () => {
  beforeEach(() => {
    link.start('dbs_1', 0);
    world.socket().welcome();
  });

  it('answers the server’s ping, and sends its own', async () => {
    world.socket().say({ type: 'ping' });
    expect(world.socket().sent.at(-1)).toEqual({ type: 'pong' });
    await settle(20_000);
    expect(world.socket().sent.at(-1)).toMatchObject({ type: 'ping' });
  });

  it('a half-open socket is found eight seconds after a heartbeat nobody answered', async () => {
    await settle(20_000 + 7_999);
    expect(link.state).toBe('online');
    await settle(1);
    expect(link.state).toBe('offline');
  });

  it('any word from the server will do', async () => {
    for (let n = 0; n < 10; n++) {
      await settle(20_000);
      world.socket().say({ type: 'ok', re: 999 });
    }
    expect(link.state).toBe('online');
    expect(world.sockets.length).toBe(1);
  });

  it('after a sleep it asks, and believes silence within four seconds', async () => {
    link.wake();
    expect(world.socket().sent.at(-1)).toMatchObject({ type: 'ping' });
    await settle(4_000);
    expect(link.state).toBe('offline');
  });

  it('a request nobody answers ends the connection', async () => {
    const reply = link.request('message', { text: 'x' });
    await settle(15_000);
    world.socket().say({ type: 'pong' });
    await settle(5_000);
    expect(await reply).toMatchObject({ ok: false, code: 'link_lost' });
    expect(link.state).toBe('offline');
  });

  it('waking while waiting to reconnect connects at once', () => {
    world.socket().end(1006);
    link.wake();
    expect(world.sockets.length).toBe(2);
  });
});

describe('where WebSockets are refused', () => {
  const refuseSockets = async () => {
    link.start('dbs_1', 0);
    for (let n = 0; n < refusalsMax; n++) {
      world.socket().end(1006);
      await settle(delayMsBase * 2 ** n);
    }
  };
  const welcomed = (head = 0) => () => jsonAnswer(200, { session: sessionIn('bot'), head });
  /** No stream gets through here either. */
  const refuseStreams = async () => {
    const later = world.answers;
    world.answers = [welcomed(), () => new Response('', { status: 502 })];
    await refuseSockets();
    world.answers = later;
    await settle(delayMsMax);
  };
  const streamOf = () => {
    let out!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (out = controller) });
    const say = (text: string) => out.enqueue(new TextEncoder().encode(text));
    return { answer: () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }), say, end: () => out.close() };
  };

  it('falls back to a stream of events, keeps the order, hears live signs, and posts requests', async () => {
    const stream = streamOf();
    world.answers = [welcomed(2), stream.answer];
    await refuseSockets();
    await settle();
    expect(link).toMatchObject({ state: 'connecting', transportKind: 'stream' });
    expect(world.calls[1]!.init.headers).toMatchObject({ authorization: 'Bearer dbs_1', 'last-event-id': '0' });
    stream.say('retry: 2000\n\n');
    await settle();
    expect(link.state).toBe('online');
    const [first, second] = [1, 2].map((seq) => `id: ${seq}\ndata: ${JSON.stringify(messageEvent(seq, 'ä\n'))}\n\n`);
    stream.say(`: still here\n\n${first}${second!.slice(0, 30)}`);
    await settle();
    stream.say(second!.slice(30));
    stream.say('event: live\ndata: {"type":"typing","role":"agent","on":true}\n\n');
    await settle();
    expect(events).toEqual([1, 2]);
    expect(heard).toMatchObject([{ type: 'typing', role: 'agent' }]);
    world.answers = [() => jsonAnswer(201, { event: messageEvent(3, 'c') })];
    expect(await link.request('message', { client_id: 'c', text: 'c' })).toMatchObject({ ok: true, seq: 3 });
  });

  it('a stream that says nothing at once is held back by something, and long polls are used', async () => {
    world.answers = [welcomed(), streamOf().answer];
    await refuseSockets();
    await settle(5_000);
    world.answers = [welcomed(), () => new Promise(() => {})];
    await settle(delayMsMax);
    expect(link).toMatchObject({ state: 'online', transportKind: 'poll' });
  });

  it('a stream that falls silent later is opened again', async () => {
    const stream = streamOf();
    world.answers = [welcomed(), stream.answer];
    await refuseSockets();
    stream.say('retry: 2000\n\n');
    await settle();
    await settle(44_000);
    expect(link.state).toBe('online');
    await settle(2_000);
    expect(link.state).not.toBe('online');
  });

  it('falls back to long polling, keeps the order, and posts requests', async () => {
    const news = [messageEvent(1, 'a'), messageEvent(2, 'b')];
    world.answers = [
      () => jsonAnswer(200, { session: sessionIn('bot'), head: 2 }),
      () => jsonAnswer(200, { events: news, head: 2 }),
      () => new Promise(() => {}),
    ];
    await refuseStreams();
    expect(link).toMatchObject({ state: 'online', transportKind: 'poll' });
    expect(events).toEqual([1, 2]);
    expect(world.calls.at(-1)!.url).toContain('/v1/session/events?after=2&limit=200&wait=25');
    expect(world.calls.at(-1)!.init.headers).toMatchObject({ authorization: 'Bearer dbs_1' });
    world.answers = [() => jsonAnswer(201, { event: messageEvent(3, 'c') })];
    expect(await link.request('message', { client_id: 'c', text: 'c' })).toMatchObject({ ok: true, seq: 3 });
    expect(world.calls.at(-1)).toMatchObject({ method: 'POST', url: 'https://chat.example/v1/session/messages' });
  });

  it('translates refusals: 429 with a time, 5xx passing, 4xx final', async () => {
    world.answers = [() => jsonAnswer(200, { session: sessionIn('bot'), head: 0 }), () => new Promise(() => {})];
    await refuseStreams();
    world.answers = [
      () => jsonAnswer(429, { code: 'rate_limited' }, { 'retry-after': '2' }),
      () => jsonAnswer(503, {}),
      () => jsonAnswer(413, { code: 'message_too_long' }),
    ];
    expect(await link.request('message', {})).toMatchObject({ ok: false, retry: true, retryAfterMs: 2000 });
    expect(await link.request('message', {})).toMatchObject({ ok: false, retry: true });
    expect(await link.request('message', {})).toMatchObject({ ok: false, code: 'message_too_long', retry: false });
  });

  it('a revoked token stops it there as well', async () => {
    world.answers = [() => jsonAnswer(401, { code: 'token_invalid' })];
    await refuseSockets();
    await settle();
    expect(states.at(-1)).toBe('stopped:token');
  });

  it('tries a socket again after a while', async () => {
    world.answers = [() => jsonAnswer(200, { session: sessionIn('bot'), head: 0 }), () => new Promise(() => {})];
    await refuseStreams();
    const count = world.sockets.length;
    await settle(pollForMs - delayMsMax + 5_000); // the polls have been at it for most of the last wait
    expect(world.sockets.length).toBe(count + 1);
    world.socket().welcome();
    expect(link).toMatchObject({ state: 'online', transportKind: 'socket' });
  });

  it('when everything is down it goes back to trying sockets', async () => {
    await refuseSockets();
    await settle(delayMsMax * 3);
    expect(world.sockets.length).toBeGreaterThan(refusalsMax);
  });
});

it('stopping leaves no timer behind', async () => {
  link.start('dbs_1', 0);
  world.socket().welcome();
  void link.request('message', {});
  link.stop();
  expect(vi.getTimerCount()).toBe(0);
});
