// What of the widget is on the screen: launcher, panel, the small form. Says nothing about the conversation itself.

import { Emitter } from '../core/emitter.ts';
import type { Client } from '../core/client.ts';
import type { Texts } from './texts.ts';
import type { Options } from '../options.ts';

export interface ShellState {
  /** Launcher and panel may be seen at all. */
  visible: boolean;
  open: boolean;
  everOpened: boolean;
  /** The screen is so small that an open panel fills it, and the page behind is out of reach. */
  small: boolean;
  humanForm: boolean;
  draft: string;
}

/** All a component needs to know, handed down as one prop. */
export interface Ui {
  client: Client;
  shell: Shell;
  texts: Texts;
  options: Options;
}

export type FocusWish = 'composer' | 'launcher' | 'form' | null;

export class Shell {
  readonly emitter = new Emitter();
  state: ShellState;
  /** Where focus should go after the next drawing; taken by the component that owns the place. */
  #wish: FocusWish = null;

  constructor(visible: boolean) {
    this.state = { visible, open: false, everOpened: false, small: false, humanForm: false, draft: '' };
  }

  change(part: Partial<ShellState>, wish: FocusWish = null): void {
    this.state = { ...this.state, ...part };
    if (wish) this.#wish = wish;
    this.emitter.emit('change');
  }

  /** Focus moves only when a person asked for the panel; a page that opens it by itself must not take the caret. */
  open(focus: boolean): void {
    if (!this.state.open) {
      this.change({ visible: true, open: true, everOpened: true }, focus ? 'composer' : null);
      this.emitter.emit('open');
    } else if (focus) {
      this.change({}, 'composer');
    }
  }

  close(focus: boolean): void {
    if (!this.state.open) return;
    this.change({ open: false, humanForm: false }, focus ? 'launcher' : null);
    this.emitter.emit('close');
  }

  takeWish(wish: FocusWish): boolean {
    if (this.#wish !== wish) return false;
    this.#wish = null;
    return true;
  }
}

/** The same road to a person from every button: a short form when we do not know who asks, else at once. */
export function wantHuman(ui: Ui): void {
  const { customer, state, askingHuman } = ui.client.snapshot;
  if (state === 'waiting' || state === 'open' || askingHuman) return;
  if (customer.name && customer.email) {
    ui.client.askHuman();
    ui.shell.change({ humanForm: false }, 'composer');
  } else {
    ui.shell.change({ humanForm: true }, 'form');
  }
}
