// The browser, as the core wants it. The only file where the core's ports meet real sockets, storage and clocks.

import type { Environment } from './core/client.ts';
import { hexDigits } from './core/color.ts';
import { openStore } from './core/storage.ts';
import type { Options } from './options.ts';

export function browserEnvironment(options: Options): Environment {
  const prefix = prefixOf(options.site);
  return {
    fetch: (input, init) => fetch(input, init),
    openSocket: (url, protocol) => new WebSocket(url, protocol),
    store: openStore(prefix, () => (options.persist ? localStorage : null)),
    random: Math.random,
    now: Date.now,
    uuid,
    describe: () => ({
      site: options.site,
      identity: options.identity,
      page: { url: location.href, title: document.title, referrer: document.referrer },
      locale: navigator.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
    exclusively: (name, work) =>
      navigator.locks && options.persist ? navigator.locks.request(prefix + name, work) : work(),
  };
}

export const prefixOf = (site: string): string => `deskbell:${site}:`;

// Not crypto.randomUUID: that exists only in secure contexts, and a shop on plain http in a test network is not one.
export function uuid(): string {
  return hexDigits([...crypto.getRandomValues(new Uint8Array(16))]).replace(/^(.{8})(....)(....)(....)/, '$1-$2-$3-$4-');
}
