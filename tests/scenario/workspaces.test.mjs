// Two workspaces behind one server: each has its customers' threads, and none sees the other's.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let first, second, server, shop, agency, team;
beforeEach(async () => {
  [first, second] = await Promise.all([startSandbox(), startSandbox()]);
  [shop, agency] = [sandboxPage(first), sandboxPage(second)];
  for (const slack of [shop, agency]) await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
  team = (await agency.state()).team.id;
});
afterEach(async () => {
  await server?.end();
  await Promise.all([first?.stop(), second?.stop()]);
});

const quoted = JSON.stringify;
async function serve(more = {}) {
  server = await startServer(first, {
    bot: 'kind = "none"',
    pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\ngap_repair_ms = 1500",
    routes: `
[[slack.workspace]]
id = ${quoted(team)}
api_url = ${quoted(second.info.api_url)}
bot_token = ${quoted(second.info.bot_token)}
signing_secret = ${quoted(second.info.signing_secret)}
[[slack.route]]
workspace = ${quoted(team)}
channels = ["#vip-sales"]
when = { topic = "agency" }
[[slack.route]]
channels = ["#vip-sales"]`,
    ...more,
  });
  await agency.subscribe(`${server.url}/slack/events`);
  await agency.act("interactivity_url", { url: `${server.url}/slack/interactivity` });
}
async function ask(name, topic) {
  const customer = await (await Customer.arrive(server, { name })).connect();
  await customer.handoff({ topic });
  return Object.assign(customer, { label: name });
}
const has = async (slack, words) => JSON.stringify((await slack.state()).channels).includes(words);

test("each customer's thread is in the workspace of their route, both ways", async () => {
  await serve();
  const customers = [];
  for (const n of [1, 2]) {
    customers.push([await ask(`Shop ${n}`), shop, agency], [await ask(`Agency ${n}`, "agency"), agency, shop]);
  }
  for (const [customer, here, elsewhere] of customers) {
    await customer.say(`words of ${customer.label}`);
    const thread = await here.thread(customer.id);
    await here.replies(customer.id, "the customer's words", (replies) => replies.some((one) => JSON.stringify(one).includes(`words of ${customer.label}`)));
    await here.post({ user: "ana", channel: thread.channel, thread_ts: thread.ts, text: `answer to ${customer.label}` });
    await customer.hears(`answer to ${customer.label}`);
    assert.equal(await has(elsewhere, customer.id), false, "nothing of it is in the other workspace");
  }
});

test("a workspace that shuts us out keeps its own words waiting, and nobody else's", async () => {
  await serve();
  const outside = await ask("Outside", "agency");
  await agency.thread(outside.id);
  await agency.act("settings", { token_revoked: true });
  await outside.say("kept for later");
  const inside = await ask("Inside");
  const thread = await shop.thread(inside.id);
  await shop.post({ user: "ana", channel: thread.channel, thread_ts: thread.ts, text: "we are here" });
  await inside.hears("we are here");
  await server.restart("SIGKILL");
  await inside.connect();
  await inside.say("after the restart");
  await shop.replies(inside.id, "words after the restart", (replies) => replies.some((one) => JSON.stringify(one).includes("after the restart")), 20_000);
  assert.equal(await has(agency, "kept for later"), false);
  await agency.act("settings", { token_revoked: false });
  await agency.replies(outside.id, "what was kept", (replies) => replies.filter((one) => JSON.stringify(one).includes("kept for later")).length === 1, 60_000);
});

test("what an event did not tell is read back from the workspace that has it", async () => {
  await serve();
  const customer = await ask("Quiet", "agency");
  const thread = await agency.thread(customer.id);
  await agency.subscribe("");
  await agency.post({ user: "ana", channel: thread.channel, thread_ts: thread.ts, text: "nobody told you" });
  await customer.hears("nobody told you", "agent", 30_000);
});

// What the command answered.
async function command(slack, text) {
  const said = (state) => state.channels.flatMap((one) => one.messages).filter((one) => one.kind === "ephemeral");
  const before = new Set(said(await slack.state()).map((one) => one.ts));
  await slack.act("command", { user: "ana", channel: "#vip-sales", text: `/deskbell ${text}` });
  return slack.waitFor(`an answer to ${text}`, (state) => {
    const fresh = said(state).find((one) => !before.has(one.ts));
    return fresh && JSON.stringify([fresh.text, fresh.blocks]);
  }, 15_000);
}

test("agents see their own workspace's customers only", async () => {
  await serve();
  for (const slack of [shop, agency])
    await slack.act("manifest", { manifest: { features: { slash_commands: [{ command: "/deskbell", description: "Status", url: `${server.url}/slack/commands` }] } } });
  await shop.thread((await ask("Shopper")).id);
  await agency.thread((await ask("Client", "agency")).id);
  for (const [slack, own, foreign] of [[shop, "Shopper", "Client"], [agency, "Client", "Shopper"]]) {
    let waiting = await command(slack, "waiting");
    while (!waiting.includes(own)) waiting = await command(slack, "waiting");  // until it is known who answers here
    assert.ok(!waiting.includes(foreign), waiting);
    assert.match(await command(slack, `search ${own}`), new RegExp(own));
    assert.match(await command(slack, `search ${foreign}`), /Nothing found/);
  }
});

test("a button of the second workspace works, and its press is checked with its own secret", async () => {
  await serve();
  const customer = await ask("Pressed", "agency");
  const thread = await agency.thread(customer.id);
  await agency.act("press", { user: "ana", channel: thread.channel, ts: thread.ts, action_id: "deskbell_claim" });
  await customer.state("open");
  await agency.waitFor("the card to say who has it", (state) => JSON.stringify(state.channels).includes("open · Ana"));
});
