// What the core needs of the world around it; the browser's side is environment.ts, the tests' is testing.ts.

import type { Fetch, SessionRequest } from './http.ts';
import type { OpenSocket } from './socket_transport.ts';
import type { Store } from './storage.ts';
import type { TabsEnvironment } from './tabs.ts';
import type { SendFile } from './uploads.ts';

export interface Environment {
  fetch: Fetch;
  openSocket: OpenSocket;
  sendFile: SendFile;
  store: Store;
  random(): number;
  now(): number;
  uuid(): string;
  /** What a new session is told about the page; customer and identity are added here. */
  describe(): Omit<SessionRequest, 'customer' | 'identity'>;
  /** The page's signed word for who this is; null when it says nothing. */
  identity(): Promise<string | null>;
  /** Runs `work` in one tab at a time where the browser can. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Absent where tabs cannot hear each other: then each keeps its own connection. */
  tabs?: TabsEnvironment | null;
  /** Ids of tabs that live, and can send what they wrote themselves; this one is counted from now on. */
  livingTabs?: ((own: string) => Promise<ReadonlySet<string>>) | null;
  tabName(session: string): string;
}
