import { describe, expect, it } from 'vitest';
import { emptyTranscript, fold, type ChatMessage, type Transcript } from './fold.ts';
import type { WireEvent } from './protocol.ts';
import { at, messageEvent, sessionIn } from './testing.ts';

const foldAll = (events: WireEvent[], from: Transcript = emptyTranscript) => events.reduce(fold, from);
const texts = (transcript: Transcript) => transcript.items.map((item) => (item.kind === 'message' ? item.text : `-${item.line}-`));
const first = (transcript: Transcript) => transcript.items[0] as ChatMessage;
const mine = { author: { role: 'customer' as const }, client_id: 'c1' };

describe('messages', () => {
  it('stand in the order of `order`, compared as strings, whatever order they came in', () => {
    const folded = foldAll([
      messageEvent(1, 'b', { order: '00000020' }),
      messageEvent(2, 'c', { order: '00000030' }),
      messageEvent(3, 'late', { order: '00000025' }),
      messageEvent(4, 'a', { order: '00000003' }),
    ]);
    expect(texts(folded)).toEqual(['a', 'b', 'late', 'c']);
  });

  it('with the same order stand as they entered the log', () => {
    expect(texts(foldAll([messageEvent(1, 'x', { order: 'o' }), messageEvent(2, 'y', { order: 'o' })]))).toEqual(['x', 'y']);
  });

  it('without an order stand where the log stands', () => {
    const bare = messageEvent(2, 'bare');
    delete bare.message!.order;
    expect(texts(foldAll([messageEvent(1, 'x', { order: 'z' }), bare]))).toEqual(['x', 'bare']);
  });

  it('are folded once: an event at or below the last one seen changes nothing at all', () => {
    const once = foldAll([messageEvent(1, 'x'), messageEvent(2, 'y')]);
    expect(fold(once, messageEvent(2, 'again'))).toBe(once);
    expect(fold(once, messageEvent(1, 'again'))).toBe(once);
  });

  it('keep the client id as their key, so the optimistic bubble becomes the stored one', () => {
    expect(first(foldAll([messageEvent(1, 'hi', mine)]))).toMatchObject({ key: 'c1', id: 'msg_1', state: 'sent' });
  });

  it('keep their identity when another one changes', () => {
    const before = foldAll([messageEvent(1, 'x'), messageEvent(2, 'y')]);
    const after = fold(before, { seq: 3, at, kind: 'message_edited', message_id: 'msg_2', text: 'z' });
    expect(after.items[0]).toBe(before.items[0]);
    expect(after.items[1]).not.toBe(before.items[1]);
    expect(texts(before)).toEqual(['x', 'y']);
  });

  it('carry the offer of a human that stands beside them', () => {
    const offering = { ...messageEvent(1, 'shall I?', { author: { role: 'bot' } }), offers: ['human'] };
    expect(first(foldAll([offering])).offersHuman).toBe(true);
  });
});

describe('edits and deletions', () => {
  it('an edit replaces the text and drops the old rich tree', () => {
    const rich = [{ t: 'p', c: [{ t: 'text', v: '$90' }] }];
    const folded = foldAll([
      messageEvent(1, '$90', { rich }),
      { seq: 2, at, kind: 'message_edited', message_id: 'msg_1', text: '$100' },
    ]);
    expect(first(folded)).toMatchObject({ text: '$100', edited: true });
    expect(first(folded).rich).toBeUndefined();
  });

  it('an edit brings its own rich tree when it has one', () => {
    const rich = [{ t: 'text', v: '$100' }];
    const edit = { seq: 2, at, kind: 'message_edited', message_id: 'msg_1', text: '$100', rich };
    expect(first(foldAll([messageEvent(1, '$90'), edit])).rich).toBe(rich);
  });

  it('a deletion leaves a place without words', () => {
    const folded = foldAll([messageEvent(1, 'oops'), { seq: 2, at, kind: 'message_deleted', message_id: 'msg_1' }]);
    expect(first(folded)).toMatchObject({ deleted: true, text: '' });
  });

  it('of messages we never saw change nothing but the position', () => {
    const folded = foldAll([{ seq: 1, at, kind: 'message_deleted', message_id: 'msg_9' }]);
    expect(folded).toMatchObject({ seq: 1, items: [] });
  });
});

describe('receipts', () => {
  const cases: [stages: string[], state: string][] = [
    [['stored'], 'sent'],
    [['stored', 'delivered'], 'delivered'],
    [['delivered', 'seen'], 'seen'],
    [['seen', 'delivered'], 'seen'],
    [['delivered', 'stored'], 'delivered'],
    [['failed'], 'failed'],
    [['failed', 'delivered'], 'delivered'],
    [['seen', 'failed'], 'seen'],
  ];
  it.each(cases)('%j make a message %s', (stages, state) => {
    const receipts = stages.map((stage, n) => ({ seq: n + 2, at, kind: 'receipt', message_id: 'msg_1', stage }) as WireEvent);
    expect(first(foldAll([messageEvent(1, 'hi', mine), ...receipts])).state).toBe(state);
  });
});

describe('session events', () => {
  it('tell who joined, once, and when the conversation closed and opened again', () => {
    const agent = { name: 'Ana' };
    const event = (seq: number, session: WireEvent['session']) => ({ seq, at, kind: 'session', session: session! });
    const folded = foldAll([
      messageEvent(1, 'hello', mine),
      event(2, sessionIn('waiting')),
      event(3, sessionIn('waiting', { queue: { position: 1 } })),
      event(4, sessionIn('open', { agent })),
      event(5, sessionIn('open', { agent: { ...agent, avatar: 'https://x/y.png' } })),
      event(6, sessionIn('closed')),
      event(7, sessionIn('waiting')),
    ]);
    expect(texts(folded)).toEqual(['hello', '-asked-', '-joined-', '-closed-', '-reopened-']);
  });

  it('a late message sorts before the line that came after it', () => {
    const folded = foldAll([
      messageEvent(1, 'b', { order: '2' }),
      { seq: 2, at, kind: 'session', session: sessionIn('closed') },
      messageEvent(3, 'a', { order: '1' }),
      messageEvent(4, 'c', { order: '3' }),
    ]);
    expect(texts(folded)).toEqual(['a', 'b', '-closed-', 'c']);
  });
});

it('an unknown kind of event only moves the position', () => {
  expect(foldAll([{ seq: 1, at, kind: 'from_the_future' }])).toMatchObject({ seq: 1, items: [] });
});

it('a score without words leaves room for them, and words stay', () => {
  const scored = fold(emptyTranscript, { seq: 1, at, kind: 'rating', score: 4, comment: '' });
  expect(scored.comment).toBeNull();
  const said = fold(scored, { seq: 2, at, kind: 'rating', score: 4, comment: 'fine' });
  expect(fold(said, { seq: 3, at, kind: 'rating', score: 5, comment: '' }).comment).toBe('fine');
});

it('a rating is remembered until the conversation is reopened', () => {
  const closed = foldAll([
    { seq: 1, at, kind: 'session', session: sessionIn('closed') },
    { seq: 2, at, kind: 'rating', score: 4 },
  ]);
  expect(closed.rating).toBe(4);
  expect(fold(closed, { seq: 3, at, kind: 'session', session: sessionIn('open') }).rating).toBeNull();
});
