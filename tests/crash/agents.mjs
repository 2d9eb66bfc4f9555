// People in Slack: they answer in the threads they see, correct and withdraw what they said, react, and close.
import { isAlive, threadsOfSession } from "./checker.mjs";
import { pause } from "./machine.mjs";
import { tokenOf } from "./words.mjs";

const already = (error) => { if (!/already_reacted|message_not_found/.test(error.message)) throw error; };

export class Agents {
  said = [];  // {visitor, token, channel, ts, user, text, deleted, actedAt, …}: what the sandbox took
  over = false;
  #numbers = new Map();
  #lost = new Set();

  // `lossy()`: whether Slack may keep an event from us now.
  constructor(machine, visitors, dice, { lostParents = false, lossy = () => false } = {}) {
    Object.assign(this, { machine, visitors, dice, lossy, lostParents });
  }

  async work({ calm = 1 } = {}) {
    while (!this.over) {
      await pause(this.dice.between(20, 200) * calm);
      try {
        await this.#act();
      } catch (error) {
        if (!this.machine.brokenByRestart()) throw error;
      }
    }
  }

  async #act() {
    const visitor = this.dice.pick(this.visitors);
    const what = this.dice.weighted({ answer: 60, edit: 16, remove: 9, claim: 4, react: 6, close: 2, broadcast: 3, loseParent: this.lostParents ? 5 : 0 });
    if (!visitor.id) return;
    const found = threadsOfSession((await this.machine.channels()).channels, visitor.id).find(isAlive);
    if (!found) return;
    const thread = { ...found.parent, channel: found.channel };
    const { slack } = this.machine;
    const place = { user: this.dice.pick(["ana", "ben"]), channel: thread.channel };
    if (what === "answer") await this.#answer(visitor, { ...place, thread_ts: thread.ts });
    if (what === "broadcast") await this.#answer(visitor, { ...place, thread_ts: thread.ts, broadcast: true });
    if (what === "edit") await this.#change("edit");
    if (what === "remove") await this.#change("delete");
    if (what === "claim") await slack.act("react", { ...place, ts: thread.ts, name: "eyes" }).catch(already);
    if (what === "close") await slack.act("react", { ...place, ts: thread.ts, name: "white_check_mark" }).catch(already);
    if (what === "react" && thread.replies?.length) await slack.act("react", { ...place, ts: this.dice.pick(thread.replies).ts, name: "eyes" }).catch(already);
    if (what === "loseParent") await this.#loseParent(visitor, thread);
  }

  async #answer(visitor, place) {
    const number = (this.#numbers.get(visitor.index) ?? 0) + 1;
    this.#numbers.set(visitor.index, number);
    const token = tokenOf(visitor.index, "a", number);
    const text = `${token} as said`;
    const { ts } = await this.machine.slack.post({ ...place, text });
    this.said.push({ visitor: visitor.index, token, channel: place.channel, ts, user: place.user, text, deleted: false });
  }

  // One of the latest is corrected or withdrawn. Whose answer got lost may or may not have been done.
  async #change(what) {
    const own = this.dice.pick(this.said.filter((each) => !each.deleted && !each.doubtful).slice(-12));
    if (!own) return;
    const text = what === "edit" ? `${own.token} as corrected ${this.dice.below(1e6)}` : undefined;
    own.doubtful = true;
    own.unheard ||= this.lossy();
    own.actedAt = Date.now();
    await this.machine.slack.act(what, { user: own.user, channel: own.channel, ts: own.ts, text });
    if (what === "edit") own.text = text;
    own.deleted = what === "delete";
    own.doubtful = false;
  }

  async #loseParent(visitor, thread) {
    if (this.#lost.size === 2 || this.#lost.has(visitor.index)) return;
    this.#lost.add(visitor.index);
    await this.machine.slack.act("delete", { channel: thread.channel, ts: thread.ts });
  }

  // What was withdrawn or corrected since a backup was so by events that the restored database has not had.
  unheardSinceBackup() {
    for (const each of this.said) each.unheard ||= each.actedAt > 0;
  }
  // The sandbox forgets the events that wait when it is started again; Slack would not.
  eventsForgotten() {
    for (const each of this.said) if (each.actedAt > Date.now() - 15_000) each.unheard = true;
  }
}
