// Opening hours: what a customer is told outside of them, by site and route; what becomes of the offer.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { api, Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const inTwoDays = days[(new Date().getUTCDay() + 2) % 7];
const longName = { sun: "Sunday", mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday", fri: "Friday", sat: "Saturday" }[inTwoDays];

let sandbox, server, slack;
beforeEach(async () => {
  sandbox = await startSandbox();
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false });
  server = await startServer(sandbox, {
    bot: 'kind = "none"',
    pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0",
    routes: '[[slack.route]]\nchannels = ["#vip-sales"]\nhours = "always"\nwhen = { topic = "emergency" }\n[[slack.route]]\nchannels = ["#vip-sales"]',
    more: `[desk]\nhours = "office"
[desk.escalation]\nmention_after_s = 0.2
[[hours]]\nid = "office"\ntimezone = "UTC"\nweek = ["${inTwoDays} 09:00-10:00"]
[[hours]]\nid = "always"\nweek = ["mon-sun 00:00-24:00"]`,
  });
});
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
});

test("closed: the customer hears when the team is back, leaves an address, and the thread is told; nobody is called", async () => {
  const customer = await (await Customer.arrive(server, { name: "Ada" })).connect();
  await customer.handoff();
  await customer.hears(`back on ${longName} at 09:00 (UTC time)`, "system");
  const waiting = await customer.state("waiting");
  assert.deepEqual(waiting.session.offer, { reason: "closed", ways: ["email", "callback"] });
  assert.equal(waiting.session.queue.estimated_wait_s, undefined);
  await customer.waitFor("the notice", () => customer.frames.some((frame) => frame.type === "notice" && frame.code === "closed"));
  await slack.thread(customer.id);
  const left = await api(server, "PATCH", "/v1/session", { token: customer.token, body: { customer: { email: "ada@email.com" } } });
  assert.equal(left.status, 200);
  const replies = await slack.replies(customer.id, "the address", (all) => all.some((reply) => reply.text.includes("left an e-mail address")) && all);
  assert.ok(!JSON.stringify(replies).includes("Nobody has taken"));
  // After a restart the offer still stands.
  await server.restart("SIGKILL");
  const again = await api(server, "GET", "/v1/session", { token: customer.token });
  assert.equal(again.body.session.offer.reason, "closed");
  await customer.leave();
});

test("a route with hours of its own is open all the same", async () => {
  const customer = await (await Customer.arrive(server, { name: "Bea" })).connect();
  await customer.handoff({ topic: "emergency" });
  const waiting = await customer.state("waiting");
  assert.equal(waiting.session.offer, undefined);
  await slack.replies(customer.id, "the call", (all) => all.some((reply) => reply.text.includes("Nobody has taken")));
  assert.deepEqual(customer.texts("system"), []);
  await customer.leave();
});

test("how long it takes is said once enough customers were answered", async () => {
  for (const name of ["One", "Two", "Three"]) {
    const customer = await (await Customer.arrive(server, { name })).connect();
    await customer.handoff({ topic: "emergency" });
    const waiting = await customer.state("waiting");
    assert.equal(waiting.session.queue.estimated_wait_s, undefined);
    const thread = await slack.thread(customer.id);
    await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: thread.ts, text: "Hello" });
    await customer.hears("Hello");
    await customer.leave();
  }
  const next = await (await Customer.arrive(server, { name: "Four" })).connect();
  await next.handoff({ topic: "emergency" });
  const waiting = await next.state("waiting");
  assert.ok(waiting.session.queue.estimated_wait_s > 0, JSON.stringify(waiting.session));
  await next.leave();
});
