// "Play it for me": the whole story in a minute, with the real widget, server and agents' page. Nothing is timed: each step
// waits for what it says, and the pauses between are there for whoever watches.

import type { Side, Stage } from './stage.ts';
import type { Tile } from './tile.ts';

const question = 'How much for 200 photos?';
const first_answer = 'Hi John! 200 photos are $100, and the box to send them in is free.';
const follow_up = 'Lovely. And some of them are slides, is that a problem?';
const said_offline = 'Could I have them back by Friday?';
const slip = 'Slides are fine! Thrusday at the latest.';
const corrected = 'Slides are fine! Thursday at the latest.';
// Each must stand once on either side when the curtain falls.
const said_by_all = [first_answer, follow_up, said_offline, corrected];

export class Play {
  readonly #stage: Stage;
  readonly #speed: number;
  readonly #ending = new AbortController();
  step = 0;
  readonly steps = 8;

  constructor(stage: Stage, speed: number) {
    this.#stage = stage;
    this.#speed = speed;
  }

  stop(): void {
    this.#ending.abort();
  }

  get #john(): Tile {
    return this.#stage.john;
  }

  async run(): Promise<void> {
    const stage = this.#stage;
    try {
      await this.#set_the_scene();
      await this.#asks_the_bot();
      await this.#wants_a_human();
      await this.#the_thread();
      await this.#first_answer();
      await this.#writes_back();
      await this.#network_cut();
      await this.#corrected();
      await this.#resolved();
      this.#curtain();
    } catch (error) {
      const why = (error as Error).message;
      stage.say(this.#ending.signal.aborted ? 'Stopped. Everything is yours: go on from here.' : `That did not go as planned: ${why}.`);
    } finally {
      this.#john.tap?.mend();
    }
  }

  #until<Found>(what: string, look: () => Found | undefined | null | false): Promise<Found> {
    return this.#stage.news.until(what, look, this.#ending.signal);
  }

  async #pause(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms / this.#speed));
    if (this.#ending.signal.aborted) throw new Error('stopped');
  }

  async #scene(side: Side, caption: string): Promise<void> {
    this.step += 1;
    this.#stage.show(side);
    this.#stage.say(caption);
    await this.#pause(1_400);
  }

  async #customer_types(text: string): Promise<void> {
    for (let length = 2; length < text.length; length += 2) {
      this.#john.deskbell('prefill', text.slice(0, length));
      await this.#pause(55);
    }
    this.#john.deskbell('prefill', '');
    this.#john.deskbell('send', text);
    await this.#until('the words to be shown', () => this.#john.said(text).times > 0);
  }

  async #agent_types(text: string): Promise<void> {
    await this.#stage.desk!.ask({ do: 'type', text, character_ms: 26 / this.#speed });
    await this.#until('the answer in the thread', () => this.#stage.desk!.said(this.#john.session, text) > 0);
  }

  async #set_the_scene(): Promise<void> {
    const stage = this.#stage;
    for (const tile of stage.tiles.slice(1)) stage.remove_tile(tile);
    stage.show('shop');
    await this.#until('the shop', () => this.#john.ready);
    await this.#until('the agents’ page', () => stage.desk?.state);
    this.#john.deskbell('shutdown');
    this.#john.deskbell('locale', stage.rtl ? 'ar' : 'en');
    this.#john.bot_spoke = this.#john.human_wanted = this.#john.agent_spoke = false;
    await stage.desk!.ask({ do: 'show', channel: 'vip-sales', ts: '' });
  }

  async #asks_the_bot(): Promise<void> {
    await this.#scene('shop', 'John is in the shop and has a question.');
    this.#john.deskbell('open', { focus: false });
    await this.#until('the chat', () => this.#john.deskbell('get', 'open') === true && this.#john.part('composer'));
    await this.#pause(700);
    await this.#customer_types(question);
    await this.#until('the bot’s answer', () => this.#john.bot_spoke && this.#john.said('$100').times > 0);
    await this.#pause(1_800);
  }

  async #wants_a_human(): Promise<void> {
    await this.#scene('shop', 'The bot knew the price. John wants a human all the same.');
    this.#john.deskbell('talkToHuman', { name: 'John Smith', email: 'john@email.com' });
    await this.#until('his place in the line', () => this.#john.human_wanted);
    await this.#until('a thread of his own', () => this.#stage.desk!.thread(this.#john.session));
    await this.#pause(1_200);
  }

  async #the_thread(): Promise<void> {
    await this.#scene('desk', 'A thread for this one customer: who he is, where he is, what the bot said.');
    const thread = await this.#until('the introduction', () => {
      const found = this.#stage.desk!.thread(this.#john.session);
      return found && found.replies.length > 0 && found;
    });
    await this.#stage.desk!.ask({ do: 'show', channel: thread.channel, ts: thread.root.ts });
    await this.#pause(2_600);
  }

  async #first_answer(): Promise<void> {
    await this.#scene('desk', 'Ana answers in the thread, as she answers anybody.');
    await this.#agent_types(first_answer);
    await this.#until('the answer in the chat', () => this.#john.said(first_answer).times > 0);
    this.#stage.show('shop');
    await this.#pause(2_200);
  }

  async #writes_back(): Promise<void> {
    await this.#scene('shop', 'One conversation now. What he writes stands in her thread.');
    await this.#customer_types(follow_up);
    await this.#until('his words in the thread', () => this.#stage.desk!.said(this.#john.session, follow_up) > 0);
    await this.#pause(1_600);
  }

  async #network_cut(): Promise<void> {
    await this.#scene('shop', 'A tunnel: his network is cut. He writes all the same.');
    this.#john.tap?.cut();
    await this.#until('the chat to notice', () => this.#john.deskbell('get', 'link') !== 'online');
    await this.#customer_types(said_offline);
    await this.#pause(2_600);
    this.#stage.say('Light at the end: it goes out by itself, once.');
    this.#john.tap?.mend();
    await this.#until('his words in the thread', () => this.#stage.desk!.said(this.#john.session, said_offline) > 0);
    await this.#pause(1_600);
  }

  async #corrected(): Promise<void> {
    await this.#scene('desk', 'Ana types too fast, and corrects herself.');
    await this.#agent_types(slip);
    await this.#until('the slip in the chat', () => this.#john.said(slip).times > 0);
    await this.#pause(1_800);
    const thread = this.#stage.desk!.thread(this.#john.session)!;
    const reply = thread.replies.findLast(({ text }) => text.includes(slip))!;
    await this.#stage.desk!.act('edit', { user: 'ana', channel: thread.channel, ts: reply.ts, text: corrected });
    await this.#until('the correction in the chat', () => this.#john.said(corrected).times > 0 && this.#john.said(slip).times === 0);
    this.#stage.show('shop');
    await this.#pause(2_000);
  }

  async #resolved(): Promise<void> {
    await this.#scene('desk', 'Done: Ana presses Resolve, and John is asked how it was.');
    const { channel, root } = this.#stage.desk!.thread(this.#john.session)!;
    await this.#stage.desk!.act('press', { user: 'ana', channel, ts: root.ts, action_id: 'deskbell_resolve' });
    const stars = await this.#until('the question how it was', () => {
      const buttons = this.#john.part('rating')?.querySelectorAll('button') ?? [];
      return buttons.length >= 5 && buttons;
    });
    this.#stage.show('shop');
    await this.#pause(1_600);
    stars[4]!.click();
    await this.#until('the stars beside the thread', () => JSON.stringify(this.#stage.desk!.thread(this.#john.session) ?? {}).includes('rated 5 of 5'));
    await this.#pause(900);
  }

  #curtain(): void {
    const odd = said_by_all.filter((text) => this.#john.said(text).times !== 1 || this.#stage.desk!.said(this.#john.session, text) !== 1);
    this.#stage.say(
      odd.length === 0
        ? `${said_by_all.length} messages, each exactly once on both sides. Now you: break something below, or write as either of them.`
        : `Not each once on both sides: “${odd[0]}”. That is a bug; please report it.`,
    );
  }
}
