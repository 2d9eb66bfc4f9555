import { useState } from 'preact/hooks';
import { safeImage } from '../core/rich.ts';
import { Icon } from './icons.tsx';

interface Who {
  name: string;
  picture?: string | undefined;
  server: string;
  bot?: boolean;
}

/** A face: the picture when there is one and it loads, else initials; the bot has its bell. Always decoration. */
export function Avatar({ name, picture, server, bot }: Who) {
  const [broken, setBroken] = useState('');
  const src = safeImage(picture, server);
  if (src && src !== broken) {
    return (
      <img class="avatar" src={src} alt="" referrerpolicy="no-referrer" decoding="async" onError={() => setBroken(src)} />
    );
  }
  return (
    <span class={`avatar ${bot ? 'is-bot' : 'is-initials'}`} aria-hidden="true">
      {bot ? <Icon name="bell" size={18} /> : initials(name)}
    </span>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '');
  return letters.join('').toLocaleUpperCase() || '?';
}
