// HTTP as attackers and broken clients speak it: every case of http_cases.mjs, slow ones, greedy ones, and what browsers
// must still be able to read. The server lives, its memory stays flat, and well-behaved customers notice nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Customer, api } from "../harness/customer.mjs";
import { deadline, startSandbox, startServer } from "../harness/processes.mjs";
import { megabytes, residentBytes } from "./figures.mjs";
import cases from "./http_cases.mjs";
import { Raw, openSocket, portOf } from "./raw.mjs";

let sandbox, server, port, customer;
const origin = "http://shop.example";
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"', subscribe: false, limits: "sessions_per_minute_per_ip = 0\nmessages_per_second_per_session = 0" });
  port = portOf(server);
  customer = await Customer.arrive(server);
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});
const wellBehaved = async () => assert.equal((await api(server, "GET", "/v1/session", { token: customer.token })).status, 200);

async function run({ send, expect, ends }) {
  const raw = await Raw.open(port);
  try {
    const bytes = send.finish ?? send;
    await raw.send(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    if (send.finish) raw.finish();
    for (const expected of expect) {
      const bodiless = String(expected).startsWith("head ");
      const answer = await raw.response({ bodiless });
      assert.equal(answer.status, bodiless ? Number(expected.slice(5)) : expected, `${answer.line} ${answer.body}`);
      if (answer.status >= 400) assert.ok(answer.code, "a refusal has a code");
    }
    if (ends) {
      raw.finish();
      await raw.end();
    } else {  // still of use, and nothing in between
      await raw.send("GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n");
      const answer = await raw.response();
      assert.ok(answer.body.includes('"ready"'), answer.body);
    }
    assert.equal(raw.received.length, 0, `more than was asked for: ${raw.received.toString("latin1").slice(0, 200)}`);
  } finally {
    raw.close();
  }
}

test("every case of the table is answered as it says, once, and never more", async () => {
  const failures = [];
  for (const each of cases) await run(each).catch((error) => failures.push(`${each.family}: ${each.name}: ${error.message}`));
  console.log(`HTTP abuse: ${cases.length} cases, ${cases.length - failures.length} passed`);
  assert.deepEqual(failures, []);
  const log = await api(server, "GET", "/v1/session/events?after=0", { token: customer.token });
  assert.deepEqual(log.body.events, [], "nothing was smuggled in");
});

test("the same, cut at every byte of a chunked request", async () => {
  const body = '4;x="y"\r\n{"on\r\n0009\r\n":true} \n\r\n0\r\nTrailer: x\r\n\r\n';
  const bytes = Buffer.from(`POST /v1/session/typing HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${customer.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
  const raw = await Raw.open(port);
  for (let at = 1; at < bytes.length; ++at) {
    await raw.send(bytes.subarray(0, at));
    await new Promise(setImmediate);
    await raw.send(bytes.subarray(at));
    assert.equal((await raw.response()).status, 204, `cut after byte ${at}`);
  }
  raw.close();
});

test("a page of the site can read every refusal, also those before its request was whole", async () => {
  const head = `Host: h\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\n`;
  for (const [status, bytes] of [
    [413, `POST /v1/session/messages HTTP/1.1\r\n${head}Content-Length: 99999999\r\n\r\n`],
    [413, `POST /v1/session/messages HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nfffff\r\n`],
    [400, `POST /v1/session/messages HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    [400, `POST /v1/session/messages HTTP/1.1\r\n${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`],
    [431, `POST /v1/session/messages HTTP/1.1\r\n${head}Cookie: ${"c".repeat(20_000)}\r\n\r\n`],
    [417, `POST /v1/session/messages HTTP/1.1\r\n${head}Expect: magic\r\nContent-Length: 1\r\n\r\n`],
    [404, `GET /v1/nowhere HTTP/1.1\r\n${head}\r\n`],
    [405, `GET /v1/sessions HTTP/1.1\r\n${head}\r\n`],
    [401, `POST /v1/session/files HTTP/1.1\r\n${head}\r\n`],
  ]) {
    for (const [from, allowed] of [[origin, origin], ["https://evil.example", undefined]]) {
      const raw = await Raw.open(port);
      await raw.send(bytes.replace(origin, from));
      const answer = await raw.response();
      assert.equal(answer.status, status, answer.body);
      assert.equal(answer.headers["access-control-allow-origin"], allowed, `${status} for ${from}`);
      if (allowed) assert.match(answer.headers.vary, /Origin/);
      raw.close();
    }
  }
});

test("slow senders: heads and bodies that drip are ended with 408 in their time, and nobody waits for them", async () => {
  const started = Date.now();
  const before = residentBytes(server.pid);
  const head = "POST /v1/sessions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n";
  const kinds = { head: "GET /healthz HTTP/1.1\r\nX: ", body: head, chunks: head.replace("Content-Length: 60000", "Transfer-Encoding: chunked"), "later requests": "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nGET /healthz HTTP/1.1\r\nX: " };
  const drips = { head: "y", body: " ", chunks: "1\r\n \r\n", "later requests": "y" };
  const peers = [];
  for (const [kind, start] of Object.entries(kinds))
    for (let i = 0; i < 100; ++i) {
      const raw = await Raw.open(port);
      peers.push({ kind, raw });
      await raw.send(start);
    }
  const dripping = setInterval(() => { for (const { kind, raw } of peers) if (!raw.ended) raw.send(drips[kind]); }, 500);
  try {
    const latencies = [];
    const outcomes = Promise.all(peers.map(async ({ kind, raw }) => {
      if (kind === "later requests") assert.equal((await raw.response()).status, 200);
      const answer = await raw.response({ ms: 25_000 });
      assert.equal(answer.status, 408, kind);
      assert.equal(answer.code, "request_timeout");
      await raw.end();
    }));
    let over = false;
    outcomes.finally(() => { over = true; }).catch(() => {});
    while (!over) {
      const asked = performance.now();
      await wellBehaved();
      latencies.push(performance.now() - asked);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    await outcomes;
    latencies.sort((a, b) => a - b);
    console.log(`slow senders: 400 ended after ${((Date.now() - started) / 1000).toFixed(1)} s; a good request meanwhile took ${latencies.at(Math.floor(latencies.length * 0.99)).toFixed(1)} ms at the 99th; resident +${megabytes(residentBytes(server.pid) - before)}`);
    assert.ok(residentBytes(server.pid) - before < 64 << 20);
  } finally {
    clearInterval(dripping);
    for (const { raw } of peers) raw.close();
  }
});

test("a peer that asks and never reads gets no more once its answers pile up", async () => {
  const before = residentBytes(server.pid);
  const greedy = [];
  for (let i = 0; i < 20; ++i) {
    const raw = await Raw.open(port);
    raw.socket.pause();
    const many = Buffer.from("GET /widget.js HTTP/1.1\r\nHost: h\r\n\r\n".repeat(2000));
    raw.socket.write(many);
    greedy.push(raw);
  }
  for (let i = 0; i < 50; ++i) await wellBehaved();
  const held = residentBytes(server.pid) - before;
  console.log(`20 peers with 2,000 unread requests each: resident +${megabytes(held)}`);
  assert.ok(held < 64 << 20);
  for (const raw of greedy) raw.reset();
  await wellBehaved();
});

test("half a gigabyte of unfinished requests: past its mark the server refuses what it would have to keep", { timeout: 120_000 }, async () => {
  const before = residentBytes(server.pid);
  const part = Buffer.alloc(900_000, 0x20);
  const head = Buffer.from(`POST /slack/events HTTP/1.1\r\nHost: h\r\nContent-Length: ${1 << 20}\r\n\r\n`);
  let refused = 0, peak = 0;
  const peers = [];
  const watching = setInterval(() => { peak = Math.max(peak, residentBytes(server.pid)); }, 20);
  try {
    await Promise.all(Array.from({ length: 600 }, async () => {
      const raw = await Raw.open(port).catch(() => undefined);
      if (!raw) return;
      peers.push(raw);
      raw.socket.write(head);
      raw.socket.write(part);
      const answer = await raw.response({ ms: 2_500 }).catch(() => undefined);  // most are waited for, not answered
      if (answer?.status === 503) { assert.equal(answer.code, "busy"); ++refused; }
    }));
    peak = Math.max(peak, residentBytes(server.pid));
  } finally {
    clearInterval(watching);
    for (const raw of peers) raw.reset();
  }
  console.log(`600 unfinished bodies of 0.9 MB: ${refused} refused with 503, resident at most +${megabytes(peak - before)}`);
  assert.ok(refused > 0);
  assert.ok(peak - before < 420 << 20);
  await deadline((async () => { while ((await fetch(`${server.url}/healthz`).catch(() => ({}))).status !== 200); })(), 10_000, "health");
  await wellBehaved();
});

test("thousands of connections that come and go leave nothing behind", async () => {
  const round = async () => {
    for (let i = 0; i < 40; ++i) {
      const peers = await Promise.all(Array.from({ length: 50 }, () => Raw.open(port)));
      peers.forEach((raw, at) => {
        if (at % 3 === 0) raw.socket.write("GET /healthz HTTP/1.1\r\nHo");
        if (at % 3 === 1) raw.socket.write("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
        if (at % 2) raw.reset();
        else raw.close();
      });
    }
    await wellBehaved();
    return residentBytes(server.pid);
  };
  const first = await round();
  const second = await round();
  console.log(`after 2,000 and 4,000 short connections: resident ${megabytes(first)}, ${megabytes(second)}`);
  assert.ok(second - first < 8 << 20);
});

test("sockets that come and go at every stage leave nothing behind", async () => {
  const open = async () => Number((await (await fetch(`${server.url}/metrics`)).text()).match(/^deskbell_gateway_sockets (\d+)/m)[1]);
  assert.equal(await open(), 0);
  for (let i = 0; i < 50; ++i) {
    const raw = await openSocket(port);
    if (i % 2) await raw.send(Buffer.from([0x81]));
    raw.reset();
  }
  for (let i = 0; (await open()) > 0; ++i) assert.ok(i < 500, "sockets were left over");
});
