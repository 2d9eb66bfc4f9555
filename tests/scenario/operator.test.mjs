// Whoever runs the team's Slack is told there when a channel takes no posts any more: once, in words that say what to do; and nothing is lost meanwhile.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, slack;
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
});

async function begin({ routes, operator = "" }) {
  sandbox = await startSandbox();
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
  await slack.act("create_channel", { name: "ops", invite_bot: true });
  await slack.act("create_channel", { name: "vips", is_private: true, invite_bot: true });
  server = await startServer(sandbox, {
    bot: 'kind = "none"', routes,
    slack: operator && `operator = "${operator}"`,
    pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\ngap_repair_ms = 1500",
  });
}

async function customerInThread(name) {
  const customer = await (await Customer.arrive(server, { name })).connect();
  await customer.handoff();
  customer.thread = await slack.thread(customer.id, "");
  await slack.replies(customer.id, "the introduction", (replies) => replies.length >= 1);
  return customer;
}

const notices = (state, name) => state.channels.find((channel) => channel.name === name).messages.filter((message) => message.text.includes("takes no posts any more"));
const toldIn = (name, words) => slack.waitFor(`a notice in #${name}`, (state) => notices(state, name).find((message) => message.text.includes(words)), 20_000);
const inThread = (customer, text) => slack.replies(customer.id, text, (replies) => replies.some((reply) => reply.text.includes(text)), 20_000);

test("the bot was removed from a private channel, which it cannot join by itself: the operator's channel hears it once, and what waited arrives", async () => {
  await begin({ routes: '[[slack.route]]\nchannels = ["#vips"]', operator: "#ops" });
  const customer = await customerInThread("Ada");
  const bot = (await slack.state()).users.find((user) => user.name === "deskbell").id;
  await slack.act("kick", { channel: "#vips", user: bot });
  await customer.say("said to nobody yet");
  await customer.say("and more");
  const notice = await toldIn("ops", "#vips");
  assert.match(notice.text, /not_in_channel|channel_not_found/);
  assert.match(notice.text, /Customers' words are kept until then/);
  assert.equal(notice.metadata, undefined);
  await slack.act("invite", { channel: "#vips", user: bot });
  await inThread(customer, "and more");
  const state = await slack.state();
  assert.equal(notices(state, "ops").length, 1);
  await customer.leave();
});

test("an archived channel: without an operator's place the route's next channel hears it", async () => {
  await begin({ routes: '[[slack.route]]\nchannels = ["#vip-sales", "#vip-sales-2"]' });
  const customer = await customerInThread("Bea");
  const { channels } = await slack.state();
  const archived = channels.find((channel) => channel.id === customer.thread.channel).name;
  const next = archived === "vip-sales" ? "vip-sales-2" : "vip-sales";
  await slack.act("archive", { channel: `#${archived}` });
  await customer.say("into a closed room");
  const notice = await toldIn(next, `#${archived}`);
  assert.match(notice.text, /is_archived/);
  await slack.act("unarchive", { channel: `#${archived}` });
  await inThread(customer, "into a closed room");
  await customer.leave();
});
