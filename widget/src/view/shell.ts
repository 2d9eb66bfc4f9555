// What of the widget is on the screen: launcher, panel, the small form. Says nothing about the conversation itself.

import { Emitter } from '../core/emitter.ts';
import type { Client, Snapshot } from '../core/client.ts';
import type { Role } from '../core/protocol.ts';
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
  emailWrong: boolean;
  /** New messages stand below the part the customer is reading. */
  behind: boolean;
  draft: string;
}

/** All a component needs to know, handed down as one prop. */
export interface Ui {
  client: Client;
  shell: Shell;
  texts: Texts;
  options: Options;
}

/** Where focus can be sent, as selectors. */
export const places = { composer: 'textarea', launcher: '.launcher', form: 'input', email: '#db-email', log: '.log' };

export class Shell {
  readonly emitter = new Emitter();
  state: ShellState = {
    visible: true, open: false, everOpened: false, small: false, humanForm: false, emailWrong: false, behind: false, draft: '',
  };
  #wish: keyof typeof places | null = null;

  /** Nothing of the page can be seen: a phone's panel is open. */
  get coversPage(): boolean {
    const { visible, open, small } = this.state;
    return visible && open && small;
  }

  /** `focus` names where focus should be after the next drawing. */
  change(part: Partial<ShellState>, focus: keyof typeof places | null = null): void {
    this.state = { ...this.state, ...part };
    this.#wish = focus ?? this.#wish;
    this.emitter.emit('change');
  }

  /** Focus moves only when a person asked for the panel; a page that opens it by itself must not take the caret. */
  open(focus: boolean): void {
    const was = this.state.open;
    this.change({ visible: true, open: true, everOpened: true }, focus ? 'composer' : null);
    if (!was) this.emitter.emit('open');
  }

  close(focus: boolean): void {
    if (!this.state.open) return;
    this.change({ open: false, humanForm: false }, focus ? 'launcher' : null);
    this.emitter.emit('close');
  }

  takeWish(): string | null {
    const wish = this.#wish;
    this.#wish = null;
    return wish && places[wish];
  }
}

/** Nobody but the bot is there, and nobody else was asked for: a person may be. */
export const mayAskHuman = ({ state, askingHuman }: Snapshot): boolean => (state === 'bot' || state === 'none') && !askingHuman;

/** What to call whoever wrote or writes. */
export const nameOf = ({ texts }: Ui, who: { role: Role; name?: string | null | undefined }): string =>
  who.name || texts[who.role === 'bot' ? 'bot' : 'agentFallback'];

/** The same road to a person from every button: a short form when we do not know who asks, else at once. */
export function wantHuman({ client, shell, options }: Ui): void {
  const { customer, state, askingHuman } = client.snapshot;
  if (state === 'waiting' || state === 'open' || askingHuman) return;
  const known = customer.name && customer.email;
  if (known) client.askHuman({ topic: options.topic });
  shell.change({ humanForm: !known, emailWrong: false }, known ? 'composer' : 'form');
}
