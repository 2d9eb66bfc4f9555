// The stage as a page: hints and play on top, the two sides, the dock below.

import { useCallback, useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { wear_scheme } from '../../shared/scheme.ts';
import { Dock } from './dock.tsx';
import { is_dark } from './feats.ts';
import { Hints } from './hints.tsx';
import { DeskPane, ShopPane } from './panes.tsx';
import { Play } from './play.ts';
import type { Stage } from './stage.ts';
import { WirePanel } from './wire_panel.tsx';

function use_stage(stage: Stage): void {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => stage.news.on(() => draw(0)), [stage]);
}

// Everybody wears what was chosen: also a page that comes later.
function use_scheme(stage: Stage): void {
  const dark = is_dark(stage);
  const ready = stage.tiles.map((tile) => tile.ready).join();
  useEffect(() => {
    if (stage.scheme === 'auto') return;
    wear_scheme(document, stage.scheme);
    stage.desk?.wear(stage.scheme);
  }, [stage.scheme, stage.desk]);
  useEffect(() => {
    if (stage.scheme !== 'auto') for (const tile of stage.tiles) tile.wear(stage.scheme);
  }, [stage.scheme, dark, ready]);
}

function use_play(stage: Stage): [Play | null, () => void] {
  const [play, set_play] = useState<Play | null>(null);
  const current = useRef<Play | null>(null);
  const toggle = useCallback(() => {
    if (current.current) return current.current.stop();
    const speed = Number(new URLSearchParams(location.search).get('speed')) || 1;
    const next = new Play(stage, speed);
    current.current = next;
    set_play(next);
    void next.run().finally(() => {
      current.current = null;
      set_play(null);
    });
  }, [stage]);
  return [play, toggle];
}

export function App({ stage }: { stage: Stage }) {
  use_stage(stage);
  use_scheme(stage);
  const [play, toggle_play] = use_play(stage);

  useEffect(() => {
    const on_key = (event: KeyboardEvent) => {
      if (event.key !== 'F6') return;
      event.preventDefault();
      const in_shop = stage.tiles.some(({ frame }) => frame === document.activeElement);
      stage.go_to(in_shop ? 'desk' : 'shop');
    };
    addEventListener('keydown', on_key);
    return () => removeEventListener('keydown', on_key);
  }, [stage]);

  return (
    <div class="stage" data-side={stage.side}>
      <Hints stage={stage} play={play} toggle_play={toggle_play} />
      <nav class="sides" aria-label="Sides">
        {(['shop', 'desk'] as const).map((side) => (
          <button key={side} type="button" aria-current={stage.side === side} data-testid={`side-${side}`} onClick={() => stage.show(side)}>
            {side === 'shop' ? 'Customer' : 'Team'}
            {stage.unseen && stage.side !== side && <span class="dot"><span class="visually-hidden">, something new</span></span>}
          </button>
        ))}
      </nav>
      <main class="panes">
        <ShopPane stage={stage} />
        <DeskPane stage={stage} />
      </main>
      {stage.wire_shown && <WirePanel stage={stage} />}
      <Dock stage={stage} playing={play !== null} />
    </div>
  );
}
