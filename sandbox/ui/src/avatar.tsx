import { useState } from 'preact/hooks';
import { Emoji } from './rich.tsx';
import type { Author } from './types.ts';

// A face: the emoji a post was made with, the picture, or the first letter when the picture does not load.
export function Avatar({ author, size = 'normal' }: { author: Pick<Author, 'name' | 'avatar' | 'emoji'>; size?: 'normal' | 'small' }) {
  const [broken, set_broken] = useState(false);
  const name = author.emoji?.replace(/^:|:$/g, '');
  if (name) return <span class={`avatar ${size} emoji-avatar`} aria-hidden="true"><Emoji name={name} /></span>;
  if (broken || !author.avatar) {
    return <span class={`avatar ${size}`} aria-hidden="true">{[...author.name][0] ?? '?'}</span>;
  }
  return <img class={`avatar ${size}`} src={author.avatar} alt="" onError={() => set_broken(true)} />;
}
