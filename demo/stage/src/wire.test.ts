import { expect, test } from 'vitest';
import { line_of } from './wire.ts';

const words = (frame: object) => line_of(1, 'John', 'down', JSON.stringify(frame));

test('a frame in words: its kind, its place in the log, who says what under which id', () => {
  const message = { id: 'msg_1', client_id: 'c_0123456789', author: { role: 'customer' }, text: 'How\n much?' };
  expect(words({ type: 'event', event: { seq: 4, kind: 'message', message } })).toMatchObject({ kind: 'event', words: '#4  message  customer  c_012345…  “How much?”' });
  expect(words({ type: 'event', seq: 5, kind: 'receipt', message_id: 'm', stage: 'delivered' }).words).toBe('#5  receipt  delivered');
  expect(words({ type: 'message', id: 2, client_id: 'abcdefghij', text: 'x'.repeat(90) }).words).toBe(`abcdef…  “${'x'.repeat(59)}…”`);
  expect(words({ type: 'pong' })).toMatchObject({ kind: 'pong', words: '' });
});

test('a token is never shown, and what is no frame breaks nothing', () => {
  expect(JSON.stringify(words({ type: 'hello', token: 'dbs_secret', after: 7 }))).not.toContain('secret');
  expect(words({ type: 'hello', token: 'dbs_secret', after: 7 }).words).toBe('after #7');
  for (const odd of ['', '[', 'null', '3']) expect(line_of(1, 'John', 'up', odd)).toMatchObject({ kind: '?', words: '' });
  expect(line_of(1, 'John', 'note', 'network cut').words).toBe('network cut');
  expect(line_of(1, 'John', 'up', '"ä"').bytes).toBe(4);
});
