// The remote control a page holds: carries out what needs no chat (listening, options, the launcher), fetches the chat
// when somebody wants it or an earlier page left a conversation, and hands it the rest, in order. Nothing is stored here.

import { Emitter, type Listener } from './core/emitter.ts';
import { customerOf, type Customer } from './core/protocol.ts';
import { DeskbellChat, tagName } from './element.ts';
import type { Chat, ChatModule, Host } from './host.ts';
import { Launcher } from './launcher.ts';
import { languageOf, prefixOf, withOverrides, type Options, type Theme } from './options.ts';

export type LoadChat = (options: Options) => Promise<ChatModule>;

const retryDelayMs = [500, 2_000, 5_000, 15_000];
// These ask for the chat; anything else said before it is here changes how it will be.
const wants = /^(open|toggle|send|prefill|talkToHuman)$/;

export class Loader {
  readonly #load: LoadChat;
  readonly #page = new Emitter();
  #options: Options;
  #element: DeskbellChat | null = null;
  #launcher: Launcher | null = null;
  #chat: Chat | null = null;
  #loading = false;
  #queue: [verb: string, args: unknown[]][] = [];
  #visible = true;
  #startHeld = false;
  #ending = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: Options, load: LoadChat) {
    this.#options = options;
    this.#load = load;
  }

  command(verb: string, args: unknown[]): unknown {
    const [first, second] = args;
    switch (verb) {
      case 'on':
        return this.#page.on(String(first), second as Listener);
      case 'get':
        return this.#get(String(first));
      case 'boot':
        if (this.#element) this.#destroy();
        this.#options = withOverrides(this.#options, first);
        this.#visible = true;
        return this.#start();
      case 'start':
        return this.#start();
      case 'destroy':
        return this.#destroy();
      case 'show':
      case 'hide':
        this.#visible = verb === 'show';
        if (this.#visible) this.#start();
        else if (!this.#element) this.#startHeld = true;
        this.#drawLauncher();
        return this.#chat?.command(verb, args);
      default:
        return this.#forChat(verb, args);
    }
  }

  /** The script tag's own start, unless the page hid, booted or ended the widget first. */
  startUnlessTold(): void {
    if (!this.#startHeld) this.#start();
  }

  #forChat(verb: string, args: unknown[]): unknown {
    this.#remember(verb, args[0]);
    if (this.#chat) return this.#chat.command(verb, args);
    if (/^(shutdown|forget)$/.test(verb)) {
      if (this.#kept().length === 0 && !this.#loading) return undefined;
    } else if (verb === 'close') {
      this.#queue = this.#queue.filter(([other]) => other !== 'open');
      return undefined;
    } else if (!wants.test(verb)) {
      if (!/^(update|identify|consent|theme|locale|page)$/.test(verb)) throw new Error('no such command');
      return undefined;
    }
    this.#start();
    this.#queue.push([verb, args]);
    this.#fetch();
    return true;
  }

  // What is said about the customer or the look holds for every chat to come on this page.
  #remember(verb: string, value: unknown): void {
    const options = { ...this.#options };
    if (verb === 'update') options.customer = { ...options.customer, ...customerOf(value) } as Customer;
    else if (verb === 'identify') options.identity = identityOf(value);
    else if (verb === 'consent') options.consent = value === 'denied' ? 'denied' : 'granted';
    else if (verb === 'page') options.page = value as NonNullable<Options['page']>;
    else if (verb === 'locale') options.locale = String(value);
    else if (verb === 'theme') {
      const { accent, scheme } = (typeof value === 'string' ? { scheme: value } : (value ?? {})) as Theme;
      if (accent) options.accent = accent;
      if (scheme) options.theme = scheme;
    } else if (verb === 'shutdown' || verb === 'forget') {
      delete options.customer;
      delete options.identity;
    } else return;
    this.#options = options;
    this.#element?.dress(options, languageOf(options));
  }

  #get(name: string): unknown {
    const before: Record<string, unknown> = {
      unread: 0, open: false, visible: this.#element !== null && this.#visible, state: 'none', link: 'idle', agent: null,
      session: null, customer: { ...this.#options.customer },
    };
    return this.#chat ? this.#chat.get(name) : before[name];
  }

  #start(): void {
    if (this.#element) return;
    const options = this.#options;
    const language = languageOf(options);
    this.#ending = new AbortController();
    if (!customElements.get(tagName)) customElements.define(tagName, DeskbellChat);
    const placed = document.querySelector<DeskbellChat>(tagName);
    this.#element = placed ?? (document.createElement(tagName) as DeskbellChat);
    this.#launcher = new Launcher(language, () => this.command('toggle', [{ focus: true }]), () => this.#fetch());
    this.#element.mount(options, language, this.#launcher);
    if (!placed) document.body.append(this.#element);
    this.#drawLauncher();
    this.#survivePageChanges(this.#ending.signal);
    if (this.#kept().length > 0) this.#fetch();
    this.#tell('ready');
  }

  #drawLauncher(): void {
    if (!this.#chat) this.#launcher?.show({ hidden: !this.#visible || this.#options.hideLauncher });
  }

  /** Names of what earlier pages left in the browser. Reading is not storing, and may be forbidden. */
  #kept(): string[] {
    if (!this.#options.persist || this.#options.consent === 'denied') return [];
    try {
      return ['session', 'outbox', 'forget'].filter((name) => localStorage.getItem(prefixOf(this.#options.site) + name));
    } catch {
      return [];
    }
  }

  #fetch(attempt = 0): void {
    if (this.#chat || (this.#loading && attempt === 0)) return;
    this.#loading = true;
    const { signal } = this.#ending;
    this.#launcher?.busy(this.#queue.length > 0, attempt > 1);
    this.#load(this.#options).then(async ({ startChat }) => {
      if (signal.aborted) return;
      const chat = await startChat(this.#host());
      if (signal.aborted) return chat.destroy();
      this.#loading = false;
      this.#chat = chat;
      this.#launcher!.busy(false);
      for (const [verb, args] of this.#queue.splice(0)) chat.command(verb, args);
    }).catch((error: unknown) => {
      if (signal.aborted) return;
      if (attempt === 0) console.error('Deskbell: the chat could not be loaded', error);
      this.#tell('error', { code: 'chat_unavailable' });
      const delay = retryDelayMs[Math.min(attempt, retryDelayMs.length - 1)]!;
      this.#timer = setTimeout(() => this.#fetch(attempt + 1), delay * (1 + Math.random()));
      this.#launcher?.busy(this.#queue.length > 0, attempt > 0);
    });
  }

  #host(): Host {
    const options = () => this.#options;
    return {
      get options() {
        return options();
      },
      language: languageOf(this.#options), element: this.#element!, launcher: this.#launcher!, visible: this.#visible,
      tell: (name, detail) => this.#tell(name, detail),
    };
  }

  #tell(name: string, detail?: unknown): void {
    this.#element?.dispatchEvent(new CustomEvent(`deskbell:${name}`, { detail, bubbles: true, composed: true }));
    this.#page.emit(name, detail);
  }

  // Pages that swap their body on navigation take our element out; it goes back with its conversation intact.
  #survivePageChanges(signal: AbortSignal): void {
    const look = () => {
      if (this.#element && !this.#element.isConnected) document.body?.append(this.#element);
      for (const watched of [document.documentElement, document.body]) observer.observe(watched, { childList: true });
    };
    const observer = new MutationObserver(look);
    look();
    signal.addEventListener('abort', () => observer.disconnect());
  }

  #destroy(): void {
    this.#startHeld = true;
    this.#ending.abort();
    clearTimeout(this.#timer);
    this.#chat?.destroy();
    this.#element?.unmount();
    this.#element?.remove();
    this.#chat = this.#element = this.#launcher = null;
    this.#loading = false;
    this.#queue = [];
  }
}

/** `{token: async () => jwt}`, `{token: jwt}`, or either of the two alone. */
function identityOf(value: unknown): NonNullable<Options['identity']> {
  const { token = value } = (value ?? {}) as { token?: unknown };
  return (typeof token === 'function' ? token : String(token ?? '')) as NonNullable<Options['identity']>;
}
