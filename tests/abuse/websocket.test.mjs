// RFC 6455 and `deskbell.v1` over bare sockets: the table of websocket_cases.mjs, handshakes, and cuts at every byte.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Customer, api } from "../harness/customer.mjs";
import { startSandbox, startServer } from "../harness/processes.mjs";
import { Raw, acceptOf, closePayload, frame, greet, openSocket, parseFrame, portOf, text, upgrade, websocketKey } from "./raw.mjs";
import cases, { limit, request } from "./websocket_cases.mjs";
import { residentBytes } from "./figures.mjs";

let sandbox, server, port;
const sessions = [];
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"', subscribe: false, limits: "sessions_per_minute_per_ip = 0\nmessages_per_second_per_session = 0" });
  port = portOf(server);
  for (let i = 0; i < 8; ++i) sessions.push(await Customer.arrive(server));
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});

// Runs `work` over all of `list`, eight at a time, each with a session of its own lane. Gives what went wrong.
async function overAll(list, work) {
  const failures = [];
  let next = 0;
  await Promise.all(sessions.map(async (session) => {
    for (let at = next++; at < list.length; at = next++) {
      try {
        await work(list[at], session);
      } catch (error) {
        failures.push(`${list[at].family ?? ""}: ${list[at].name}: ${error.message}`);
      }
    }
  }));
  return failures;
}
function report(what, list, failures) {
  console.log(`${what}: ${list.length} cases, ${list.length - failures.length} passed`);
  assert.deepEqual(failures, []);
}

async function meet(raw, expected) {
  const got = await raw.frame();
  const shown = got ? `opcode ${got.opcode} ${got.opcode === 8 ? `${got.code} ${got.reason}` : got.payload.toString().slice(0, 200)}` : "the end";
  assert.ok(got, `the connection ended before ${JSON.stringify(expected)}`);
  assert.ok(got.fin && got.rsv === 0 && !got.masked, `a frame no server may send: ${shown}`);
  if ("ok" in expected) assert.deepEqual([got.json?.type, got.json?.re], ["ok", expected.ok], shown);
  if ("pong" in expected) {
    assert.equal(got.opcode, 10, shown);
    assert.deepEqual(got.payload, Buffer.from(expected.pong));
  }
  if ("close" in expected) {
    assert.equal(got.opcode, 8, shown);
    assert.ok([expected.close].flat().includes(got.code), `closed with ${got.code} ${got.reason}, not ${expected.close}`);
    await raw.send(frame(8, got.payload));
    raw.finish();
    await raw.end();
    assert.equal(raw.received.length, 0, "something came after the close");
  }
}

async function run(each, session) {
  const raw = await greet(port, session.token, { after: 0 });
  try {
    for (const bytes of each.send) await raw.send(bytes);
    for (const expected of each.expect) await meet(raw, expected);
    if (!("close" in each.expect.at(-1))) {  // it must still be a connection
      await raw.send(frame(9, "alive"));
      await meet(raw, { pong: "alive" });
    }
  } finally {
    raw.close();
  }
}

test("every case of the table comes out as RFC 6455 and our own page say", async () => {
  report("WebSocket conformance", cases, await overAll(cases, run));
});

test("2^63 bytes are refused by their header: nothing is kept, and nobody else notices", async () => {
  const before = residentBytes(server.pid);
  const other = await greet(port, sessions[1].token);
  for (let i = 0; i < 50; ++i) await run({ send: [frame(1, " ".repeat(1000), { length: 2n ** 62n, form: 64 })], expect: [{ close: 1009 }] }, sessions[0]);
  await other.send(text(request(40, "still here")));
  await meet(other, { ok: "still here" });
  other.close();
  assert.ok(residentBytes(server.pid) - before < 32 << 20);
});

test("a handshake, a hello and frames of all kinds, cut at every byte", async () => {
  const key = websocketKey();
  const parts = (session) => [
    upgrade({ key }), text({ type: "hello", token: session.token, after: 0 }), frame(9, "ping"), frame(1, request(130, "long").slice(0, 50), { fin: false }), frame(9, ""),
    frame(0, request(130, "long").slice(50)), frame(10, "x"), text({ type: "ping", id: "κόσμε" }),
  ];
  const bytesOf = (session) => Buffer.concat(parts(session).map((part) => Buffer.from(part)));
  const cuts = Array.from({ length: bytesOf(sessions[0]).length - 1 }, (_, i) => ({ name: `cut after byte ${i + 1}`, at: i + 1 }));
  const all = [...cuts, { name: "a byte a write", at: 0 }];
  report("cut at every byte", all, await overAll(all, async ({ at }, session) => {
    const bytes = bytesOf(session);
    const raw = await Raw.open(port);
    try {
      const pieces = at ? [bytes.subarray(0, at), bytes.subarray(at)] : [...bytes].map((byte) => Buffer.from([byte]));
      for (const piece of pieces) {
        await raw.send(piece);
        await new Promise(setImmediate);
      }
      const answer = await raw.response();
      assert.equal(answer.status, 101);
      assert.equal(answer.headers["sec-websocket-accept"], acceptOf(key));
      const frames = [];
      while (frames.filter((each) => each.opcode === 1).length < 3) frames.push(await raw.frame());
      await raw.send(frame(8, closePayload(1000, "bye")));
      await meet(raw, { close: 1000 });
      assert.deepEqual(frames.filter((each) => each.opcode === 10).map((each) => each.payload.toString()), ["ping", ""]);
      assert.deepEqual(frames.filter((each) => each.opcode === 1).map((each) => each.json.re ?? each.json.type), ["welcome", "long", "κόσμε"]);
    } finally {
      raw.close();
    }
  }));
});

const long = "x".repeat(17_000);
const handshakes = [
  ["as everybody says it", {}, 101],
  ["every header's name in lower case", { change: Object.fromEntries([["Host", null], ["Upgrade", null], ["Connection", null], ["Sec-WebSocket-Version", null], ["Sec-WebSocket-Protocol", null]]), more: "host: h\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: deskbell.v1\r\n" }, 101],
  ["Upgrade: WebSocket", { change: { Upgrade: "WebSocket" } }, 101],
  ["Upgrade among others", { change: { Upgrade: "h2c, websocket" } }, 101],
  ["Connection: keep-alive, Upgrade", { change: { Connection: "keep-alive, Upgrade" } }, 101],
  ["Connection twice", { change: { Connection: ["keep-alive", "upgrade"] } }, 101],
  ["a query", { path: "/v1/socket?x=1" }, 101],
  ["absolute form", { path: "http://chat.example/v1/socket" }, 101],
  ["extensions offered", { change: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" } }, 101],
  ["unknown headers", { change: { "X-Unknown": "1", Cookie: "a=b" } }, 101],
  ["the site's origin", { change: { Origin: "http://shop.example" } }, 101],
  ["the server's own origin", { change: { Origin: "https://chat.example" } }, 101],
  ["two sub-protocols", { change: { "Sec-WebSocket-Protocol": "other, deskbell.v1" } }, 101],
  ["sub-protocols in two headers", { change: { "Sec-WebSocket-Protocol": ["other", "deskbell.v1"] } }, 101],
  ["a newer sub-protocol", { change: { "Sec-WebSocket-Protocol": "deskbell.v2" } }, 101, { close: 4010 }],
  ["a newer sub-protocol and ours", { change: { "Sec-WebSocket-Protocol": "deskbell.v2, deskbell.v1" } }, 101],
  ["fifty more headers", { more: Array.from({ length: 50 }, (_, i) => `X-${i}: ${i}\r\n`).join("") }, 101],
  ["an empty line before it", { prefix: "\r\n" }, 101],
  ["no sub-protocol", { change: { "Sec-WebSocket-Protocol": null } }, 400],
  ["a foreign sub-protocol", { change: { "Sec-WebSocket-Protocol": "graphql-ws" } }, 400],
  ["our sub-protocol in capitals", { change: { "Sec-WebSocket-Protocol": "DESKBELL.V1" } }, 400],
  ["a foreign origin", { change: { Origin: "https://evil.example" } }, 403],
  ["the origin null", { change: { Origin: "null" } }, 403],
  ["the site's host under another scheme", { change: { Origin: "https://shop.example" } }, 403],
  ["the site's host with another port", { change: { Origin: "http://shop.example:8080" } }, 403],
  ["a host that begins like the site's", { change: { Origin: "http://shop.example.evil.example" } }, 403],
  ["a subdomain of the site's", { change: { Origin: "http://a.shop.example" } }, 403],
  ["no Upgrade", { change: { Upgrade: null } }, 426],
  ["Upgrade to something else", { change: { Upgrade: "h2c" } }, 426],
  ["no Connection", { change: { Connection: null } }, 426],
  ["Connection: close", { change: { Connection: "close" } }, 426],
  ["no version", { change: { "Sec-WebSocket-Version": null } }, 426],
  ["version 8", { change: { "Sec-WebSocket-Version": "8" } }, 426],
  ["version 12", { change: { "Sec-WebSocket-Version": "12" } }, 426],
  ["version 14", { change: { "Sec-WebSocket-Version": "14" } }, 426],
  ["version 013", { change: { "Sec-WebSocket-Version": "013" } }, 426],
  ["no key", { change: { "Sec-WebSocket-Key": null } }, 426],
  ["an empty key", { key: "" }, 426],
  ["a key of 15 bytes", { key: Buffer.alloc(15).toString("base64") }, 426],
  ["a key of 17 bytes", { key: Buffer.alloc(17).toString("base64") }, 426],
  ["a key that is no base 64", { key: "!!!!!!!!!!!!!!!!!!!!!!==" }, 426],
  ["POST", { method: "POST" }, 405],
  ["PUT", { method: "PUT" }, 405],
  ["get in lower case", { method: "get" }, 400],
  ["HTTP/1.0", { version: "HTTP/1.0" }, 426],
  ["HTTP/2.0", { version: "HTTP/2.0" }, 400],
  ["HTTP/1.2", { version: "HTTP/1.2" }, 400],
  ["no version of HTTP", { version: "" }, 400],
  ["no Host", { change: { Host: null } }, 400],
  ["two Hosts", { change: { Host: ["a", "b"] } }, 400],
  ["a Host with a path", { change: { Host: "chat.example/x" } }, 400],
  ["a body", { change: { "Content-Length": "5" }, suffix: "hello" }, 426],
  ["another path", { path: "/v1/sockets" }, 404],
  ["a path with two slashes", { path: "//v1/socket" }, 404],
  ["a path that climbs", { path: "/v1/x/../socket" }, 404],
  ["a header without a name", { more: ": x\r\n" }, 400],
  ["a header without a colon", { more: "nonsense\r\n" }, 400],
  ["a name with a blank before its colon", { more: "X-Y : z\r\n" }, 400],
  ["a folded header", { more: "X-Y: a\r\n b\r\n" }, 400],
  ["NUL in a header", { more: "X-Y: a\0b\r\n" }, 400],
  ["a header of 17 KB", { change: { "X-Long": long } }, 431],
  ["a cookie of 17 KB from the site", { change: { Origin: "http://shop.example", Cookie: long } }, 431],
  ["ten thousand headers", { more: "A: b\r\n".repeat(10_000) }, 431],
  ["a path of 17 KB", { path: `/v1/socket?${long}` }, 431],
];

test("handshakes: what upgrades, what is refused, and with which words", async () => {
  const list = handshakes.map(([name, options, status, then]) => ({ name, options, status, then }));
  report("handshakes", list, await overAll(list, async ({ options, status, then }) => {
    const key = options.key ?? websocketKey();
    const raw = await Raw.open(port);
    try {
      await raw.send(`${options.prefix ?? ""}${upgrade({ ...options, key })}${options.suffix ?? ""}`);
      const answer = await raw.response();
      assert.equal(answer.status, status, `${answer.line} ${answer.body}`);
      if (status === 101) {
        assert.equal(answer.headers["sec-websocket-accept"], acceptOf(key));
        assert.equal(answer.headers["sec-websocket-extensions"], undefined);
        assert.match(answer.headers["sec-websocket-protocol"], /^deskbell\.v[12]$/);
        await raw.send(frame(9, "up"));
        await meet(raw, then ?? { pong: "up" });
      } else {
        assert.ok(answer.code, "a refusal has a code");
        assert.equal(answer.headers["content-type"], "application/problem+json");
      }
      if (status === 426 && options.change?.["Sec-WebSocket-Version"] !== undefined) assert.equal(answer.headers["sec-websocket-version"], "13");
      const origin = options.change?.Origin;
      if (origin === "http://shop.example" && status !== 101) assert.equal(answer.headers["access-control-allow-origin"], origin);
      if (status === 403) assert.equal(answer.headers["access-control-allow-origin"], undefined);
    } finally {
      raw.close();
    }
  }));
});

test("the hello: what it must be, and what each other first word is answered with", async () => {
  const hello = (more) => JSON.stringify({ type: "hello", token: sessions[0].token, ...more });
  const wrong = `dbs_${"A".repeat(43)}`;
  const list = [
    ["after the head", [text(hello({ after: 999 }))], { welcome: true }],
    ["fields of the future", [text(hello({ after: 0, colour: "blue" }))], { welcome: true }],
    ["said in fragments", [frame(1, hello().slice(0, 10), { fin: false }), frame(0, hello().slice(10))], { welcome: true }],
    ["a ping before it", [frame(9, "early"), text(hello())], { pong: "early" }],
    ["a wrong token", [text({ type: "hello", token: wrong })], { close: 4003 }],
    ["something that is no token", [text({ type: "hello", token: "x" })], { close: 4003 }],
    ["a session's id for a token", [text({ type: "hello", token: sessions[0].id })], { close: 4003 }],
    ["no token", [text({ type: "hello" })], { close: 4002 }],
    ["a token that is no text", [text({ type: "hello", token: 1 })], { close: 4002 }],
    ["a negative `after`", [text(hello({ after: -1 }))], { close: 4002 }],
    ["an `after` that is no number", [text(hello({ after: "1" }))], { close: 4002 }],
    ["an `after` of 2^63", [text(hello().replace("}", ',"after":9223372036854775808}'))], { close: 4002 }],
    ["a message first", [text({ type: "message", id: 1, client_id: "x", text: "x" })], { close: 4002 }],
    ["an empty text", [text("")], { close: 4002 }],
    ["a binary hello", [frame(2, hello())], { close: 1003 }],
    ["deep JSON", [text(`${"[".repeat(5000)}${"]".repeat(5000)}`)], { close: 4002 }],
    ["twenty requests before the welcome", [Buffer.concat([text(hello()), ...Array.from({ length: 20 }, (_, i) => text({ type: "ping", id: i }))])], { close: 4029 }],
    ["a second hello before the welcome", [Buffer.concat([text(hello()), text(hello())])], { welcome: true }],
  ].map(([name, send, expected]) => ({ family: "hello", name, send, expected }));
  report("hellos", list, await overAll(list, async ({ send, expected }) => {
    const raw = await openSocket(port);
    try {
      for (const bytes of send) await raw.send(bytes);
      if (expected.welcome) assert.equal((await raw.frame()).json.type, "welcome");
      else await meet(raw, expected);
    } finally {
      raw.close();
    }
  }));
});

test("a client that only ever begins messages is closed, not collected", async () => {
  const before = residentBytes(server.pid);
  const peers = await Promise.all(Array.from({ length: 200 }, () => openSocket(port)));
  await Promise.all(peers.map((raw) => raw.send(frame(1, " ".repeat(60_000), { length: limit }))));
  for (const raw of peers) {
    const got = await raw.until("the close for want of a hello", () => parseFrame(raw.received)?.frame, 15_000);
    assert.equal(got.code, 4009);
    raw.close();
  }
  console.log(`200 unfinished messages of 60 KB: resident ${((residentBytes(server.pid) - before) / 1e6).toFixed(1)} MB more than before`);
  assert.equal((await api(server, "GET", "/v1/session", { token: sessions[0].token })).status, 200);
});
