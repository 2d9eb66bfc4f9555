// Files on their way: checked against what the site takes, sent a few at a time, tried again by themselves when it was
// the network and by the customer's word otherwise. A message takes the finished ones with it.

import type { Answer } from './http.ts';
import type { Attachment, Reply, SiteConfig } from './protocol.ts';
import { backoffMs } from './timers.ts';

export type Upload = {
  key: string;
  blob: Blob;
  name: string;
  type: string;
  size: number;
  /** 0 to 1. */
  progress: number;
  state: 'queued' | 'sending' | 'done' | 'failed';
  reason?: string | undefined;
  file?: Attachment | undefined;
};

export type SendFile = (
  url: string, token: string, blob: Blob, name: string, progress: (share: number) => void, signal: AbortSignal,
) => Promise<Answer>;

interface UploadEnvironment {
  sendFile: SendFile;
  random(): number;
  uuid(): string;
}

export type FileRules = NonNullable<SiteConfig['files']>;

export const defaultRules: FileRules = { enabled: true, bytes_max: 20 * 1024 * 1024, per_message_max: 10, types: [] };

const togetherMax = 2;
const triesMax = 4;

export class Uploads {
  list: readonly Upload[] = [];
  rules: FileRules = defaultRules;
  readonly #env: UploadEnvironment;
  readonly #server: string;
  readonly #changed: () => void;
  readonly #running = new Map<string, AbortController>();
  #token: string | null = null;

  constructor(server: string, env: UploadEnvironment, changed: () => void) {
    this.#server = server;
    this.#env = env;
    this.#changed = changed;
  }

  get busy(): boolean {
    return this.list.some(({ state }) => state === 'queued' || state === 'sending');
  }

  /** What did not fit any more is not taken; says how many were. */
  add(files: readonly File[]): number {
    const room = this.rules.per_message_max - this.list.length;
    const taken = files.slice(0, Math.max(room, 0)).map((file): Upload => {
      const reason = this.#objection(file);
      return {
        key: this.#env.uuid(), blob: file, name: file.name || 'file', type: file.type, size: file.size, progress: 0,
        state: reason ? 'failed' : 'queued', reason,
      };
    });
    this.list = [...this.list, ...taken];
    this.#next();
    return taken.length;
  }

  cancel(key: string): void {
    this.#running.get(key)?.abort();
    this.list = this.list.filter((one) => one.key !== key);
    this.#next();
  }

  retry(key: string): void {
    const upload = this.#find(key);
    if (!upload || upload.state !== 'failed' || this.#objection(upload.blob as File)) return;
    this.#change(key, { state: 'queued', reason: undefined, progress: 0 });
    this.#next();
  }

  /** The finished ones, for the message that goes now. */
  take(): Attachment[] {
    const done = this.list.flatMap(({ file }) => file ?? []);
    this.list = this.list.filter(({ file }) => !file);
    this.#changed();
    return done;
  }

  /** With a token things move; without one they wait. */
  authorize(token: string | null): void {
    this.#token = token;
    this.#next();
  }

  clear(): void {
    for (const round of this.#running.values()) round.abort();
    this.list = [];
    this.#changed();
  }

  #objection({ size, type }: Blob): string | undefined {
    if (size === 0) return 'file_empty';
    if (size > this.rules.bytes_max) return 'file_too_large';
    const { types } = this.rules;
    const fits = types.length === 0 || !type || types.some((one) => one === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))));
    return fits ? undefined : 'file_type_not_allowed';
  }

  #find(key: string): Upload | undefined {
    return this.list.find((one) => one.key === key);
  }

  #change(key: string, part: Partial<Upload>): void {
    this.list = this.list.map((one) => (one.key === key ? { ...one, ...part } : one));
    this.#changed();
  }

  #next(): void {
    this.#changed();
    const token = this.#token;
    const queued = this.list.find(({ state }) => state === 'queued');
    if (!token || !queued || this.#running.size >= togetherMax) return;
    const round = new AbortController();
    this.#running.set(queued.key, round);
    this.#change(queued.key, { state: 'sending' });
    void this.#send(queued, token, round.signal).finally(() => {
      this.#running.delete(queued.key);
      this.#next();
    });
    this.#next();
  }

  async #send({ key, blob, name }: Upload, token: string, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const progress = (share: number) => this.#change(key, { progress: share });
      const { reply, body } = await this.#env.sendFile(`${this.#server}/v1/session/files`, token, blob, name, progress, signal);
      if (signal.aborted) return;
      const file = body.file as Attachment | undefined;
      if (reply.ok && typeof file?.id === 'string') return this.#change(key, { state: 'done', progress: 1, file });
      const { code, retry, retryAfterMs } = reply as Extract<Reply, { ok: false }>;
      if (!retry || tries >= triesMax) return this.#change(key, { state: 'failed', reason: code });
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs ?? backoffMs(this.#env, tries + 1, 15_000)));
      if (signal.aborted) return;
    }
  }
}
