// The texts and pictures of Block Kit.

import { useState } from 'preact/hooks';
import { parse_mrkdwn, safe_href } from './mrkdwn.ts';
import { Inlines, Paragraphs } from './rich.tsx';
import type { Block, Json } from './types.ts';

export const block_of = (value: Json | undefined): Block | undefined =>
  value && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
export const blocks_of = (value: Json | undefined): Block[] => (Array.isArray(value) ? (value as Block[]) : []);
export const text_of = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

export function Text({ value }: { value: Json | undefined }) {
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

export function Picture({ element, small }: { element: Block; small?: boolean }) {
  const [broken, set_broken] = useState(false);
  const url = text_of(element['image_url']);
  const alt = text_of(element['alt_text']);
  if (broken || !safe_href(url)) return <span class="block-no-picture">{alt || 'picture'}</span>;
  return <img class={small ? 'block-icon' : 'block-picture'} src={url} alt={alt} onError={() => set_broken(true)} />;
}
