// The picture of a conversation that the view draws: nothing in it is computed twice, and nothing of it is drawn here.

import type { ChatItem } from './fold.ts';
import type { LinkState, StopReason } from './link.ts';
import type { Signs } from './live_signs.ts';
import type { Agent, Customer, Session, SessionState } from './protocol.ts';
import type { Upload } from './uploads.ts';

export interface Snapshot extends Signs {
  items: readonly ChatItem[];
  session: Session | null;
  state: SessionState | 'none';
  link: LinkState;
  stopReason: StopReason | null;
  agent: Agent | null;
  customer: Customer;
  askingHuman: boolean;
  humanRefused: boolean;
  /** When the customer asked for a person; 0 while nobody waits. */
  waitingSince: number;
  rating: number | null;
  comment: string | null;
  /** The link has been away for longer than a hiccup. */
  troubled: boolean;
  catchingUp: boolean;
  unread: number;
  uploads: readonly Upload[];
  /** The server will not open a session without more details. */
  detailsMissing: boolean;
  /** The code of what was refused last, other than a message: those say it themselves. */
  trouble: string | null;
}

/** What others wrote and the customer has not had before their eyes. */
export function unreadCount(items: readonly ChatItem[], readSeq: number): number {
  let count = 0;
  for (const item of items) {
    const theirs = item.kind === 'message' && item.role !== 'customer' && !item.deleted;
    if (theirs && item.seq > readSeq) count += 1;
  }
  return count;
}
