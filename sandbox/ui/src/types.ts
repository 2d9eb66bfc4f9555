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

export interface Message {
  ts: string;
  thread_ts?: string;
  kind: 'message' | 'tombstone' | 'service' | 'ephemeral';
  subtype?: string;
  author: Author;
  text: string;
  blocks?: Block[];
  attachments?: Block[];
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
  presence: 'active' | 'away';
}

export interface Channel {
  id: string;
  name: string;
  is_private: boolean;
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
  status: number;
  error: string;
  retry_after_s: number;
  hits: number;
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

export type Settings = Record<string, boolean | number>;

export interface State {
  version: number;
  now: string;
  team: { id: string; name: string; domain: string };
  app: { app_id: string; bot_id: string; user_id: string; name: string; avatar: string };
  users: User[];
  channels: Channel[];
  settings: Settings;
  events: { url: string; interactivity_url: string; state: string; pending: number; failed_last_hour: number };
  faults: Fault[];
  calls: Call[];
  deliveries: Delivery[];
}
