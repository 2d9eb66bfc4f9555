// Nobody waits unseen: the ladder of an unclaimed request, silences in open conversations; once each, across restarts.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { deadline, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, slack;
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
});

async function begin(escalation, { routes = "" } = {}) {
  sandbox = await startSandbox();
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
  await slack.act("create_channel", { name: "leads", invite_bot: true });
  const pace = "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\nunknown_quiet_ms = 1500\nunknown_second_look_ms = 300\ngap_repair_ms = 1500";
  server = await startServer(sandbox, { bot: 'kind = "none"', pace, routes, more: `[desk]\nalert_retry_s = 0.5\n[desk.escalation]\n${escalation}` });
}

async function waitingCustomer(name) {
  const customer = await (await Customer.arrive(server, { name, email: `${name.toLowerCase()}@email.com` })).connect();
  await customer.handoff({ topic: "billing" });
  customer.thread = await slack.thread(customer.id);
  return customer;
}

const whole = (message) => message.text + JSON.stringify(message.blocks);
const times = (messages, words) => messages.filter((message) => whole(message).includes(words)).length;
const inThread = (customer, what, words) => slack.replies(customer.id, what, (replies) => times(replies, words) > 0 && replies, 15_000);
const inLeads = (what, name, count = 1) => slack.waitFor(what, (state) => {
  const said = state.channels.find((channel) => channel.name === "leads").messages;
  return times(said, name) >= count && said;
}, 15_000);
const permalinkPart = (customer) => `/p${customer.thread.ts.replace(".", "")}`;

test("unclaimed: the thread calls a group, the leads get a link, the customer another way; the middle of it a kill", async () => {
  await begin('mention_after_s = 0.3\nmention = ["S0SUPPORT", "@ana"]\nnotify_after_s = 1.5\nnotify = ["#leads"]\ncustomer_after_s = 2.5');
  const customer = await waitingCustomer("Ada");
  const called = await inThread(customer, "the call", "Nobody has taken this for");
  assert.match(whole(called.find((message) => message.text.includes("Nobody has taken"))), /<!subteam\^S0SUPPORT>/);
  await server.restart("SIGKILL");
  await customer.connect();
  const leads = await inLeads("the leads to be told", "Ada");
  assert.ok(whole(leads.find((message) => whole(message).includes("Ada"))).includes(permalinkPart(customer)));
  await customer.hears("leave your e-mail address", "system", 15_000);
  const told = await customer.event("the offer", (event) => event.kind === "session" && event.session.offer);
  assert.deepEqual(told.session.offer, { reason: "nobody_yet", ways: ["email", "callback"] });
  // Whoever comes later goes the whole way; by then anything said twice to the first would be there.
  const later = await waitingCustomer("Bea");
  await inLeads("the second alert", "Bea");
  await later.hears("leave your e-mail address", "system", 15_000);
  const state = await slack.state();
  assert.equal(times(state.channels.find((channel) => channel.name === "leads").messages, "Ada"), 1);
  await slack.replies(customer.id, "the first thread", (replies) => assert.equal(times(replies, "Nobody has taken this for"), 1) || true);
  assert.equal(customer.texts("system").length, 1);
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "Here I am" });
  await customer.hears("Here I am");
  assert.equal(customer.events.findLast((event) => event.kind === "session").session.offer, undefined);
  await customer.leave();
  await later.leave();
});

test("a claim ends the ladder, before and after a restart", async () => {
  await begin('mention_after_s = 8\nnotify_after_s = 8.5\nnotify = ["#leads"]\ncustomer_after_s = 9');
  const claimed = await waitingCustomer("Cleo");
  await slack.act("react", { user: "ben", channel: "#vip-sales", ts: claimed.thread.ts, name: "eyes" });
  await claimed.state("open");
  await server.restart();
  const other = await waitingCustomer("Dora");
  await other.hears("leave your e-mail address", "system", 20_000);
  const state = await slack.state();
  assert.equal(times(state.channels.find((channel) => channel.name === "leads").messages, "Cleo"), 0);
  await slack.replies(claimed.id, "the claimed thread", (replies) => assert.equal(times(replies, "Nobody has taken"), 0) || true);
  await claimed.connect();
  assert.deepEqual(claimed.texts("system"), []);
  await claimed.leave();
  await other.leave();
});

test("an alert whose answer was lost is found, not said again", async () => {
  await begin('notify_after_s = 0.3\nnotify = ["#leads"]');
  await slack.act("fault", { effect: "apply_then_error_page", method: "chat.postMessage", channel: "#leads", status: 500, times: 1 });
  const customer = await waitingCustomer("Ella");
  await inLeads("the alert", "Ella");
  await deadline(server.logged("is not said again"), 10_000, "the alert to be found");
  const later = await waitingCustomer("Fay");
  const leads = await inLeads("the second alert", "Fay");
  assert.equal(times(leads, "Ella"), 1);
  await customer.leave();
  await later.leave();
});

test("a silence in an open conversation is called once, and the next one again", async () => {
  await begin("remind_after_s = 0.4");
  const customer = await waitingCustomer("Gwen");
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "Hello, what is it?" });
  await customer.hears("Hello, what is it?");
  await customer.say("My parcel");
  await customer.say("is lost");
  const reminder = "waiting for an answer";
  const first = await inThread(customer, "the reminder", reminder);
  assert.match(whole(first.find((message) => message.text.includes(reminder))), /<@U/);
  await server.restart("SIGKILL");
  await customer.connect();
  await customer.say("Are you there?");
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "Yes, sorry" });
  await customer.hears("Yes, sorry");
  await customer.say("Good");
  const both = await slack.replies(customer.id, "the second reminder", (replies) => times(replies, reminder) > 1 && replies, 15_000);
  assert.equal(times(both, reminder), 2);
  await customer.leave();
});

test("a route has its own ladder", async () => {
  await begin("customer_after_s = 0.3", {
    routes: '[[slack.route]]\nchannels = ["#vip-sales-2"]\nwhen = { topic = "sales" }\nescalation = { mention_after_s = 0.3, mention = ["@here"] }\n[[slack.route]]\nchannels = ["#vip-sales"]',
  });
  const sales = await (await Customer.arrive(server, { name: "Hana" })).connect();
  await sales.handoff({ topic: "sales" });
  const said = await inThread(sales, "the route's call", "Nobody has taken this");
  assert.match(whole(said.find((message) => message.text.includes("Nobody has taken"))), /<!here>/);
  const other = await waitingCustomer("Iris");
  await other.hears("leave your e-mail address", "system");
  assert.deepEqual(sales.texts("system"), []);
  await sales.leave();
  await other.leave();
});
