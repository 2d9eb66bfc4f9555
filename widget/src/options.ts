// What a page may choose, from the script tag's data-* attributes or from `Deskbell('boot', {…})`.

import type { Customer } from './core/protocol.ts';
import type { Words } from './view/texts.ts';

export type PrechatField = 'name' | 'email' | 'phone';

export interface Theme {
  accent?: string;
  scheme?: 'auto' | 'light' | 'dark';
}

export interface Options {
  site: string;
  server: string;
  /** Where the parts that load later are: beside the script, unless the page says otherwise. */
  assets: string;
  theme: 'auto' | 'light' | 'dark';
  side: 'right' | 'left' | 'auto';
  /** False: nothing is ever written to the browser, and every tab is a customer of its own. */
  persist: boolean;
  hideLauncher: boolean;
  /** A soft tone and a badge when somebody answers and no tab shows the chat. */
  sound: boolean;
  /** A system notification then, if this page was given leave for them before; the widget never asks for it. */
  notify: boolean;
  files: boolean;
  locale?: string;
  accent?: string;
  title?: string;
  greeting?: string;
  suggestions?: string[];
  topic?: string;
  /** Asked before the first message. A field with a `!` at its end must be filled in. */
  prechat?: string[];
  consentText?: string;
  customer?: Customer;
  /** A signed token that says who this is, or (better) a function that fetches a fresh one. */
  identity?: string | (() => Promise<string>);
  consent?: 'granted' | 'denied';
  page?: { url?: string; title?: string };
  texts?: Partial<Words>;
}

/** The script's own address says where the server is, so the install is one line. */
export function optionsOfScript(script: HTMLScriptElement | null): Options {
  const data: DOMStringMap = script?.dataset ?? {};
  const own = script?.src || location.href;
  const options: Options = {
    site: data.site || 'default',
    server: baseOf(data.server || own),
    assets: baseOf(own),
    theme: (data.theme ?? 'auto') as Options['theme'],
    side: (data.side ?? 'auto') as Options['side'],
    persist: data.persist !== 'false',
    hideLauncher: data.hideLauncher === 'true',
    sound: data.sound !== 'false',
    notify: data.notify === 'true',
    files: data.files !== 'false',
  };
  for (const name of ['accent', 'title', 'greeting', 'topic', 'identity', 'locale', 'consentText'] as const) {
    const value = data[name];
    if (value) options[name] = value;
  }
  for (const name of ['suggestions', 'prechat'] as const) {
    const list = data[name];
    if (list) options[name] = list.split('|').map((one) => one.trim()).filter(Boolean);
  }
  return options;
}

/** `https://host/chat/widget.js` → `https://host/chat`: a server may live below a path. */
export function baseOf(address: string): string {
  const url = new URL(address, location.href);
  const path = url.pathname.replace(/\/(?:[^/]*\.js)?$/, '');
  return url.origin + path;
}

export function withOverrides(options: Options, over: unknown): Options {
  const merged = { ...options, ...(over as Partial<Options> | undefined) };
  return { ...merged, server: baseOf(merged.server) };
}

export const prefixOf = (site: string): string => `deskbell:${site}:`;

/** The languages there is a file for; the first is the one without a file. */
export const languages = ['en', 'ar', 'de', 'es', 'fr', 'ja'] as const;
export type Language = (typeof languages)[number];

/** What the page says it is written in goes before what the browser prefers: the chat stands on the page. */
export function languageOf({ locale }: Options): Language {
  const wished = [locale, document.documentElement.lang, navigator.language];
  const found = wished.map((one) => one?.toLowerCase().split('-')[0]).find((one) => languages.includes(one as Language));
  return (found ?? 'en') as Language;
}
