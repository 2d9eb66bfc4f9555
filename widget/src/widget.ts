// One widget on one page: builds the parts, carries out the page's commands, listens to the browser, and can take
// itself away without a trace. Nothing here runs before `start`.

import { Client } from './core/client.ts';
import { Emitter, type Listener } from './core/emitter.ts';
import { customerOf } from './core/protocol.ts';
import { openStore, type Store } from './core/storage.ts';
import { browserEnvironment, prefixOf } from './environment.ts';
import { withOverrides, type Options } from './options.ts';
import { DeskbellChat, tagName } from './view/element.tsx';
import { Shell, wantHuman, type Ui } from './view/shell.ts';
import { english } from './view/texts.ts';

export class Widget {
  #options: Options;
  #ui: Ui | null = null;
  #element: DeskbellChat | null = null;
  #ending = new AbortController();
  #startHeld = false;
  // Outlives the client, so that a page may listen before the start and after a restart.
  readonly #page = new Emitter();

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
        return this.#page.on(String(first), second as Listener);
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
        throw new Error('no such command');
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
    const customer = customerOf(details);
    const { topic = this.#options.topic, note } = (details ?? {}) as { topic?: string; note?: string };
    ui.shell.open(true);
    // Whoever says who asks, or why, has asked enough: no form.
    if (customer || note) ui.client.askHuman({ customer, topic, note });
    else wantHuman(ui);
  }

  #update(details: unknown): void {
    const customer = customerOf(details);
    if (this.#ui) this.#ui.client.updateCustomer(customer ?? {});
    else this.#options = { ...this.#options, customer: { ...this.#options.customer, ...customer } };
  }

  #get(name: string): unknown {
    const { unread = 0, state = 'none', link = 'idle', agent = null, session, customer = this.#options.customer } =
      this.#ui?.client.snapshot ?? {};
    const { open = false, visible = false } = this.#ui?.shell.state ?? {};
    const values: Record<string, unknown> = {
      unread, open, visible, state, link, agent, session: session?.id ?? null, customer: { ...customer },
    };
    return values[name];
  }

  #start(): Ui {
    if (this.#ui) return this.#ui;
    const options = this.#options;
    this.#ending = new AbortController();
    const client = new Client(options.server, browserEnvironment(options), options.customer);
    const shell = new Shell();
    this.#ui = { client, shell, options, texts: { ...english, ...options.texts } };
    if (!customElements.get(tagName)) customElements.define(tagName, DeskbellChat);
    const placed = document.querySelector<DeskbellChat>(tagName);
    this.#element = placed ?? (document.createElement(tagName) as DeskbellChat);
    if (!placed) document.body.append(this.#element);
    this.#element.mount(this.#ui);
    this.#tellThePage(this.#ui);
    this.#watchTheBrowser(this.#ui);
    client.start();
    if (this.#tab().get('open')) shell.open(false);
    this.#tell('ready');
    return this.#ui;
  }

  // Everything the parts say is told to the page: as a CustomEvent `deskbell:<name>` too.
  #tellThePage({ client, shell }: Ui): void {
    client.emitter.tap = (name, detail) => {
      if (name === 'link' && shell.state.open) this.#rememberOpen(true);
      this.#tell(name, detail);
    };
    shell.emitter.tap = (name) => {
      if (name !== 'change') this.#rememberOpen(name === 'open');
      if (name === 'open') client.wake();
      this.#tell(name);
    };
  }

  #tell(name: string, detail?: unknown): void {
    if (name === 'change') return; // of interest to the view alone
    this.#element?.dispatchEvent(new CustomEvent(`deskbell:${name}`, { detail, bubbles: true, composed: true }));
    this.#page.emit(name, detail);
  }

  #watchTheBrowser({ client, shell }: Ui): void {
    const { signal } = this.#ending;
    const wake = () => client.wake();
    // Read means: the panel is open and the page is in front of somebody.
    const look = () => {
      const seen = shell.state.open && document.visibilityState === 'visible';
      if (seen && client.snapshot.unread > 0) client.markRead();
    };
    client.emitter.on('change', look);
    shell.emitter.on('change', look);
    addEventListener('online', wake, { signal });
    addEventListener('offline', wake, { signal }); // a probe finds out whether it is true
    addEventListener('pageshow', (event) => event.persisted && client.wake(), { signal });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') client.wake();
      look();
    }, { signal });
    const prefix = prefixOf(this.#options.site);
    addEventListener('storage', (event) => {
      if (event.key === null) client.onStorage('session'); // everything was cleared
      else if (event.key.startsWith(prefix)) client.onStorage(event.key.slice(prefix.length));
    }, { signal });
    this.#survivePageChanges(signal);
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

  // An open panel stays open on the shop's next page, once there is a conversation to keep open.
  #rememberOpen(open: boolean): void {
    if (open && this.#ui?.client.hasSession) this.#tab().set('open', true);
    else this.#tab().remove('open');
  }

  #tab(): Store {
    return openStore(prefixOf(this.#options.site), () => (this.#options.persist ? sessionStorage : null));
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
