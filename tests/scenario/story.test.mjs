// The main story over real sockets: three customers, two agents, three threads.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { findParent, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, slack;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { pace: "posts_per_second_per_channel = 4" });
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false });
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});

// Slack keeps emoji by their names; people see the characters.
const emoji = { rotating_light: "🚨", point_down: "👇", bust_in_silhouette: "👤", robot_face: "🤖" };
const textOf = (message) => JSON.stringify(message.blocks?.length ? message.blocks : message.text).replace(/:(\w+):/g, (name, key) => emoji[key] ?? name);

// Every text that Slack would read control sequences in.
const mrkdwnOf = (value) => {
  if (Array.isArray(value)) return value.flatMap(mrkdwnOf);
  if (!value || typeof value !== "object") return [];
  const own = value.type === "mrkdwn" || value.blocks ? [value.text] : [];
  return [...own, ...Object.values(value).flatMap(mrkdwnOf)];
};

async function inThread(name, email, question) {
  const customer = await (await Customer.arrive(server, { name, email })).connect();
  await customer.say(question);
  await customer.event("the bot's answer", (event) => event.kind === "message" && event.message.author.role === "bot");
  const asked = await customer.handoff();
  assert.equal(asked.type, "ok");
  await customer.state("waiting");
  customer.thread = await slack.thread(customer.id);
  await slack.replies(customer.id, "the introduction", (replies) => replies.length >= 1);
  return customer;
}

test("three customers at once, never mixed, with everything in front of the agent", async () => {
  const [john, maria, sam] = await Promise.all([
    inThread("John Smith", "john@email.com", "How much for 200 photos?"),
    inThread("Maria Gómez", "maria@email.com", "Do you ship abroad?"),
    inThread("Sam <!channel>", "sam@email.com", "Can you repair torn photos? & *stars*"),
  ]);
  assert.equal(new Set([john, maria, sam].map((customer) => customer.thread.ts)).size, 3);

  // The bot answered with the price of the story.
  assert.match(john.texts("bot").join(" "), /0\.50/);
  // The parent and the first reply carry all the facts.
  const parent = textOf(john.thread);
  for (const fact of ["NEW CUSTOMER SUPPORT REQUEST", "John Smith", "john@email.com", john.id, "waiting", "👇"]) assert.ok(parent.includes(fact), `parent lacks ${fact}: ${parent}`);
  const [introduction] = (await slack.thread(john.id)).replies;
  for (const fact of ["Customer requesting human support", "john@email.com", "John Smith", "Not provided", "👤", "🤖", "How much for 200 photos?", "respond in this thread"]) assert.ok(textOf(introduction).includes(fact), `introduction lacks ${fact}: ${textOf(introduction)}`);
  assert.equal(introduction.metadata.event_type, "deskbell_post");
  assert.deepEqual(Object.keys(introduction.metadata.event_payload).sort(), ["post", "session"]);
  // Nobody was pinged by a name: control sequences stand in plain text only, where Slack reads none.
  assert.deepEqual(mrkdwnOf([sam.thread, ...(await slack.thread(sam.id)).replies]).filter((text) => text.includes("<!channel>")), []);

  // Each writes; each thread holds only its own words, in order, and says so with a receipt.
  for (const customer of [john, maria, sam]) {
    const first = await customer.say(`first from ${customer.id}`);
    const second = await customer.say(`second from ${customer.id} <@U123> & co`);
    await customer.receipt(first.message.id, "delivered");
    await customer.receipt(second.message.id, "delivered");
    const replies = await slack.replies(customer.id, "both lines", (all) => JSON.stringify(all).includes("second from") && all);
    const words = JSON.stringify(replies);
    assert.ok(words.indexOf("first from") < words.indexOf("second from"));
    for (const other of [john, maria, sam]) if (other !== customer) assert.ok(!words.includes(other.id), "a thread holds another customer's words");
  }

  // Agents answer; only the right customer hears it, with name and picture.
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: john.thread.ts, text: "Hi John, *$100* for 200 photos :wave: see https://example.com/a" });
  await slack.post({ user: "ben", channel: "#vip-sales", thread_ts: maria.thread.ts, text: "Hola Maria" });
  const heard = await john.hears("Hi John");
  assert.equal(heard.message.author.name, "Ana");
  assert.match(heard.message.author.avatar, /^http/);
  assert.equal(heard.message.format, "markdown");
  assert.match(heard.message.text, /\*\*\$100\*\*/);
  assert.match(heard.message.text, /👋/);
  assert.ok(heard.message.rich.length >= 1);
  await maria.hears("Hola Maria");
  assert.deepEqual(maria.texts("agent"), ["Hola Maria"]);
  assert.deepEqual(sam.texts("agent"), []);
  const open = await john.state("open");
  assert.equal(open.session.agent.name, "Ana");
  await slack.waitFor("the parent saying open and Ana", (state) => /open.*Ana/s.test(textOf(findParent(state, john.id))));
  // What was there before the answer is seen.
  await john.event("seen", (event) => event.kind === "receipt" && event.stage === "seen");

  // Edits and deletes.
  const sent = (await slack.thread(john.id)).replies.find((reply) => reply.author.name === "Ana");
  await slack.act("edit", { user: "ana", channel: "#vip-sales", ts: sent.ts, text: "Hi John, $90 today" });
  const edited = await john.event("the edit", (event) => event.kind === "message_edited");
  assert.equal(edited.message_id, heard.message.id);
  assert.match(edited.text, /\$90 today/);
  await slack.act("delete", { user: "ana", channel: "#vip-sales", ts: sent.ts });
  const removed = await john.event("the removal", (event) => event.kind === "message_deleted");
  assert.equal(removed.message_id, heard.message.id);

  // Also sent to the channel: still a reply.
  await slack.post({ user: "ben", channel: "#vip-sales", thread_ts: sam.thread.ts, text: "for all to see", broadcast: true });
  await sam.hears("for all to see");

  // Close, rate, write again: the same thread.
  assert.equal((await john.request("close")).type, "ok");
  await john.state("closed");
  assert.equal((await john.request("rating", { score: 5, comment: "lovely" })).type, "ok");
  await john.event("the rating", (event) => event.kind === "rating" && event.score === 5);
  await slack.waitFor("the parent saying closed", (state) => /closed/.test(textOf(findParent(state, john.id))));
  const again = await john.say("One more question");
  await john.receipt(again.message.id, "delivered");
  assert.equal((await slack.thread(john.id)).ts, john.thread.ts);
  for (const customer of [john, maria, sam]) await customer.leave();
});

test("an agent resolves with a reaction on the parent, and claims with eyes", async () => {
  const customer = await inThread("Rita", "rita@email.com", "hello");
  await slack.act("react", { user: "ben", channel: "#vip-sales", ts: customer.thread.ts, name: "eyes" });
  const claimed = await customer.state("open");
  assert.equal(claimed.session.agent.name, "Ben");
  await slack.act("react", { user: "ben", channel: "#vip-sales", ts: customer.thread.ts, name: "white_check_mark" });
  await customer.state("closed");
  await customer.leave();
});

test("asking twice is asking once", async () => {
  const customer = await inThread("Tom", "tom@email.com", "hello");
  await Promise.all([customer.handoff(), customer.handoff()]);
  await customer.say("after both");
  await slack.replies(customer.id, "the words after both", (replies) => JSON.stringify(replies).includes("after both"));
  const state = await slack.state();
  const parents = state.channels.flatMap((channel) => channel.messages).filter((message) => JSON.stringify(message.blocks).includes(customer.id));
  assert.equal(parents.length, 1);
  await customer.leave();
});

test("the bot falls silent when a human has taken over", async () => {
  const customer = await inThread("Uma", "uma@email.com", "hello");
  const before = customer.texts("bot").length;
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "I am here" });
  await customer.hears("I am here");
  const said = await customer.say("How much for 200 photos?");
  await customer.receipt(said.message.id, "delivered");
  assert.equal(customer.texts("bot").length, before);
  await customer.leave();
});

test("a long message arrives whole, split in order", async () => {
  const customer = await inThread("Vera", "vera@email.com", "hello");
  const long = Array.from({ length: 60 }, (_, i) => `line ${String(i).padStart(3, "0")} & <tag> ${"x".repeat(45)}`).join("\n").slice(0, 3990);
  const said = await customer.say(long);
  await customer.receipt(said.message.id, "delivered");
  const replies = await slack.replies(customer.id, "the last line", (all) => JSON.stringify(all).includes("line 058") && all);
  const words = JSON.stringify(replies);
  const positions = Array.from({ length: 58 }, (_, i) => words.indexOf(`line ${String(i).padStart(3, "0")}`));
  positions.reduce((before, position) => (assert.ok(position > before), position), -1);
  await customer.leave();
});
