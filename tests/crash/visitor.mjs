// A customer who never gives up: what was not acknowledged is said again under the same client_id, a broken line is taken up
// after the last `seq`. Keeps what it was told, for the checker.
import { Customer, api } from "../harness/customer.mjs";
import { pause } from "./machine.mjs";
import { lineOf, tagOf } from "./words.mjs";

// Reads a log from the beginning, page by page, as a page that was just opened.
export async function readLog(server, token) {
  const events = [];
  for (;;) {
    const { status, body } = await api(server, "GET", `/v1/session/events?after=${events.at(-1)?.seq ?? 0}&limit=200`, { token });
    if (status !== 200) throw new Error(`the log answered ${status}`);
    events.push(...body.events);
    if (body.events.length === 0 || events.at(-1).seq >= body.head) return events;
  }
}

export class Visitor {
  said = [];       // {clientId, text, tokens, seq}: acknowledged
  wrong = [];      // what no answer should have been
  asked = false;   // a human, acknowledged
  busy = false;

  constructor(machine, index, dice) {
    Object.assign(this, { machine, index, dice, tag: tagOf(index), next: 1, over: false });
  }

  async arrive() {
    for (;;) {
      await this.machine.up();
      try {
        const { tag } = this;
        this.line = await Customer.arrive(this.machine, { name: `Name ${tag}`, email: `${tag}@example.com`, attributes: { plan: `gold ${tag}` } },
          { page: { url: `https://shop.example/${tag}`, title: `Title ${tag}` } });
        this.id = this.line.id;
        return this;
      } catch (error) {
        await this.#after(error);
      }
    }
  }

  // Anything may break while processes die; what comes back as an answer may not be wrong.
  async #after(error) {
    this.lastError = error;
    if (this.abandoned) throw error;
    await pause(this.dice.between(10, 60));
  }

  async #connected() {
    while (!this.line.socket || this.line.closed) {
      await this.machine.up();
      try {
        await this.line.connect();
        const refused = this.line.closed?.code;
        if (refused === 4003 || refused === 4010) this.wrong.push(`the socket was refused for good: ${refused}`);
      } catch (error) {
        this.line.socket?.terminate();
        this.line.closed ??= { code: 0 };
        await this.#after(error);
      }
      if (this.line.closed) await this.#after(new Error(`socket closed ${this.line.closed.code}`));
    }
  }

  // Until it is answered. `wanted` may look at the answer.
  async #ask(type, fields) {
    for (;;) {
      await this.#connected();
      try {
        const answer = await this.line.request(type, fields);
        if (answer.type === "ok") return answer;
        if (!["busy", "store_unavailable", "too_many_messages", "session_busy"].includes(answer.error.code)) {
          this.wrong.push(`${type} was refused: ${JSON.stringify(answer.error)}`);
          return answer;
        }
        await pause(Math.min(answer.error.retry_after_ms ?? 100, 500));
      } catch (error) {
        await this.#after(error);
      }
    }
  }

  async #post(clientId, text) {
    for (;;) {
      await this.machine.up();
      try {
        const { status, body } = await api(this.machine, "POST", "/v1/session/messages", { token: this.line.token, body: { client_id: clientId, text } });
        if (status === 200 || status === 201) return body.event;
        if (status !== 503 && status !== 429) {
          this.wrong.push(`POST messages answered ${status} ${JSON.stringify(body)}`);
          return {};
        }
        await this.#after(new Error(`POST messages answered ${status}`));
      } catch (error) {
        await this.#after(error);
      }
    }
  }

  #deliver(clientId, text) {
    return this.dice.chance(0.2) ? this.#post(clientId, text) : this.#ask("message", { client_id: clientId, text });
  }

  async say() {
    const { text, tokens } = lineOf(this.index, this.next++, this.dice);
    const clientId = `${this.tag}-${this.next}-${this.dice.below(1e9)}`;
    const { seq } = await this.#deliver(clientId, text);
    if (!Number.isInteger(seq)) this.wrong.push(`no seq for ${tokens[0]}`);
    this.said.push({ clientId, text, tokens, seq });
  }
  // As after an answer that was lost: it must be the same event.
  async sayAgain() {
    const old = this.dice.pick(this.said);
    const { seq } = await this.#deliver(old.clientId, old.text);
    if (seq !== old.seq) this.wrong.push(`${old.tokens[0]} was event ${old.seq} and is event ${seq}`);
  }
  async ask() {
    await this.#ask("handoff", { topic: `topic ${this.tag}`, note: `note ${this.tag}` });
    this.asked = true;
  }
  async poll() {
    await this.machine.up();
    await api(this.machine, "GET", `/v1/session/events?after=${this.line.head}&limit=50&wait=1`, { token: this.line.token }).catch((error) => this.#after(error));
  }

  // Talks until it is told that it is over, and ends with everything acknowledged.
  async talk({ linesBefore = this.dice.below(3), calm = 1 } = {}) {
    await this.arrive();
    while (this.said.length < linesBefore) await this.say();
    await this.ask();
    while (!this.over) {
      const what = this.dice.weighted({ say: 70, sayAgain: 8, drop: 6, details: 3, typing: 5, poll: 5, askAgain: 3 });
      if (what === "say") await this.say();
      if (what === "sayAgain" && this.said.length > 0) await this.sayAgain();
      if (what === "drop") this.line.socket?.terminate();
      if (what === "details") await this.#ask("customer", { phone: `+1 ${this.tag}` });
      if (what === "typing") await this.#ask("typing", { on: true });
      if (what === "poll") await this.poll();
      if (what === "askAgain") await this.#ask("handoff", {});
      await pause(this.dice.between(20, 250) * calm);
    }
    await this.#connected();
    return this;
  }

  // For the checker.
  async evidence(server = this.machine) {
    return {
      index: this.index, id: this.id, said: this.said, wrong: this.wrong,
      seen: this.line.events, heard: this.line.frames.map((frame) => JSON.stringify({ ...frame, socket: undefined })),
      log: await readLog(server, this.line.token),
    };
  }
  // After the last word: keeps its line until `ended`, so that what is still to come is seen.
  async listen(ended) {
    while (!ended()) {
      if (this.line.closed) await this.#connected();
      await pause(50);
    }
    await this.line.leave();
  }
  giveUp() { this.abandoned = this.over = true; this.line?.socket?.terminate(); }
}
