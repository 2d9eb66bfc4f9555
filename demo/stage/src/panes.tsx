// The two sides. Each frame is the real page, at its own address.

import { useEffect, useState } from 'preact/hooks';
import type { Stage } from './stage.ts';
import type { Tile } from './tile.ts';

const patience_ms = 8_000;

function ShopTile({ stage, tile }: { stage: Stage; tile: Tile }) {
  const first = tile === stage.john;
  return (
    <div class="tile" data-testid="tile" data-name={tile.name}>
      <div class="bar">
        <span class="lights" aria-hidden="true"><i /><i /><i /></span>
        <h3 class="bar-title">{first && stage.tiles.length === 1 ? 'What your customer sees' : tile.name}</h3>
        <a class="bar-link" href={tile.address} target="_blank" rel="noopener" aria-label={`Open in a tab of its own: ${tile.name}`}>↗</a>
        {!first && <button type="button" class="bar-link" aria-label={`Close: ${tile.name}`} onClick={() => stage.remove_tile(tile)}>×</button>}
      </div>
      <div class="screen">
        <iframe
          ref={tile.mount}
          src={tile.address}
          title={`The shop, as ${tile.name} sees it`}
          onLoad={() => {
            tile.attach(() => stage.go_to('desk'));
            if (stage.scheme !== 'auto') tile.wear(stage.scheme);
            if (stage.rtl) tile.deskbell('locale', 'ar');
          }}
        />
      </div>
    </div>
  );
}

export function ShopPane({ stage }: { stage: Stage }) {
  return (
    <section class="pane shop" aria-labelledby="shop-title" data-phone={stage.phone}>
      <h2 id="shop-title" class="visually-hidden">The shop, as customers see it</h2>
      <div class="tiles" data-count={stage.tiles.length}>
        {stage.tiles.map((tile) => <ShopTile key={tile.name} stage={stage} tile={tile} />)}
      </div>
    </section>
  );
}

export function DeskPane({ stage }: { stage: Stage }) {
  const { desk } = stage;
  const [late, set_late] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => set_late(true), patience_ms);
    return () => clearTimeout(timer);
  }, []);
  const silent = stage.desk_failed || (late && desk && !desk.state);
  return (
    <section class="pane desk" aria-labelledby="desk-title">
      <h2 id="desk-title" class="visually-hidden">The team, as agents see it</h2>
      <div class="tile">
        <div class="bar">
          <span class="lights" aria-hidden="true"><i /><i /><i /></span>
          <h3 class="bar-title">What your team sees</h3>
          {desk && <a class="bar-link" href={desk.address} target="_blank" rel="noopener" aria-label="Open in a tab of its own: the team">↗</a>}
        </div>
        <div class="screen">
          {desk && <iframe ref={desk.mount} src={desk.address} title="The team’s channel" data-testid="desk" />}
          {silent && (
            <p class="silent" role="alert">
              {desk ? <>The agents’ page does not answer at <a href={desk.address}>{desk.address}</a>. Is it reachable from this browser?</> : 'There is no agents’ page here. “deskbell demo” starts one.'}
            </p>
          )}
        </div>
      </div>
    </section>
  );
}
