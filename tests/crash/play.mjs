// One run: processes, customers, agents and weather; then calm, everything drained, and the checker.
import { Agents } from "./agents.mjs";
import { violations, violationsInDatabase } from "./checker.mjs";
import { Dice } from "./dice.mjs";
import { DatabaseCopy, Machine, canReadDatabases, eventually } from "./machine.mjs";
import { Visitor } from "./visitor.mjs";

// Short waits, so that what takes minutes in production happens between two kills.
const pace = "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\nunknown_quiet_ms = 1200\nunknown_second_look_ms = 300\ngap_repair_ms = 1000";
const limits = "messages_per_second_per_session = 0\nsessions_per_minute_per_ip = 0";

// {effect, method, …}: what may be in the air, each with some probability. Nothing of it makes Slack forget what it said it has.
const troubles = [
  { effect: "apply_then_reset", method: "chat.postMessage", probability: 0.15 },
  { effect: "reset", method: "chat.postMessage", probability: 0.15 },
  { effect: "error_page", method: "chat.postMessage", probability: 0.15, status: 503 },
  { effect: "apply_then_error_page", method: "chat.postMessage", probability: 0.15, status: 500 },
  { effect: "apply_late", method: "chat.postMessage", probability: 0.08, delay_ms: 300, jitter_ms: 700 },
  { effect: "reset_apply_late", method: "chat.postMessage", probability: 0.1, delay_ms: 100, jitter_ms: 800 },
  // Later than any patience: what was asked for again by then is there twice, until it is seen and taken back.
  { effect: "reset_apply_late", method: "chat.postMessage", probability: 0.05, delay_ms: 2000, jitter_ms: 4000 },
  { effect: "half_body", method: "chat.postMessage", probability: 0.1 },
  { effect: "answer_delay", method: "chat.postMessage", probability: 0.4, delay_ms: 50, jitter_ms: 400 },
  { effect: "rate_limited", method: "chat.postMessage", probability: 0.1, retry_after_s: 1 },
  { effect: "api_error", method: "chat.postMessage", probability: 0.1, error: "internal_error" },
  { effect: "apply_then_api_error", method: "chat.postMessage", probability: 0.1, error: "fatal_error" },
  { effect: "error_page", method: "conversations.replies", probability: 0.1, status: 503 },
  { effect: "stale_read", method: "conversations.replies", probability: 0.3, delay_ms: 100, jitter_ms: 300 },
  { effect: "event_drop", method: "message", probability: 0.3 },
  { effect: "event_drop", method: "message_changed", probability: 0.2 },
  { effect: "event_duplicate", method: "message", probability: 0.3, delay_ms: 200 },
  { effect: "event_delay", method: "message", probability: 0.3, delay_ms: 100, jitter_ms: 1500 },
  { effect: "event_shuffle", method: "message", probability: 0.4, delay_ms: 400 },
  { effect: "event_first_lost", method: "message", probability: 0.2, delay_ms: 100 },
  { effect: "event_answer_lost", method: "message", probability: 0.2 },
];

export class Play {
  constructor(seed, { customers = 5, lostParents = false, refusals = false, socketMode = !!process.env.DESKBELL_SOCKET_MODE, env = {}, bot = 'kind = "faq"\nfaq = "demo/faq.md"' } = {}) {
    Object.assign(this, { seed, lostParents, refusals, restored: false, talks: [], dice: new Dice(seed), diary: [] });
    this.machine = new Machine({ bot, limits, pace, env, socketMode });
    this.visitors = Array.from({ length: customers }, (_, index) => new Visitor(this.machine, index, this.dice.stream(`customer ${index}`)));
    this.agents = new Agents(this.machine, this.visitors, this.dice.stream("agents"), { lostParents, lossy: () => this.lossy });
    this.sky = this.dice.stream("weather");
  }

  note(words) {
    this.diary.push(`${((Date.now() - this.began) / 1000).toFixed(2)} s  ${words}`);
    if (process.env.DESKBELL_TEST_LOG) console.error(this.diary.at(-1));
  }

  // The sandbox alone; the server is started by whoever plays.
  async begin() {
    this.began = Date.now();
    await this.machine.startSandbox();
    await this.settle();
  }
  settle() { return this.machine.tell("settings", { rate_limits: false, retry_scale: 0.03, socket_mode: this.machine.options.socketMode }); }
  // Slack asks the URL once; then events come whether or not somebody is there.
  async subscribe() {
    if (this.machine.options.socketMode) return;
    await this.machine.slack.subscribe(`${this.machine.url}/slack/events`);
  }

  // These customers (all of them) arrive and talk. `failed` settles only when somebody failed: an error of the test itself.
  talk({ from = 0, to = this.visitors.length, ...how } = {}) {
    const talk = Promise.all(this.visitors.slice(from, to).map((visitor) => visitor.talk(how)));
    this.#watch(talk);
  }
  #watch(talk) {
    this.talks.push(talk);
    this.working ??= this.agents.work();
    this.failed = Promise.race([...this.talks, this.working].map((each) => each.then(() => new Promise(() => {}))));
    this.failed.catch(() => {});
  }
  // After a silence everybody goes on.
  resume() {
    this.agents.over = false;
    this.working = undefined;
    for (const visitor of this.visitors) visitor.over = false;
    this.#watch(Promise.all(this.present.map(async (visitor) => {
      for (let lines = 0; lines < 3; ++lines) await visitor.say();
    })));
  }

  async newWeather() {
    await this.machine.tell("clear_faults", {});
    const chosen = troubles.filter(() => this.sky.chance(0.2));
    this.lossy = chosen.some(({ effect }) => effect === "event_drop" || effect === "event_first_lost");
    for (const trouble of chosen) await this.machine.tell("fault", trouble);
    this.note(`weather: ${chosen.map(({ effect, method }) => `${effect} of ${method}`).join(", ") || "fair"}`);
  }
  async fairWeather() {
    this.lossy = false;
    await this.machine.tell("clear_faults", {});
    this.note("fair weather");
  }

  get present() { return this.visitors.filter((visitor) => visitor.id); }
  get acknowledged() { return this.visitors.reduce((sum, visitor) => sum + visitor.said.length, 0); }

  async evidence() {
    const state = await this.machine.channels();
    return { visitors: await Promise.all(this.present.map((visitor) => visitor.evidence())), channels: state.channels, ledger: this.agents.said, lostParents: this.lostParents, refusals: this.refusals, restored: this.restored, state };
  }

  // Everybody has said the last word; what is on its way arrives. Gives the violations that remain.
  async drain(ms = 1000 * Number(process.env.DESKBELL_DRAIN_S ?? 90)) {
    this.agents.over = true;
    for (const visitor of this.visitors) visitor.over = true;
    await Promise.race([Promise.all([...this.talks, this.working]), this.failed]);
    this.note(`everybody is silent: ${this.acknowledged} acknowledged`);
    let listening = true;
    const listeners = Promise.all(this.present.map((visitor) => visitor.listen(() => !listening)));
    let left = ["nothing was looked at yet"];
    const look = async () => {
      const evidence = await this.evidence();
      const { state } = evidence;
      const figures = await this.machine.metrics();
      const waits = ["courier_lanes_waiting", "courier_posts_in_flight", "courier_posts_unknown"].filter((name) => figures[name] !== 0);
      left = [...waits.map((name) => `liveness: ${name} is ${figures[name]}`), ...violations(evidence)];
      if (state.trouble.late_calls > 0) left.push(`the sandbox itself: ${state.trouble.late_calls} late calls`);
      if (state.events.pending > 0) left.push(`the sandbox itself: ${state.events.pending} events on their way`);
      return left.length === 0;
    };
    await Promise.race([eventually(look, ms), this.failed]);
    listening = false;
    await listeners;
    this.note(left.length === 0 ? "drained" : `not drained: ${left.length} violations`);
    return left;
  }

  // The dead server's database, in a copy.
  checkDatabase(options) {
    if (!canReadDatabases) return [];
    const copy = new DatabaseCopy(this.machine.database);
    try {
      return violationsInDatabase(copy, this.present, { restored: this.restored, ...options });
    } finally {
      copy.end();
    }
  }

  async end() {
    for (const visitor of this.visitors) visitor.giveUp();
    this.agents.over = true;
    await Promise.allSettled([...this.talks, this.working]);
    await this.machine.end();
  }

  story() { return this.diary.join("\n"); }
}
