// A view's blocks with its input fields: what is typed stays here until it is submitted.

import { useId } from 'preact/hooks';
import { block_of, blocks_of, PlainText, text_of } from './block_text.tsx';
import { Blocks } from './blocks.tsx';
import { Choices, ExternalMenu, from_native, label_of, native_inputs, native_type, options_of, to_native } from './controls.tsx';
import type { Block, View } from './types.ts';
import { use_workspace } from './workspace.ts';

export type Value = string | string[];
export type Values = Record<string, Record<string, Value>>;

// The state of an element as a person would have typed or chosen it.
function value_of(state: Block | undefined): Value {
  for (const [key, held] of Object.entries(state ?? {})) {
    if (key === 'type') continue;
    if (Array.isArray(held)) return held.map((item) => (typeof item === 'string' ? item : text_of(block_of(item)?.['value'])));
    const option = block_of(held);
    if (option) return text_of(option['value']);
    return held === null ? '' : String(held);
  }
  return '';
}

export function initial_values(view: View): Values {
  const values: Values = {};
  for (const block of view.blocks) {
    const element = block_of(block['element']);
    if (block['type'] !== 'input' || !element) continue;
    const block_id = text_of(block['block_id']);
    const action_id = text_of(element['action_id']);
    values[block_id] = { [action_id]: value_of(view.values[block_id]?.[action_id]) };
  }
  return values;
}

interface FormProps {
  view: View;
  values: Values;
  change(block_id: string, action_id: string, value: Value): void;
}

export function ViewForm({ view, values, change }: FormProps) {
  const { act, me } = use_workspace();
  return (
    <>
      {view.blocks.map((block) => {
        const block_id = text_of(block['block_id']);
        const element = block_of(block['element']);
        if (block['type'] !== 'input' || !element) return <Blocks key={block_id} blocks={[block]} place={{ view: view.id }} />;
        const action_id = text_of(element['action_id']);
        const put = (value: Value, dispatches = true) => {
          change(block_id, action_id, value);
          if (dispatches && block['dispatch_action'] === true) {
            void act('press', { user: me.id, view: view.id, block_id, action_id, ...(Array.isArray(value) ? { values: value } : { value }) });
          }
        };
        return (
          <InputBlock
            key={block_id}
            block={block}
            element={element}
            view={view}
            value={values[block_id]?.[action_id] ?? ''}
            error={view.errors[block_id] ?? ''}
            put={put}
          />
        );
      })}
    </>
  );
}

interface InputProps {
  block: Block;
  element: Block;
  view: View;
  value: Value;
  error: string;
  put(value: Value, dispatches?: boolean): void;
}

function InputBlock({ block, element, view, value, error, put }: InputProps) {
  const id = useId();
  const label = label_of(block['label']);
  const hint = label_of(block['hint']);
  const type = text_of(element['type']);
  const is_group = type === 'checkboxes' || type === 'radio_buttons' || type.startsWith('multi_');
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined;
  const name = <><PlainText text={label} />{block['optional'] === true && <span class="quiet"> (optional)</span>}</>;
  return (
    <div class={error ? 'input-block wrong' : 'input-block'} data-block={text_of(block['block_id'])}>
      {is_group ? <p class="input-label">{name}</p> : <label class="input-label" for={id}>{name}</label>}
      <InputElement id={id} label={label} described={described} element={element} block={block} view={view} value={value} error={error} put={put} />
      {error && <p class="input-error" id={`${id}-error`} role="alert">{error}</p>}
      {hint && <p class="input-hint" id={`${id}-hint`}><PlainText text={hint} /></p>}
    </div>
  );
}

const text_types = { email_text_input: 'email', url_text_input: 'url', number_input: 'text', plain_text_input: 'text', rich_text_input: 'text' } as const;

function InputElement({ id, label, described, element, block, view, value, error, put }: InputProps & { id: string; label: string; described: string | undefined }) {
  const { state } = use_workspace();
  const type = text_of(element['type']);
  const shared = {
    id,
    class: 'field',
    'aria-describedby': described,
    'aria-invalid': error ? true : undefined,
    'data-action': text_of(element['action_id']),
  } as const;
  const one = Array.isArray(value) ? '' : value;
  const many = Array.isArray(value) ? value : [];
  const place = { view: view.id };
  if (type === 'checkboxes' || (type.startsWith('multi_') && type !== 'multi_external_select')) {
    return <Choices options={options_of(element, state)} chosen={many} change={put} label={label} />;
  }
  if (type === 'multi_external_select') return <ManyExternal element={element} block={block} view={view} value={many} put={put} />;
  if (type === 'external_select') {
    return <ExternalMenu element={element} block_id={text_of(block['block_id'])} place={place} choose={(option) => put(option.value)} />;
  }
  if (type === 'radio_buttons') {
    return (
      <div class="choices" role="radiogroup" aria-label={label} aria-describedby={described}>
        {options_of(element, state).map((option) => (
          <label key={option.value} class="choice">
            <input type="radio" name={id} value={option.value} checked={one === option.value} onChange={() => put(option.value)} />
            <span><PlainText text={option.label} />{option.description && <small>{option.description}</small>}</span>
          </label>
        ))}
      </div>
    );
  }
  if (type in text_types) {
    const on_input = (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => put(event.currentTarget.value, false);
    const placeholder = label_of(element['placeholder']);
    if (element['multiline'] === true || type === 'rich_text_input') return <textarea {...shared} rows={4} value={one} placeholder={placeholder} dir="auto" onInput={on_input} />;
    const kind = { type: text_types[type as keyof typeof text_types], ...(type === 'number_input' && { inputMode: 'decimal' }) } as object;
    return <input {...shared} {...kind} value={one} placeholder={placeholder} autocomplete="off" dir="auto" onInput={on_input} />;
  }
  if (type in native_inputs) {
    return <input {...shared} type={native_type(type)} value={to_native(type, one)} onChange={(event) => put(from_native(type, event.currentTarget.value))} />;
  }
  return (
    <select {...shared} value={one} onChange={(event) => put(event.currentTarget.value)}>
      <option value="">{label_of(element['placeholder']) || 'Choose…'}</option>
      {blocks_of(element['option_groups']).length > 0
        ? blocks_of(element['option_groups']).map((group) => (
            <optgroup key={label_of(group['label'])} label={label_of(group['label'])}>
              {options_of(group, state).map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
            </optgroup>
          ))
        : options_of(element, state).map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
    </select>
  );
}

function ManyExternal({ element, block, view, value, put }: { element: Block; block: Block; view: View; value: string[]; put(value: Value): void }) {
  return (
    <div class="many-external">
      {value.map((chosen) => (
        <button key={chosen} type="button" class="chip" aria-label={`Remove ${chosen}`} onClick={() => put(value.filter((other) => other !== chosen))}>{chosen} ×</button>
      ))}
      <ExternalMenu
        element={element}
        block_id={text_of(block['block_id'])}
        place={{ view: view.id }}
        choose={(option) => !value.includes(option.value) && put([...value, option.value])}
      />
    </div>
  );
}
