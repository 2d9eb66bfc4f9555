import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Link, type LinkState } from './link.ts';
import type { WireEvent } from './protocol.ts';
import type { ChannelLike, TabsEnvironment } from './tabs.ts';
import { makeWorld, messageEvent, type World } from './testing.ts';

// One browser: locks that queue and can be stolen, channels that reach every other tab, and tabs that can freeze.
class Browser {
  held = new Map<string, { end: (error?: Error) => void }>();
  queues = new Map<string, (() => void)[]>();
  channels = new Set<ChannelLike & { name: string; frozen: boolean }>();

  tab(): TabsEnvironment & { frozen: boolean; visible(): boolean; seen: boolean } {
    const own = {
      frozen: false,
      seen: true,
      visible: () => own.seen,
      openChannel: (name: string): ChannelLike => {
        const channel = {
          name, onmessage: null as ChannelLike['onmessage'],
          get frozen() {
            return own.frozen;
          },
          postMessage: (data: unknown) => {
            if (own.frozen) return;
            for (const other of this.channels) {
              if (other === channel || other.name !== name) continue;
              queueMicrotask(() => !other.frozen && other.onmessage?.({ data: structuredClone(data) } as MessageEvent));
            }
          },
          close: () => void this.channels.delete(channel),
        };
        this.channels.add(channel);
        return channel;
      },
      lock: (name: string, how: { steal?: boolean; signal?: AbortSignal }, held: () => Promise<void>) => this.#lock(name, how, held),
    };
    return own;
  }

  #lock(name: string, how: { steal?: boolean; signal?: AbortSignal }, held: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = () => {
        const holder = {
          end: (error?: Error) => {
            if (this.held.get(name) === holder) this.held.delete(name);
            if (error) reject(error);
            else resolve();
          },
        };
        this.held.set(name, holder);
        void held().then(() => {
          const mine = this.held.get(name) === holder;
          holder.end();
          if (mine) this.queues.get(name)?.shift()?.();
        });
      };
      if (how.steal) {
        this.held.get(name)?.end(new Error('stolen'));
        return queueMicrotask(take);
      }
      if (!this.held.has(name)) return queueMicrotask(take);
      const queue = this.queues.get(name) ?? [];
      this.queues.set(name, queue);
      queue.push(take);
      how.signal?.addEventListener('abort', () => {
        this.queues.set(name, (this.queues.get(name) ?? []).filter((one) => one !== take));
        reject(new Error('aborted'));
      });
    });
  }
}

interface Tab {
  env: ReturnType<Browser['tab']>;
  world: World;
  link: Link;
  events: number[];
  states: LinkState[];
  looks: boolean;
}

let browser: Browser;
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

async function openTab(id: string): Promise<Tab> {
  const world = makeWorld();
  const env = browser.tab();
  const tab = { env, world, events: [], states: [], looks: false } as unknown as Tab;
  tab.link = new Link('https://chat.example', { ...world, uuid: () => id, tabs: env }, {
    state: (state) => tab.states.push(state),
    welcome: () => {},
    event: (event: WireEvent) => tab.events.push(event.seq),
    live: () => {},
    reset: () => (tab.events = []),
    looks: () => tab.looks,
  });
  tab.link.start('dbs_1', 0, 'deskbell:test:session_1');
  await settle();
  return tab;
}

/** A first tab with the connection and two messages, and a second beside it. */
async function two(): Promise<[Tab, Tab]> {
  const first = await openTab('a');
  first.world.socket().welcome(2);
  first.world.socket().event(messageEvent(1, 'one'));
  first.world.socket().event(messageEvent(2, 'two'));
  return [first, await openTab('b')];
}

beforeEach(() => {
  vi.useFakeTimers();
  browser = new Browser();
});

describe('two tabs', () => {
  it('have one connection between them, and each hears everything once', async () => {
    const [first, second] = await two();
    expect([second.link.state, second.link.transportKind, second.world.sockets.length]).toEqual(['online', 'tab', 0]);
    first.world.socket().event(messageEvent(3, 'three'));
    await settle();
    expect([first.events, second.events]).toEqual([[1, 2, 3], [1, 2, 3]]);
  });

  it('ask through the one that leads', async () => {
    const [first, second] = await two();
    const reply = second.link.request('message', { client_id: 'c', text: 'hi' });
    await settle();
    first.world.socket().ok(first.world.socket().requests('message')[0]!, { seq: 3 });
    await settle();
    expect(await reply).toMatchObject({ ok: true, seq: 3 });
  });

  it('when the one that leads closes, the other goes on from where it was', async () => {
    const [first, second] = await two();
    first.link.stop();
    await settle();
    second.world.socket().accept();
    expect(second.world.socket().sent[0]).toMatchObject({ type: 'hello', after: 2 });
    second.world.socket().welcome(3);
    second.world.socket().event(messageEvent(3, 'three'));
    expect(second.events).toEqual([1, 2, 3]);
    // And a third that comes now hears all of it from the second.
    const third = await openTab('c');
    expect(third.events).toEqual([1, 2, 3]);
  });

  it('when the one that leads is frozen, the one that is seen takes over; thawed, the first follows', async () => {
    const [first, second] = await two();
    first.env.frozen = true;
    second.link.wake();
    await settle(299);
    expect(second.world.sockets.length).toBe(0);
    await settle(1);
    expect(second.link.transportKind).toBe('socket');
    second.world.socket().welcome(2);
    first.env.frozen = false;
    await settle(5_000);
    expect([first.link.transportKind, first.link.state]).toEqual(['tab', 'online']);
    expect(first.world.socket().closedByUs).toBe(true);
    second.world.socket().event(messageEvent(3, 'three'));
    await settle();
    expect(first.events).toEqual([1, 2, 3]);
  });

  it('share the loss of the link, and its return', async () => {
    const [first, second] = await two();
    first.world.socket().end(1006);
    await settle();
    expect(second.link.state).not.toBe('online');
    await settle(2_000);
    first.world.socket().welcome(2);
    await settle();
    expect([first.link.state, second.link.state]).toEqual(['online', 'online']);
  });

  it('a final word reaches both', async () => {
    const [first, second] = await two();
    first.world.socket().end(4003);
    await settle();
    expect([first.states.at(-1), second.states.at(-1)]).toEqual(['stopped', 'stopped']);
  });

  it('after a restore both fold again from zero', async () => {
    const [first, second] = await two();
    first.world.socket().end(1006);
    await settle(2_000);
    first.world.socket().welcome(1, {}, 'run-2');
    first.world.socket().welcome(1, {}, 'run-2');
    first.world.socket().event(messageEvent(1, 'another one'));
    await settle(5_000);
    expect([first.events, second.events]).toEqual([[1], [1]]);
  });

  it('ring in one tab, and in none while one shows the conversation', async () => {
    const [first, second] = await two();
    const ring = async (tab: Tab) => {
      const answer = tab.link.mayRing();
      await settle(1_000);
      return answer;
    };
    expect([await ring(first), await ring(second)]).toEqual([true, false]);
    second.looks = true;
    expect([await ring(first), await ring(second)]).toEqual([false, false]);
  });
});

it('a request that the leading tab took with it is answered as lost', async () => {
  const [first, second] = await two();
  const reply = second.link.request('message', { client_id: 'c', text: 'hi' });
  await settle();
  first.link.stop();
  await settle();
  expect(await reply).toMatchObject({ ok: false, retry: true });
});
