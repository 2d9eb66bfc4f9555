// Which session this customer has: found in the browser, opened at the server when first needed (in one tab at a time),
// forgotten on request at both ends. Knows no link and no transcript; it tells its owner which credentials hold.

import { ask, openSession, type Fetch, type SessionRequest } from './http.ts';
import { customerOf, type Customer, type Reply } from './protocol.ts';
import type { Store } from './storage.ts';
import { backoffMs, type Timers } from './timers.ts';

export interface Credentials {
  id: string;
  token: string;
}

interface KeeperEnvironment {
  fetch: Fetch;
  store: Store;
  random(): number;
  describe(): Omit<SessionRequest, 'customer' | 'identity'>;
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** The page's signed word for who this is, fresh each time; null when it says nothing. */
  identity(): Promise<string | null>;
}

interface KeeperPort {
  customer(): Customer;
  adopted(credentials: Credentials): void;
  refused(code: string): void;
  changed(): void;
}

const delayMsMax = 30_000;

export class SessionKeeper {
  credentials: Credentials | null = null;
  creating = false;
  attempts = 0;
  readonly #server: string;
  readonly #env: KeeperEnvironment;
  readonly #timers: Timers;
  readonly #port: KeeperPort;
  #withoutCustomer = false;
  #identityTries = 0;
  #ended = false;

  constructor(server: string, env: KeeperEnvironment, timers: Timers, port: KeeperPort) {
    this.#server = server;
    this.#env = env;
    this.#timers = timers;
    this.#port = port;
  }

  get waiting(): boolean {
    return this.#timers.has('create');
  }

  stored(): Credentials | null {
    const stored = this.#env.store.get<Credentials>('session');
    return stored && typeof stored.id === 'string' && typeof stored.token === 'string' ? stored : null;
  }

  /** Takes over what another tab has agreed on with the server since. */
  adoptNewer(): boolean {
    const stored = this.stored();
    if (!stored || stored.token === this.credentials?.token) return false;
    this.adopt(stored);
    return true;
  }

  adopt(credentials: Credentials): void {
    this.credentials = credentials;
    this.#port.adopted(credentials);
  }

  drop(): void {
    this.credentials = null;
    this.#env.store.remove('session');
    this.#env.store.remove('read');
  }

  end(): void {
    this.#ended = true;
  }

  async ensure(now = false): Promise<void> {
    if (this.credentials || this.creating || this.#ended) return;
    if (this.waiting && !now) return;
    this.#timers.cancel('create');
    this.creating = true;
    this.#port.changed();
    const wait = await this.#env.exclusively('create', () => this.#create());
    this.creating = false;
    if (this.#ended) return;
    this.#port.changed();
    if (wait !== null) this.#timers.after('create', wait, () => void this.ensure(true));
  }

  /** Gone here at once; at the server as soon as it can be told, on a later page if need be. */
  async forget(): Promise<void> {
    const token = this.credentials?.token ?? this.stored()?.token;
    this.drop();
    if (token) this.#env.store.set('forget', [...this.#toForget(), token]);
    await this.tellForgotten();
  }

  async tellForgotten(): Promise<void> {
    for (const token of this.#toForget()) {
      const { status } = await ask(this.#env.fetch, this.#server, 'DELETE', '/v1/session', token);
      // 401 and 404: it is gone already. Anything that may pass is asked again later.
      if (status === 0 || status === 429 || status >= 500) {
        if (!this.#ended) this.#timers.after('forget', delayMsMax, () => void this.tellForgotten());
        return;
      }
      const rest = this.#toForget().filter((one) => one !== token);
      if (rest.length > 0) this.#env.store.set('forget', rest);
      else this.#env.store.remove('forget');
    }
  }

  #toForget(): string[] {
    const kept = this.#env.store.get<unknown>('forget');
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === 'string') : [];
  }

  // Null when there is nothing more to do: a session, or a final refusal. Else how long to wait before the next try.
  async #create(): Promise<number | null> {
    const known = this.stored();
    if (known) {
      this.adopt(known);
      return null;
    }
    const body: SessionRequest = { ...this.#env.describe() };
    if (!this.#withoutCustomer) body.customer = customerOf(this.#port.customer());
    const identity = await this.#env.identity();
    if (identity) body.identity = identity;
    const opened = await openSession(this.#env.fetch, this.#server, body);
    if (this.#ended) return null;
    if ('token' in opened) {
      this.attempts = this.#identityTries = 0;
      const credentials = { id: opened.session.id, token: opened.token };
      const other = this.stored(); // a tab without locks may have been faster
      if (!other) this.#env.store.set('session', credentials);
      this.adopt(other ?? credentials);
      return null;
    }
    return this.#refused(opened as Extract<Reply, { ok: false }>, body);
  }

  #refused(reply: Extract<Reply, { ok: false }>, body: SessionRequest): number | null {
    // A token may have run out on the way, or been used by another tab: one fresh one is asked for.
    if (body.identity && /^identity_(expired|replayed|not_yet_valid)$/.test(reply.code) && (this.#identityTries += 1) < 3) return 1000;
    // Details the page gave and the server does not like must not stand between a customer and their question.
    if (body.customer && reply.code.endsWith('_invalid') && !reply.code.startsWith('identity')) {
      this.#withoutCustomer = true;
      return 0;
    }
    if (!reply.retry) {
      this.#port.refused(reply.code);
      return null;
    }
    this.attempts += 1;
    return reply.retryAfterMs ?? backoffMs(this.#env, this.attempts + 1, delayMsMax);
  }
}
