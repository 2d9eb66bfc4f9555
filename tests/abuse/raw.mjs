// A bare TCP connection for tests that say exactly which bytes go out: HTTP by hand, WebSocket frames by hand. Nothing
// here repairs, retries or hides; every wait ends with what it waited for, or fails with what came instead.
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { deadline } from "../harness/processes.mjs";

export const portOf = (server) => Number(new URL(server.url).port);

export class Raw {
  received = Buffer.alloc(0);
  ended = false;       // the peer sent its FIN, or the connection broke
  error = undefined;   // "ECONNRESET" …
  #waiters = new Set();

  static async open(port, { host = "127.0.0.1", ...options } = {}) {
    const raw = new Raw();
    raw.socket = connect({ port, host, noDelay: true, allowHalfOpen: true, ...options });
    raw.socket.on("data", (bytes) => { raw.received = Buffer.concat([raw.received, bytes]); raw.#notify(); });
    raw.socket.on("end", () => { raw.ended = true; raw.#notify(); });
    raw.socket.on("close", () => { raw.ended = true; raw.#notify(); });
    raw.socket.on("error", (error) => { raw.error = error.code; raw.ended = true; raw.#notify(); });
    await deadline(new Promise((resolve, reject) => { raw.socket.once("connect", resolve); raw.socket.once("error", reject); }), 10_000, `a connection to port ${port}`);
    return raw;
  }

  #notify() { for (const look of [...this.#waiters]) look(); }

  // Resolves once `look()` finds something, looked at whenever bytes or the end have come.
  until(what, look, ms = 10_000) {
    let check;
    const found = new Promise((resolve, reject) => {
      check = () => {
        try {
          const value = look();
          if (value !== undefined && value !== false) resolve(value);
          else if (this.ended) reject(new Error(`the connection ended (${this.error ?? "FIN"}) instead of ${what}; left: ${this.received.subarray(0, 300).toString("latin1")}`));
        } catch (error) { reject(error); }
      };
      this.#waiters.add(check);
      check();
    });
    return deadline(found, ms, what).finally(() => this.#waiters.delete(check));
  }

  // Handed to the kernel when it resolves; a connection that is gone takes everything.
  send(bytes) {
    if (this.ended && this.socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => { this.socket.write(bytes, () => resolve()); });
  }
  finish() { this.socket.end(); }
  reset() { this.socket.resetAndDestroy(); }
  close() { this.socket.destroy(); }

  take(count) {
    const bytes = this.received.subarray(0, count);
    this.received = this.received.subarray(count);
    return bytes;
  }

  // The end of the connection; what was not read stays in `received`.
  end(ms = 10_000) {
    let check;
    const over = new Promise((resolve) => { check = () => { if (this.ended) resolve(); }; this.#waiters.add(check); check(); });
    return deadline(over, ms, "the end of the connection").finally(() => this.#waiters.delete(check));
  }

  // One HTTP response: {status, headers, body, code}. `bodiless`: the answer to HEAD.
  async response({ ms = 10_000, bodiless = false } = {}) {
    const at = await this.until("a response's head", () => { const found = this.received.indexOf("\r\n\r\n"); return found < 0 ? undefined : found; }, ms);
    const lines = this.take(at + 4).toString("latin1").trimEnd().split("\r\n");
    const status = Number(lines[0].split(" ")[1]);
    const headers = Object.fromEntries(lines.slice(1).map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
    if (status === 100) return this.response({ ms, bodiless });
    const length = Number(headers["content-length"] ?? 0);
    let body = "";
    if (!bodiless && status !== 101 && length > 0) {
      await this.until("a response's body", () => this.received.length >= length, ms);
      body = this.take(length).toString();
    }
    let code;
    try { code = JSON.parse(body).code; } catch { /* not every body is JSON */ }
    return { status, headers, body, code, line: lines[0] };
  }

  // The next frame of the server: {fin, rsv, opcode, masked, payload, code?, reason?, json?}; undefined at the end.
  async frame(ms = 10_000) {
    const parsed = await this.until("a frame", () => parseFrame(this.received) ?? (this.ended && this.received.length === 0 ? null : undefined), ms);
    if (!parsed) return undefined;
    this.take(parsed.size);
    return parsed.frame;
  }
}

export function parseFrame(bytes) {
  if (bytes.length < 2) return undefined;
  let length = bytes[1] & 127;
  let at = 2;
  if (length === 126) { if (bytes.length < 4) return undefined; length = bytes.readUInt16BE(2); at = 4; }
  else if (length === 127) { if (bytes.length < 10) return undefined; length = Number(bytes.readBigUInt64BE(2)); at = 10; }
  if (bytes.length < at + length) return undefined;
  const payload = Buffer.from(bytes.subarray(at, at + length));
  const frame = { fin: (bytes[0] & 128) !== 0, rsv: (bytes[0] >> 4) & 7, opcode: bytes[0] & 15, masked: (bytes[1] & 128) !== 0, payload };
  if (frame.opcode === 8) { frame.code = length >= 2 ? payload.readUInt16BE(0) : 1005; frame.reason = payload.subarray(2).toString(); }
  if (frame.opcode === 1) { try { frame.json = JSON.parse(payload.toString()); } catch { /* the test will say so */ } }
  return { frame, size: at + length };
}

// A client's frame. `length` is what the header claims; `form` is the length's form (7, 16 or 64 bits).
export function frame(opcode, payload = "", { fin = true, rsv = 0, masked = true, length, form } = {}) {
  const body = Buffer.from(payload);
  const size = BigInt(length ?? body.length);
  const bits = form ?? (size < 126n ? 7 : size < 65536n ? 16 : 64);
  const head = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10);
  head[0] = (fin ? 128 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 128 : 0) | (bits === 7 ? Number(size) : bits === 16 ? 126 : 127);
  if (bits === 16) head.writeUInt16BE(Number(size), 2);
  if (bits === 64) head.writeBigUInt64BE(BigInt.asUintN(64, size), 2);
  if (!masked) return Buffer.concat([head, body]);
  const key = randomBytes(4);
  const hidden = Buffer.alloc(body.length);
  for (let i = 0; i < body.length; ++i) hidden[i] = body[i] ^ key[i & 3];
  return Buffer.concat([head, key, hidden]);
}
export const text = (value, options) => frame(1, typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value), options);
export const closePayload = (code, reason = "") => { const bytes = Buffer.alloc(2 + Buffer.byteLength(reason)); bytes.writeUInt16BE(code, 0); bytes.write(reason, 2); return bytes; };

export const websocketKey = () => randomBytes(16).toString("base64");
export const acceptOf = (key) => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

// The upgrade request. `change` maps header names to values; null takes one out, an array repeats it.
export function upgrade({ path = "/v1/socket", method = "GET", version = "HTTP/1.1", key = websocketKey(), change = {}, more = "" } = {}) {
  const headers = { Host: "chat.example", Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "deskbell.v1", ...change };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [value].flat().map((each) => `${name}: ${each}\r\n`)));
  return `${method} ${path} ${version}\r\n${lines.join("")}${more}\r\n`;
}

// A WebSocket after the upgrade, before the hello.
export async function openSocket(port, options = {}) {
  const raw = await Raw.open(port, options.connect);
  await raw.send(upgrade(options));
  const answer = await raw.response();
  if (answer.status !== 101) throw new Error(`the upgrade was answered ${answer.status}: ${answer.body}`);
  return raw;
}

// A WebSocket after its welcome and the events behind `after`.
export async function greet(port, token, { after = 0, instance = "", ...options } = {}) {
  const raw = await openSocket(port, options);
  await raw.send(text({ type: "hello", token, after, ...(instance ? { instance } : {}) }));
  const welcome = await raw.frame();
  if (welcome?.json?.type !== "welcome") throw new Error(`no welcome but ${JSON.stringify({ ...welcome, payload: String(welcome?.payload) })}`);
  raw.welcome = welcome.json;
  raw.events = [];
  for (let seq = after; seq < raw.welcome.head; ++seq) raw.events.push((await raw.frame()).json.event);
  return raw;
}
