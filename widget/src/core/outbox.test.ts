import { beforeEach, describe, expect, it, vi } from 'vitest';
import { lettersMax, Outbox, type Letter } from './outbox.ts';
import type { Reply } from './protocol.ts';
import { openStore, type Store } from './storage.ts';
import { shelfOf } from './testing.ts';

interface Sent {
  letter: Letter;
  reply: (reply: Reply) => void;
}

let shelf: Map<string, string>;
let store: Store;
let sent: Sent[];
let accepted: string[];
let refused: string[];

const settle = () => vi.advanceTimersByTimeAsync(0);
const stored = () => (JSON.parse(shelf.get('d:outbox') ?? '[]') as Letter[]).map((letter) => letter.client_id);
const ids = () => sent.map(({ letter }) => letter.client_id);

function open(): Outbox {
  return new Outbox({ store, random: () => 0.5, now: () => Date.now() }, {
    send: (letter) => new Promise((reply) => sent.push({ letter: { ...letter }, reply })),
    accepted: (letter) => accepted.push(letter.client_id),
    refused: (letter, code) => refused.push(`${letter.client_id}:${code}`),
    changed: () => {},
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  shelf = new Map();
  store = openStore('d:', () => shelfOf(shelf));
  sent = [];
  accepted = [];
  refused = [];
});

describe('an outbox', () => {
  it('writes a letter down before anything is sent', () => {
    open().add('message', { text: 'hi' }, 'a');
    expect(stored()).toEqual(['a']);
    expect(sent).toEqual([]);
  });

  it('sends strictly in order, one at a time, and forgets only what was accepted', async () => {
    const outbox = open();
    for (const id of ['a', 'b', 'c']) outbox.add('message', { text: id }, id);
    outbox.resume();
    await settle();
    expect(ids()).toEqual(['a']);
    sent[0]!.reply({ ok: true });
    await settle();
    expect(ids()).toEqual(['a', 'b']);
    expect(stored()).toEqual(['b', 'c']);
    sent[1]!.reply({ ok: true });
    await settle();
    sent[2]!.reply({ ok: true });
    await settle();
    expect(accepted).toEqual(['a', 'b', 'c']);
    expect(shelf.has('d:outbox')).toBe(false);
  });

  it('sends again under the same id when the link was lost, and never the next one first', async () => {
    const outbox = open();
    outbox.add('message', { text: '1' }, 'a');
    outbox.add('message', { text: '2' }, 'b');
    outbox.resume();
    outbox.pause();
    sent[0]!.reply({ ok: false, code: 'link_lost', retry: true });
    await settle();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ids()).toEqual(['a']);
    outbox.resume();
    await settle();
    expect(ids()).toEqual(['a', 'a']);
  });

  it('waits exactly as long as the server says', async () => {
    const outbox = open();
    outbox.add('message', { text: '1' }, 'a');
    outbox.resume();
    sent[0]!.reply({ ok: false, code: 'rate_limited', retry: true, retryAfterMs: 3000 });
    await vi.advanceTimersByTimeAsync(2999);
    expect(sent.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ids()).toEqual(['a', 'a']);
  });

  it('puts a finally refused letter aside, keeps it on disk, and goes on with the next', async () => {
    const outbox = open();
    outbox.add('message', { text: 'too long' }, 'a');
    outbox.add('message', { text: 'fine' }, 'b');
    outbox.resume();
    sent[0]!.reply({ ok: false, code: 'message_too_long', retry: false });
    await settle();
    expect(refused).toEqual(['a:message_too_long']);
    expect(ids()).toEqual(['a', 'b']);
    expect(stored()).toEqual(['a', 'b']);
    expect(outbox.letters[0]!.failed).toBe('message_too_long');
  });

  it('retries a refused letter under its id, at the end of the line', async () => {
    const outbox = open();
    outbox.add('message', { text: '1' }, 'a');
    outbox.resume();
    sent[0]!.reply({ ok: false, code: 'refused', retry: false });
    await settle();
    outbox.add('message', { text: '2' }, 'b');
    outbox.retry('a');
    expect(stored()).toEqual(['b', 'a']);
    await settle();
    sent[1]!.reply({ ok: true });
    await settle();
    expect(ids()).toEqual(['a', 'b', 'a']);
  });

  it('gives up on a letter that closed three connections as a bad frame', async () => {
    const outbox = open();
    outbox.add('message', { text: '1' }, 'a');
    for (let n = 0; n < 3; n++) {
      outbox.resume();
      await settle();
      outbox.pause();
      sent[n]!.reply({ ok: false, code: 'bad_frame', retry: true });
      await settle();
    }
    expect(refused).toEqual(['a:bad_frame']);
  });

  it('takes over what an earlier page left, and does not bring back what it delivered', async () => {
    open().add('message', { text: '1' }, 'a');
    const second = open();
    second.load();
    expect(second.letters.map((letter) => letter.client_id)).toEqual(['a']);
    second.remove('a');
    second.add('message', { text: '2' }, 'b');
    expect(stored()).toEqual(['b']);
  });

  it('keeps the letters another tab wrote meanwhile', () => {
    const one = open();
    const two = open();
    one.add('message', { text: '1' }, 'a');
    two.add('message', { text: '2' }, 'b');
    one.add('message', { text: '3' }, 'c');
    expect(stored().toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('folds details about the customer into one letter', () => {
    const outbox = open();
    outbox.add('customer', { name: 'John' }, 'a');
    outbox.add('customer', { email: 'j@x.com' }, 'b');
    expect(outbox.letters.map((letter) => letter.body)).toEqual([{ name: 'John', email: 'j@x.com' }]);
  });

  it('refuses more than it can hold', () => {
    const outbox = open();
    for (let n = 0; n < lettersMax; n++) expect(outbox.add('message', { text: 'x' }, `id${n}`)).not.toBeNull();
    expect(outbox.add('message', { text: 'one too many' }, 'last')).toBeNull();
  });

  it('lets go of a letter whose event arrived while it was in flight', async () => {
    const outbox = open();
    outbox.add('message', { text: '1' }, 'a');
    outbox.resume();
    outbox.remove('a');
    sent[0]!.reply({ ok: false, code: 'link_lost', retry: true });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(ids()).toEqual(['a']);
    expect(outbox.letters).toEqual([]);
  });
});
