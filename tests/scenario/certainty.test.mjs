// Restarts, lost answers, dropped events, a deleted parent: nothing lost, doubled, reordered or crossed.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, slack;
beforeEach(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"', pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\nunknown_quiet_ms = 1500\nunknown_second_look_ms = 300\ngap_repair_ms = 1500" });
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
});
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
});

async function inThread(name) {
  const customer = await (await Customer.arrive(server, { name, email: `${name.toLowerCase()}@email.com` })).connect();
  await customer.handoff();
  customer.thread = await slack.thread(customer.id);
  await slack.replies(customer.id, "the introduction", (replies) => replies.length >= 1);
  return customer;
}
const marked = (replies) => replies.map((reply) => reply.metadata?.event_payload?.post).filter(Boolean);

async function threadOf(customer, what, look) {
  return slack.replies(customer.id, what, (replies) => look(replies) && replies, 20_000);
}
const says = (text) => (replies) => replies.some((reply) => JSON.stringify(reply.blocks).includes(text) || reply.text.includes(text));

test("a clean restart in mid-conversation: sockets are told, nothing is lost, both ways go on", async () => {
  const customer = await inThread("Ada");
  await customer.say("before the restart");
  const closed = customer.waitFor("the goodbye", () => customer.closed);
  const ended = await server.restart();
  assert.equal(ended.code, 0);
  assert.equal((await closed).code, 1012);
  assert.match((await closed).reason, /^\d+$/);
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "while you were away" });
  await customer.connect();
  await customer.hears("while you were away");
  await customer.say("after the restart");
  const replies = await threadOf(customer, "both lines", (all) => says("before the restart")(all) && says("after the restart")(all));
  assert.equal(new Set(marked(replies)).size, marked(replies).length);
  const seqs = customer.events.map((event) => event.seq);
  assert.deepEqual(seqs, seqs.map((_, i) => i + 1));
  await customer.leave();
});

test("killed with letters unsent: they are sent after the next start, once and in order", async () => {
  const customer = await inThread("Bea");
  await slack.act("fault", { effect: "error_page", method: "chat.postMessage", status: 503 });
  for (let i = 0; i < 5; ++i) await customer.say(`kept ${i}`);
  await server.restart("SIGKILL");
  await slack.act("clear_faults", {});
  await customer.connect();
  const replies = await threadOf(customer, "the last kept line", says("kept 4"));
  const words = JSON.stringify(replies.map((reply) => reply.text));
  for (let i = 0; i < 5; ++i) assert.equal(words.split(`kept ${i}`).length - 1, 1, words);
  for (let i = 1; i < 5; ++i) assert.ok(words.indexOf(`kept ${i - 1}`) < words.indexOf(`kept ${i}`));
  await customer.leave();
});

test("an answer lost after Slack applied the post: looked up, not repeated", async () => {
  const customer = await inThread("Cleo");
  // Without the echo only the read-back can tell.
  await slack.act("fault", { effect: "event_drop", method: "message" });
  await slack.act("fault", { effect: "apply_then_error_page", method: "chat.postMessage", status: 500, times: 1 });
  const said = await customer.say("only once please");
  await customer.receipt(said.message.id, "delivered", 20_000);
  const next = await customer.say("and then this");
  await customer.receipt(next.message.id, "delivered", 20_000);
  const replies = await threadOf(customer, "the second line", says("and then this"));
  assert.equal(JSON.stringify(replies.map((reply) => reply.text)).split("only once please").length - 1, 1);
  await customer.leave();
});

test("an answer lost before Slack applied the post: sent again", async () => {
  const customer = await inThread("Dora");
  await slack.act("fault", { effect: "error_page", method: "chat.postMessage", status: 502, times: 1 });
  const said = await customer.say("please arrive");
  await customer.receipt(said.message.id, "delivered", 20_000);
  const replies = await threadOf(customer, "the line", says("please arrive"));
  assert.equal(JSON.stringify(replies.map((reply) => reply.text)).split("please arrive").length - 1, 1);
  await customer.leave();
});

test("an agent's answer whose event Slack dropped is found by gap repair", async () => {
  const customer = await inThread("Ella");
  await slack.act("fault", { effect: "event_drop", method: "message" });
  await slack.post({ user: "ben", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "nobody told you" });
  await customer.hears("nobody told you", "agent", 20_000);
  await customer.leave();
});

test("events while the server is down arrive by retry or by gap repair, once", async () => {
  const customer = await inThread("Fay");
  await server.stop();
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "said into the dark" });
  await server.start();
  await customer.connect();
  await customer.hears("said into the dark", "agent", 20_000);
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "and the light" });
  await customer.hears("and the light");
  assert.deepEqual(customer.texts("agent"), ["said into the dark", "and the light"]);
  await customer.leave();
});

test("duplicate and late events change nothing", async () => {
  const customer = await inThread("Gwen");
  await slack.act("fault", { effect: "event_duplicate", method: "message", delay_ms: 100 });
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "once is enough" });
  await customer.hears("once is enough");
  await slack.act("clear_faults", {});
  await slack.waitFor("all deliveries done", (state) => state.deliveries.every((delivery) => delivery.state === "done"));
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "the end" });
  await customer.hears("the end");
  assert.deepEqual(customer.texts("agent"), ["once is enough", "the end"]);
  await customer.leave();
});

test("a deleted parent: the stray is taken back and a new thread goes on", async () => {
  const customer = await inThread("Hana");
  await customer.say("in the first thread");
  await threadOf(customer, "the first line", says("in the first thread"));
  const state = await slack.state();
  const channel = state.channels.find((each) => each.name === "vip-sales");
  const old = channel.messages.find((message) => message.ts === customer.thread.ts);
  for (const reply of old.replies) await slack.act("delete", { channel: "#vip-sales", ts: reply.ts });
  await slack.act("fault", { effect: "event_drop", method: "message" });  // nobody tells us
  await slack.act("delete", { channel: "#vip-sales", ts: old.ts });
  await slack.act("clear_faults", {});
  const said = await customer.say("in the second thread");
  await customer.receipt(said.message.id, "delivered", 20_000);
  const now = await slack.state();
  const messages = now.channels.find((each) => each.name === "vip-sales").messages;
  const parent = messages.find((message) => (message.replies ?? []).length && JSON.stringify(message.blocks).includes(customer.id));
  assert.ok(parent && parent.ts !== customer.thread.ts, "a new parent");
  assert.ok(says("in the second thread")(parent.replies));
  assert.ok(!messages.some((message) => !message.replies?.length && message.text.includes("in the second thread")), "the stray was taken back");
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: parent.ts, text: "found you" });
  await customer.hears("found you");
  await customer.leave();
});

test("Slack's 429 costs nothing but time", async () => {
  const customer = await inThread("Ida");
  await slack.act("fault", { effect: "rate_limited", method: "chat.postMessage", retry_after_s: 1, times: 2 });
  for (let i = 0; i < 4; ++i) await customer.say(`paced ${i}`);
  const replies = await threadOf(customer, "the last line", says("paced 3"));
  const words = JSON.stringify(replies.map((reply) => reply.text));
  for (let i = 0; i < 4; ++i) assert.equal(words.split(`paced ${i}`).length - 1, 1);
  await customer.leave();
});

test("a second process on the same database is refused", async () => {
  const { start } = await import("../harness/processes.mjs");
  await assert.rejects(start(["serve", "--config", `${server.directory}/deskbell.toml`], (line) => line.startsWith("Deskbell listens")), /store_locked|another|in use/i);
});
