// What an outside client of the contract stumbled over once. Each test names the sentence it holds the server to.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Customer, api } from "../harness/customer.mjs";
import { binary, deadline, sandboxPage, scratchDirectory, startSandbox, startServer, writeConfig } from "../harness/processes.mjs";

let sandbox, server, scratch;
before(async () => {
  scratch = scratchDirectory();
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"', limits: "sessions_per_minute_per_ip = 0" });
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
  scratch.remove();
});

const origin = "http://shop.example";
const wrongToken = `dbs_${"A".repeat(43)}`;
const run = (args, env = {}) => new Promise((resolve) => {
  execFile(binary, args, { cwd: scratch.path, env: { ...process.env, ...env }, timeout: 10_000 }, (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
});
const sameSession = (customer) => Object.assign(new Customer(), { server, id: customer.id, token: customer.token, instance: randomUUID() });

test("somebody's wrong tokens do not lock out those who have a right one", async () => {
  const other = await startServer(sandbox, { bot: 'kind = "none"', subscribe: false });
  try {
    const { token } = await Customer.arrive(other);
    let refused;
    for (let i = 0; i < 400 && !refused; ++i) {
      const answer = await api(other, "GET", "/v1/session", { token: wrongToken });
      if (answer.status === 429) refused = answer;
    }
    assert.ok(refused, "guessing is limited");
    assert.equal((await api(other, "GET", "/v1/session", { token })).status, 200);
  } finally {
    await other.end();
  }
});

test("a client_id has 1 to 128 characters, not bytes", async () => {
  const { token } = await Customer.arrive(server);
  const send = (client_id) => api(server, "POST", "/v1/session/messages", { token, body: { client_id, text: "x" } });
  assert.equal((await send("é".repeat(128))).status, 201);
  assert.equal((await send("é".repeat(129))).body.code, "client_id_invalid");
});

test("the same client_id over two sockets and REST at once is one event", async () => {
  const one = await (await Customer.arrive(server)).connect();
  const two = await sameSession(one).connect({ after: 0 });
  for (let i = 0; i < 5; ++i) {
    const body = { client_id: `shared ${i}`, text: `shared ${i}` };
    const rest = () => api(server, "POST", "/v1/session/messages", { token: one.token, body });
    const [a, b, c, d] = await Promise.all([one.request("message", body), two.request("message", body), rest(), rest()]);
    assert.equal(new Set([a.seq, b.seq, c.body.event.seq, d.body.event.seq]).size, 1);
    assert.ok([c.status, d.status].filter((status) => status === 201).length <= 1);
  }
  const log = (await api(server, "GET", "/v1/session/events?after=0", { token: one.token })).body.events;
  assert.equal(log.filter((event) => event.kind === "message").length, 5);
  await one.leave();
  await two.leave();
});

test("a repeated message does not reopen what was closed after it", async () => {
  const { token } = await Customer.arrive(server);
  const send = () => api(server, "POST", "/v1/session/messages", { token, body: { client_id: "once", text: "once" } });
  assert.equal((await send()).status, 201);
  await api(server, "POST", "/v1/session/close", { token });
  assert.equal((await send()).status, 200);
  assert.equal((await api(server, "GET", "/v1/session", { token })).body.session.state, "closed");
});

test("a handoff asked for ten times over three transports at once is one thread", async () => {
  const one = await (await Customer.arrive(server)).connect();
  const two = await sameSession(one).connect({ after: 0 });
  const rest = Array.from({ length: 8 }, (_, i) => api(server, "POST", "/v1/session/handoff", { token: one.token, body: { topic: `topic ${i}` } }));
  const answers = await Promise.all([one.handoff(), two.handoff({ topic: "other" }), ...rest]);
  assert.deepEqual(answers.map((answer) => answer.type ?? answer.status), ["ok", "ok", ...rest.map(() => 202)]);
  const thread = await sandboxPage(sandbox).thread(one.id);
  const said = await one.say("after the handoff");
  await one.receipt(said.message.id, "delivered");
  const state = await sandboxPage(sandbox).state();
  const parents = state.channels.flatMap((channel) => channel.messages).filter((message) => message.metadata?.event_payload?.session === one.id && message.ts === (message.thread_ts || message.ts));
  assert.deepEqual(parents.map((parent) => parent.ts), [thread.ts]);
  assert.equal(one.events.filter((event) => event.kind === "session" && event.session.state === "waiting").length, 1);
  await one.leave();
  await two.leave();
});

test("killed while a customer writes: every answered message is kept, its repetition finds it, the log has no gap", async () => {
  const other = await startServer(sandbox, { bot: 'kind = "none"', subscribe: false, limits: "messages_per_second_per_session = 0" });
  try {
    const customer = await Customer.arrive(other);
    const send = (i) => api(other, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: `kept ${i}`, text: `kept ${i}` } });
    const kept = [];
    let enough;
    const some = new Promise((resolve) => { enough = resolve; });
    const writing = (async () => {
      try {
        for (;;) {
          const answer = await send(kept.length);
          assert.equal(answer.status, 201);
          if (kept.push(answer.body.event) === 20) enough();
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;  // anything else: the connection was cut
      }
    })();
    await deadline(some, 10_000, "twenty answers");
    await other.stop("SIGKILL");
    await writing;
    await other.start();
    for (const [i, event] of kept.entries()) {
      if (i < kept.length - 5) continue;
      const again = await send(i);
      assert.equal(again.status, 200);
      assert.deepEqual(again.body.event, event);
    }
    await send(kept.length);  // the one whose answer was cut off, stored or not
    await customer.connect({ after: 0 });
    await customer.waitFor("all of them", () => customer.events.length >= kept.length + 1);
    assert.deepEqual(customer.events.map((event) => event.seq), customer.events.map((_, i) => i + 1));
    assert.deepEqual(customer.texts("customer"), Array.from({ length: kept.length + 1 }, (_, i) => `kept ${i}`));
    await customer.leave();
  } finally {
    await other.end();
  }
});

// "2 usage or configuration error (the message names file, line and key)"
for (const [what, from, to, key, named] of [
  ["a listen address that is none", '"127.0.0.1:0"', '"nowhere:0"', "listen =", /server\.listen/],
  ["a proxy that is no address", "[[site]]", 'trusted_proxies = ["x"]\n[[site]]', "trusted_proxies", /server\.trusted_proxies/],
  ["an origin with a path", "http://shop.example", "http://shop.example/", "origins =", /site\.0\.origins/],
  ["a certificate that is not there", "[[site]]", 'tls_certificate = "/absent.pem"\ntls_key = "/absent.key"\n[[site]]', "tls_certificate", /server\.tls_certificate/],
  ["a list of answers that is not there", 'kind = "none"', 'kind = "faq"\nfaq = "absent.md"', "faq =", /bot\.faq/],
]) {
  test(`configuration: ${what} ends with 2 and names file, line and key`, async () => {
    const file = writeConfig(scratch.path, sandbox.info, { bot: 'kind = "none"' });
    const text = readFileSync(file, "utf8").replace(from, to);
    writeFileSync(file, text);
    const line = text.split("\n").findIndex((each) => each.startsWith(key)) + 1;
    const { code, stderr } = await run(["serve", "--config", file]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, named);
    assert.match(stderr, new RegExp(`deskbell\\.toml:${line}: `), stderr);
  });
}

test("a database in a directory that is not there is not called locked", async () => {
  const { stderr, code } = await run(["serve", "--config", writeConfig(scratch.path, sandbox.info, { bot: 'kind = "none"' })], { DESKBELL_SERVER_DATA: "sqlite:/absent/deskbell.db" });
  assert.notEqual(code, 0);
  assert.doesNotMatch(stderr, /store_locked/);
});

test("a directory given as --config is refused, not read as empty", async () => {
  const { code, stderr } = await run(["serve", "--config", scratch.path]);
  assert.equal(code, 2);
  assert.ok(stderr.includes(scratch.path), stderr);
});
