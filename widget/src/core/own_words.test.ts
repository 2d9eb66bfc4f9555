// What a customer changes or takes back: shown at once, sent when there is a way, undone when it is refused.

import { beforeEach, expect, it, vi } from 'vitest';
import { Client } from './client.ts';
import type { ChatMessage } from './fold.ts';
import { at, makeWorld, messageEvent, sessionAnswer, type World } from './testing.ts';

let world: World;
let client: Client;

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const first = () => client.snapshot.items.find((item): item is ChatMessage => item.kind === 'message')!;
const shown = () => [first().text, first().state, first().edited ?? false, first().deleted ?? false];
const edited = (seq: number, text: string) => world.socket().event({ seq, at, kind: 'message_edited', message_id: 'msg_1', text });
const asked = (type: string) => world.socket().requests(type).at(-1)!;

beforeEach(async () => {
  vi.useFakeTimers();
  world = makeWorld();
  client = new Client('https://chat.example', world, {});
  world.answers = [sessionAnswer()];
  client.send('hello');
  await settle();
  world.socket().welcome();
  await settle();
  world.socket().ok(asked('message'), { seq: 1 });
  world.socket().event(messageEvent(1, 'hello', { author: { role: 'customer' }, client_id: String(asked('message').client_id) }));
  await settle();
});

it('a change shows at once, and goes on showing between the answer and the event', async () => {
  client.edit(first(), ' hello there ');
  await settle();
  expect(shown()).toEqual(['hello there', 'sending', true, false]);
  world.socket().ok(asked('edit'));
  await settle();
  expect(shown()).toEqual(['hello there', 'sent', true, false]);
  edited(2, 'hello there');
  await settle();
  expect(shown()).toEqual(['hello there', 'sent', true, false]);
});

it('what another tab changes afterwards is not covered up, whichever of answer and event came first', async () => {
  client.edit(first(), 'mine');
  await settle();
  edited(2, 'mine');
  world.socket().ok(asked('edit'));
  edited(3, 'theirs');
  await settle();
  expect(first().text).toBe('theirs');
  client.edit(first(), 'mine again');
  await settle();
  world.socket().ok(asked('edit'));
  edited(4, 'mine again');
  edited(5, 'theirs again');
  await settle();
  expect(first().text).toBe('theirs again');
});

it('without a link it waits in sight, and the newest of several is what shows', async () => {
  world.socket().end(1006);
  await settle();
  client.edit(first(), 'one');
  await settle();
  client.edit(first(), 'two');
  await settle();
  expect(shown()).toEqual(['two', 'queued', true, false]);
  client.withdraw(first());
  await settle();
  expect(shown()).toEqual(['', 'queued', false, true]);
});

it.each(['edit_too_late', 'message_deleted', 'session_closed', 'edits_disabled', 'message_unknown', 'not_yours'])('%s: everything is as it was, and it is said', async (code) => {
  const errors: unknown[] = [];
  client.emitter.on('error', (error) => errors.push(error));
  client.edit(first(), 'changed');
  await settle();
  world.socket().refuse(asked('edit'), { code });
  await settle();
  expect(shown()).toEqual(['hello', 'sent', false, false]);
  expect([client.snapshot.trouble, errors]).toEqual([code, [{ code }]]);
  client.withdraw(first());
  await settle();
  expect(first().deleted).toBe(true);
  world.socket().refuse(asked('delete'), { code });
  await settle();
  expect(shown()).toEqual(['hello', 'sent', false, false]);
  expect(world.shelf.has('deskbell:test:outbox')).toBe(false);
});

it('a deleted message stays deleted when a receipt for it comes late', async () => {
  client.withdraw(first());
  await settle();
  world.socket().ok(asked('delete'));
  world.socket().event({ seq: 2, at, kind: 'receipt', message_id: 'msg_1', stage: 'delivered' });
  await settle();
  expect(first().deleted).toBe(true);
  world.socket().event({ seq: 3, at, kind: 'message_deleted', message_id: 'msg_1' });
  await settle();
  expect(shown()).toEqual(['', 'delivered', false, true]);
});
