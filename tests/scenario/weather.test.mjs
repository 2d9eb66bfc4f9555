// A conversation under each of the sandbox's weathers, with real processes: when Slack is fair again, every line of both
// sides is on the other side once, in order, and no stranger's word has reached the customer.
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

// The customer's lines in all threads, oldest first: a thread that was lost goes on under a new parent.
function said_in_threads(state) {
  const replies = state.channels.flatMap((channel) => channel.messages).flatMap((message) => message.replies ?? []);
  const texts = replies.sort((a, b) => (a.ts < b.ts ? -1 : 1)).map((reply) => reply.text);
  return texts.flatMap((text) => text.match(/customer \d/g) ?? []);
}
// As a widget shows them: a late message sorts into its place.
const said_by_agents = (customer) => customer.events
  .filter(({ kind, message }) => kind === "message" && message.author.role === "agent")
  .sort((a, b) => (a.message.order < b.message.order ? -1 : 1))
  .map(({ message }) => message.text);

for (const name of ["drizzle", "fog", "flood", "storm"]) {
  test(`${name}: nothing is lost, doubled or out of order when it is over`, async () => {
    const customer = await (await Customer.arrive(server, { name: "Wanda", email: "wanda@email.com" })).connect();
    await customer.handoff();
    const thread = await slack.thread(customer.id);
    await slack.act("weather", { name });
    for (let i = 0; i < 4; ++i) {
      await customer.say(`customer ${i}`);
      await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: thread.ts, text: `agent ${i}` });
      await slack.act("bot_post", { name: "CRM", channel: "#vip-sales", thread_ts: thread.ts, text: `robot ${i}` });
    }
    await slack.act("weather", { name: "" });
    // Zombies land and are taken back: what counts is how it ends.
    await slack.waitFor("every line of the customer once and in order, and no zombie left", (state) =>
      state.trouble.late_calls === 0 && said_in_threads(state).join() === "customer 0,customer 1,customer 2,customer 3", 90_000);
    for (let i = 0; i < 4; ++i) await customer.hears(`agent ${i}`, "agent", 60_000);
    assert.deepEqual(said_by_agents(customer), [0, 1, 2, 3].map((i) => `agent ${i}`));
    assert.ok(!JSON.stringify(customer.events).includes("robot"), "another app's bot is not relayed");
    const { met } = (await slack.state()).trouble;
    assert.ok(Object.keys(met).length > 0, "the weather struck");
    await customer.leave();
  });
}
