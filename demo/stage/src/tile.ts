// One customer's window: the real shop page with the real widget in a frame. What the stage does with it goes through the
// public `Deskbell(…)`; what it sees is what the customer sees, and what the tap in that page lets through.

import { wear_scheme } from '../../shared/scheme.ts';
import type { Scheme } from '../../shared/stage_words.ts';
import type { Way } from './wire.ts';

export interface Tap {
  cut(): void;
  mend(): void;
  sleep(): void;
  wake(): void;
}

export interface Weight {
  bytes: number;
  files: string[];
}

type Page = Window & typeof globalThis & { Deskbell?: (verb: string, ...values: unknown[]) => unknown };

const events = ['ready', 'open', 'close', 'message', 'sent', 'handoff', 'state', 'agent', 'ended', 'rated', 'link'];

export class Tile {
  readonly name: string;
  readonly address: string;
  readonly #changed: () => void;
  #frame: HTMLIFrameElement | null = null;
  #watched: ShadowRoot | null = null;
  tap: Tap | null = null;
  ready = false;
  /** What has come to pass here. */
  bot_spoke = false;
  human_wanted = false;
  agent_spoke = false;

  constructor(name: string, address: string, changed: () => void) {
    this.name = name;
    this.address = address;
    this.#changed = changed;
  }

  get frame(): HTMLIFrameElement | null {
    return this.#frame;
  }

  get #page(): Page | null {
    return this.#frame?.contentWindow as Page | null;
  }

  get #chat(): ShadowRoot | null {
    return this.#page?.document.querySelector('deskbell-chat')?.shadowRoot ?? null;
  }

  /** The frame as it stands in the page; null when it is taken away. */
  mount = (frame: HTMLIFrameElement | null): void => {
    this.#frame = frame;
  };

  /** The shop has (re)loaded. */
  attach(on_f6: () => void): void {
    const page = this.#page;
    if (!page) return;
    this.ready = this.#chat !== null;
    this.#watch();
    for (const name of events) page.document.addEventListener(`deskbell:${name}`, (event) => this.#hear(name, (event as CustomEvent).detail));
    page.addEventListener('keydown', (event) => {
      if (event.key !== 'F6') return;
      event.preventDefault();
      on_f6();
    });
    new page.PerformanceObserver(() => this.#changed()).observe({ type: 'resource', buffered: true });
    this.#changed();
  }

  #hear(name: string, detail: unknown): void {
    if (name === 'ready') this.ready = true;
    if (name === 'message') {
      const { role } = detail as { role: string };
      this.bot_spoke ||= role === 'bot';
      this.agent_spoke ||= role === 'agent';
    }
    if (name === 'handoff' || (name === 'state' && (detail === 'waiting' || detail === 'open'))) this.human_wanted = true;
    this.#watch();
    this.#changed();
  }

  // The page is told before it is drawn, and what is drawn is what counts here.
  #watch(): void {
    const chat = this.#chat;
    if (!chat || chat === this.#watched) return;
    this.#watched = chat;
    new MutationObserver(() => this.#changed()).observe(chat, { subtree: true, childList: true, characterData: true, attributeFilter: ['data-state'] });
  }

  deskbell(verb: string, ...values: unknown[]): unknown {
    return this.#page?.Deskbell?.(verb, ...values);
  }

  get session(): string {
    return String(this.deskbell('get', 'session') ?? '');
  }

  /** How many of the bubbles say this, and in which state the last of them is. */
  said(text: string): { times: number; state: string } {
    const bubbles = [...(this.#chat?.querySelectorAll<HTMLElement>('[data-testid=message]') ?? [])].filter((one) => one.textContent?.includes(text));
    return { times: bubbles.length, state: bubbles.at(-1)?.dataset['state'] ?? '' };
  }

  /** A part of the chat by its test id. */
  part(id: string): HTMLElement | null {
    return this.#chat?.querySelector<HTMLElement>(`[data-testid=${id}]`) ?? null;
  }

  weight(): Weight {
    const all = (this.#page?.performance.getEntriesByType('resource') ?? []) as PerformanceResourceTiming[];
    const chat = all.filter(({ name }) => /\/widget(\.js|\/[\w-]+\.js)/.test(name));
    return { bytes: chat.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0), files: chat.map(({ name }) => new URL(name).pathname) };
  }

  wear(scheme: Scheme): void {
    if (this.#page?.document) wear_scheme(this.#page.document, scheme);
    this.deskbell('theme', { scheme });
  }

  focus(): void {
    const chat = this.part('composer') ?? this.part('launcher');
    this.#frame?.focus();
    chat?.focus();
  }
}

/** What the tap in the shop page (demo/public/tap.js) looks for in the page around it. */
export interface TapHost {
  entered(frame: Element, tap: Tap): void;
  heard(frame: Element, way: Way, data: string): void;
}
