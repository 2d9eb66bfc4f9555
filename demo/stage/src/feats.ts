// What can be shown off on the stage, each a press: it says what it does, does it, and undoes it by itself after a while.

import type { Thread } from './desk.ts';
import type { Stage } from './stage.ts';

export interface Feat {
  key: string;
  group: string;
  label: string;
  about: string; // what to look at
  pressed?(stage: Stage): boolean; // of one that stays on until pressed again
  lasts_s?: number; // of one that ends by itself; pressed again it ends at once
  begin(stage: Stage): Promise<string> | string; // gives what to say
  end?(stage: Stage): Promise<string> | string;
}

const no_thread = 'First there must be a conversation: ask for a human in the shop, and answer in the thread.';

function conversation(stage: Stage): Thread | undefined {
  return stage.desk?.thread(stage.john.session);
}

const by_a_person = (thread: Thread) => thread.replies.findLast(({ author, kind }) => !author.is_bot && kind === 'message');

async function on_last_answer(stage: Stage, work: (thread: Thread, ts: string, text: string) => Promise<unknown>, say: string): Promise<string> {
  const thread = conversation(stage);
  const last = thread && by_a_person(thread);
  if (!thread || !last) return no_thread;
  await work(thread, last.ts, last.text);
  return say;
}

async function open_tile(stage: Stage, name: string, address: string, say: string): Promise<string> {
  const open = stage.tile_named(name);
  if (open) {
    stage.remove_tile(open);
    return `${name}: closed.`;
  }
  const tile = stage.add_tile(name, address);
  stage.show('shop');
  await stage.news.until('the new window', () => tile.ready, AbortSignal.timeout(15_000));
  tile.deskbell('open', { focus: false });
  return say;
}

async function slack_fault(stage: Stage, rule: Record<string, unknown>): Promise<number> {
  const { id } = await stage.desk!.act('fault', rule);
  return Number(id);
}

let down: number[] = [];

export const feats: Feat[] = [
  {
    key: 'cut', group: 'Break', label: 'Cut network', lasts_s: 12,
    about: 'John has no network. Write something as John: it waits in sight, and goes out once when the network is back.',
    begin(stage) {
      stage.john.tap?.cut();
      return this.about;
    },
    end(stage) {
      stage.john.tap?.mend();
      return 'The network is back. What waited has gone out, once and in order.';
    },
  },
  {
    key: 'sleep', group: 'Break', label: 'Close laptop', lasts_s: 8,
    about: 'John’s laptop is closed: his connection is dead, and nobody was told. Answer as Ana meanwhile.',
    begin(stage) {
      stage.john.tap?.sleep();
      return this.about;
    },
    end(stage) {
      stage.john.tap?.wake();
      return 'Opened again: within seconds the dead connection is noticed, and what was missed is there, in order.';
    },
  },
  {
    key: 'slack', group: 'Break', label: 'Slack down', lasts_s: 15,
    about: 'Slack refuses every post. Write as John: his words are safe on the server, and arrive when Slack is back.',
    async begin(stage) {
      down = [await slack_fault(stage, { effect: 'error_page', method: 'chat.*', status: 503 })];
      return this.about;
    },
    async end(stage) {
      for (const id of down.splice(0)) await stage.desk!.act('clear_faults', { id });
      return 'Slack is back. What waited is posted in order, each once.';
    },
  },
  {
    key: 'lost', group: 'Break', label: 'Lose an answer',
    about: 'Slack takes the next post and its answer is lost. Write as John: nobody knows whether it arrived, until the thread is read back. It stands there once.',
    async begin(stage) {
      await slack_fault(stage, { effect: 'apply_then_reset', method: 'chat.postMessage', times: 1 });
      return this.about;
    },
  },
  {
    key: 'tab', group: 'Add', label: 'Second tab', pressed: (stage) => stage.tile_named('John’s second tab') !== undefined,
    about: 'John’s second tab: the same conversation, and one connection for both.',
    begin(stage) {
      return open_tile(stage, 'John’s second tab', '/demo/', this.about);
    },
  },
  {
    key: 'customer', group: 'Add', label: 'Second customer', pressed: (stage) => stage.tile_named('Maria') !== undefined,
    about: 'Maria: a customer of her own, with a thread of her own. Nothing of John’s ever reaches her.',
    begin(stage) {
      return open_tile(stage, 'Maria', '/demo/?customer=maria', this.about);
    },
  },
  {
    key: 'edit', group: 'Ana', label: 'Edit',
    about: 'Ana has changed her last answer: the chat shows the new words, and says so.',
    begin(stage) {
      return on_last_answer(stage, (thread, ts, text) => stage.desk!.act('edit', { user: 'ana', channel: thread.channel, ts, text: `${text} (Better so!)` }), this.about);
    },
  },
  {
    key: 'delete', group: 'Ana', label: 'Delete',
    about: 'Ana has taken her last answer back: it is gone from the chat, too.',
    begin(stage) {
      return on_last_answer(stage, (thread, ts) => stage.desk!.act('delete', { channel: thread.channel, ts }), this.about);
    },
  },
  {
    key: 'dark', group: 'Look', label: 'Dark', pressed: (stage) => is_dark(stage), about: 'Light and dark, all three pages.',
    begin(stage) {
      const scheme = is_dark(stage) ? 'light' : 'dark';
      stage.change({ scheme });
      return scheme === 'dark' ? 'Dark.' : 'Light.';
    },
  },
  {
    key: 'rtl', group: 'Look', label: 'Arabic', pressed: (stage) => stage.rtl, about: 'The chat in Arabic, from right to left. What people wrote keeps its own direction.',
    begin(stage) {
      stage.change({ rtl: !stage.rtl });
      for (const tile of stage.tiles) tile.deskbell('locale', stage.rtl ? 'ar' : 'en');
      return stage.rtl ? this.about : 'English again.';
    },
  },
  {
    key: 'phone', group: 'Look', label: 'Phone', pressed: (stage) => stage.phone, about: 'The shop on a phone: the chat fills the screen.',
    begin(stage) {
      stage.change({ phone: !stage.phone });
      stage.show('shop');
      return stage.phone ? this.about : 'A desktop again.';
    },
  },
];

export function is_dark({ scheme }: Stage): boolean {
  return scheme === 'auto' ? matchMedia('(prefers-color-scheme: dark)').matches : scheme === 'dark';
}
