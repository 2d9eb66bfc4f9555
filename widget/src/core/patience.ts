// When an absent link is worth a word: a reconnect that takes a moment is nobody's business; one that takes longer is said.

import type { LinkState } from './link.ts';
import type { Timers } from './timers.ts';

const patienceMs = 1500;

export class Patience {
  over = false;
  readonly #timers: Timers;
  readonly #changed: () => void;

  constructor(timers: Timers, changed: () => void) {
    this.#timers = timers;
    this.#changed = changed;
  }

  see(link: LinkState): void {
    if (link === 'connecting' || link === 'offline') {
      if (!this.over && !this.#timers.has('trouble')) this.#timers.after('trouble', patienceMs, () => this.#become(true));
      return;
    }
    this.#timers.cancel('trouble');
    if (this.over) this.#become(false);
  }

  #become(over: boolean): void {
    this.over = over;
    this.#changed();
  }
}
