// One widget on one page: builds the parts, carries out the page's commands, listens to the browser, and can take
// itself away without a trace. Nothing here runs before `start`.

import { Client } from './core/client.ts';
import type { Listener } from './core/emitter.ts';
import type { Customer } from './core/protocol.ts';
import { browserEnvironment, prefixOf } from './environment.ts';
import { withOverrides, type Options } from './options.ts';
import { DeskbellChat, tagName } from './view/element.tsx';
import { Shell, wantHuman, type Ui } from './view/shell.ts';
import { english } from './view/texts.ts';

// What a page may listen to. Each is also a CustomEvent `deskbell:<name>` on the element.
const told = ['message', 'sent', 'failed', 'handoff', 'agent', 'state', 'rated', 'unread', 'error', 'link'] as const;

export class Widget {
  #options: Options;
  #ui: Ui | null = null;
  #element: DeskbellChat | null = null;
  #ending = new AbortController();
  #startHeld = false;
  // Listeners given before the start wait here and outlive a shutdown.
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(options: Options) {
    this.#options = options;
  }

  command(verb: string, args: unknown[]): unknown {
    const [first, second] = args;
    switch (verb) {
      case 'boot':
        return this.#boot(first);
      case 'open':
        return this.#start().shell.open((first as { focus?: boolean } | undefined)?.focus !== false);
      case 'close':
        return this.#ui?.shell.close(false);
      case 'toggle':
        return this.command(this.#ui?.shell.state.open ? 'close' : 'open', args);
      case 'show':
        return this.#start().shell.change({ visible: true });
      case 'hide':
        return this.#hide();
      case 'send':
        return this.#start().client.send(String(first ?? ''));
      case 'prefill':
        return this.#start().shell.change({ draft: String(first ?? '') });
      case 'talkToHuman':
        return this.#talkToHuman(first);
      case 'update':
        return this.#update(first);
      case 'on':
        return typeof second === 'function' ? this.#listen(String(first), second as Listener) : undefined;
      case 'get':
        return this.#get(String(first));
      case 'shutdown':
        this.#ui?.shell.close(false);
        this.#ui?.shell.change({ draft: '', humanForm: false });
        this.#rememberOpen(false);
        return this.#ui?.client.forget();
      case 'destroy':
        return this.#destroy();
      default:
        console.warn(`Deskbell: there is no command "${verb}"`);
        return undefined;
    }
  }

  /** The script tag's own start, unless the page hid or booted the widget first. */
  startUnlessTold(): void {
    if (!this.#startHeld) this.#start();
  }

  #boot(over: unknown): void {
    this.#options = withOverrides(this.#options, over);
    if (this.#ui) this.#destroy();
    this.#start();
  }

  #hide(): void {
    this.#startHeld = this.#ui === null;
    this.#ui?.shell.close(false);
    this.#ui?.shell.change({ visible: false });
  }

  #talkToHuman(details: unknown): void {
    const ui = this.#start();
    ui.shell.open(true);
    const { name, email, phone, attributes, topic, note } = (details ?? {}) as Customer & { topic?: string; note?: string };
    const customer = known({ name, email, phone, attributes });
    const more = known({ topic: topic ?? this.#options.topic, note });
    if (Object.keys(customer).length > 0) ui.client.askHuman({ customer, ...more });
    else if (Object.keys(more).length > 0 && ui.client.snapshot.customer.email) ui.client.askHuman(more);
    else wantHuman(ui);
  }

  #update(details: unknown): void {
    const { name, email, phone, attributes } = (details ?? {}) as Customer;
    const customer = known({ name, email, phone, attributes });
    if (this.#ui) this.#ui.client.updateCustomer(customer);
    else this.#options = { ...this.#options, customer: { ...this.#options.customer, ...customer } };
  }

  #listen(name: string, listener: Listener): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener));
    return () => void set.delete(listener);
  }

  #get(name: string): unknown {
    const snap = this.#ui?.client.snapshot;
    const shell = this.#ui?.shell.state;
    switch (name) {
      case 'unread': return snap?.unread ?? 0;
      case 'open': return shell?.open ?? false;
      case 'visible': return shell?.visible ?? false;
      case 'state': return snap?.state ?? 'none';
      case 'session': return snap?.session?.id ?? null;
      case 'agent': return snap?.agent ?? null;
      case 'customer': return { ...(snap?.customer ?? this.#options.customer) };
      case 'link': return snap?.link ?? 'idle';
      case 'options': return { ...this.#options };
      default: return undefined;
    }
  }

  #start(): Ui {
    if (this.#ui) return this.#ui;
    const options = this.#options;
    this.#ending = new AbortController();
    const client = new Client(options.server, browserEnvironment(options), options.customer);
    const shell = new Shell(true);
    this.#ui = { client, shell, options, texts: { ...english, ...options.texts } };
    if (!customElements.get(tagName)) customElements.define(tagName, DeskbellChat);
    const placed = document.querySelector<DeskbellChat>(tagName);
    this.#element = placed ?? (document.createElement(tagName) as DeskbellChat);
    if (!placed) document.body.append(this.#element);
    this.#element.mount(this.#ui);
    this.#tellThePage(this.#ui);
    this.#watchTheBrowser(this.#ui);
    client.start();
    if (this.#wasOpen() && client.snapshot) shell.open(false);
    this.#emit('ready');
    return this.#ui;
  }

  #tellThePage({ client, shell }: Ui): void {
    for (const name of told) client.emitter.on(name, (detail) => this.#emit(name, detail));
    for (const name of ['open', 'close'] as const) {
      shell.emitter.on(name, () => {
        this.#rememberOpen(name === 'open');
        if (name === 'open') client.wake();
        this.#emit(name);
      });
    }
  }

  #emit(name: string, detail?: unknown): void {
    this.#element?.dispatchEvent(new CustomEvent(`deskbell:${name}`, { detail, bubbles: true, composed: true }));
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(detail);
      } catch (error) {
        console.error(`Deskbell: a listener for "${name}" failed`, error);
      }
    }
  }

  #watchTheBrowser({ client }: Ui): void {
    const { signal } = this.#ending;
    const wake = () => client.wake();
    addEventListener('online', wake, { signal });
    addEventListener('offline', wake, { signal }); // a probe finds out whether it is true
    addEventListener('pageshow', (event) => event.persisted && client.wake(), { signal });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') client.wake();
    }, { signal });
    const prefix = prefixOf(this.#options.site);
    addEventListener('storage', (event) => {
      if (event.storageArea !== localShelf() || !this.#options.persist) return;
      if (event.key === null) client.onStorage('session');
      else if (event.key.startsWith(prefix)) client.onStorage(event.key.slice(prefix.length));
    }, { signal });
    this.#survivePageChanges(signal);
  }

  // Pages that swap their body on navigation take our element out; it goes back with its conversation intact.
  #survivePageChanges(signal: AbortSignal): void {
    const observer = new MutationObserver(() => {
      if (this.#element && !this.#element.isConnected) document.body?.append(this.#element);
      observer.observe(document.body, { childList: true });
    });
    observer.observe(document.documentElement, { childList: true });
    observer.observe(document.body, { childList: true });
    signal.addEventListener('abort', () => observer.disconnect());
  }

  // An open panel stays open on the next page of the shop, once there is a conversation to keep open.
  #rememberOpen(open: boolean): void {
    try {
      const key = `${prefixOf(this.#options.site)}open`;
      if (open && this.#options.persist && this.#ui?.client.hasSession) sessionStorage.setItem(key, '1');
      else sessionStorage.removeItem(key);
    } catch {
      // A page without storage opens closed.
    }
  }

  #wasOpen(): boolean {
    try {
      return this.#options.persist && sessionStorage.getItem(`${prefixOf(this.#options.site)}open`) === '1';
    } catch {
      return false;
    }
  }

  #destroy(): void {
    this.#startHeld = true;
    this.#ending.abort();
    this.#ui?.client.destroy();
    this.#element?.unmount();
    this.#element?.remove();
    this.#ui = null;
    this.#element = null;
  }
}

function localShelf(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

// Only what was given: an absent name must not erase a known one.
function known<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return Object.fromEntries(given) as { [K in keyof T]?: NonNullable<T[K]> };
}
