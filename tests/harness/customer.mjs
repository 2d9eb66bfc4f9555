// A customer over the public contract: REST to begin, WebSocket `deskbell.v1` to talk. Independent of the widget's code.
import { randomUUID } from "node:crypto";
import WebSocket from "ws";
import { deadline } from "./processes.mjs";

export async function api(server, method, path, { token, body, headers = {} } = {}) {
  const answer = await fetch(server.url + path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text && /json/.test(answer.headers.get("content-type") ?? "") ? JSON.parse(text) : text };
}

export class Customer {
  events = [];
  frames = [];
  #waiters = new Set();
  #requests = new Map();
  #nextId = 1;
  closed = undefined;

  static async arrive(server, customer = {}, more = {}) {
    const made = await api(server, "POST", "/v1/sessions", { body: { customer, ...more } });
    if (made.status !== 201) throw new Error(`POST /v1/sessions answered ${made.status}: ${JSON.stringify(made.body)}`);
    const self = new Customer();
    Object.assign(self, { server, session: made.body.session, id: made.body.session.id, token: made.body.token, instance: randomUUID() });
    return self;
  }

  get head() { return this.events.at(-1)?.seq ?? 0; }
  texts(role) { return this.events.filter((event) => event.kind === "message" && (!role || event.message.author.role === role)).map((event) => event.message.text); }

  async connect({ after = this.head, instance = this.instance } = {}) {
    this.closed = undefined;
    this.socket = new WebSocket(`${this.server.url.replace("http", "ws")}/v1/socket`, "deskbell.v1");
    const socket = this.socket;
    const opened = new Promise((resolve, reject) => { socket.on("open", resolve); socket.on("error", reject); });
    socket.on("message", (data) => this.#received(JSON.parse(String(data))));
    socket.on("close", (code, reason) => {
      if (socket !== this.socket) return;
      this.closed = { code, reason: String(reason) };
      for (const { reject } of this.#requests.values()) reject(new Error(`socket closed ${code}`));
      this.#requests.clear();
      this.#notify();
    });
    await deadline(opened, 10_000, "the socket to open");
    socket.send(JSON.stringify({ type: "hello", token: this.token, after, instance }));
    await this.waitFor("welcome", () => this.frames.some((frame) => frame.type === "welcome" && frame.socket === socket) || this.closed);
    return this;
  }

  #received(frame) {
    frame.socket = this.socket;
    this.frames.push(frame);
    if (frame.type === "event") this.events.push(frame.event);
    if (frame.type === "ping") this.socket.send(JSON.stringify({ type: "pong" }));
    const request = this.#requests.get(frame.re);
    if (request && (frame.type === "ok" || frame.type === "error")) {
      this.#requests.delete(frame.re);
      request.resolve(frame);
    }
    this.#notify();
  }

  #notify() { for (const look of this.#waiters) look(); }

  // Resolves with what `look` finds, as soon as a frame makes it true.
  waitFor(what, look, ms = 10_000) {
    let check;
    const found = new Promise((resolve, reject) => {
      check = () => {
        try {
          const value = look(this);
          if (value) resolve(value);
        } catch (error) {
          reject(error);
        }
      };
      this.#waiters.add(check);
      check();
    });
    return deadline(found, ms, `${this.id}: ${what}; events so far: ${JSON.stringify(this.events).slice(-1500)}`).finally(() => this.#waiters.delete(check));
  }

  event(what, look, ms) { return this.waitFor(what, () => this.events.find(look), ms); }
  hears(text, role = "agent", ms) {
    return this.event(`${role} saying ${JSON.stringify(text)}`, (event) => event.kind === "message" && event.message.author.role === role && event.message.text.includes(text), ms);
  }
  receipt(messageId, stage, ms) {
    return this.event(`receipt ${stage}`, (event) => event.kind === "receipt" && event.message_id === messageId && event.stage === stage, ms);
  }
  state(state, ms) { return this.event(`state ${state}`, (event) => event.kind === "session" && event.session.state === state, ms); }

  request(type, fields = {}) {
    const id = this.#nextId++;
    const answered = new Promise((resolve, reject) => this.#requests.set(id, { resolve, reject }));
    this.socket.send(JSON.stringify({ type, id, ...fields }));
    return deadline(answered, 10_000, `an answer to ${type}`);
  }

  // Says it, waits until it is durable, and gives the event.
  async say(text, clientId = randomUUID()) {
    const answer = await this.request("message", { client_id: clientId, text });
    if (answer.type !== "ok") throw new Error(`message refused: ${JSON.stringify(answer.error)}`);
    return this.event(`own message ${answer.seq}`, (event) => event.seq === answer.seq);
  }

  handoff(fields = {}) { return this.request("handoff", fields); }
  drop() { this.socket.terminate(); }
  async leave() {
    if (!this.socket || this.closed) return;
    const gone = this.waitFor("close", () => this.closed);
    this.socket.close(1000);
    await gone;
  }
}
