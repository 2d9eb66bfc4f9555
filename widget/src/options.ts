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

/** The script's own address says where the server is, so the install is one line. */
export function optionsOfScript(script: HTMLScriptElement | null): Options {
  const data: DOMStringMap = script?.dataset ?? {};
  const options: Options = {
    site: data.site || 'default',
    server: baseOf(data.server || script?.src || location.href),
    theme: (data.theme ?? 'auto') as Options['theme'],
    side: data.side === 'left' ? 'left' : 'right',
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
  const merged = { ...options, ...(over as Partial<Options> | undefined) };
  return { ...merged, server: baseOf(merged.server) };
}
