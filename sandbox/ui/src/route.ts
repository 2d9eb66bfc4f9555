// Where the page is: `#/<channel>/<ts>`, and the permalinks `/archives/<channel>/p<ts without dot>` that lead to it.

import type { Channel, Message } from './types.ts';

export interface Route {
  channel: string; // a name or an id; empty: the first channel
  ts: string; // a root or a reply; empty: no thread open
}

// The app's Home tab, where a channel's name would stand: no channel can be called so.
export const home_place = '@home';

export function parse_hash(hash: string): Route {
  const [, channel = '', ts = ''] = hash.replace(/^#/, '').split('/');
  return { channel: decode(channel), ts: /^\d+\.\d+$/.test(ts) ? ts : '' };
}

export function hash_of(channel: string, ts = ''): string {
  return `#/${encodeURIComponent(channel)}${ts ? `/${ts}` : ''}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// A permalink's hash, or null when the path is no permalink.
export function hash_of_permalink(path: string): string | null {
  const match = /^\/archives\/([^/]+)(?:\/p(\d{10,})(\d{6}))?\/?$/.exec(path);
  if (!match) return null;
  const ts = match[2] ? `${match[2]}.${match[3]}` : '';
  return hash_of(decode(match[1]!), ts);
}

export function find_channel(channels: Channel[], wanted: string): Channel | undefined {
  return channels.find(({ id, name }) => id === wanted || name === wanted.replace(/^#/, ''));
}

// Without a channel in the address: where the bot is, because that is where something will happen.
export function first_channel(channels: Channel[]): Channel | undefined {
  return channels.find(({ bot_is_member, is_archived }) => bot_is_member && !is_archived) ?? channels[0];
}

// The root of the thread that `ts` belongs to, when the channel shows it.
export function find_root(channel: Channel, ts: string): Message | undefined {
  if (!ts) return undefined;
  return channel.messages.find(
    (message) => message.ts === ts && !message.broadcast,
  ) ?? channel.messages.find((message) => message.replies?.some((reply) => reply.ts === ts));
}
