import { expect, test } from 'vitest';
import { is_own_app } from './stage_link.ts';
import type { State } from './types.ts';

const state = (interactivity_url: string) => ({ events: { interactivity_url } }) as State;

test('only the page of the app itself may act on the agents’ page', () => {
  const own = state('http://127.0.0.1:8080/slack/interactivity');
  expect(is_own_app('http://127.0.0.1:8080', own)).toBe(true);
  expect(is_own_app('http://localhost:8080', own)).toBe(true);
  for (const other of ['http://127.0.0.1:8082', 'https://127.0.0.1:8080', 'http://evil.example:8080', 'http://localhost.evil.example:8080', 'null', '']) {
    expect(is_own_app(other, own), other).toBe(false);
  }
});

test('without an app nobody may, not even a page without an address', () => {
  for (const nobody of [null, state(''), state('nonsense')]) for (const origin of ['null', '', 'http://127.0.0.1:8080']) expect(is_own_app(origin, nobody)).toBe(false);
});
