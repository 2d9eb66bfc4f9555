// A customer's link on a bad line, through the fault proxy: what was said is stored once, what was stored is heard once,
// and a dead line is noticed by both ends. (W1 … W12 of the fault matrix, as far as a server can show them.)
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { Customer, api } from "../harness/customer.mjs";
import { startFaultProxy } from "../harness/fault_proxy.mjs";
import { deadline, startSandbox, startServer } from "../harness/processes.mjs";
import { megabytes, residentBytes } from "./figures.mjs";
import { frame, greet, portOf, text } from "./raw.mjs";

const heartbeat_s = 1;
let sandbox, server, proxy;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"', subscribe: false, limits: "sessions_per_minute_per_ip = 0\nmessages_per_second_per_session = 0", env: { DESKBELL_SERVER_HEARTBEAT_S: String(heartbeat_s) } });
  proxy = await startFaultProxy(server.url);
});
after(async () => {
  await proxy?.end();
  await server?.end();
  await sandbox?.stop();
});

const over = (line) => deadline(line.closed, 15_000, "the end of a line");
const arrive = () => Customer.arrive(server);
// The same customer, with what it has heard so far, over the proxy or over another line of it.
const through = (customer) => { customer.server = { url: proxy.url }; return customer; };
const direct = (customer) => { customer.server = server; return customer; };
const twin = (customer, more = {}) => Object.assign(new Customer(), { server, id: customer.id, token: customer.token, instance: customer.instance, ...more });
async function connectThrough(customer, script) {
  const nth = proxy.connections.length;
  if (script) proxy.script.push(script);
  await through(customer).connect();
  return proxy.connection(nth);
}
const logOf = async (customer) => (await api(server, "GET", "/v1/session/events?after=0", { token: customer.token })).body.events;
const stored = (customer, clientId) => logOf(customer).then((log) => log.filter((event) => event.message?.client_id === clientId));
const metric = async (name) => Number((await (await fetch(`${server.url}/metrics`)).text()).match(new RegExp(`^deskbell_${name} (\\S+)`, "m"))[1]);
function gapless(events) {
  assert.deepEqual(events.map((event) => event.seq), events.map((_, i) => i + 1));
}
// Something that becomes true on the server without a word to us.
async function eventually(what, look, ms = 10_000) {
  const late = performance.now() + ms;
  for (;;) {
    const value = await look();
    if (value) return value;
    assert.ok(performance.now() < late, `waited in vain for ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

test("W1: stored, but the answer was lost: the same client_id again finds the same event, and there is one row", async () => {
  const customer = await arrive();
  const line = await connectThrough(customer);
  line.down.drop();
  const clientId = randomUUID();
  customer.request("message", { client_id: clientId, text: "answered into the void" }).catch(() => {});
  const [first] = await eventually("the message in the log", async () => { const found = await stored(customer, clientId); return found.length > 0 && found; });
  line.reset();
  await customer.waitFor("the broken line", () => customer.closed);
  await direct(customer).connect();
  const again = await customer.request("message", { client_id: clientId, text: "answered into the void" });
  assert.deepEqual([again.type, again.seq], ["ok", first.seq]);
  assert.equal((await stored(customer, clientId)).length, 1);
  gapless(customer.events);
  await customer.leave();
});

test("W1: the line breaks after every byte of a message's frame: all of it is stored, or nothing", async () => {
  const customer = await arrive();
  const line = await connectThrough(customer);
  const greeted = line.up.passed;
  await customer.leave();
  const clientIds = [];
  for (let cut = 1; cut < 90; cut += 4) {
    const clientId = `cut ${String(cut).padStart(2, "0")}`;
    clientIds.push(clientId);
    const cutLine = await connectThrough(customer, { up: { splitAt: greeted + cut } });
    const offset = cutLine.up.passed;
    const lost = customer.request("message", { client_id: clientId, text: "cut" }).catch(() => {});
    await cutLine.up.seen(offset + 1);
    cutLine.reset();
    await lost;
  }
  await direct(customer).connect();
  for (const clientId of clientIds) assert.equal((await customer.request("message", { client_id: clientId, text: "cut" })).type, "ok");
  await customer.waitFor("all of them", () => customer.texts("customer").length === clientIds.length);
  gapless(customer.events);
  assert.deepEqual([...new Set(customer.events.map((event) => event.message.client_id))].sort(), clientIds.sort());
  await customer.leave();
});

test("W2: nothing arrives at the server any more: it closes with 4009 within its limit", async () => {
  const customer = await arrive();
  const line = await connectThrough(customer);
  const silentSince = performance.now();
  line.up.drop();
  const closed = await customer.waitFor("the close", () => customer.closed, 8_000);
  const took = performance.now() - silentSince;
  assert.equal(closed.code, 4009);
  console.log(`heartbeat ${heartbeat_s} s: a silent client is closed after ${(took / 1000).toFixed(1)} s`);
  assert.ok(took < (heartbeat_s * 2 + 2 + 7) * 1000);
});

test("W2: nothing arrives at the client any more: pings tell it, the server lets go, and resuming loses nothing", async () => {
  const customer = await arrive();
  const line = await connectThrough(customer);
  let heard = performance.now(), longest = 0, pings = 0;
  const enough = new Promise((resolve) => {
    customer.socket.on("ping", () => {
      longest = Math.max(longest, performance.now() - heard);
      heard = performance.now();
      if (++pings === 3) resolve();
    });
  });
  await deadline(enough, 10_000, "three pings");
  assert.ok(longest < (heartbeat_s + 1.5) * 1000, `pings came ${longest} ms apart`);
  line.down.drop();
  // A client that has heard nothing for two and a quarter heartbeats gives the line up.
  const silence = new Promise((resolve) => {
    const watch = setInterval(() => { if (performance.now() - heard > heartbeat_s * 2250) { clearInterval(watch); resolve(); } }, 50);
  });
  await api(server, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: "meanwhile", text: "meanwhile" } });
  await silence;
  customer.drop();
  await direct(customer).connect();
  await customer.hears("meanwhile", "customer");
  gapless(customer.events);
  await eventually("the half-dead socket to be gone", async () => (await metric("gateway_sockets")) === 1, 20_000);
  await customer.leave();
});

test("W3: resumed from anywhere, a client hears exactly what is behind it, and replaying is the snapshot", async () => {
  const customer = await arrive();
  await customer.connect();
  for (let i = 0; i < 260; ++i) await customer.request("message", { client_id: `m${i}`, text: `message ${i} κόσμε` });  // more than a page
  await customer.waitFor("all of it", () => customer.head >= 260);
  await customer.leave();
  const { events: snapshot } = { events: [] };
  for (let from = 0; ; ) {
    const page = (await api(server, "GET", `/v1/session/events?after=${from}`, { token: customer.token })).body;
    snapshot.push(...page.events);
    from = snapshot.at(-1).seq;
    if (from >= page.head) break;
  }
  assert.deepEqual(customer.events, snapshot);
  for (const from of [0, 1, 59, 60, 199, 200, 201, 258, 259, 260]) {
    const other = await twin(customer, { instance: randomUUID() }).connect({ after: from });
    await other.waitFor("the rest", () => other.events.length === snapshot.length - from);
    assert.deepEqual(other.events, snapshot.slice(from));
    await other.leave();
  }
  const ahead = await twin(customer, { instance: randomUUID() }).connect({ after: 9_999 });
  assert.equal(ahead.frames.find((each) => each.type === "welcome").head, 260);
  await customer.connect();
  await customer.say("one more");
  await ahead.waitFor("the one more", () => ahead.events.length > 0);
  assert.deepEqual(ahead.events.map((event) => event.seq), [261]);
  await ahead.leave();
  await customer.leave();
});

test("W3: lines that break at random, forty times: every event is heard once, in order", async () => {
  const customer = await arrive();
  const writer = await twin(customer, { instance: randomUUID() }).connect({ after: 0 });
  let random = 12_345;
  const below = (n) => { random = (random * 1_103_515_245 + 12_345) % 2_147_483_648; return random % n; };
  for (let round = 0; round < 40; ++round) {
    const line = await connectThrough(customer);
    const said = Promise.all(Array.from({ length: 6 }, (_, i) => writer.request("message", { client_id: `${round}.${i}`, text: `said ${round}.${i}` })));
    await line.down.seen(line.down.passed + below(900) + 1).catch(() => {});
    line[["reset", "cut"][below(2)]]();
    await said;
    await over(line);
    await customer.waitFor("the broken line", () => customer.closed);
  }
  await direct(customer).connect();
  await customer.waitFor("all of it", () => customer.head >= 240);
  gapless(customer.events);
  assert.deepEqual(customer.events, await eventsOf(customer));
  await writer.leave();
  await customer.leave();
});
const eventsOf = async (customer) => [...(await logOf(customer)), ...(await api(server, "GET", "/v1/session/events?after=200", { token: customer.token })).body.events];

test("W4: what an old socket says after a newer one of its tab has resumed is not taken, and nothing is heard twice", async () => {
  const customer = await arrive();
  const line = await connectThrough(customer);
  await customer.say("over the old line");
  line.up.stall();
  customer.request("message", { client_id: "late", text: "late" }).catch(() => {});
  const newer = await twin(customer).connect({ after: customer.head });
  await line.down.seen(Buffer.from([0x0f, 0xa1]));  // 4001, to which the old socket's answer is stalled too
  line.up.resume();
  assert.equal((await customer.waitFor("the close of the old one", () => customer.closed)).code, 4001);
  await over(line);
  const said = await newer.say("over the new line");
  assert.deepEqual(await stored(customer, "late"), []);
  assert.equal((await newer.request("message", { client_id: "late", text: "late" })).seq, said.seq + 1);
  await newer.waitFor("its own late message", () => newer.head > said.seq);
  assert.deepEqual([...customer.events, ...newer.events].map((event) => event.seq), [1, 2, 3]);
  await newer.leave();
});

test("W4: a whole connection said again, byte for byte, stores nothing twice", async () => {
  const customer = await arrive();
  const line = await connectThrough(customer);
  for (let i = 0; i < 5; ++i) await customer.say(`said ${i}`, `id ${i}`);
  await customer.request("handoff", {});
  const bytes = line.up.record;
  await customer.leave();
  const head = (await api(server, "GET", "/v1/session", { token: customer.token })).body.head;
  for (let i = 0; i < 3; ++i) {
    const raw = await greet(portOf(server), customer.token, { after: head });  // whoever replays needs no key of its own
    raw.close();
    const nth = proxy.connections.length;
    const socket = connect(proxy.port, "127.0.0.1");
    socket.on("error", () => {}).resume();
    const again = await proxy.connection(nth);
    again.up.replay(bytes);
    await again.down.seen('"re":6}');  // all six requests were answered once more
    socket.destroy();
    await over(again);
  }
  assert.deepEqual(await logOf(customer).then((log) => log.filter((event) => event.kind === "message").map((event) => event.message.client_id)), [0, 1, 2, 3, 4].map((i) => `id ${i}`));
});

test("W8: a reader that stopped is cut with 4008, what it holds is bounded, and nobody else waits", async () => {
  const slow = await arrive();
  const other = await arrive();
  await other.connect();
  const line = await connectThrough(slow);
  const before = residentBytes(server.pid);
  line.down.stall();
  const words = "word ".repeat(780);  // 3,900 characters
  const latencies = [];
  let count = 0;
  const filled = (async () => {
    for (let sent = await metric("gateway_events_sent_total"); ; count += 25) {
      await Promise.all(Array.from({ length: 25 }, (_, at) => api(server, "POST", "/v1/session/messages", { token: slow.token, body: { client_id: `${count + at}`, text: words } })));
      const now = await metric("gateway_events_sent_total");
      if (now < sent + 25) { count += 25; return; }  // it was given up
      assert.ok(count < 10_000, "a stopped reader is never given up");
      sent = now;
    }
  })();
  let over = false;
  filled.finally(() => { over = true; }).catch(() => {});
  while (!over) {
    const asked = performance.now();
    await other.request("ping");
    latencies.push(performance.now() - asked);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  await filled;
  latencies.sort((a, b) => a - b);
  const held = residentBytes(server.pid) - before;
  console.log(`stopped reader: ${count} events of 4 KB, resident +${megabytes(held)}; another customer's ping took ${latencies.at(Math.floor(latencies.length * 0.99)).toFixed(1)} ms at the 99th`);
  line.down.resume();
  const closed = await slow.waitFor("the close", () => slow.closed, 30_000);
  assert.equal(closed.code, 4008);
  assert.ok(slow.head < count, "it was cut before it had all of it");
  await direct(slow).connect();
  await slow.waitFor("the rest", () => slow.head >= count, 30_000);
  gapless(slow.events);
  await slow.leave();
  await other.leave();
});

test("W8: a slow line that resumes a long history is waited for, not cut", async () => {
  const customer = await arrive();
  const words = "word ".repeat(780);
  for (let i = 0; i < 300; i += 10) await Promise.all(Array.from({ length: 10 }, (_, at) => api(server, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: `${i + at}`, text: words } })));
  await connectThrough(customer, { down: { limit: 500_000 } });  // 1.2 MB at 500 KB a second
  await customer.waitFor("all of it", () => customer.head >= 300, 30_000);
  gapless(customer.events);
  assert.equal(customer.closed, undefined);
  await customer.leave();
});

test("W12: a line that passes a byte at a time, both ways: a whole conversation goes through it", async () => {
  const customer = await arrive();
  await connectThrough(customer, { split: 1 });
  for (let i = 0; i < 10; ++i) await customer.say(`line ${i}: κόσμε 😀 ${"x".repeat(i * 40)}`);
  assert.equal((await customer.handoff()).type, "ok");
  await customer.state("waiting");
  gapless(customer.events);
  const abandoned = new AbortController();
  proxy.script.push({ split: 1 });
  const stream = await fetch(`${proxy.url}/v1/session/stream`, { headers: { authorization: `Bearer ${customer.token}` }, signal: abandoned.signal });
  const reader = stream.body.getReader();
  let heard = "";
  while (!heard.includes(`id: ${customer.head}\n`)) heard += new TextDecoder().decode((await reader.read()).value);
  abandoned.abort();
  await customer.leave();
});

test("W12: late by 150 ms each way, cut in odd places: order and answers are the same", async () => {
  const customer = await arrive();
  await connectThrough(customer, { delay: 150, split: 7 });
  const answers = await Promise.all(Array.from({ length: 15 }, (_, i) => customer.request("message", { client_id: `c${i}`, text: `message ${i}` })));
  assert.deepEqual(answers.map((answer) => answer.seq), Array.from({ length: 15 }, (_, i) => i + 1));
  await customer.waitFor("all of them", () => customer.head === 15);
  gapless(customer.events);
  await customer.leave();
});

test("a half-closed line: a client that can say no more is let go", async () => {
  const customer = await arrive();
  const line = await connectThrough(customer);
  line.up.finish();
  assert.equal((await customer.waitFor("the end", () => customer.closed)).code, 1006);
});

test("a stored message repeated when the rate is used up is answered with its first outcome", async () => {
  const limited = await startServer(sandbox, { bot: 'kind = "none"', subscribe: false });
  try {
    const customer = await (await Customer.arrive(limited)).connect();
    const first = await customer.request("message", { client_id: "first", text: "first" });
    let refused;
    for (let i = 0; i < 60 && !refused; ++i) {
      const answer = await customer.request("message", { client_id: `more ${i}`, text: "more" });
      if (answer.type === "error") refused = answer.error;
    }
    assert.equal(refused.code, "too_many_messages");
    assert.ok(refused.retry_after_ms > 0);
    const again = await customer.request("message", { client_id: "first", text: "first" });
    assert.deepEqual([again.type, again.seq], ["ok", first.seq]);
    const other = await customer.request("message", { client_id: "first", text: "another text" });
    assert.equal(other.error.code, "client_id_reused");
    const rest = await api(limited, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: "first", text: "first" } });
    assert.equal(rest.status, 200);
    assert.equal(rest.body.event.seq, first.seq);
    const fresh = await api(limited, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: "fresh", text: "fresh" } });
    assert.equal(fresh.status, 429);
    assert.ok(Number(fresh.headers.get("retry-after")) >= 1);
    await customer.leave();
  } finally {
    await limited.end();
  }
});

test("a long poll of a client that is ahead of the log is held for a moment, told the head, and hears what comes", async () => {
  const customer = await arrive();
  await api(server, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: "1", text: "one" } });
  const asked = performance.now();
  const poll = () => api(server, "GET", "/v1/session/events?after=50&wait=25", { token: customer.token });
  const told = await poll();
  const took = performance.now() - asked;
  assert.deepEqual(told.body, { events: [], head: 1 });
  assert.ok(took > 300 && took < 5_000, `held for ${took} ms`);
  const held = poll();
  await eventually("the poll to wait", async () => (await metric("gateway_polls")) > 0);
  await api(server, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: "2", text: "two" } });
  assert.deepEqual((await held).body.events.map((event) => event.seq), [2]);
});

test("two customers side by side, event for event: each hears its own and nothing of the other's", async () => {
  const [ada, bea] = [await (await arrive()).connect(), await (await arrive()).connect()];
  for (let i = 0; i < 10; ++i) {  // at the same seq each time
    await Promise.all([ada.say(`ada ${i}`), bea.say(`bea ${i}`)]);
    await Promise.all([ada.request("typing", { on: true }), bea.request("typing", { on: false })]);
  }
  await ada.say("ada's last");
  assert.deepEqual(bea.texts("customer"), Array.from({ length: 10 }, (_, i) => `bea ${i}`));
  assert.deepEqual(ada.texts("customer").slice(0, 10), Array.from({ length: 10 }, (_, i) => `ada ${i}`));
  for (const customer of [ada, bea]) {
    gapless(customer.events);
    assert.deepEqual(customer.frames.filter((each) => each.type === "typing"), []);
    await customer.leave();
  }
});

test("typing is not echoed to the socket that says it, with or without an instance", async () => {
  const customer = await arrive();
  const port = portOf(server);
  const one = await greet(port, customer.token);
  const two = await greet(port, customer.token);
  await one.send(text({ type: "typing", on: true, id: 1 }));
  assert.deepEqual((await one.frame()).json, { type: "ok", re: 1 });
  assert.deepEqual((await two.frame()).json, { type: "typing", role: "customer", on: true });
  await one.send(frame(9, "nothing before this"));
  assert.equal((await one.frame()).opcode, 10);
  one.close();
  two.close();
});
