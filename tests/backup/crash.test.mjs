// The process is killed at every step of a backup, of a restore and of reconciling; then everybody looks. Needs a build
// with test hooks: DESKBELL_BINARY=build/sim/deskbell.
import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { binary, deadline, sandboxPage, scratchDirectory, startSandbox, startServer, writeConfig } from "../harness/processes.mjs";
import { anew, count, logged, markers, operate, postsOf, repliesOf, run } from "./operator.mjs";

const pace = "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\nunknown_quiet_ms = 300\nunknown_second_look_ms = 100\ngap_repair_ms = 60000";
const options = { bot: 'kind = "none"', limits: "messages_per_second_per_session = 0", pace };
let sandbox, server, slack, hooks = false;
before(async () => {
  // A point of the store's is reached by every command that opens one.
  const scratch = scratchDirectory();
  writeConfig(scratch.path, { api_url: "http://127.0.0.1:1/api/", bot_token: "xoxb-1", signing_secret: "s" }, options);
  writeFileSync(join(scratch.path, "deskbell.db"), "");
  const probe = await run(["sessions", "--config", join(scratch.path, "deskbell.toml")], { env: { DESKBELL_CRASH_AT: "store.open.before_migration:1" } });
  scratch.remove();
  hooks = probe.signal === "SIGKILL";
});
beforeEach(async () => {
  sandbox = await startSandbox();
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
  server = await startServer(sandbox, options);
});
afterEach(async () => {
  delete options.env;
  await server?.end();
  await sandbox?.stop();
});
after(() => delete options.env);

const config = () => ["--config", join(server.directory, "deskbell.toml"), "--json"];
const killedAt = async (point, ...args) => run([args[0], ...config(), ...args.slice(1)], { env: { DESKBELL_CRASH_AT: `${point}:1` } });

async function inThread(name) {
  const customer = await (await Customer.arrive(server, { name })).connect();
  await customer.handoff();
  customer.thread = await slack.thread(customer.id);
  await slack.replies(customer.id, "the introduction", (replies) => replies.length >= 1);
  return customer;
}
async function delivered(customer, text) {
  const event = await customer.say(text);
  await customer.receipt(event.message.id, "delivered", 20_000);
}

const backupPoints = ["backup.copy.begun", "backup.copy.step", "backup.copy.complete", "backup.copy.finished", "backup.copy.flushed", "backup.copy.checked", "backup.stamp.committed", "incarnation.before_write", "incarnation.written", "backup.before_rename", "backup.renamed"];
test("killed anywhere in a backup: the database is whole, and what has a name is sound", async (t) => {
  if (!hooks) return t.skip(`${binary} has no crash points`);
  const customer = await inThread("Ada");
  await delivered(customer, "kept");
  await server.stop();
  for (const point of backupPoints) {
    const file = join(server.directory, `${point}.db`);
    const killed = await killedAt(point, "backup", file);
    assert.equal(killed.signal, "SIGKILL", point);
    if (existsSync(file)) assert.equal(point, "backup.renamed");
    const again = await operate(server, "backup", "--force", file);
    assert.equal(again.code, 0, `${point}: ${again.stderr}`);
    assert.equal(again.json.messages, 1, point);
  }
  await server.start();
  await (await anew(customer)).hears("kept", "customer");
});

const restorePoints = ["restore.checked", "restore.copied", "restore.copy_checked", "restore.log_folded", "incarnation.before_write", "incarnation.written", "restore.advanced", "restore.set_aside", "restore.log_moved", "restore.before_rename", "restore.renamed"];
test("killed anywhere in a restore: a whole database is in place, and nothing is posted twice", async (t) => {
  if (!hooks) return t.skip(`${binary} has no crash points`);
  const customer = await inThread("Ada");
  await delivered(customer, "before");
  const file = join(server.directory, "backup.db");
  assert.equal((await operate(server, "backup", file)).code, 0);
  await delivered(customer, "after");
  await server.stop("SIGKILL");
  for (const point of restorePoints) {
    assert.equal((await killedAt(point, "restore", file)).signal, "SIGKILL", point);
    const look = await operate(server, "transcript", customer.id);
    assert.equal(look.code, 0, `${point}: ${look.stderr}`);
    const texts = look.json.messages.map((message) => message.text);
    assert.deepEqual(texts, point === "restore.renamed" ? ["before"] : ["before", "after"], point);
  }
  const posts = (await postsOf(slack)).length;
  await server.start();
  await logged(server, "reconciled:");
  const again = await anew(customer);
  await again.hears("after", "customer");
  assert.deepEqual(again.texts(), ["before", "after"]);
  assert.equal((await postsOf(slack)).length, posts);
  assert.deepEqual(readdirSync(server.directory).filter((name) => /restoring$/.test(name)), []);
});

const reconcilePoints = ["reconcile.begin.before_note", "reconcile.begin.after_note", "reconcile.channel.before_read", "reconcile.channel.read", "reconcile.parent.settled", "reconcile.parent.taken", "reconcile.thread.before_read", "reconcile.reply.taken", "reconcile.letter.settled", "reconcile.words.taken", "reconcile.thread.swept", "reconcile.end.before_record", "reconcile.end.recorded", "reconcile.tell.before_look", "reconcile.tell.before_post", "reconcile.tell.posted", "reconcile.tell.recorded"];
test("killed at every step of reconciling, one after the other: it ends, and nothing is there twice", async (t) => {
  if (!hooks) return t.skip(`${binary} has no crash points`);
  const ada = await inThread("Ada");
  await delivered(ada, "before the backup");
  // Waits at the backup, with its thread still to be opened.
  await slack.act("fault", { effect: "error_page", method: "chat.postMessage", status: 503 });
  const bea = await (await Customer.arrive(server, { name: "Bea" })).connect();
  await bea.handoff();
  await bea.say("waiting since then");
  await ada.say("waiting too");
  const cleo = await (await Customer.arrive(server, { name: "Cleo" })).connect();  // with the bot
  const file = join(server.directory, "backup.db");
  assert.equal((await operate(server, "backup", file)).code, 0);
  await slack.act("clear_faults", {});
  await slack.replies(bea.id, "Bea's words", (replies) => count(replies, "waiting since then") === 1, 30_000);
  await slack.replies(ada.id, "Ada's words", (replies) => count(replies, "waiting too") === 1, 30_000);
  await delivered(ada, "after the backup");
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: ada.thread.ts, text: "an answer since" });
  await ada.hears("an answer since");
  await cleo.handoff();
  cleo.thread = await slack.thread(cleo.id);
  await delivered(cleo, "to a human since");
  const dora = await inThread("Dora");
  await delivered(dora, "unknown to the backup");
  const posts = await postsOf(slack);
  await server.stop("SIGKILL");
  assert.equal((await operate(server, "restore", file)).code, 0);

  const reached = [];
  for (const point of reconcilePoints) {
    options.env = { DESKBELL_CRASH_AT: `${point}:1` };
    try {
      await server.start();
    } catch (error) {
      reached.push(point);  // before it listened
      continue;
    }
    const ended = await deadline(Promise.race([server.ended, server.logged("were told")]), 30_000, `the end at ${point}, or of reconciling`);
    if (ended.signal === "SIGKILL") reached.push(point);
    else await server.stop("SIGKILL");
  }
  delete options.env;
  await server.start();
  for (const point of ["reconcile.begin.after_note", "reconcile.words.taken", "reconcile.end.recorded", "reconcile.tell.posted"]) assert.ok(reached.includes(point), `${point} was reached: ${reached}`);

  const again = await anew(ada);
  await again.hears("an answer since");
  assert.deepEqual(again.texts(), ["before the backup", "waiting too", "after the backup", "an answer since"]);
  for (const [customer, words] of [[bea, "waiting since then"], [cleo, "to a human since"]]) {
    const page = await anew(customer);
    await page.hears(words, "customer");
    assert.deepEqual(page.texts(), [words]);
  }
  for (const customer of [ada, bea, cleo]) {
    const replies = await repliesOf(slack, customer.id);
    assert.equal(new Set(markers(replies)).size, markers(replies).length);
  }
  const since = (await postsOf(slack)).filter((post) => !posts.some((old) => old.ts === post.ts));
  assert.equal(since.length, 1, JSON.stringify(since.map((post) => post.text)));
  assert.equal(since[0].thread_ts, dora.thread.ts);
});
