// What a page may choose, from the script tag's data-* attributes or from `Deskbell('boot', {…})`.

import type { Customer } from './core/protocol.ts';
import type { Texts } from './view/texts.ts';

export interface Options {
  site: string;
  server: string;
  theme: 'auto' | 'light' | 'dark';
  side: 'right' | 'left';
  persist: boolean;
  hideLauncher: boolean;
  accent?: string;
  title?: string;
  greeting?: string;
  suggestions?: string[];
  topic?: string;
  customer?: Customer;
  identity?: string;
  texts?: Partial<Texts>;
}

const choice = <T extends string>(value: string | undefined, allowed: readonly T[], otherwise: T): T =>
  allowed.includes(value as T) ? (value as T) : otherwise;

/** The script's own address says where the server is, so the install is one line. */
export function optionsOfScript(script: HTMLScriptElement | null): Options {
  const data: DOMStringMap = script?.dataset ?? {};
  const options: Options = {
    site: data.site || 'default',
    server: baseOf(data.server || script?.src || location.href),
    theme: choice(data.theme, ['auto', 'light', 'dark'], 'auto'),
    side: choice(data.side, ['right', 'left'], 'right'),
    persist: data.persist !== 'false',
    hideLauncher: data.hideLauncher === 'true',
  };
  for (const name of ['accent', 'title', 'greeting', 'topic', 'identity'] as const) {
    const value = data[name];
    if (value) options[name] = value;
  }
  if (data.suggestions) options.suggestions = data.suggestions.split('|').map((one) => one.trim()).filter(Boolean);
  return options;
}

/** `https://host/chat/widget.js` → `https://host/chat`: a server may live below a path. */
export function baseOf(address: string): string {
  const url = new URL(address, location.href);
  const path = url.pathname.replace(/\/(?:[^/]*\.js)?$/, '');
  return url.origin + path;
}

export function withOverrides(options: Options, over: unknown): Options {
  if (typeof over !== 'object' || over === null) return options;
  const given = Object.entries(over).filter(([, value]) => value !== undefined);
  const merged = { ...options, ...Object.fromEntries(given) } as Options;
  merged.server = baseOf(merged.server);
  return merged;
}
