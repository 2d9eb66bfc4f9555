// The public face of `@deskbell/widget`, in itself complete: the build ships this file as the package's types.

export interface Customer {
  name?: string;
  email?: string;
  phone?: string;
  attributes?: Record<string, unknown>;
}

export interface Agent {
  name: string;
  avatar?: string;
}

export interface Theme {
  accent?: string;
  scheme?: 'auto' | 'light' | 'dark';
}

export type SessionState = 'bot' | 'waiting' | 'open' | 'closed';

export interface Events {
  ready: undefined;
  open: undefined;
  close: undefined;
  unread: number;
  message: { id: string; role: 'bot' | 'agent' | 'system'; name?: string | null; text: string };
  sent: { client_id: string };
  failed: { client_id: string; code: string };
  handoff: undefined;
  state: SessionState;
  agent: Agent;
  ended: undefined;
  rated: { score: number; comment?: string };
  link: 'idle' | 'connecting' | 'online' | 'offline' | 'stopped';
  forgotten: undefined;
  error: { code: string };
}

/** What `boot` takes: everything has a default but the server. See docs/widget.md. */
export interface BootOptions {
  server: string;
  site?: string;
  theme?: 'auto' | 'light' | 'dark';
  side?: 'right' | 'left' | 'auto';
  persist?: boolean;
  hideLauncher?: boolean;
  sound?: boolean;
  notify?: boolean;
  files?: boolean;
  locale?: string;
  accent?: string;
  title?: string;
  greeting?: string;
  suggestions?: string[];
  topic?: string;
  prechat?: string[];
  consentText?: string;
  consent?: 'granted' | 'denied';
  customer?: Customer;
  identity?: string | (() => Promise<string>);
  page?: { url?: string; title?: string };
  texts?: Record<string, string | Record<string, string>>;
}

export interface Deskbell {
  open(how?: { message?: string; focus?: boolean }): void;
  close(): void;
  toggle(): void;
  show(): void;
  hide(): void;
  send(text: string): void;
  prefill(text: string): void;
  talkToHuman(details?: Customer & { topic?: string; note?: string }): void;
  update(customer: Customer): void;
  identify(identity: { token: string | (() => Promise<string>) }): void;
  page(page: { url?: string; title?: string }): void;
  theme(theme: Theme): void;
  locale(language: string): void;
  consent(answer: 'granted' | 'denied'): void;
  shutdown(): void;
  forget(): void;
  destroy(): void;
  on<Name extends keyof Events>(name: Name, listener: (detail: Events[Name]) => void): () => void;
  get(name: 'unread' | 'open' | 'visible' | 'state' | 'link' | 'agent' | 'session' | 'customer'): unknown;
}
