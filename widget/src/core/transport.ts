// One connection to one session, of either sort. A transport lives once: it ends with exactly one `gone`, or silently
// when its owner closes it, and answers every request it took. It never reconnects; link.ts decides that,
// and counts on it that nothing more is heard from a transport it has closed.

import type { Live, Reply, Session, WireEvent } from './protocol.ts';

export interface TransportEvents {
  /** `log` names the run of the log that the numbers are of; empty when there has only ever been one. */
  welcome(session: Session, head: number, log: string): void;
  event(event: WireEvent): void;
  live(frame: Live): void;
  /** `code` is a WebSocket close code, or the one that says the same. */
  gone(code: number, reason: string): void;
}

export interface Transport {
  /** A request whose answer matters. */
  request(type: string, body: object): Promise<Reply>;
  /** A request whose answer does not: typing, read. */
  tell(type: string, body: object): void;
  /** Asks for a sign of life now, after a sleep or a change of network. */
  probe(): void;
  close(): void;
}
