import { safeImage } from '../core/rich.ts';
import { Icon } from './icons.tsx';
import type { Ui } from './shell.ts';

interface Who {
  ui: Ui;
  name: string;
  picture?: string | null | undefined;
  bot?: boolean;
}

/** A face: the picture when there is one and it loads, above the initials; the bot has its bell. Always decoration. */
export function Avatar({ ui, name, picture, bot }: Who) {
  const src = safeImage(picture, ui.options.server);
  return (
    <span class={`avatar ${bot ? 'fill' : 'tint'}`} aria-hidden="true">
      {bot ? <Icon name="bell" size={18} /> : initials(name)}
      {src && (
        <img
          key={src} src={src} alt="" referrerpolicy="no-referrer" onError={(event) => {
            event.currentTarget.hidden = true;
          }}
        />
      )}
    </span>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...word!][0] ?? '');
  return letters.join('').toLocaleUpperCase() || '?';
}
