// Many customers at once, each as stubborn as the contract asks: a lost line is taken up again with the server's hint or
// with jitter, resumed after the last event heard, and what was not answered is said again under the same client_id.
// What a customer sees is judged as it comes: an event twice, or one left out, is counted on the spot.
import { randomUUID } from "node:crypto";
import WebSocket from "ws";
import { api } from "../harness/customer.mjs";

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const passing = new Set(["too_many_messages", "too_many_requests", "session_busy", "busy", "store_unavailable"]);

export class Link {
  seq = 0;                 // the last event heard
  doubled = 0;
  skipped = 0;
  heard = [];              // {role, text, order} of the messages, as they came; `order` is how a client shows them
  acknowledged = [];       // {clientId, text, seq} of ours that were answered with ok
  refusals = {};           // code → how often
  closes = {};             // code → how often
  reconnects = [];         // how long each took, in ms
  hints = [];              // the milliseconds of each 1012
  keepHeard = true;
  #requests = new Map();
  #nextId = 1;
  #stopped = false;
  #awake = new Set();
  #lostAt = 0;

  constructor(server, { id, token }) {
    Object.assign(this, { server, id, token, instance: randomUUID() });
  }
  static async arrive(server, customer = {}) {
    for (;;) {
      const made = await api(server, "POST", "/v1/sessions", { body: { customer } });
      if (made.status === 201) return new Link(server, { id: made.body.session.id, token: made.body.token });
      if (made.status !== 429 && made.status !== 503) throw new Error(`POST /v1/sessions answered ${made.status}`);
      await pause(made.body.retry_after_ms);
    }
  }

  get isUp() { return this.welcomed === true; }
  #notify() { for (const wake of [...this.#awake]) wake(); }
  async until(look) {
    while (!look()) await new Promise((resolve) => { const wake = () => { this.#awake.delete(wake); resolve(); }; this.#awake.add(wake); });
  }

  // Stays connected until stop(). Resolves then.
  async run() {
    while (!this.#stopped) {
      const { code, reason } = await this.#once();
      if (this.#stopped) break;
      this.closes[code] = (this.closes[code] ?? 0) + 1;
      if (code === 4003 || code === 4010) throw new Error(`${this.id} was closed for good: ${code} ${reason}`);
      const hint = (code === 1012 || code === 1013) && /^\d+$/.test(reason) ? Number(reason) : undefined;
      if (code === 1012) this.hints.push(hint);
      this.#lostAt ||= performance.now();
      await pause(hint ?? 100 + Math.random() * 300);
    }
  }
  #once() {
    return new Promise((resolve) => {
      const socket = new WebSocket(`${this.server.url.replace("http", "ws")}/v1/socket`, "deskbell.v1", { perMessageDeflate: false, handshakeTimeout: 15_000 });
      this.socket = socket;
      socket.on("open", () => socket.send(JSON.stringify({ type: "hello", token: this.token, after: this.seq, instance: this.instance })));
      socket.on("message", (data) => this.#received(JSON.parse(String(data))));
      socket.on("error", () => {});
      socket.on("close", (code, reason) => {
        this.welcomed = false;
        for (const { reject } of this.#requests.values()) reject(new Error(`closed ${code}`));
        this.#requests.clear();
        this.#notify();
        resolve({ code, reason: String(reason) });
      });
    });
  }
  #received(frame) {
    if (frame.type === "event") {
      const { event } = frame;
      if (event.seq <= this.seq) ++this.doubled;
      else {
        if (event.seq !== this.seq + 1) ++this.skipped;
        this.seq = event.seq;
        if (event.kind === "message" && this.keepHeard) this.heard.push({ role: event.message.author.role, text: event.message.text, order: event.message.order });
      }
    } else if (frame.type === "welcome") {
      this.welcomed = true;
      this.head = frame.head;
      if (this.#lostAt) this.reconnects.push(performance.now() - this.#lostAt);
      this.#lostAt = 0;
    } else if (frame.type === "ok" || frame.type === "error") {
      const request = this.#requests.get(frame.re);
      this.#requests.delete(frame.re);
      request?.resolve(frame);
    }
    this.#notify();
  }

  request(type, fields = {}) {
    if (!this.isUp) return Promise.reject(new Error("not connected"));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ type, id, ...fields }));
    });
  }

  // Says it until it is answered with ok; gives up (undefined) only when `patient` says no any more.
  async say(text, { clientId = randomUUID(), patient = () => true } = {}) {
    while (patient()) {
      await this.until(() => this.isUp || this.#stopped);
      if (this.#stopped) return undefined;
      let answer;
      try {
        answer = await this.request("message", { client_id: clientId, text });
      } catch {
        continue;  // the line was lost, and with it perhaps the answer
      }
      if (answer.type === "ok") {
        this.acknowledged.push({ clientId, text, seq: answer.seq });
        return answer.seq;
      }
      const { code, retry_after_ms } = answer.error;
      this.refusals[code] = (this.refusals[code] ?? 0) + 1;
      if (!passing.has(code) || !(retry_after_ms > 0)) throw new Error(`refused without a way on: ${JSON.stringify(answer.error)}`);
      await pause(retry_after_ms * (0.5 + Math.random() / 2));
    }
    return undefined;
  }

  stop() {
    this.#stopped = true;
    this.socket?.terminate();
    this.#notify();
  }
}

// The whole log of a session, over REST.
export async function readLog(server, token) {
  const events = [];
  for (;;) {
    const page = await api(server, "GET", `/v1/session/events?after=${events.at(-1)?.seq ?? 0}`, { token });
    if (page.status === 429 || page.status === 503) { await pause(page.body.retry_after_ms); continue; }
    if (page.status !== 200) throw new Error(`the log was answered with ${page.status}`);
    events.push(...page.body.events);
    if ((events.at(-1)?.seq ?? 0) >= page.body.head) return events;
  }
}

// What is wrong with a log, given what was acknowledged: nothing lost, doubled, out of order or with a hole.
export function faultsOfLog(events, acknowledged) {
  const faults = [];
  events.forEach((event, i) => { if (event.seq !== i + 1) faults.push(`seq ${event.seq} where ${i + 1} belongs`); });
  const ids = events.filter((event) => event.kind === "message" && event.message.author.role === "customer").map((event) => event.message.client_id);
  if (new Set(ids).size !== ids.length) faults.push("a client_id is stored twice");
  for (const { clientId, text, seq } of acknowledged) {
    const event = events[seq - 1];
    if (event?.message?.client_id !== clientId || event.message.text !== text) faults.push(`acknowledged as ${seq}, but not there: ${text}`);
  }
  return faults;
}

// How often each of `marks` stands in `text`, when it is not once; and whether they stand in order.
export function faultsOfThread(text, marks) {
  const faults = [];
  let before = -1;
  for (const mark of marks) {
    const at = text.indexOf(mark);
    if (at < 0) faults.push(`${mark} is missing`);
    else if (text.indexOf(mark, at + 1) >= 0) faults.push(`${mark} stands twice`);
    else if (at < before) faults.push(`${mark} is out of order`);
    before = Math.max(before, at);
  }
  return faults;
}

// Runs `work` over `list`, `lanes` at a time.
export async function inLanes(list, lanes, work) {
  let next = 0;
  await Promise.all(Array.from({ length: lanes }, async () => { for (let at = next++; at < list.length; at = next++) await work(list[at], at); }));
}
