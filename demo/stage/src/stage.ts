// Everything on the stage: the customers' windows, the agents' page, what went over the wire, how it all looks. The views
// draw it; nothing here touches the stage's own elements.

import type { Call } from '../../../sandbox/ui/src/types.ts';
import type { Scheme } from '../../shared/stage_words.ts';
import { Desk } from './desk.ts';
import { News } from './news.ts';
import { Tile, type Tap, type TapHost } from './tile.ts';
import { line_of, type Way, type WireLine } from './wire.ts';

export type Side = 'shop' | 'desk';

const lines_max = 300;

export class Stage implements TapHost {
  readonly news = new News();
  readonly changed = () => this.news.tell();
  tiles: Tile[] = [new Tile('John', '/demo/', this.changed)];
  desk: Desk | null = null;
  desk_failed = false;
  /** The side that is seen where there is no room for both, and what has happened on the other one since. */
  side: Side = 'shop';
  unseen = false;
  /** What is going on, in a sentence. */
  caption = '';
  wire: WireLine[] = [];
  wire_shown = false;
  scheme: Scheme = 'auto';
  phone = false;
  rtl = false;
  #lines = 0;
  #replies_seen = 0;

  get john(): Tile {
    return this.tiles[0]!;
  }

  get calls(): Call[] {
    return this.desk?.state?.calls ?? [];
  }

  async open_desk(): Promise<void> {
    try {
      const answer = await fetch('/demo/config.json');
      const { sandbox_url } = (await answer.json()) as { sandbox_url?: string };
      const url = new URL(sandbox_url ?? '');
      if (!/^https?:$/.test(url.protocol)) throw new Error('no address');
      this.desk = new Desk(url.href, () => this.#desk_changed());
      this.desk.on_other_pane = () => this.go_to('shop');
    } catch {
      this.desk_failed = true;
    }
    this.changed();
  }

  #desk_changed(): void {
    const threads = this.desk?.state?.channels.flatMap(({ messages }) => messages) ?? [];
    const news = threads.length + threads.reduce((sum, { reply_count = 0 }) => sum + reply_count, 0);
    if (news > this.#replies_seen && this.side === 'shop') this.unseen = this.#replies_seen > 0;
    this.#replies_seen = news;
    this.changed();
  }

  tile_of(frame: Element): Tile | undefined {
    return this.tiles.find((tile) => tile.frame === frame);
  }

  entered(frame: Element, tap: Tap): void {
    const tile = this.tile_of(frame);
    if (tile) tile.tap = tap;
  }

  heard(frame: Element, way: Way, data: string): void {
    this.wire = [...this.wire, line_of((this.#lines += 1), this.tile_of(frame)?.name ?? '', way, data)].slice(-lines_max);
    if (this.side === 'desk' && way === 'down' && data.includes('"role":"agent"')) this.unseen = true;
    this.changed();
  }

  say(caption: string): void {
    this.caption = caption;
    this.changed();
  }

  show(side: Side): void {
    this.side = side;
    this.unseen = false;
    this.changed();
  }

  go_to(side: Side): void {
    this.show(side);
    if (side === 'shop') this.john.focus();
    else this.desk?.focus();
  }

  add_tile(name: string, address: string): Tile {
    const tile = new Tile(name, address, this.changed);
    this.tiles = [...this.tiles, tile];
    this.changed();
    return tile;
  }

  remove_tile(tile: Tile): void {
    this.tiles = this.tiles.filter((other) => other !== tile);
    this.changed();
  }

  tile_named(name: string): Tile | undefined {
    return this.tiles.find((tile) => tile.name === name);
  }

  change(part: Partial<Pick<Stage, 'phone' | 'rtl' | 'scheme' | 'wire_shown'>>): void {
    Object.assign(this, part);
    this.changed();
  }
}
