// The agents' page in its frame, reached by messages: it lives at another address, and is asked like a stranger.

import type { Message } from '../../../sandbox/ui/src/types.ts';
import type { DeskOrder, DeskState, FromDesk, FromStage } from '../../shared/stage_words.ts';

export interface Thread {
  channel: string;
  root: Message;
  replies: Message[];
}

const hello_every_ms = 400;
const answer_ms_max = 30_000;

export class Desk {
  readonly address: string;
  readonly #origin: string;
  readonly #changed: () => void;
  #frame: HTMLIFrameElement | null = null;
  #calls = 0;
  readonly #waiting = new Map<number, (answer: Extract<FromDesk, { news: 'answer' }>) => void>();
  #hello: ReturnType<typeof setInterval> | undefined;
  state: DeskState | null = null;
  on_other_pane = () => {};

  constructor(address: string, changed: () => void) {
    this.address = address;
    this.#origin = new URL(address).origin;
    this.#changed = changed;
    addEventListener('message', this.#hear);
    // It answers only once it knows whose app it belongs to.
    this.#hello = setInterval(() => this.#post({ do: 'wear', scheme: this.#scheme }), hello_every_ms);
  }

  #scheme: Extract<DeskOrder, { do: 'wear' }>['scheme'] = 'auto';

  mount = (frame: HTMLIFrameElement | null): void => {
    this.#frame = frame;
  };

  #hear = ({ source, origin, data }: MessageEvent<FromDesk | null>): void => {
    if (source !== this.#frame?.contentWindow || origin !== this.#origin || data?.deskbell !== 'desk') return;
    if (data.news === 'answer') this.#waiting.get(data.call)?.(data);
    else if (data.news === 'other_pane') this.on_other_pane();
    else {
      clearInterval(this.#hello);
      this.state = data.state;
      this.#changed();
    }
  };

  #post(order: DeskOrder): number {
    const call = (this.#calls += 1);
    const words: FromStage = { deskbell: 'stage', call, ...order };
    this.#frame?.contentWindow?.postMessage(words, this.#origin);
    return call;
  }

  /** What it gave back; an error when it would not, or said nothing. */
  ask(order: DeskOrder): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const call = this.#post(order);
      const end = () => {
        clearTimeout(late);
        this.#waiting.delete(call);
      };
      const late = setTimeout(() => {
        end();
        reject(new Error('the agents’ page did not answer'));
      }, answer_ms_max);
      this.#waiting.set(call, ({ ok, detail, body }) => {
        end();
        if (ok) resolve(body);
        else reject(new Error(detail));
      });
    });
  }

  act(action: string, body: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.ask({ do: 'act', action, body });
  }

  wear(scheme: Extract<DeskOrder, { do: 'wear' }>['scheme']): void {
    this.#scheme = scheme;
    this.#post({ do: 'wear', scheme });
  }

  focus(): void {
    this.#frame?.focus();
    this.#post({ do: 'focus' });
  }

  /** The thread of a customer's session: its parent carries the session's id. */
  thread(session: string): Thread | undefined {
    if (!session) return undefined;
    for (const channel of this.state?.channels ?? []) {
      const root = channel.messages.find((message) => !message.broadcast && (message.thread_ts ?? message.ts) === message.ts && JSON.stringify(message.blocks ?? '').includes(session));
      if (root) return { channel: channel.name, root, replies: root.replies ?? [] };
    }
    return undefined;
  }

  /** How many replies of a thread say this. */
  said(session: string, text: string): number {
    return this.thread(session)?.replies.filter((reply) => JSON.stringify([reply.text, reply.blocks]).includes(text)).length ?? 0;
  }
}
