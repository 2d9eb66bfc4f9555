// What is true only for the moment: somebody types, a bot's answer grows, a notice stands. None of it is in the log,
// so each fades by itself when nothing more is heard.

import type { Live, Role } from './protocol.ts';
import type { Timers } from './timers.ts';

export interface Signs {
  typing: { role: Role; name: string } | null;
  streaming: { id: string; text: string } | null;
  notice: { code: string; text: string } | null;
}

const fadeMs = { typing: 6_000, streaming: 30_000, notice: 120_000 };

export class LiveSigns {
  now: Signs = { typing: null, streaming: null, notice: null };
  readonly #timers: Timers;
  readonly #changed: () => void;

  constructor(timers: Timers, changed: () => void) {
    this.#timers = timers;
    this.#changed = changed;
  }

  take(frame: Live): void {
    if (frame.type === 'typing') {
      if (frame.role !== 'customer') this.#show('typing', frame.on ? { role: frame.role, name: frame.name ?? '' } : null);
    } else if (frame.type === 'bot_delta') {
      this.#grow(frame);
    } else {
      this.#show('notice', frame.text ? { code: frame.code, text: frame.text } : null);
    }
  }

  // A piece that does not fit what we have means one was missed: then the draft is not shown, only that there is one.
  #grow({ message_id: id, offset, text: piece, end }: Live & { type: 'bot_delta' }): void {
    if (end) return this.clear('streaming', 'typing');
    const before = this.now.streaming?.id === id ? this.now.streaming.text : '';
    if (offset !== undefined && offset !== before.length && offset > 0) {
      this.clear('streaming');
      return this.#show('typing', { role: 'bot', name: '' });
    }
    this.#show('streaming', { id, text: (offset === 0 ? '' : before) + piece });
    this.clear('typing');
  }

  clear(...names: (keyof Signs)[]): void {
    for (const name of names) this.#show(name, null);
  }

  #show<K extends keyof Signs>(name: K, sign: Signs[K]): void {
    if (this.now[name] === sign) return;
    this.now = { ...this.now, [name]: sign };
    this.#changed();
    if (sign) this.#timers.after(name, fadeMs[name], () => this.#show(name, null as Signs[K]));
  }
}
