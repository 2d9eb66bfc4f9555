import { expect, it } from 'vitest';
import { openStore } from './storage.ts';
import { shelfOf } from './testing.ts';

it('keeps values under its prefix, and nothing before it is asked to', () => {
  const shelf = new Map<string, string>();
  const store = openStore('deskbell:s:', () => shelfOf(shelf));
  expect(shelf.size).toBe(0);
  store.set('session', { id: 1 });
  expect([...shelf]).toEqual([['deskbell:s:session', '{"id":1}']]);
  expect(store.get('session')).toEqual({ id: 1 });
  store.remove('session');
  expect(shelf.size).toBe(0);
});

it.each([
  ['whose very name throws', () => { throw new Error('SecurityError'); }],
  ['that is absent', () => null],
  ['that may not be read', () => ({ getItem: () => { throw new Error('no'); }, setItem: () => { throw new Error('no'); }, removeItem: () => {} })],
  ['that is full', () => ({ getItem: () => null, setItem: () => { throw new Error('quota'); }, removeItem: () => {} })],
])('with storage %s it remembers for the life of the page', (_name, find) => {
  const store = openStore('d:', find);
  store.set('read', 7);
  expect(store.get('read')).toBe(7);
  store.remove('read');
  expect(store.get('read')).toBeNull();
});

it('takes garbage for nothing', () => {
  const store = openStore('d:', () => shelfOf(new Map([['d:session', '{broken']])));
  expect(store.get('session')).toBeNull();
});
