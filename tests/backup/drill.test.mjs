// The drill: a server with traffic, a backup, more traffic, a crash, the older backup put back. Nothing is posted twice,
// what was said since is taken over, nobody is flooded, and customers go on.
import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";
import { anew, count, gapless, logged, markers, operate, postsOf, ready, repliesOf } from "./operator.mjs";

let sandbox, server, slack;
beforeEach(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"', limits: "messages_per_second_per_session = 0", pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\nunknown_quiet_ms = 800\nunknown_second_look_ms = 200\ngap_repair_ms = 1500" });
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
});
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
});

const arrive = async (name) => (await Customer.arrive(server, { name, email: `${name.toLowerCase()}@email.com` })).connect();
async function inThread(name) {
  const customer = await arrive(name);
  await customer.handoff();
  customer.thread = await slack.thread(customer.id);
  await slack.replies(customer.id, "the introduction", (replies) => replies.length >= 1);
  return customer;
}
async function delivered(customer, text) {
  const event = await customer.say(text);
  await customer.receipt(event.message.id, "delivered", 20_000);
  return event;
}
const agent = (customer, text) => slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text });

async function crashAndRestore(file) {
  await server.stop("SIGKILL");
  const restored = await operate(server, "restore", file);
  assert.equal(restored.code, 0, restored.stderr);
  await server.start();
  return restored.json;
}

test("a backup of a running server is checked, complete and refused where something is", async () => {
  const customer = await inThread("Ada");
  await delivered(customer, "in the backup");
  const file = join(server.directory, "one.db");
  const made = await operate(server, "backup", file);
  assert.equal(made.code, 0, made.stderr);
  assert.equal(made.json.file, file);
  assert.equal(made.json.sessions, 1);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(server.directory).filter((name) => /partial|one\.db-/.test(name)), []);
  const again = await operate(server, "backup", file);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /backup_exists/);
  assert.equal((await operate(server, "backup", "--force", file)).code, 0);
  const folder = server.directory + "/";
  for (let i = 0; i < 4; ++i) assert.equal((await operate(server, "backup", "--keep", "2", folder)).code, 0);
  assert.equal(readdirSync(folder).filter((name) => /^deskbell-.*Z(-\d+)?\.db$/.test(name)).length, 2);
  assert.ok(existsSync(file), "only names of our own are pruned");
  assert.match(await (await fetch(`${server.url}/metrics`)).text(), /deskbell_backup_age_seconds \d/);
  // The same without a server.
  await server.stop();
  const still = await operate(server, "backup", join(server.directory, "two.db"));
  assert.equal(still.code, 0, still.stderr);
  assert.equal(still.json.messages, made.json.messages);
});

test("while customers write, the backup is one moment of theirs", async () => {
  const customer = await arrive("Bea");
  let writing = true;
  const writer = (async () => { let n = 0; while (writing) await customer.say(`line ${n++}`); return n; })();
  await customer.event("twenty lines", () => customer.texts("customer").length >= 20);
  const made = await operate(server, "backup", join(server.directory, "busy.db"));
  writing = false;
  const written = await writer;
  assert.equal(made.code, 0, made.stderr);
  assert.ok(made.json.messages >= 20 && made.json.messages <= written, `${made.json.messages} of ${written}`);
  assert.equal(made.json.events >= made.json.messages, true);
});

test("restored after a crash: nothing twice, what was said since is there, and it goes on", async () => {
  const ada = await inThread("Ada");
  await delivered(ada, "before the backup");
  const bea = await arrive("Bea");  // still with the bot
  await bea.say("only to the bot");
  // Cleo's words wait at the moment of the backup, and are posted after it.
  const cleo = await inThread("Cleo");
  await slack.act("fault", { effect: "error_page", method: "chat.postMessage", status: 503 });
  const waiting = [];
  for (let i = 0; i < 3; ++i) waiting.push(await cleo.say(`waiting ${i}`));
  const file = join(server.directory, "older.db");
  const made = await operate(server, "backup", file);
  assert.equal(made.code, 0, made.stderr);
  assert.ok(made.json.letters_waiting >= 3);
  await slack.act("clear_faults", {});
  for (const event of waiting) await cleo.receipt(event.message.id, "delivered", 30_000);
  // The world goes on.
  await delivered(ada, "after the backup one");
  await agent(ada, "an agent after the backup");
  await ada.hears("an agent after the backup");
  await delivered(ada, "after the backup two");
  await bea.handoff();
  bea.thread = await slack.thread(bea.id);
  await delivered(bea, "to a human since");
  await agent(bea, "hello Bea");
  await bea.hears("hello Bea");
  const dora = await inThread("Dora");  // the backup does not know her
  await delivered(dora, "I came later");
  const posts = await postsOf(slack);

  await crashAndRestore(file);
  const first = await ready(server);
  assert.equal(first.status, 200, "customers are served meanwhile");
  assert.deepEqual(first.notes, ["reconciling"]);
  assert.match(await (await fetch(`${server.url}/metrics`)).text(), /deskbell_reconciling 1/);
  await logged(server, "reconciled:");
  await logged(server, "all agents of unknown conversations were told");
  assert.equal((await ready(server)).notes, undefined);

  // Nothing was posted but one notice, for Dora's agents.
  const since = (await postsOf(slack)).filter((post) => !posts.some((old) => old.ts === post.ts));
  assert.equal(since.length, 1, JSON.stringify(since.map((post) => post.text)));
  assert.equal(since[0].thread_ts, dora.thread.ts);
  assert.match(since[0].text, /restored from a backup/);
  for (const customer of [ada, bea, cleo]) {
    const replies = await repliesOf(slack, customer.id);
    assert.equal(new Set(markers(replies)).size, markers(replies).length, "every marker once");
  }
  for (let i = 0; i < 3; ++i) assert.equal(count(await repliesOf(slack, cleo.id), `waiting ${i}`), 1);

  // What was said since the backup is in the customers' logs again, each once, in order.
  const ada2 = await anew(ada);
  await ada2.hears("after the backup two", "customer");
  assert.deepEqual(ada2.texts(), ["before the backup", "after the backup one", "an agent after the backup", "after the backup two"]);
  assert.ok(gapless(ada2));
  const bea2 = await anew(bea);
  await bea2.hears("hello Bea");
  assert.deepEqual(bea2.texts(), ["only to the bot", "to a human since", "hello Bea"]);
  const cleo2 = await anew(cleo);
  for (const event of waiting) await cleo2.receipt(event.message.id, "delivered");
  // Messages keep their names: a client that sends one again is told of the first.
  const words = ada2.events.find((event) => event.message?.text === "after the backup one");
  assert.equal(words.message.client_id, ada.events.find((event) => event.message?.text === "after the backup one").message.client_id);
  const replay = await ada2.request("message", { client_id: words.message.client_id, text: "after the backup one" });
  assert.equal(replay.seq, words.seq);

  // And it goes on, both ways, in the same threads.
  await delivered(ada2, "and on");
  await agent(ada, "and back");
  await ada2.hears("and back");
  await delivered(bea2, "Bea again");
  const replies = await repliesOf(slack, bea.id);
  assert.equal(count(replies, "Bea again"), 1);
  assert.equal((await slack.state()).channels.flatMap((channel) => channel.messages).filter((message) => JSON.stringify(message.blocks).includes(bea.id) && message.ts === (message.thread_ts ?? message.ts)).length, 1, "one thread for Bea");
});
