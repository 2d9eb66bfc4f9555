// A session heard through the tab that leads. Like any transport it lives once, and knows nothing about reconnecting.

import { closedLost, linkLost, type Reply } from './protocol.ts';
import type { Tabs, Word } from './tabs.ts';
import type { Transport, TransportEvents } from './transport.ts';

// A tab that is seen takes the lead from one that does not answer; a hidden one has time.
const answerWaitMs = 300;
const hiddenWaitMs = 4_000;
const replyWaitMs = 25_000;

export class TabTransport implements Transport {
  readonly #tabs: Tabs;
  readonly #events: TransportEvents;
  readonly #after: () => number;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #nextId = 1;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tabs: Tabs, after: () => number, events: TransportEvents) {
    this.#tabs = tabs;
    this.#after = after;
    this.#events = events;
    this.#hello();
  }

  async request(type: string, body: object): Promise<Reply> {
    if (this.#closed) return linkLost;
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end(closedLost, ''), replyWaitMs);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(reply);
      });
      this.#tabs.say({ t: 'request', id, type, body });
    });
  }

  tell(type: string, body: object): void {
    this.#tabs.say({ t: 'tell', type, body });
  }

  probe(): void {
    this.#tabs.say({ t: 'ping' });
    this.#expectAnswer();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const answer of this.#waiting.values()) answer(linkLost);
  }

  hear(word: Word): void {
    // Tabs that follow like us speak here too; only the one that leads says these.
    if (this.#closed || !/^(welcome|alive|up|down|pong|event|live|reply|gone)$/.test(word.t)) return;
    clearTimeout(this.#timer);
    switch (word.t) {
      case 'welcome':
        this.#events.welcome(word.session, word.head, word.log);
        for (const event of word.events) if (!this.#closed) this.#events.event(event);
        return;
      case 'event':
        return this.#events.event(word.event);
      case 'live':
        return this.#events.live(word.frame);
      case 'reply':
        return this.#waiting.get(word.id)?.(word.reply);
      case 'up':
        return this.#hello();
      case 'down':
        return this.#end(closedLost, '');
      case 'gone':
        return this.#end(word.code, word.reason);
    }
  }

  #hello(): void {
    this.#tabs.say({ t: 'hello', after: this.#after() });
    this.#expectAnswer();
  }

  #expectAnswer(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#tabs.visible) this.#tabs.steal();
      else this.#hello();
    }, this.#tabs.visible ? answerWaitMs : hiddenWaitMs);
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#events.gone(code, reason);
  }
}
