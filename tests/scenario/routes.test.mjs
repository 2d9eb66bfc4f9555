// Which channel a customer's thread opens in, and what becomes of it when channels and routes change.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

const catchAll = '[[slack.route]]\nchannels = ["#vip-sales"]';
let sandbox, server, slack, settings;
beforeEach(async () => {
  sandbox = await startSandbox();
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
});
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
});

const serve = async (routes) => {
  settings = {
    bot: 'kind = "none"', routes,
    pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\ngap_repair_ms = 1500",
  };
  server = await startServer(sandbox, settings);
};
async function ask(name, { page, attributes, topic } = {}) {
  const customer = await (await Customer.arrive(server, { name, attributes }, { page })).connect();
  await customer.handoff({ topic });
  return customer;
}
const channelOf = (customer) => slack.waitFor(`a thread of ${customer.id}`, (state) =>
  state.channels.find((channel) => channel.messages.some((message) => JSON.stringify(message).includes(customer.id)))?.name, 20_000);
const hears = (customer, text) => slack.waitFor(`${text} in Slack`, (state) =>
  state.channels.find((channel) => JSON.stringify(channel.messages).includes(text))?.name, 20_000);

test("by topic, page and attribute; private too; the last route takes the rest; several channels share", async () => {
  for (const [name, is_private] of [["billing", false], ["secret", true], ["pages", false]])
    await slack.act("create_channel", { name, is_private, invite_bot: true });
  await serve(`
[[slack.route]]
channels = ["#billing"]
when = { topic = "billing" }
[[slack.route]]
channels = ["#pages"]
when = { url_prefix = "https://shop.example/pricing" }
[[slack.route]]
channels = ["#secret"]
when = { attribute = { plan = "gold" } }
[[slack.route]]
channels = ["#vip-sales", "#vip-sales-2"]`);
  assert.equal(await channelOf(await ask("Ada", { topic: "billing" })), "billing");
  assert.equal(await channelOf(await ask("Bea", { page: { url: "https://shop.example/pricing?x=1" } })), "pages");
  assert.equal(await channelOf(await ask("Cleo", { attributes: { plan: "gold" } })), "secret");
  const shared = [];
  for (const name of ["Dora", "Ella", "Fay", "Gwen"]) shared.push(await channelOf(await ask(name)));
  assert.deepEqual(shared.sort(), ["vip-sales", "vip-sales", "vip-sales-2", "vip-sales-2"]);
});

test("a route that changed leaves old threads where they are", async () => {
  await serve(catchAll);
  const old = await ask("Ada");
  assert.equal(await channelOf(old), "vip-sales");
  await server.stop();
  settings.routes = '[[slack.route]]\nchannels = ["#vip-sales-2"]';
  await server.start();
  await old.connect();
  await old.say("still in the old place");
  assert.equal(await hears(old, "still in the old place"), "vip-sales");
  const thread = await slack.thread(old.id);
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: thread.ts, text: "I see you" });
  await old.hears("I see you", "agent", 20_000);
  assert.equal(await channelOf(await ask("Bea")), "vip-sales-2");
});

test("an archived channel keeps its words until it is open again; another is not touched by it", async () => {
  await serve('[[slack.route]]\nchannels = ["#vip-sales-2"]\nwhen = { topic = "other" }\n' + catchAll);
  const customer = await ask("Ada");
  await channelOf(customer);
  await slack.replies(customer.id, "the introduction", (replies) => replies.length >= 1);
  await slack.act("archive", { channel: "#vip-sales" });
  await customer.say("said into a closed room");
  const other = await ask("Bea", { topic: "other" });
  assert.equal(await channelOf(other), "vip-sales-2");
  await slack.act("unarchive", { channel: "#vip-sales" });
  assert.equal(await hears(customer, "said into a closed room"), "vip-sales");
});

test("a renamed channel is still the same, also after a restart", async () => {
  await serve(catchAll);
  assert.equal(await channelOf(await ask("Ada")), "vip-sales");
  await slack.act("rename", { channel: "#vip-sales", name: "very-important" });
  await server.restart("SIGKILL");
  assert.equal(await channelOf(await ask("Bea")), "very-important");
});
