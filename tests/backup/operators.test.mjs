// Operators' commands: the same answers whether the server runs or not; forgetting that lasts; files copied by hand.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { api, Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";
import { anew, logged, operate, ready, repliesOf, run } from "./operator.mjs";

let sandbox, server, slack;
beforeEach(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"', limits: "messages_per_second_per_session = 0", pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\nunknown_quiet_ms = 500\nunknown_second_look_ms = 100\ngap_repair_ms = 1500" });
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
});
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
});

async function inThread(name, text) {
  const customer = await (await Customer.arrive(server, { name, email: `${name.toLowerCase()}@email.com` })).connect();
  await customer.handoff();
  customer.thread = await slack.thread(customer.id);
  const event = await customer.say(text);
  await customer.receipt(event.message.id, "delivered", 20_000);
  return customer;
}

test("sessions, transcript and export say the same with and without a server", async () => {
  const ada = await inThread("Ada", "a word of Ada's");
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: ada.thread.ts, text: "a word of *Ana's*" });
  await ada.hears("a word of");
  await inThread("Bea", "a word of Bea's");
  const look = async () => {
    const sessions = await operate(server, "sessions");
    const one = await operate(server, "sessions", "--limit", "1");
    const open = await operate(server, "sessions", "--state", "open");
    const transcript = await operate(server, "transcript", ada.id);
    const text = await run(["transcript", "--config", join(server.directory, "deskbell.toml"), ada.id]);
    const exported = await operate(server, "export");
    const single = await operate(server, "export", "--session", ada.id);
    return { sessions: sessions.json, one: one.json, open: open.json, transcript: transcript.json, text: text.stdout, lines: exported.lines.map((line) => JSON.parse(line)), single: single.lines.length };
  };
  const running = await look();
  assert.equal(running.sessions.sessions.length, 2);
  assert.equal(running.one.sessions.length, 1);
  assert.deepEqual(running.open.sessions.map((session) => session.id), [ada.id]);
  assert.deepEqual(running.transcript.messages.map((message) => [message.role, message.text]), [["customer", "a word of Ada's"], ["agent", "a word of **Ana's**"]]);
  assert.match(running.text, /customer Ada: a word of Ada's\n.*agent Ana: a word of/);
  assert.equal(running.lines.length, 2);
  const logged = running.lines.find((line) => line.session.id === ada.id);
  assert.deepEqual(logged.events, ada.events);
  assert.equal(running.single, 1);
  await server.stop();
  assert.deepEqual(await look(), running);
  assert.equal((await operate(server, "transcript", "session_1_nobody")).code, 1);
  assert.match((await operate(server, "transcript", "session_1_nobody")).stderr, /session_unknown/);
});

test("the admin door opens for this user alone, and is gone after the end", async () => {
  const door = join(server.directory, "deskbell.db.admin");
  assert.equal(statSync(door).mode & 0o777, 0o600);
  assert.ok(statSync(door).isSocket());
  // Another one may not open the database behind the server's back.
  rmSync(door);
  const blind = await operate(server, "sessions");
  assert.equal(blind.code, 1);
  assert.match(blind.stderr, /store_locked/);
  await server.restart();
  assert.ok(existsSync(door));
  await server.stop();
  assert.ok(!existsSync(door));
});

test("a forgotten session leaves no trace in the files, and a backup does not bring it back", async () => {
  const ada = await inThread("Adelheid-Unmistakable", "nobody else says Zwetschgendatschi");
  const bea = await inThread("Bea", "stays");
  const file = join(server.directory, "backup.db");
  assert.equal((await operate(server, "backup", file)).code, 0);
  const forgotten = await operate(server, "forget", ada.id);
  assert.equal(forgotten.code, 0, forgotten.stderr);
  assert.equal(forgotten.json.forgotten, ada.id);
  for (const name of readdirSync(server.directory).filter((one) => one.startsWith("deskbell.db") && !one.endsWith(".admin"))) {
    const bytes = readFileSync(join(server.directory, name));
    assert.ok(!bytes.includes("Zwetschgendatschi") && !bytes.includes("Unmistakable"), name);
  }
  assert.equal((await api(server, "GET", "/v1/session", { token: ada.token })).status, 401);
  assert.equal((await operate(server, "forget", ada.id)).code, 1);
  await server.stop();
  assert.equal((await operate(server, "restore", file)).code, 0);
  await server.start();
  await logged(server, "forgotten once more");
  await logged(server, "reconciled:");
  assert.equal((await api(server, "GET", "/v1/session", { token: ada.token })).status, 401);
  assert.equal((await api(server, "GET", "/v1/session", { token: bea.token })).status, 200);
  assert.equal((await repliesOf(slack, ada.id)).filter((reply) => reply.text.includes("restored from a backup")).length, 0, "its agents need no notice");
});

test("restore wants the server stopped and a sound backup, and keeps what was there", async () => {
  const ada = await inThread("Ada", "before");
  const file = join(server.directory, "backup.db");
  assert.equal((await operate(server, "backup", file)).code, 0);
  assert.match((await operate(server, "restore", file)).stderr, /store_locked/);
  await server.stop("SIGKILL");
  const broken = join(server.directory, "broken.db");
  copyFileSync(file, broken);
  truncateSync(broken, statSync(file).size - 4096);
  assert.match((await operate(server, "restore", broken)).stderr, /store_damaged/);
  writeFileSync(broken, "no database at all");
  assert.match((await operate(server, "restore", broken)).stderr, /store_damaged/);
  const database = join(server.directory, "deskbell.db");
  assert.match((await operate(server, "restore", database)).stderr, /restore_failed/);
  const restored = await operate(server, "restore", file);
  assert.equal(restored.code, 0, restored.stderr);
  assert.ok(existsSync(restored.json.kept));
  assert.ok(restored.json.backed_up_at);
  assert.deepEqual(readdirSync(server.directory).filter((name) => /deskbell\.db-(wal|shm)$|restoring/.test(name)), []);
  // What was set aside is whole: it may be put back in turn.
  const kept = await operate(server, "restore", restored.json.kept);
  assert.equal(kept.code, 0, kept.stderr);
  await server.start();
  await logged(server, "reconciled:");
  const again = await anew(ada);
  await again.hears("before", "customer");
  assert.deepEqual(again.texts(), ["before"]);
});

test("an old file that was copied back by hand is noticed", async () => {
  const ada = await inThread("Ada", "before the copy");
  const database = join(server.directory, "deskbell.db");
  await server.stop();
  copyFileSync(database, join(server.directory, "by-hand.db"));
  await server.start();
  assert.equal((await ready(server)).notes, undefined, "an ordinary start");
  await ada.connect();
  const event = await ada.say("after the copy");
  await ada.receipt(event.message.id, "delivered", 20_000);
  await server.stop();
  copyFileSync(join(server.directory, "by-hand.db"), database);
  await server.start();
  assert.deepEqual((await ready(server)).notes, ["reconciling"]);
  await logged(server, "reconciled:");
  const again = await anew(ada);
  await again.hears("after the copy", "customer");
  assert.deepEqual(again.texts(), ["before the copy", "after the copy"]);
  // A stop in the middle of reconciling begins it again.
  await server.stop();
  copyFileSync(join(server.directory, "by-hand.db"), database);
  await server.start();
  await server.restart("SIGKILL");
  assert.deepEqual((await ready(server)).notes, ["reconciling"]);
  await logged(server, "reconciled:");
  await server.restart();
  assert.equal((await ready(server)).notes, undefined);
});

test("a client whose numbers are of another run of the log begins again", async () => {
  const ada = await inThread("Ada", "one");
  const file = join(server.directory, "backup.db");
  assert.equal((await operate(server, "backup", file)).code, 0);
  for (let i = 0; i < 3; ++i) {
    const event = await ada.say(`since ${i}`);
    await ada.receipt(event.message.id, "delivered", 20_000);
  }
  const head = ada.head;
  await server.stop("SIGKILL");
  assert.equal((await operate(server, "restore", file)).code, 0);
  await server.start();
  await logged(server, "reconciled:");
  // By now the log has grown again, with other words under the same numbers.
  const fresh = await anew(ada);
  for (let i = 0; i < 5; ++i) await fresh.say(`later ${i}`);
  assert.ok(fresh.head > head);
  const welcome = () => ada.frames.filter((frame) => frame.type === "welcome").at(-1);
  await ada.connect({ after: head });
  assert.equal(welcome().head, 0, "told to begin again");
  assert.ok(welcome().log);
  const session = await api(server, "GET", "/v1/session", { token: ada.token });
  assert.equal(session.body.log, welcome().log);
  // A session of this run has never been in another.
  const bea = await (await Customer.arrive(server, { name: "Bea" })).connect();
  await bea.say("hello");
  await bea.connect({ after: bea.head });
  assert.equal(bea.frames.filter((frame) => frame.type === "welcome").at(-1).head, bea.head);
});
