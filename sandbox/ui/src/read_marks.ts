// What each person has read, kept for the browser tab. A mark is the newest `ts` seen in a channel or in a thread.

import type { Channel, Message, User } from './types.ts';
import { is_visible_to } from './workspace.ts';

export type Marks = Record<string, string>;

const storage_key = 'sandbox.read';
const marks_max = 2000;

export function load_marks(): Marks {
  try {
    return JSON.parse(sessionStorage.getItem(storage_key) ?? '{}') as Marks;
  } catch {
    return {};
  }
}

export function save_marks(marks: Marks) {
  try {
    const newest = Object.entries(marks).slice(-marks_max);
    sessionStorage.setItem(storage_key, JSON.stringify(Object.fromEntries(newest)));
  } catch {
    return; // storage may be forbidden: marks then last as long as the page
  }
}

const key_of = (me: User, channel: Channel, root_ts = '') => `${me.id}/${channel.id}/${root_ts}`;

const from_others = (message: Message, me: User) =>
  message.author.id !== me.id && message.kind !== 'service' && is_visible_to(message, me);

export function unread_messages(marks: Marks, me: User, channel: Channel): number {
  const seen = marks[key_of(me, channel)] ?? '';
  return channel.messages.filter((message) => message.ts > seen && from_others(message, me)).length;
}

export function unread_replies(marks: Marks, me: User, channel: Channel, root: Message): number {
  const seen = marks[key_of(me, channel, root.ts)] ?? '';
  return (root.replies ?? []).filter((reply) => reply.ts > seen && from_others(reply, me)).length;
}

export const unread_in_threads = (marks: Marks, me: User, channel: Channel) =>
  channel.messages.reduce(
    (sum, root) => sum + (root.reply_count && !root.broadcast ? unread_replies(marks, me, channel, root) : 0),
    0,
  );

// The marks after `me` looked at the channel and, when one is open, at a thread. The same object when nothing changed.
export function marked(marks: Marks, me: User, channel: Channel, root?: Message): Marks {
  const news: Marks = {};
  const mark = (key: string, newest: string | undefined) => {
    if (newest && newest > (marks[key] ?? '')) news[key] = newest;
  };
  mark(key_of(me, channel), channel.messages.at(-1)?.ts);
  if (root) mark(key_of(me, channel, root.ts), root.replies?.at(-1)?.ts ?? root.ts);
  return Object.keys(news).length ? { ...marks, ...news } : marks;
}
