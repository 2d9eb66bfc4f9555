// A TCP proxy that breaks connections on purpose: what a bad network does, done exactly and on command.
//
//   const proxy = await startFaultProxy(server.url);          // or a port
//   proxy.script = [{ splitAt: 10 }, (connection) => { … }];  // for the next connections, in order; later ones are plain
//   new WebSocket(`ws://127.0.0.1:${proxy.port}/v1/socket`);  // or proxy.url
//   const connection = await proxy.connection(0);             // once a client has come: the nth of all
//   await connection.down.seen("welcome");                    // once these bytes have passed towards the client
//   connection.down.drop();                                   // one-way: from now on nothing arrives, nobody is told
//   await proxy.end();
//
// A connection has two directions: `up` (client to server) and `down` (server to client). Each can, at any time:
//   split(n)         pass the bytes in pieces of n, each a write of its own (n = 1: every byte)
//   splitAt(...at)   cut the stream before these byte offsets, counted from its beginning
//   delay(ms)        pass everything so much later
//   limit(bytes)     pass at most so many bytes a second
//   stall()/resume() hold everything, the sender feels it / go on
//   drop()           take everything and pass nothing: the sender believes all is well
//   dropAfter(what)  the same, once `what` (text or bytes) has passed
//   finish()         half-close: the receiver reads the end, the other direction lives
//   record           all bytes that came from the sender (Buffer), for replay
//   replay(bytes)    pass bytes to the receiver as if the sender had said them (again)
//   seen(what)       resolves once text or bytes, or a number of bytes, have been passed on
//   passed           how many bytes have been passed on
// and the connection itself:
//   reset()          RST to both sides           cut()   both directions end, no RST
//   closed           resolves once both sockets are gone
// A script entry is either an object, {up: {…}, down: {…}} or with keys for both directions ({split: 1, delay: 20}), or a
// function that gets the connection before its first byte. Waits have deadlines; nothing here sleeps to be on time except
// `delay` and `limit`, which are about time.
import { connect, createServer } from "node:net";
import { deadline } from "./processes.mjs";

class Direction {
  passed = 0;
  #record = [];
  #queue = [];           // {bytes, at?}: taken from the sender, not yet passed on
  #stalled = false;
  #dropping = false;
  #dropAfter = undefined;
  #piece = 0;
  #cuts = [];
  #delay = 0;
  #rate = 0;
  #credit = 0;
  #busy = false;
  #ended = false;
  #finished = false;
  #tail = Buffer.alloc(0);  // the last bytes passed on, to find words across writes
  #waiters = new Set();

  constructor(from, to) {
    this.from = from;
    this.to = to;
    from.on("data", (bytes) => {
      this.#record.push(bytes);
      if (this.#dropping) return;
      this.#queue.push({ bytes, at: performance.now() + this.#delay });
      if (this.#queue.length > 64 || this.#stalled) from.pause();
      this.#pump();
    });
    from.on("end", () => { this.#ended = true; this.#pump(); });
  }

  get record() { return Buffer.concat(this.#record); }

  configure(settings = {}) {
    for (const [name, value] of Object.entries(settings)) {
      if (typeof this[name] !== "function") throw new Error(`a direction cannot ${name}`);
      if (value !== false) this[name](...(value === true ? [] : [value].flat()));
    }
  }
  split(size = 1) { this.#piece = size; }
  splitAt(...offsets) { this.#cuts = offsets.sort((a, b) => a - b); }
  delay(ms) { this.#delay = ms; }
  limit(bytesPerSecond) { this.#rate = bytesPerSecond; this.#credit = 0; }
  stall() { this.#stalled = true; this.from.pause(); }
  resume() { this.#stalled = false; this.from.resume(); this.#pump(); }
  drop() { this.#dropping = true; this.#queue = []; this.from.resume(); }
  dropAfter(what) { this.#dropAfter = Buffer.from(what); }
  finish() { this.#finished = true; this.drop(); this.to.end(); }
  replay(bytes) { this.#write(Buffer.from(bytes)); }

  seen(what, ms = 10_000) {
    let check;
    const wanted = typeof what === "number" ? what : Buffer.from(what);
    const found = new Promise((resolve) => {
      check = () => { if (typeof wanted === "number" ? this.passed >= wanted : this.#tail.includes(wanted)) resolve(); };
      this.#waiters.add(check);
      check();
    });
    return deadline(found, ms, `${JSON.stringify(what)} to pass the proxy`).finally(() => this.#waiters.delete(check));
  }

  #write(bytes) {
    if (this.to.destroyed || this.#finished) return true;
    this.passed += bytes.length;
    this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-65_536);
    const room = this.to.write(bytes);
    for (const look of [...this.#waiters]) look();
    return room;
  }

  // How many bytes of the next piece may go now.
  #next(bytes) {
    let size = bytes.length;
    if (this.#piece > 0) size = Math.min(size, this.#piece);
    const cut = this.#cuts.find((at) => at > this.passed);
    if (cut !== undefined) size = Math.min(size, cut - this.passed);
    if (this.#dropAfter) {
      const before = this.#tail.subarray(Math.max(0, this.#tail.length - this.#dropAfter.length + 1));
      const at = Buffer.concat([before, bytes]).indexOf(this.#dropAfter);
      const end = at + this.#dropAfter.length - before.length;  // where in `bytes` the last one of it is behind us
      if (at >= 0) return { size: Math.min(size, end), last: size >= end };
    }
    return { size, last: false };
  }

  async #pump() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#queue.length > 0 && !this.#stalled && !this.to.destroyed) {
      const head = this.#queue[0];
      const early = head.at - performance.now();
      if (early > 0) await new Promise((resolve) => { setTimeout(resolve, early); });
      if (this.#queue[0] !== head || this.#stalled) continue;
      let { size, last } = this.#next(head.bytes);
      if (this.#rate > 0) {
        size = Math.min(size, Math.max(1, Math.floor(this.#rate / 50)));
        await new Promise((resolve) => { setTimeout(resolve, (size * 1000) / this.#rate); });
        if (this.#queue[0] !== head || this.#stalled) continue;
      }
      const piece = head.bytes.subarray(0, size);
      head.bytes = head.bytes.subarray(size);
      if (head.bytes.length === 0) this.#queue.shift();
      const room = this.#write(piece);
      if (last) { this.drop(); break; }
      if (!room) await new Promise((resolve) => { this.to.once("drain", resolve); this.to.once("close", resolve); });
      else if (this.#piece > 0 || this.#cuts.length > 0) await new Promise(setImmediate);  // so that it leaves as a segment
    }
    this.#busy = false;
    if (this.#queue.length <= 64 && !this.#stalled && !this.from.destroyed) this.from.resume();
    if (this.#ended && this.#queue.length === 0 && !this.#stalled && !this.#finished && !this.#dropping) {
      this.#finished = true;
      this.to.end();
    }
  }
}

class Connection {
  constructor(client, target, script) {
    this.client = client;
    this.server = connect({ ...target, noDelay: true, allowHalfOpen: true });
    this.up = new Direction(client, this.server);
    this.down = new Direction(this.server, client);
    const gone = (socket) => new Promise((resolve) => { socket.once("close", resolve); });
    this.closed = Promise.all([gone(client), gone(this.server)]);
    for (const [socket, other] of [[client, this.server], [this.server, client]])
      socket.on("error", () => { if (!other.destroyed) other.resetAndDestroy(); });  // a broken side breaks the other
    if (typeof script === "function") script(this);
    else if (script) {
      const { up, down, ...both } = script;
      this.up.configure({ ...both, ...up });
      this.down.configure({ ...both, ...down });
    }
  }
  reset() { this.client.resetAndDestroy(); this.server.resetAndDestroy(); }
  cut() { this.client.destroy(); this.server.destroy(); }
}

export async function startFaultProxy(target) {
  const to = typeof target === "number" ? { port: target, host: "127.0.0.1" } : { port: Number(new URL(target).port), host: new URL(target).hostname };
  const connections = [];
  const waiters = new Set();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const connection = new Connection(client, proxy.target, proxy.script.shift());
    connections.push(connection);
    for (const look of [...waiters]) look();
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const proxy = {
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}`,
    target: to,  // may be changed: where the next connections go
    script: [],
    connections,
    // The nth connection of all, once it is there.
    async connection(n = connections.length, ms = 10_000) {
      let check;
      const there = new Promise((resolve) => { check = () => { if (connections[n]) resolve(connections[n]); }; waiters.add(check); check(); });
      return deadline(there, ms, `connection ${n} through the proxy`).finally(() => waiters.delete(check));
    },
    async end() {
      for (const connection of connections) connection.cut();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
  return proxy;
}
