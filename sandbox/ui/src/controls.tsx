// The interactive elements of Block Kit, wherever they stand: in a message, in a modal, on the Home tab.

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { block_of, blocks_of, PlainText, Picture, text_of } from './block_text.tsx';
import { use_dialog } from './dialog.tsx';
import { safe_href } from './mrkdwn.ts';
import type { Block, State } from './types.ts';
import { use_workspace, words_of } from './workspace.ts';

// Where a control is: what the page's actions call it, and what menus.ts keys begin with.
export interface Place {
  channel?: string;
  ts?: string;
  view?: string;
}

export const menu_key = (place: Place, block_id: string, action_id: string) =>
  `${place.view ?? `${place.channel} ${place.ts}`} ${block_id} ${action_id}`;

export interface Option {
  value: string;
  label: string;
  description: string;
}

export const label_of = (value: unknown) => text_of(block_of(value as never)?.['text']);

const to_option = (option: Block): Option => ({
  value: text_of(option['value']),
  label: label_of(option['text']),
  description: label_of(option['description']),
});

export function options_of(element: Block, state: State): Option[] {
  const type = text_of(element['type']);
  const named = (value: string, label: string) => ({ value, label, description: '' });
  if (type.includes('users_select')) return state.users.filter((user) => !user.is_bot).map((user) => named(user.id, user.display_name));
  if (type.includes('channels_select') || type.includes('conversations_select')) return state.channels.map((channel) => named(channel.id, `#${channel.name}`));
  const groups = blocks_of(element['option_groups']).flatMap((group) => blocks_of(group['options']));
  return [...blocks_of(element['options']), ...groups].map(to_option);
}

// Asks as the element wants it, presses, and says what came of it.
export function use_press(element: Block, block_id: string, place: Place) {
  const { act, me, tell } = use_workspace();
  const [busy, set_busy] = useState(false);
  const confirm = use_dialog();
  const question = block_of(element['confirm']);
  const words = (key: string, otherwise: string) => label_of(question?.[key]) || otherwise;
  const press = async (value: string | string[], label: string) => {
    const asked = question && {
      title: words('title', 'Are you sure?'),
      text: words('text', ''),
      confirm: words('confirm', 'Yes'),
      deny: words('deny', 'Cancel'),
    };
    if (asked && !(await confirm(asked))) return;
    set_busy(true);
    const outcome = await act('press', {
      user: me.id,
      ...place,
      action_id: text_of(element['action_id']),
      ...(block_id && { block_id }),
      ...(Array.isArray(value) ? { values: value } : value && { value }),
    });
    set_busy(false);
    if (!outcome.ok) tell(words_of(outcome));
    else if (!place.view) tell(`“${label}” pressed`);
  };
  return { press, busy };
}

interface ControlProps {
  element: Block;
  block_id: string;
  place: Place;
  value?: string; // what its state says, in views
}

export function Control(props: ControlProps) {
  const type = text_of(props.element['type']);
  if (type === 'image') return <Picture element={props.element} small={false} />;
  if (type === 'button') return <PressButton {...props} />;
  if (type === 'external_select' || type === 'multi_external_select') return <ExternalMenu {...props} />;
  if (type === 'checkboxes' || type.startsWith('multi_')) return <ManyMenu {...props} />;
  if (type in native_inputs) return <DateControl {...props} />;
  return <Menu {...props} />;
}

function PressButton({ element, block_id, place }: ControlProps) {
  const { press, busy } = use_press(element, block_id, place);
  const label = label_of(element['text']);
  const href = safe_href(text_of(element['url']));
  const on_click = () => {
    if (busy) return;
    if (href) window.open(href, '_blank', 'noopener');
    void press(text_of(element['value']), label);
  };
  return (
    <button
      type="button"
      class={`button ${text_of(element['style'])}`}
      aria-disabled={busy}
      aria-label={text_of(element['accessibility_label']) || undefined}
      data-action={text_of(element['action_id'])}
      data-testid="action"
      onClick={on_click}
    >
      <PlainText text={label} />
    </button>
  );
}

// Selects, overflows and radios: one native menu does for all of them here.
function Menu({ element, block_id, place, value }: ControlProps) {
  const { press, busy } = use_press(element, block_id, place);
  const { state } = use_workspace();
  const options = options_of(element, state);
  if (!options.length) return null;
  const overflow = element['type'] === 'overflow';
  const placeholder = overflow ? 'More…' : label_of(element['placeholder']) || 'Choose…';
  const initial = value ?? text_of(block_of(element['initial_option'])?.['value']);
  return (
    <select
      class={overflow ? 'button menu overflow' : 'button menu'}
      aria-label={placeholder}
      value={initial}
      disabled={busy}
      data-action={text_of(element['action_id'])}
      data-testid="action"
      onChange={(event) => {
        const select = event.currentTarget;
        const option = options.find((known) => known.value === select.value);
        select.value = initial;
        if (option) void press(option.value, option.label);
      }}
    >
      <option value="">{placeholder}</option>
      {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
    </select>
  );
}

function ManyMenu({ element, block_id, place }: ControlProps) {
  const { press } = use_press(element, block_id, place);
  const { state } = use_workspace();
  const [chosen, set_chosen] = useState<string[]>(() => blocks_of(element['initial_options']).map((option) => text_of(option['value'])));
  const change = (next: string[]) => {
    set_chosen(next);
    void press(next, label_of(element['placeholder']) || 'Choice');
  };
  return <Choices options={options_of(element, state)} chosen={chosen} change={change} label={label_of(element['placeholder']) || 'Choose'} />;
}

export function Choices({ options, chosen, change, label }: { options: Option[]; chosen: string[]; change(chosen: string[]): void; label: string }) {
  return (
    <div class="choices" role="group" aria-label={label}>
      {options.map((option) => (
        <label key={option.value} class="choice">
          <input
            type="checkbox"
            checked={chosen.includes(option.value)}
            onChange={(event) => change(event.currentTarget.checked ? [...chosen, option.value] : chosen.filter((value) => value !== option.value))}
          />
          <span>
            <PlainText text={option.label} />
            {option.description && <small>{option.description}</small>}
          </span>
        </label>
      ))}
    </div>
  );
}

export const native_inputs = { datepicker: 'date', timepicker: 'time', datetimepicker: 'datetime-local' } as const;
export const native_type = (type: string) => native_inputs[type as keyof typeof native_inputs];

// What Slack calls it, and what the browser's own picker does.
export const to_native = (type: string, value: string) => {
  if (type !== 'datetimepicker' || !value) return value;
  const at = new Date(Number(value) * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
export const from_native = (type: string, value: string) =>
  type === 'datetimepicker' && value ? String(Math.floor(new Date(value).getTime() / 1000)) : value;

function DateControl({ element, block_id, place }: ControlProps) {
  const type = text_of(element['type']);
  const { press } = use_press(element, block_id, place);
  const initial = element['initial_date'] ?? element['initial_time'] ?? element['initial_date_time'] ?? '';
  return (
    <input
      class="button menu"
      type={native_type(type)}
      defaultValue={to_native(type, String(initial))}
      aria-label={label_of(element['placeholder']) || type}
      data-action={text_of(element['action_id'])}
      onChange={(event) => {
        if (event.currentTarget.value) void press(from_native(type, event.currentTarget.value), event.currentTarget.value);
      }}
    />
  );
}

const ask_delay_ms = 250;

// A field that asks the app what to offer.
export function ExternalMenu({ element, block_id, place, choose }: ControlProps & { choose?(option: Option): void }) {
  const { act, me, state, tell } = use_workspace();
  const { press } = use_press(element, block_id, place);
  const [text, set_text] = useState('');
  const [open, set_open] = useState(false);
  const [active, set_active] = useState(0);
  const list_id = useId();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  // In a modal the list may hang below its edge.
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => list.current?.scrollIntoView({ block: 'nearest' }), [open, state.menus]);

  const action_id = text_of(element['action_id']);
  const least = typeof element['min_query_length'] === 'number' ? element['min_query_length'] : 3;
  const menu = state.menus?.[menu_key(place, block_id, action_id)];
  const options = menu?.state === 'ready' && menu.query === text ? menu.options.map(to_option) : [];

  const ask = (query: string) => {
    set_text(query);
    set_active(0);
    set_open(query.length >= least);
    clearTimeout(timer.current);
    if (query.length < least) return;
    timer.current = setTimeout(() => {
      void act('suggest', { user: me.id, ...place, block_id, action_id, query }).then((outcome) => {
        if (!outcome.ok) tell(words_of(outcome));
      });
    }, ask_delay_ms);
  };
  const take = (option: Option | undefined) => {
    if (!option) return;
    set_text(option.label);
    set_open(false);
    if (choose) choose(option);
    else void press(option.value, option.label);
  };
  const on_key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) {
      event.preventDefault();
      set_active((active + step + options.length) % options.length);
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      take(options[active]);
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      event.preventDefault();
      set_open(false);
    }
  };
  const hint = menu?.state === 'failed' ? 'The app gave no options.' : menu?.state === 'ready' && menu.query === text ? 'Nothing found.' : 'Loading…';
  return (
    <span class="external">
      <input
        class="field"
        role="combobox"
        aria-expanded={open}
        aria-controls={list_id}
        aria-activedescendant={open && options[active] ? `${list_id}-${active}` : undefined}
        aria-label={label_of(element['placeholder']) || 'Search'}
        placeholder={label_of(element['placeholder']) || `Type ${least === 1 ? 'to search' : `${least} characters`}`}
        value={text}
        autocomplete="off"
        data-action={action_id}
        data-testid="action"
        onInput={(event) => ask(event.currentTarget.value)}
        onKeyDown={on_key}
        onBlur={() => set_open(false)}
      />
      {open && (
        <ul ref={list} class="suggestions" role="listbox" id={list_id}>
          {options.map((option, index) => (
            <li
              key={option.value}
              id={`${list_id}-${index}`}
              role="option"
              aria-selected={index === active}
              onMouseDown={(event) => {
                event.preventDefault();
                take(option);
              }}
            >
              <PlainText text={option.label} />
            </li>
          ))}
          {options.length === 0 && <li class="quiet" role="presentation">{hint}</li>}
        </ul>
      )}
    </span>
  );
}
