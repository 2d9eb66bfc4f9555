// What of the widget is on the screen: panel, forms, menu, what is being edited. Says nothing about the conversation.

import type { Client } from '../core/client.ts';
import { Emitter } from '../core/emitter.ts';
import type { DetailField, Role } from '../core/protocol.ts';
import { missing } from '../core/site.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { Options } from '../options.ts';
import type { Key, Texts } from './texts.ts';

export interface ShellState {
  /** Launcher and panel may be seen at all. */
  visible: boolean;
  open: boolean;
  everOpened: boolean;
  /** The screen is so small that an open panel fills it, and the page behind is out of reach. */
  small: boolean;
  /** The form before a person is asked for. */
  humanForm: boolean;
  /** The form for an answer by mail while nobody has come yet. */
  emailForm: boolean;
  menu: boolean;
  forgetting: boolean;
  /** Key of the message whose small menu is open, and of the one that is being changed. */
  chosen: string | null;
  editing: string | null;
  /** New messages stand below the part the customer is reading. */
  behind: boolean;
  /** Files are held over the panel. */
  dropping: boolean;
  /** More files were picked than a message takes. */
  tooManyFiles: boolean;
  /** The customer went past the form that comes first. */
  prechatSkipped: boolean;
  sound: boolean;
  draft: string;
}

/** All a component needs to know, handed down as one prop. */
export interface Ui {
  client: Client;
  shell: Shell;
  texts: Texts;
  options: Options;
}

/** Where focus can be sent, as selectors: the first that is there. */
export const places = {
  composer: 'textarea,.card input,.card button', launcher: '.launcher', form: '.card input', log: '.log', menu: '.menu button',
  menuButton: '.menu-button', confirm: '.confirm .fill', comment: '.comment',
};
export type Place = keyof typeof places;

export class Shell {
  readonly emitter = new Emitter();
  state: ShellState = {
    visible: true, open: false, everOpened: false, small: false, humanForm: false, emailForm: false, menu: false, forgetting: false,
    chosen: null, editing: null, behind: false, dropping: false, tooManyFiles: false, prechatSkipped: false, sound: true, draft: '',
  };
  #wish: Place | null = null;

  /** Nothing of the page can be seen: a phone's panel is open. */
  get coversPage(): boolean {
    const { visible, open, small } = this.state;
    return visible && open && small;
  }

  /** `focus` names where focus should be after the next drawing. */
  change(part: Partial<ShellState>, focus: Place | null = null): void {
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
    this.change({ open: false, humanForm: false, menu: false, forgetting: false, chosen: null }, focus ? 'launcher' : null);
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
  who.name || texts.say(who.role === 'bot' ? 'bot' : 'agentFallback');

/** A code in words, where there are any for it. */
export function reasonOf({ texts }: Ui, code: string | undefined, orElse?: Key): string {
  const key = `code_${code}`;
  return texts.has(key) ? texts.say(key) : orElse ? texts.say(orElse) : '';
}

/** `email!|name`: what a page asks for without a server's word; a field with a mark must be filled in. */
function fieldsOfPage({ options, texts }: Ui): DetailField[] {
  return (options.prechat ?? []).map((one) => {
    const name = one.replace(/!$/, '');
    return { name, label: /^(name|email|phone)$/.test(name) ? texts.say(name as 'name') : name, required: one.endsWith('!') };
  });
}

/** What is asked before the first word, when the site wants that. */
export function prechatFields(ui: Ui): DetailField[] {
  const { pre_chat } = ui.client.site;
  return pre_chat?.when === 'start' && pre_chat.fields.length > 0 ? pre_chat.fields : fieldsOfPage(ui);
}

/** The form stands in the composer's place until it is filled in, or passed where nothing in it is required. */
export function wantsPrechat(ui: Ui, snap: Snapshot): boolean {
  const fields = prechatFields(ui);
  if (fields.length === 0 || snap.session || snap.link === 'connecting') return false;
  if (snap.detailsMissing || missing(fields, snap.customer)) return true;
  const known = fields.every(({ required }) => required) || !missing(fields.map((one) => ({ ...one, required: true })), snap.customer);
  return !known && !ui.shell.state.prechatSkipped && snap.items.length === 0;
}

/** What is asked when a person is wanted. */
export function handoffFields({ client, texts }: Ui): DetailField[] {
  const { pre_chat } = client.site;
  if (pre_chat?.when === 'handoff' && pre_chat.fields.length > 0) return pre_chat.fields;
  return (['name', 'email'] as const).map((name) => ({ name, label: texts.say(name), required: false }));
}

/** The same road to a person from every button: a short form when we do not know who asks, else at once. */
export function wantHuman(ui: Ui): void {
  const { client, shell, options } = ui;
  const { customer, state, askingHuman } = client.snapshot;
  if (state === 'waiting' || state === 'open' || askingHuman) return;
  const known = !missing(handoffFields(ui).map((one) => ({ ...one, required: true })), customer);
  if (known) client.askHuman({ topic: options.topic });
  shell.change({ humanForm: !known }, known ? 'composer' : 'form');
}
