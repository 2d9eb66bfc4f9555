// What is true only for the moment: somebody types, a bot's answer grows, a notice stands. None of it is in the log,
// so each fades by itself when nothing more is heard.

import type { Live, Role } from './protocol.ts';
import type { Timers } from './timers.ts';

export interface Signs {
  typing: { role: Role; name: string } | null;
  streaming: { id: string; text: string } | null;
  notice: string | null;
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
      const before = this.now.streaming;
      const text = before?.id === frame.message_id ? before.text + frame.text : frame.text;
      this.#show('streaming', { id: frame.message_id, text });
      this.clear('typing');
    } else {
      this.#show('notice', frame.text || null);
    }
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
