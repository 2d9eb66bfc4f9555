// @vitest-environment happy-dom
// Against Preact's own React interface, which is here anyway.
import { createElement, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as Wrapper from './index.js';

const { Deskbell, useDeskbell, useDeskbellEvent } = (await import('./index.js' as string)) as typeof Wrapper;
const Component = Deskbell as unknown as (props: Record<string, unknown>) => never;

let root: HTMLElement;
const draw = (props: Record<string, unknown>, ...children: unknown[]) =>
  act(() => render(createElement(Component, { server: 'https://chat.example', persist: false, ...props }, children as never), root));
const element = () => document.querySelector<HTMLElement>('deskbell-chat');

beforeEach(() => {
  vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('network'))));
  root = document.createElement('div');
  document.body.append(root);
});

afterEach(async () => {
  await act(() => render(null, root));
  root.remove();
});

it('is there while it is mounted, and gone with it', async () => {
  await draw({});
  expect(element()).not.toBeNull();
  await act(() => render(null, root));
  expect(element()).toBeNull();
});

it('drawn again it stays the same; with another site it starts anew', async () => {
  await draw({ identity: async () => 'a' });
  const before = element();
  await draw({ identity: async () => 'b' });
  expect(element()).toBe(before);
  await draw({ site: 'other' });
  expect(element()).not.toBe(before);
});

it('takes a new look without starting anew', async () => {
  await draw({ theme: 'light' });
  const before = element();
  await draw({ theme: 'dark', locale: 'ar' });
  expect([element(), element()!.dataset.theme, element()!.dir]).toEqual([before, 'dark', 'rtl']);
});

it('hands the widget and its events to what is below', async () => {
  const heard = vi.fn();
  let widget: ReturnType<typeof useDeskbell> = null;
  const Below = () => {
    widget = useDeskbell();
    useDeskbellEvent('open', heard);
    return null;
  };
  await draw({}, createElement(Below, {}));
  await import('../../widget/src/chat.ts');
  widget!.open({ focus: false });
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1), 4_000);
});
