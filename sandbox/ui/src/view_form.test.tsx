// @vitest-environment happy-dom
import { render } from 'preact';
import { act as settle } from 'preact/test-utils';
import { afterEach, expect, test, vi } from 'vitest';
import type { Block, State, View } from './types.ts';
import { initial_values, ViewForm, type Value } from './view_form.tsx';
import { WorkspaceContext, type Workspace } from './workspace.ts';

const words = (text: string) => ({ type: 'plain_text', text });
const option = (value: string) => ({ text: words(value.toUpperCase()), value });
const input = (block_id: string, element: Block, more: Block = {}): Block => ({ type: 'input', block_id, label: words(`Label ${block_id}`), element, ...more });

const view: View = {
  id: 'V1', type: 'modal', waiting: false, failure: '', errors: { why: 'Say more' },
  blocks: [
    input('why', { type: 'plain_text_input', action_id: 'text' }, { hint: words('Briefly') }),
    input('kind', { type: 'static_select', action_id: 'pick', options: [option('a'), option('b')] }, { optional: true, dispatch_action: true }),
    input('tags', { type: 'checkboxes', action_id: 'tags', options: [option('x'), option('y')] }),
    input('when', { type: 'datepicker', action_id: 'day' }),
    { type: 'section', block_id: 's', text: { type: 'mrkdwn', text: '*bold*' } },
  ],
  values: {
    why: { text: { type: 'plain_text_input', value: 'typed' } },
    kind: { pick: { type: 'static_select', selected_option: option('b') } },
    tags: { tags: { type: 'checkboxes', selected_options: [option('y')] } },
    when: { day: { type: 'datepicker', selected_date: null } },
  },
};

const place = document.createElement('div');
function show(change: (block: string, action: string, value: Value) => void, act = vi.fn().mockResolvedValue({ ok: true, body: {} })) {
  const workspace = { state: { users: [], channels: [] } as unknown as State, me: { id: 'U1' }, emoji: {}, act, tell: () => undefined, open_thread: () => undefined } as unknown as Workspace;
  document.body.append(place);
  settle(() => render(<WorkspaceContext.Provider value={workspace}><ViewForm view={view} values={initial_values(view)} change={change} /></WorkspaceContext.Provider>, place));
  return act;
}
afterEach(() => {
  render(null, place);
  place.remove();
});

test('a view begins with what its state says', () => {
  expect(initial_values(view)).toEqual({ why: { text: 'typed' }, kind: { pick: 'b' }, tags: { tags: ['y'] }, when: { day: '' } });
});

test('every input has its label, its hint and its error', () => {
  show(() => undefined);
  const field = place.querySelector<HTMLInputElement>('[data-block=why] input')!;
  expect(place.querySelector<HTMLLabelElement>('[data-block=why] label')!.htmlFor).toBe(field.id);
  const described = field.getAttribute('aria-describedby')!.split(' ').map((id) => place.querySelector(`[id="${id}"]`)?.textContent);
  expect(described).toEqual(['Say more', 'Briefly']);
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(place.querySelector('strong, b')?.textContent).toBe('bold');
});

test('what is typed and chosen is told, and dispatched where the app asks for it', () => {
  const change = vi.fn();
  const act = show(change);
  const field = place.querySelector<HTMLInputElement>('[data-block=why] input')!;
  field.value = 'more';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  expect(change).toHaveBeenLastCalledWith('why', 'text', 'more');
  expect(act).not.toHaveBeenCalled();
  const menu = place.querySelector<HTMLSelectElement>('[data-block=kind] select')!;
  menu.value = 'a';
  menu.dispatchEvent(new Event('change', { bubbles: true }));
  expect(change).toHaveBeenLastCalledWith('kind', 'pick', 'a');
  expect(act).toHaveBeenCalledWith('press', { user: 'U1', view: 'V1', block_id: 'kind', action_id: 'pick', value: 'a' });
  const box = place.querySelector<HTMLInputElement>('[data-block=tags] input')!;
  box.checked = true;
  box.dispatchEvent(new Event('change', { bubbles: true }));
  expect(change).toHaveBeenLastCalledWith('tags', 'tags', ['y', 'x']);
});
