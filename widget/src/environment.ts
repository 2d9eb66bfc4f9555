// The browser, as the core wants it. The only file where the core's ports meet real sockets, storage, locks and clocks.

import { hexDigits } from './core/color.ts';
import { replyOf } from './core/http.ts';
import type { Environment } from './core/ports.ts';
import { linkLost } from './core/protocol.ts';
import { openStore } from './core/storage.ts';
import type { TabsEnvironment } from './core/tabs.ts';
import type { SendFile } from './core/uploads.ts';
import { prefixOf, type Options } from './options.ts';

const identityWaitMs = 10_000;

/** `options` is asked each time, because a page may change them. */
export function browserEnvironment(options: () => Options): Environment {
  const { site, persist } = options();
  const prefix = prefixOf(site);
  const keeps = () => options().persist && options().consent !== 'denied';
  const together = persist && Boolean(navigator.locks) && 'BroadcastChannel' in window;
  return {
    fetch: (input, init) => fetch(input, init),
    openSocket: (url, protocol) => new WebSocket(url, protocol),
    sendFile,
    store: openStore(prefix, () => (keeps() ? localStorage : null)),
    random: Math.random,
    now: Date.now,
    uuid,
    describe: () => ({
      site,
      page: { url: location.href, title: document.title, referrer: document.referrer, ...options().page },
      locale: options().locale ?? navigator.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
    identity: () => identityFrom(options().identity),
    exclusively: (name, work) => (together ? navigator.locks.request(prefix + name, work) : work()),
    tabs: together ? tabs : null,
    livingTabs: together ? livingTabs(prefix) : null,
    tabName: (session) => (keeps() ? prefix + session : ''),
  };
}

// A page's backend may be slow, down, or wrong: a customer with a question is then simply nobody in particular.
async function identityFrom(given: Options['identity']): Promise<string | null> {
  if (typeof given !== 'function') return given ?? null;
  try {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), identityWaitMs));
    return (await Promise.race([given(), late])) || null;
  } catch (error) {
    console.error('Deskbell: identify', error);
    return null;
  }
}

const tabs: TabsEnvironment = {
  openChannel: (name) => new BroadcastChannel(name),
  lock: async (name, how, held) => {
    await navigator.locks.request(name, how, held);
  },
  visible: () => document.visibilityState === 'visible',
};

// A tab holds a lock of its own for as long as it lives: no other way tells a closed tab from a sleeping one.
function livingTabs(prefix: string): NonNullable<Environment['livingTabs']> {
  const name = (id: string) => `${prefix}tab:${id}`;
  let held = false;
  return async (own) => {
    if (!held) {
      held = true;
      void navigator.locks.request(name(own), () => new Promise(() => {}));
    }
    const { held: locks = [] } = await navigator.locks.query();
    const names = locks.flatMap((lock) => lock.name ?? []).filter((one) => one.startsWith(name('')));
    return new Set(names.map((one) => one.slice(name('').length)));
  };
}

// XMLHttpRequest, because fetch cannot say how much of a body has gone.
const sendFile: SendFile = (url, token, blob, name, progress, signal) => new Promise((resolve) => {
  const request = new XMLHttpRequest();
  const lost = () => resolve({ status: 0, body: {}, reply: linkLost });
  request.open('POST', url);
  request.setRequestHeader('authorization', `Bearer ${token}`);
  request.setRequestHeader('content-type', blob.type || 'application/octet-stream');
  request.setRequestHeader('x-filename', encodeURIComponent(name));
  request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
  request.onerror = request.onabort = request.ontimeout = lost;
  request.onload = () => {
    let body: Record<string, unknown> = {};
    try {
      body = JSON.parse(request.responseText) as Record<string, unknown>;
    } catch {
      // a proxy's own page: the status says enough
    }
    const { status } = request;
    resolve({ status, body, reply: replyOf(status, request.getResponseHeader('retry-after'), body) });
  };
  signal.addEventListener('abort', () => request.abort(), { once: true });
  request.send(blob);
});

// Not crypto.randomUUID: that exists only in secure contexts, and a shop on plain http in a test network is not one.
export function uuid(): string {
  return hexDigits([...crypto.getRandomValues(new Uint8Array(16))]).replace(/^(.{8})(....)(....)(....)/, '$1-$2-$3-$4-');
}
