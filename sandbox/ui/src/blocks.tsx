// Block Kit as a channel shows it. A block of a kind this page does not know shows its text, never nothing.

import { useState } from 'preact/hooks';
import { use_dialog } from './dialog.tsx';
import { parse_inline, parse_mrkdwn, safe_href } from './mrkdwn.ts';
import { Inlines, Paragraphs } from './rich.tsx';
import { parse_markdown, parse_rich_text } from './rich_text.ts';
import type { Block, Json, Message } from './types.ts';
import { use_workspace, words_of } from './workspace.ts';

interface Place {
  channel: string;
  message: Message;
}

const block_of = (value: Json | undefined): Block | undefined =>
  value && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
const blocks_of = (value: Json | undefined): Block[] => (Array.isArray(value) ? (value as Block[]) : []);
const text_of = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function Text({ value }: { value: Json | undefined }) {
  const object = block_of(value);
  const text = text_of(object?.['text']);
  if (object?.['type'] === 'mrkdwn') return <Paragraphs nodes={parse_mrkdwn(text)} />;
  return <p dir="auto"><PlainText text={text} /></p>;
}

// Plain text knows emoji and line breaks and nothing else.
export function PlainText({ text }: { text: string }) {
  const nodes = text.split(/(:[a-z0-9_+-]{2,60}:|\n)/).filter(Boolean);
  return (
    <Inlines
      nodes={nodes.map((piece) => {
        if (piece === '\n') return { t: 'br' };
        return /^:[a-z0-9_+-]{2,60}:$/.test(piece)
          ? { t: 'emoji', name: piece.slice(1, -1), unicode: '' }
          : { t: 'text', v: piece };
      })}
    />
  );
}

export function Blocks({ blocks, place }: { blocks: Block[]; place: Place }) {
  return (
    <div class="blocks">
      {blocks.map((block, index) => (
        <OneBlock key={text_of(block['block_id']) || index} block={block} place={place} />
      ))}
    </div>
  );
}

function OneBlock({ block, place }: { block: Block; place: Place }) {
  const id = text_of(block['block_id']);
  switch (block['type']) {
    case 'header':
      return <p class="block-header"><PlainText text={text_of(block_of(block['text'])?.['text'])} /></p>;
    case 'section':
      return <Section block={block} place={place} />;
    case 'context':
      return (
        <div class="block-context">
          {blocks_of(block['elements']).map((element, index) =>
            element['type'] === 'image'
              ? <Picture key={index} element={element} small />
              : <div key={index}><Text value={element} /></div>,
          )}
        </div>
      );
    case 'actions':
    case 'context_actions':
      return (
        <div class="block-actions">
          {blocks_of(block['elements']).map((element, index) => (
            <Control key={text_of(element['action_id']) || index} element={element} block_id={id} place={place} />
          ))}
        </div>
      );
    case 'divider':
      return <hr />;
    case 'rich_text':
      return <Paragraphs nodes={parse_rich_text(block)} />;
    case 'markdown':
      return <Paragraphs nodes={parse_markdown(text_of(block['text']))} />;
    case 'image':
      return <Picture element={block} />;
    default:
      return <p><PlainText text={text_of(block_of(block['text'])?.['text']) || text_of(block['text'])} /></p>;
  }
}

function Section({ block, place }: { block: Block; place: Place }) {
  const fields = blocks_of(block['fields']);
  const accessory = block_of(block['accessory']);
  return (
    <div class="block-section">
      <div class="block-section-main">
        {block['text'] && <Text value={block['text']} />}
        {fields.length > 0 && (
          <div class="block-fields">
            {fields.map((field, index) => <div key={index}><Text value={field} /></div>)}
          </div>
        )}
      </div>
      {accessory && <Control element={accessory} block_id={text_of(block['block_id'])} place={place} />}
    </div>
  );
}

function Picture({ element, small }: { element: Block; small?: boolean }) {
  const [broken, set_broken] = useState(false);
  const url = text_of(element['image_url']);
  const alt = text_of(element['alt_text']);
  if (broken || !safe_href(url)) return <span class="block-no-picture">{alt || 'picture'}</span>;
  return <img class={small ? 'block-icon' : 'block-picture'} src={url} alt={alt} onError={() => set_broken(true)} />;
}

function Control({ element, block_id, place }: { element: Block; block_id: string; place: Place }) {
  if (element['type'] === 'image') return <Picture element={element} small={false} />;
  if (element['type'] === 'button') return <PressButton element={element} block_id={block_id} place={place} />;
  return <Menu element={element} block_id={block_id} place={place} />;
}

function use_press(element: Block, block_id: string, place: Place) {
  const { act, me, tell } = use_workspace();
  const [busy, set_busy] = useState(false);
  const confirm = use_dialog();
  const question = block_of(element['confirm']);
  const words = (key: string, otherwise: string) => text_of(block_of(question?.[key])?.['text']) || otherwise;
  const press = async (value: string, label: string) => {
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
      channel: place.channel,
      ts: place.message.ts,
      action_id: text_of(element['action_id']),
      ...(block_id && { block_id }),
      ...(value && { value }),
    });
    set_busy(false);
    tell(outcome.ok ? `“${label}” pressed` : words_of(outcome));
  };
  return { press, busy };
}

function PressButton({ element, block_id, place }: { element: Block; block_id: string; place: Place }) {
  const { press, busy } = use_press(element, block_id, place);
  const label = text_of(block_of(element['text'])?.['text']);
  const kind = text_of(element['style']);
  const href = safe_href(text_of(element['url']));
  const on_click = () => {
    if (busy) return;
    if (href) window.open(href, '_blank', 'noopener');
    void press(text_of(element['value']), label);
  };
  return (
    <button
      type="button"
      class={`button ${kind}`}
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

// Selects, overflows, checkboxes and radios: one native menu does for all of them here.
function Menu({ element, block_id, place }: { element: Block; block_id: string; place: Place }) {
  const { press, busy } = use_press(element, block_id, place);
  const { state } = use_workspace();
  const options = options_of(element, state.users.filter((user) => !user.is_bot).map(({ id, display_name }) => ({ value: id, label: display_name })));
  if (!options.length) return null;
  const overflow = element['type'] === 'overflow';
  const placeholder = overflow ? 'More…' : text_of(block_of(element['placeholder'])?.['text']) || 'Choose…';
  const initial = text_of(block_of(element['initial_option'])?.['value']);
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
        const option = options.find(({ value }) => value === select.value);
        select.value = initial;
        if (option) void press(option.value, option.label);
      }}
    >
      <option value="">{placeholder}</option>
      {options.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
    </select>
  );
}

function options_of(element: Block, users: { value: string; label: string }[]) {
  if (element['type'] === 'users_select') return users;
  const groups = blocks_of(element['option_groups']).flatMap((group) => blocks_of(group['options']));
  return [...blocks_of(element['options']), ...groups].map((option) => ({
    value: text_of(option['value']),
    label: text_of(block_of(option['text'])?.['text']),
  }));
}

export function Attachments({ attachments, place }: { attachments: Block[]; place: Place }) {
  return (
    <>
      {attachments.map((attachment, index) => (
        <div class="attachment" key={index}>
          {attachment['title'] && <strong><PlainText text={text_of(attachment['title'])} /></strong>}
          {blocks_of(attachment['blocks']).length > 0
            ? <Blocks blocks={blocks_of(attachment['blocks'])} place={place} />
            : <p><Inlines nodes={parse_inline(text_of(attachment['text']) || text_of(attachment['fallback']))} /></p>}
        </div>
      ))}
    </>
  );
}
