// What the sandbox's own page API says (sandbox/http/API.md), as types.

export interface Reaction {
  name: string;
  unicode?: string;
  count: number;
  users: string[];
}

export interface Author {
  id: string;
  name: string;
  avatar: string;
  emoji?: string;
  is_bot: boolean;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Block = { [key: string]: Json };

export interface SharedFile {
  id: string;
  mode: string; // hosted, snippet, external, file_access, tombstone (then only id)
  name?: string;
  title?: string;
  alt_text?: string;
  mimetype?: string;
  pretty_type?: string;
  user?: string;
  size?: number;
  url?: string;
  width?: number;
  height?: number;
  preview?: string;
  lines?: number;
}

export interface Message {
  ts: string;
  thread_ts?: string;
  kind: 'message' | 'tombstone' | 'service' | 'ephemeral';
  subtype?: string;
  author: Author;
  text: string;
  blocks?: Block[];
  attachments?: Block[];
  files?: SharedFile[];
  status?: string; // what the app says it is doing in this thread
  edited?: { user: string; ts: string };
  reactions?: Reaction[];
  broadcast?: boolean;
  ephemeral_for?: string;
  replies?: Message[];
  reply_count?: number;
  latest_reply?: string;
  reply_users?: string[];
}

export interface User {
  id: string;
  name: string;
  display_name: string;
  real_name: string;
  avatar: string;
  is_bot: boolean;
  kind?: 'member' | 'guest' | 'single_channel_guest' | 'outsider' | 'stranger';
  presence: 'active' | 'away';
}

export interface Channel {
  id: string;
  name: string;
  is_private: boolean;
  is_ext_shared?: boolean;
  is_archived: boolean;
  bot_is_member: boolean;
  members: string[];
  topic: string;
  has_more: boolean;
  messages: Message[];
}

export interface Fault {
  id: number;
  effect: string;
  method: string;
  channel: string;
  probability: number;
  nth: number;
  times: number;
  delay_ms: number;
  jitter_ms: number;
  scope: string;
  by_weather: boolean;
  status: number;
  error: string;
  retry_after_s: number;
  hits: number;
}

export interface Trouble {
  weather: string;
  late_calls: number;
  storms: { method: string; channel: string; ends_in_ms: number }[];
  met: Record<string, number>;
}

export interface Call {
  at: string;
  method: string;
  channel: string;
  status: number;
  ok: boolean;
  error: string;
  fault: string;
  retry_after_s: number;
}

export interface Delivery {
  id: number;
  at: string;
  kind: string;
  type: string;
  subtype: string;
  event_id: string;
  attempt: number;
  outcome: string;
  state: string;
}

export interface View {
  id: string;
  type: 'modal' | 'home';
  callback_id?: string;
  title?: Block;
  submit?: Block | null;
  close?: Block | null;
  blocks: Block[];
  values: Record<string, Record<string, Block>>;
  waiting: boolean;
  errors: Record<string, string>;
  failure: string;
}

export interface Interaction {
  delivery: number;
  kind: string;
  user: string;
  name: string;
  channel: string;
  at: string;
  state: 'waiting' | 'done' | 'failed';
  detail: string;
}

export interface LoadedMenu {
  query: string;
  state: 'waiting' | 'ready' | 'failed';
  options: Block[];
}

export interface ModeSocket {
  id: number;
  state: string;
  open_s: number;
  sent: number;
  acknowledged: number;
  waiting: number;
}

export interface Manifest {
  features: {
    app_home: { home_tab_enabled: boolean; messages_tab_enabled: boolean };
    slash_commands: { command: string; description: string; usage_hint: string; url: string }[];
    shortcuts: { name: string; type: 'message' | 'global'; callback_id: string; description: string }[];
  };
}

export type Settings = Record<string, boolean | number>;

export interface State {
  version: number;
  now: string;
  team: { id: string; name: string; domain: string };
  app: { app_id: string; bot_id: string; user_id: string; name: string; avatar: string; installed: boolean; scopes: string[] };
  users: User[];
  channels: Channel[];
  settings: Settings;
  events: { url: string; interactivity_url: string; state: string; pending: number; failed_last_hour: number };
  faults: Fault[];
  trouble?: Trouble;
  calls: Call[];
  deliveries: Delivery[];
  sockets?: ModeSocket[];
  views?: { modals: Record<string, View[]>; homes: Record<string, View> };
  interactions?: Interaction[];
  menus?: Record<string, LoadedMenu>;
  manifest?: Manifest;
  oauth?: { client_id: string; client_secret: string };
}
