// The chat itself, loaded when somebody wants it: builds the parts, carries out the page's commands, listens to the
// browser, and can take itself away without a trace.

import { allowSound, chime, silence } from './chime.ts';
import { Client } from './core/client.ts';
import { customerOf, type SiteConfig } from './core/protocol.ts';
import { fetchSite } from './core/site.ts';
import { openStore, type Store } from './core/storage.ts';
import { browserEnvironment } from './environment.ts';
import type { Chat, Host } from './host.ts';
import { languageOf, prefixOf, type Language, type Options } from './options.ts';
import { draw, undraw, watchScreen } from './view/mount.tsx';
import { nameOf, Shell, wantHuman, type Ui } from './view/shell.ts';
import { Texts, type Words } from './view/texts.ts';

const words: Record<Language, () => Promise<{ default: Partial<Words> }> | null> = {
  en: () => null,
  ar: () => import('./locales/ar.ts'),
  de: () => import('./locales/de.ts'),
  es: () => import('./locales/es.ts'),
  fr: () => import('./locales/fr.ts'),
  ja: () => import('./locales/ja.ts'),
};

export async function startChat(host: Host): Promise<Chat> {
  const site = fetchSite((input, init) => fetch(input, init), host.options.server, host.options.site);
  const texts = await textsFor(host.options, host.language);
  return new ChatWidget(host, texts, site);
}

// A language that does not load leaves English, which is here already.
async function textsFor(options: Options, language: Language, site?: SiteConfig): Promise<Texts> {
  const loaded = await words[language]()?.catch(() => null);
  return new Texts(loaded || language === 'en' ? language : 'en', options.texts, site?.texts as Partial<Words>, loaded?.default);
}

class ChatWidget implements Chat {
  readonly #host: Host;
  readonly #ui: Ui;
  readonly #ending = new AbortController();
  #language: Language;

  constructor(host: Host, texts: Texts, site: Promise<SiteConfig | null>) {
    this.#host = host;
    this.#language = host.language;
    const client = new Client(host.options.server, browserEnvironment(() => host.options), host.options.customer);
    const shell = new Shell();
    this.#ui = { client, shell, texts, options: host.options };
    shell.change({ visible: host.visible, sound: host.options.sound });
    client.looks = () => shell.state.open && shell.state.visible && document.visibilityState === 'visible';
    this.#tellThePage();
    this.#watchTheBrowser(this.#ending.signal);
    draw(host.element, this.#ui);
    watchScreen(host.element, shell, this.#ending.signal);
    client.start();
    if (this.#tab().get('open')) shell.open(false);
    void site.then((config) => config && this.#configure(config));
  }

  command(verb: string, [first]: unknown[]): unknown {
    const { client, shell } = this.#ui;
    switch (verb) {
      case 'open':
        this.#open(first as { focus?: boolean; message?: string } | undefined);
        return undefined;
      case 'close':
        return shell.close(false);
      case 'toggle':
        return shell.state.open ? shell.close(Boolean((first as { focus?: boolean } | undefined)?.focus)) : this.#open(undefined);
      case 'show':
        return shell.change({ visible: true });
      case 'hide':
        shell.close(false);
        return shell.change({ visible: false });
      case 'send':
        return client.send(String(first ?? ''));
      case 'prefill':
        return shell.change({ draft: String(first ?? '') });
      case 'talkToHuman':
        return this.#talkToHuman(first);
      case 'update':
        return client.updateCustomer(customerOf(first) ?? {});
      case 'identify':
      case 'consent':
      case 'page':
      case 'theme':
      case 'locale':
        return this.#adjust(verb);
      case 'shutdown':
        this.#leave();
        return client.startOver();
      case 'forget':
        this.#leave();
        return client.forget();
      default:
        throw new Error('no such command');
    }
  }

  get(name: string): unknown {
    const { unread, state, link, agent, session, customer } = this.#ui.client.snapshot;
    const { open, visible } = this.#ui.shell.state;
    const values: Record<string, unknown> = {
      unread, open, visible, state, link, agent, session: session?.id ?? null, customer: { ...customer },
    };
    return values[name];
  }

  destroy(): void {
    this.#ending.abort();
    this.#ui.client.destroy();
    this.#ui.shell.emitter.clear();
    undraw(this.#host.element);
    silence();
  }

  #open(how: { focus?: boolean; message?: string } | undefined): void {
    if (how?.message) this.#ui.shell.change({ draft: how.message });
    this.#ui.shell.open(how?.focus !== false);
  }

  #leave(): void {
    this.#ui.shell.close(false);
    this.#ui.shell.change({ draft: '', humanForm: false, emailForm: false, editing: null, prechatSkipped: false });
    this.#rememberOpen(false);
  }

  #talkToHuman(details: unknown): void {
    const { client, shell, options } = this.#ui;
    const customer = customerOf(details);
    const { topic = options.topic, note } = (details ?? {}) as { topic?: string; note?: string };
    shell.open(true);
    // Whoever says who asks, or why, has asked enough: no form.
    if (customer || note) client.askHuman({ customer, topic, note });
    else wantHuman(this.#ui);
  }

  // The loader has already put it into the options; what follows from that is done here.
  #adjust(verb: string): void {
    const { client } = this.#ui;
    this.#ui.options = this.#host.options;
    if (verb === 'identify') void client.identify();
    else if (verb === 'consent') this.#onConsent();
    else if (verb === 'locale') void this.#speak(languageOf(this.#ui.options));
  }

  #onConsent(): void {
    if (this.#ui.options.consent !== 'denied' || !this.#ui.options.persist) return;
    // What was written goes; what is going on here goes on, in memory.
    const prefix = prefixOf(this.#ui.options.site);
    for (const shelf of [localStorage, sessionStorage]) {
      for (const key of Object.keys(shelf)) if (key.startsWith(prefix)) shelf.removeItem(key);
    }
  }

  async #speak(language: Language): Promise<void> {
    this.#language = language;
    const texts = await textsFor(this.#ui.options, language, this.#ui.client.site);
    if (this.#language !== language || this.#ending.signal.aborted) return;
    this.#ui.texts = texts;
    this.#ui.shell.change({});
  }

  #configure(config: SiteConfig): void {
    if (this.#ending.signal.aborted) return;
    const { options } = this.#ui;
    this.#ui.client.configure(config);
    // What the page says goes before what the site's settings say.
    const language = config.locale && !options.locale ? languageOf({ ...options, locale: config.locale }) : this.#language;
    const accent = options.accent ?? config.accent;
    if (language !== this.#language || accent !== options.accent) this.#host.element.dress({ ...options, ...(accent && { accent }) }, language);
    if (language !== this.#language || Object.keys(config.texts ?? {}).length > 0) void this.#speak(language);
    this.#ui.shell.change({});
  }

  // Everything the parts say is told to the page: as a CustomEvent `deskbell:<name>` too.
  #tellThePage(): void {
    const { client, shell } = this.#ui;
    const { launcher, tell } = this.#host;
    client.emitter.tap = (name, detail) => {
      if (name === 'link' && shell.state.open) this.#rememberOpen(true);
      if (name === 'message') void this.#ring(detail as { role: 'bot' | 'agent'; name?: string });
      if (name !== 'change') tell(name, detail);
    };
    shell.emitter.tap = (name) => {
      if (name === 'change') return;
      this.#rememberOpen(name === 'open');
      if (name === 'open') {
        allowSound();
        client.wake();
      }
      tell(name);
    };
    const show = () => {
      const { open, visible, small, everOpened } = shell.state;
      const { unread } = client.snapshot;
      const { texts, options } = this.#ui;
      const label = open ? texts.say('closeChat') : unread > 0 ? texts.say('launcherUnread', { n: unread }) : texts.say('launcher');
      launcher.show({ open, unread, label, panel: everOpened, hidden: !visible || options.hideLauncher || (open && small) });
    };
    client.emitter.on('change', show);
    shell.emitter.on('change', show);
    show();
  }

  // One tab rings, and only where nobody is looking at the conversation.
  async #ring(message: { role: 'bot' | 'agent'; name?: string }): Promise<void> {
    const { client, shell, options, texts } = this.#ui;
    if (!(await client.mayRing()) || this.#ending.signal.aborted) return;
    if (shell.state.sound) chime();
    if (!options.notify || document.visibilityState === 'visible' || !('Notification' in window)) return;
    if (Notification.permission !== 'granted') return;
    const title = options.title ?? (client.site.title || texts.say('title'));
    const notification = new Notification(title, {
      body: texts.say('announce', { name: nameOf(this.#ui, message) }), tag: prefixOf(options.site), lang: texts.language,
    });
    notification.onclick = () => {
      window.focus();
      shell.open(false);
      notification.close();
    };
  }

  #watchTheBrowser(signal: AbortSignal): void {
    const { client, shell } = this.#ui;
    const wake = () => client.wake();
    // Read means: the panel is open and the page is in front of somebody.
    const look = () => {
      if (client.looks() && client.snapshot.unread > 0) client.markRead();
    };
    client.emitter.on('change', look);
    shell.emitter.on('change', look);
    addEventListener('online', wake, { signal });
    addEventListener('offline', wake, { signal }); // a probe finds out whether it is true
    // Put aside (frozen, or kept for "back"), a page must not keep the connection from the tabs that live.
    addEventListener('pagehide', () => client.suspend(), { signal });
    addEventListener('pageshow', (event) => event.persisted && wake(), { signal });
    document.addEventListener('freeze', () => client.suspend(), { signal });
    document.addEventListener('resume', wake, { signal });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') wake();
      look();
    }, { signal });
    const prefix = prefixOf(this.#ui.options.site);
    addEventListener('storage', (event) => {
      if (event.key === null) client.onStorage('session'); // everything was cleared
      else if (event.key.startsWith(prefix)) client.onStorage(event.key.slice(prefix.length));
    }, { signal });
  }

  // An open panel stays open on the shop's next page, once there is a conversation to keep open.
  #rememberOpen(open: boolean): void {
    if (open && this.#ui.client.hasSession) this.#tab().set('open', true);
    else this.#tab().remove('open');
  }

  #tab(): Store {
    const { site, persist, consent } = this.#ui.options;
    return openStore(prefixOf(site), () => (persist && consent !== 'denied' ? sessionStorage : null));
  }
}
