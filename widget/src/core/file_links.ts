// Addresses of files open for some minutes only, so they are asked for when a file is to be seen, many at once, and
// again when one has run out.

import { ask, type Fetch } from './http.ts';
import type { Attachment } from './protocol.ts';
import type { Timers } from './timers.ts';

interface Link {
  url: string;
  until: number;
}

const idsMax = 50;
const retryDelayMs = 5_000;
const marginMs = 20_000;

export class FileLinks {
  readonly #links = new Map<string, Link>();
  readonly #wanted = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #server: string;
  readonly #env: { fetch: Fetch; now(): number };
  readonly #timers: Timers;
  readonly #changed: () => void;
  token: string | null = null;

  constructor(server: string, env: { fetch: Fetch; now(): number }, timers: Timers, changed: () => void) {
    this.#server = server;
    this.#env = env;
    this.#timers = timers;
    this.#changed = changed;
  }

  /** Null when there is none that still opens; it is then asked for, and a change follows. */
  of({ id, url, url_expires_at }: Attachment): string | null {
    const link = this.#links.get(id);
    if (link && link.until > this.#env.now() + marginMs) return link.url;
    if (url && (!url_expires_at || Date.parse(url_expires_at) > this.#env.now() + marginMs)) return this.#absolute(url);
    if (!this.#asked.has(id)) {
      this.#wanted.add(id);
      if (!this.#timers.has('links')) this.#timers.after('links', 0, () => void this.#fetch());
    }
    return null;
  }

  /** One fresh address, now. */
  async fresh(id: string): Promise<string | null> {
    this.#links.delete(id);
    this.#wanted.add(id);
    await this.#fetch();
    return this.#links.get(id)?.url ?? null;
  }

  #absolute(url: string): string {
    return url.startsWith('/') ? this.#server + url : url;
  }

  async #fetch(): Promise<void> {
    const ids = [...this.#wanted].slice(0, idsMax);
    if (ids.length === 0 || !this.token) return;
    for (const id of ids) {
      this.#wanted.delete(id);
      this.#asked.add(id);
    }
    const { body, reply } = await ask(this.#env.fetch, this.#server, 'GET', `/v1/session/files?ids=${ids.join(',')}`, this.token);
    const files = Array.isArray(body.files) ? (body.files as Attachment[]) : [];
    for (const { id, url, url_expires_at } of files) {
      this.#asked.delete(id);
      if (url) this.#links.set(id, { url: this.#absolute(url), until: Date.parse(url_expires_at ?? '') || this.#env.now() + 600_000 });
    }
    if (reply.ok) this.#changed();
    else if (reply.retry) {
      this.#timers.after('links-again', retryDelayMs, () => {
        for (const id of ids) this.#asked.delete(id);
        this.#changed();
      });
    }
    if (this.#wanted.size > 0) this.#timers.after('links', 0, () => void this.#fetch());
  }
}
