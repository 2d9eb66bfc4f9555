// The public contract over HTTP and WebSocket: shapes, codes, limits. Every refusal has its documented code.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Customer, api } from "../harness/customer.mjs";
import { deadline, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { limits: "sessions_per_minute_per_ip = 0", pace: "posts_per_second_per_channel = 0" });
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});

const problem = (answer, status, code) => {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
  assert.equal(answer.body.code, code);
  assert.equal(answer.body.status, status);
  for (const field of ["type", "title", "detail"]) assert.equal(typeof answer.body[field], "string");
};

test("a session is made, shown once, and opens with its token only", async () => {
  const made = await api(server, "POST", "/v1/sessions", { body: { site: "default", customer: { name: "John", email: "john@email.com", attributes: { plan: "gold" } }, page: { url: "https://shop.example/a", title: "A" }, locale: "en", timezone: "UTC" } });
  assert.equal(made.status, 201);
  assert.match(made.body.session.id, /^session_\d{10}_[a-z2-7]{8,}$/);
  assert.match(made.body.token, /^dbs_[A-Za-z0-9_-]{43}$/);
  assert.equal(made.body.session.state, "bot");
  assert.equal(made.body.session.customer.name, "John");
  assert.equal(typeof made.body.head, "number");
  const { token } = made.body;
  const shown = await api(server, "GET", "/v1/session", { token });
  assert.equal(shown.status, 200);
  assert.equal(shown.body.session.id, made.body.session.id);
  assert.equal(shown.body.token, undefined);
  problem(await api(server, "GET", "/v1/session"), 401, "token_missing");
  problem(await api(server, "GET", "/v1/session", { token: "dbs_" + "A".repeat(43) }), 401, "token_invalid");
  problem(await api(server, "GET", "/v1/session", { token: made.body.session.id }), 401, "token_invalid");
});

test("messages are idempotent by client_id; the log is gapless and pages", async () => {
  const { token } = (await api(server, "POST", "/v1/sessions", { body: {} })).body;
  const body = { client_id: randomUUID(), text: "hello there" };
  const first = await api(server, "POST", "/v1/session/messages", { token, body });
  assert.equal(first.status, 201);
  assert.equal(first.body.event.message.author.role, "customer");
  const second = await api(server, "POST", "/v1/session/messages", { token, body });
  assert.equal(second.status, 200);
  assert.deepEqual(second.body.event, first.body.event);
  problem(await api(server, "POST", "/v1/session/messages", { token, body: { ...body, text: "other" } }), 409, "client_id_reused");
  problem(await api(server, "POST", "/v1/session/messages", { token, body: { client_id: randomUUID(), text: "   " } }), 400, "message_empty");
  problem(await api(server, "POST", "/v1/session/messages", { token, body: { client_id: randomUUID(), text: "x".repeat(4001) } }), 400, "message_too_long");
  const all = (await api(server, "GET", "/v1/session/events?after=0&limit=200", { token })).body;
  assert.deepEqual(all.events.map((event) => event.seq), all.events.map((_, i) => i + 1));
  assert.equal(all.head, all.events.length);
  const page = (await api(server, "GET", "/v1/session/events?after=0&limit=1", { token })).body;
  assert.equal(page.events.length, 1);
});

test("a long poll waits for news and says nothing new when there is none", async () => {
  const customer = await (await Customer.arrive(server)).connect();
  await customer.say("hello");
  await customer.hears("", "bot");
  const after = customer.head;
  const waiting = api(server, "GET", `/v1/session/events?after=${after}&wait=20`, { token: customer.token });
  const said = await customer.say("news");
  const polled = await deadline(waiting, 5000, "the long poll");
  assert.equal(polled.body.events[0].seq, said.seq);
  const nothing = await api(server, "GET", "/v1/session/events?after=100000&wait=1", { token: customer.token });
  assert.deepEqual(nothing.body.events, []);
  await customer.leave();
});

test("an event stream resumes after Last-Event-ID", async () => {
  const customer = await (await Customer.arrive(server)).connect();
  const one = await customer.say("one");
  const stop = new AbortController();
  const answer = await fetch(`${server.url}/v1/session/stream`, { headers: { authorization: `Bearer ${customer.token}`, "last-event-id": String(one.seq - 1) }, signal: stop.signal });
  assert.match(answer.headers.get("content-type"), /^text\/event-stream/);
  const two = await customer.say("two");
  let text = "";
  const reader = answer.body.getReader();
  const read = async () => {
    while (!new RegExp(`^id: ?${two.seq}$`, "m").test(text)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
    }
  };
  await deadline(read(), 5000, "the stream to bring both");
  const ids = [...text.matchAll(/^id: ?(\d+)$/gm)].map((match) => Number(match[1]));
  assert.equal(ids[0], one.seq);
  assert.deepEqual(ids, ids.map((_, i) => one.seq + i));
  stop.abort();
  await customer.leave();
});

test("resume from any seq gives every event once, in order; two sockets of one session both hear", async () => {
  const customer = await (await Customer.arrive(server)).connect();
  for (let i = 0; i < 5; ++i) await customer.say(`line ${i}`);
  const other = Object.assign(new Customer(), { server, id: customer.id, token: customer.token, instance: randomUUID() });
  await other.connect({ after: 2 });
  await other.waitFor("the rest", () => other.head >= customer.head);
  assert.equal(other.events[0].seq, 3);
  const said = await customer.say("both hear");
  await other.event("the same event", (event) => event.seq === said.seq);
  assert.deepEqual(other.events.map((event) => event.seq), other.events.map((_, i) => i + 3));
  await other.leave();
  await customer.leave();
});

test("a newer socket of the same instance replaces the older: 4001", async () => {
  const customer = await (await Customer.arrive(server)).connect();
  const older = customer.socket;
  const code = new Promise((resolve) => older.on("close", resolve));
  await customer.connect();
  assert.equal(await deadline(code, 5000, "4001"), 4001);
  await customer.say("still here");
  await customer.leave();
});

const rawSocket = (protocol = "deskbell.v1") => {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/socket`, protocol);
  const frames = [];
  socket.on("message", (data) => frames.push(JSON.parse(String(data))));
  const closed = new Promise((resolve) => socket.on("close", (code, reason) => resolve({ code, reason: String(reason), frames })));
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve({ socket, frames, closed }));
    socket.on("error", reject);
  });
};

test("bad frames have their close codes", async () => {
  const { token } = (await api(server, "POST", "/v1/sessions", { body: {} })).body;
  const rows = [
    [(socket) => socket.send("not json"), 4002],
    [(socket) => socket.send('{"type":"message","id":1,"client_id":"x","text":"before hello"}'), 4002],
    [(socket) => socket.send(JSON.stringify({ type: "hello", token: "dbs_wrong", after: 0, instance: randomUUID() })), 4003],
    [(socket) => socket.send(JSON.stringify({ type: "hello", token, after: "many", instance: randomUUID() })), 4002],
    [(socket) => socket.send(Buffer.from([1, 2, 3])), 1003],
    [(socket) => socket.send("x".repeat(65 * 1024)), 1009],
  ];
  for (const [act, expected] of rows) {
    const { socket, closed } = await rawSocket();
    act(socket);
    assert.equal((await deadline(closed, 8000, `close ${expected}`)).code, expected);
  }
});

test("requests on a socket get errors with codes and the socket lives on", async () => {
  const customer = await (await Customer.arrive(server)).connect();
  for (const [type, fields, code] of [
    ["message", { client_id: randomUUID(), text: "" }, "message_empty"],
    ["message", { client_id: randomUUID(), text: "x".repeat(4001) }, "message_too_long"],
    ["rating", { score: 9 }, "rating_invalid"],
    ["dance", {}, "unknown_type"],
    ["customer", { email: "not an address" }, "email_invalid"],
  ]) {
    const answer = await customer.request(type, fields);
    assert.equal(answer.type, "error", JSON.stringify(answer));
    assert.equal(answer.error.code, code);
    assert.equal(typeof answer.error.detail, "string");
  }
  assert.equal((await customer.request("ping")).type, "ok");
  assert.equal((await customer.request("customer", { name: "New Name" })).type, "ok");
  await customer.event("the change", (event) => event.kind === "customer");
  await customer.leave();
});

test("an upgrade without the sub-protocol, or from a foreign origin, is refused", async () => {
  const refused = (options, protocol) => new Promise((resolve) => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/socket`, protocol, options);
    socket.on("unexpected-response", (_, answer) => resolve(answer.statusCode));
    socket.on("open", () => { socket.terminate(); resolve(101); });
    socket.on("error", () => {});
  });
  assert.equal(await refused({ origin: "https://evil.example" }, "deskbell.v1"), 403);
  assert.equal(await refused({}, "other.v9"), 400);
  assert.equal(await refused({ origin: "http://shop.example" }, "deskbell.v1"), 101);
});

test("CORS answers only the site's origins", async () => {
  const preflight = (origin) => fetch(`${server.url}/v1/session`, { method: "OPTIONS", headers: { origin, "access-control-request-method": "PATCH", "access-control-request-headers": "authorization,content-type" } });
  const good = await preflight("http://shop.example");
  assert.equal(good.headers.get("access-control-allow-origin"), "http://shop.example");
  assert.match(good.headers.get("access-control-allow-headers"), /authorization/i);
  assert.match(good.headers.get("access-control-allow-methods"), /PATCH/);
  const evil = await preflight("https://evil.example");
  assert.equal(evil.headers.get("access-control-allow-origin"), null);
  problem(await api(server, "POST", "/v1/sessions", { body: {}, headers: { origin: "https://evil.example" } }), 403, "origin_not_allowed");
});

test("malformed requests have their codes and the server stays", async () => {
  const { token } = (await api(server, "POST", "/v1/sessions", { body: {} })).body;
  problem(await api(server, "POST", "/v1/sessions", { body: "{" }), 400, "invalid_json");
  problem(await api(server, "POST", "/v1/sessions", { body: "[1]" }), 400, "json_not_object");
  problem(await api(server, "POST", "/v1/sessions", { body: { customer: { name: 7 } } }), 400, "invalid_field");
  problem(await api(server, "POST", "/v1/sessions", { body: { site: "nowhere" } }), 400, "site_unknown");
  problem(await api(server, "POST", "/v1/session/messages", { token, body: { text: "no id" } }), 400, "invalid_field");
  problem(await api(server, "POST", "/v1/session/messages", { token, body: JSON.stringify({ client_id: "a", text: "y".repeat(70_000) }) }), 413, "body_too_large");
  problem(await api(server, "POST", "/v1/session/messages", { token, body: "text=1", headers: { "content-type": "application/x-www-form-urlencoded" } }), 415, "content_type_unsupported");
  problem(await api(server, "GET", "/v1/nothing"), 404, "not_found");
  problem(await api(server, "PUT", "/v1/session", { token }), 405, "method_not_allowed");
  problem(await api(server, "GET", "/v1/session", { token, headers: { "x-long": "z".repeat(40_000) } }), 431, "headers_too_large");
  for (const bytes of ["GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00", "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET /v1/session HTTP/1.1\r\n folded\r\n\r\n"]) {
    const { hostname, port } = new URL(server.url);
    const answer = await deadline(new Promise((resolve) => {
      let text = "";
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      socket.on("data", (data) => (text += data)).on("close", () => resolve(text)).on("error", () => resolve(text));
    }), 20_000, "an answer to bad bytes");
    assert.match(answer, /^HTTP\/1\.1 (400|505)/, JSON.stringify({ bytes, answer }));
  }
  assert.equal((await api(server, "GET", "/healthz")).status, 200);
  assert.ok(server.running());
});

test("too many messages: refused with a code and a time, then taken", async () => {
  const customer = await (await Customer.arrive(server)).connect();
  let refused;
  for (let i = 0; i < 40 && !refused; ++i) {
    const answer = await customer.request("message", { client_id: randomUUID(), text: `flood ${i}` });
    if (answer.type === "error") refused = answer.error;
  }
  assert.equal(refused?.code, "too_many_messages");
  assert.ok(refused.retry_after_ms > 0);
  const answer = await api(server, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: randomUUID(), text: "by REST" } });
  if (answer.status === 429) {
    problem(answer, 429, "too_many_messages");
    assert.ok(Number(answer.headers.get("retry-after")) >= 1);
  }
  await customer.leave();
});

test("the widget is one cacheable file, and health, readiness and metrics answer", async () => {
  const widget = await fetch(`${server.url}/widget.js`, { headers: { "accept-encoding": "br" } });
  assert.equal(widget.status, 200);
  assert.match(widget.headers.get("content-type"), /javascript/);
  const etag = widget.headers.get("etag");
  assert.ok(etag);
  await widget.arrayBuffer();
  assert.equal((await fetch(`${server.url}/widget.js`, { headers: { "if-none-match": etag } })).status, 304);
  assert.equal((await api(server, "GET", "/readyz")).status, 200);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^deskbell_/m);
});

test("Slack's requests are verified, fail closed", async () => {
  const { createHmac } = await import("node:crypto");
  const send = (body, { secret = sandbox.info.signing_secret, at = Math.floor(Date.now() / 1000), headers = {} } = {}) => api(server, "POST", "/slack/events", {
    body,
    headers: { "x-slack-request-timestamp": String(at), "x-slack-signature": `v0=${createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex")}`, ...headers },
  });
  const challenge = JSON.stringify({ token: "t", challenge: "café 👋", type: "url_verification" });
  const good = await send(challenge);
  assert.equal(good.status, 200);
  assert.ok(JSON.stringify(good.body).includes("café 👋"));
  assert.equal((await send(challenge, { secret: "wrong" })).status, 401);
  assert.equal((await send(challenge, { at: Math.floor(Date.now() / 1000) - 301 })).status, 401);
  assert.equal((await send(challenge, { at: Math.floor(Date.now() / 1000) + 301 })).status, 401);
  assert.equal((await api(server, "POST", "/slack/events", { body: challenge })).status, 401);
  // Signed but unreadable: refusing would only bring it again; what it said is read back from the threads.
  assert.equal((await send("not json at all")).status, 200);
  // Signed but nothing we know: acknowledged, so that Slack does not switch us off.
  assert.equal((await send(JSON.stringify({ type: "event_callback", team_id: "T0OTHER001", event_id: "Ev1", event: { type: "message", channel: "C0OTHER001", user: "U1", text: "hi", ts: "1.000001", thread_ts: "1.000000" } }))).status, 200);
  assert.equal((await send(JSON.stringify({ type: "event_callback", event: { type: "never_heard_of" } }))).status, 200);
});

test("sessions per minute and address are limited, with their code", async () => {
  const small = await startServer(sandbox, { subscribe: false, limits: "sessions_per_minute_per_ip = 2" });
  try {
    const answers = [];
    for (let i = 0; i < 3; ++i) answers.push(await api(small, "POST", "/v1/sessions", { body: {} }));
    assert.deepEqual(answers.slice(0, 2).map((answer) => answer.status), [201, 201]);
    problem(answers[2], 429, "too_many_sessions");
    assert.ok(answers[2].body.retry_after_ms > 0);
  } finally {
    await small.end();
  }
});

test("the sandbox page hears of nothing secret", async () => {
  const state = JSON.stringify(await sandboxPage(sandbox).state());
  assert.ok(!state.includes(sandbox.info.bot_token) && !state.includes(sandbox.info.signing_secret));
});
