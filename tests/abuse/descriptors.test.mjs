// File descriptors run out: accepting pauses, those who are there go on, the store and Slack keep theirs, nothing crashes.
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Customer, api } from "../harness/customer.mjs";
import { binary, sandboxPage, scratchDirectory, start, startSandbox, writeConfig } from "../harness/processes.mjs";
import { descriptors } from "./figures.mjs";
import { Raw, greet } from "./raw.mjs";

const limit = 96;
let sandbox, scratch, running, server, port;
before(async () => {
  sandbox = await startSandbox();
  scratch = scratchDirectory();
  const wrapper = join(scratch.path, "few-descriptors");
  writeFileSync(wrapper, `#!/bin/sh\nulimit -n ${limit}\nexec "$@"\n`);
  chmodSync(wrapper, 0o755);
  const config = writeConfig(scratch.path, sandbox.info, { bot: 'kind = "none"', limits: "sessions_per_minute_per_ip = 0\nmessages_per_second_per_session = 0" });
  running = await start([binary, "serve", "--config", config], (line) => line.match(/^Deskbell listens on (http:\S+)/)?.[1], { program: wrapper });
  server = { url: running.info };
  port = Number(new URL(running.info).port);
  await sandboxPage(sandbox).subscribe(`${server.url}/slack/events`);
});
after(async () => {
  await running?.stop();
  await sandbox?.stop();
  scratch?.remove();
});

test(`with ${limit} descriptors, three hundred connections: the conversation goes on, and all of it comes back`, { timeout: 120_000 }, async () => {
  const customer = await (await Customer.arrive(server, { name: "Ada" })).connect();
  const silent = [];
  for (let i = 0; i < 300; ++i) silent.push(await Raw.open(port));  // the kernel takes what the server does not
  assert.ok(descriptors(running.pid) <= limit);
  // Somebody who is there talks to a human: that needs the store, a call to Slack, and Slack's event coming in.
  await customer.say("while everything is taken");
  assert.equal((await customer.handoff()).type, "ok");
  const slack = sandboxPage(sandbox);
  const thread = await slack.thread(customer.id);
  assert.ok(thread.ts);
  // Connections with nothing to say make room for those who have.
  const asked = performance.now();
  const newcomer = await Raw.open(port);
  await newcomer.send(`GET /v1/session HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${customer.token}\r\n\r\n`);
  assert.equal((await newcomer.response({ ms: 30_000 })).status, 200);
  console.log(`descriptors: ${descriptors(running.pid)} of ${limit} taken under 300 idle connections; a newcomer was answered after ${((performance.now() - asked) / 1000).toFixed(1)} s`);
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: thread.ts, text: "I am here" });
  await customer.hears("I am here", "agent", 20_000);
  for (const raw of silent) raw.close();
  for (let i = 0; i < 50; ++i) assert.equal((await api(server, "GET", "/v1/session", { token: customer.token })).status, 200);
  assert.ok(running.running());
  assert.match(running.log.join("\n"), /accepting pauses/);
  await customer.leave();
});

test("sockets that are at work are not given up for newcomers", { timeout: 60_000 }, async () => {
  const sockets = [];
  const { token } = await Customer.arrive(server);
  for (let i = 0; i < 25; ++i) sockets.push(await greet(port, token));
  const silent = [];
  for (let i = 0; i < 200; ++i) silent.push(await Raw.open(port));
  assert.equal((await api(server, "GET", "/v1/session", { token })).status, 200);
  assert.equal(sockets.filter((raw) => raw.ended).length, 0);
  for (const raw of [...sockets, ...silent]) raw.close();
});
