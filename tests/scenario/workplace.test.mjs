// Agents do everything inside the thread: buttons, forms and words, each once, none of it for the customer's eyes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findParent } from "../harness/processes.mjs";
import { allOf, startWorkplace, vip } from "../harness/workplace.mjs";

let work, slack, server;
before(async () => {
  work = await startWorkplace({ routes: `[[slack.route]]
channels = ["#vip-sales-2"]
when = { topic = "sales" }
[[slack.route]]
channels = ["#vip-sales"]` });
  ({ slack, server } = work);
});
after(() => work?.end());

test("claim, resolve and reopen by buttons, twice as harmless as once", async () => {
  const customer = await work.inThread("Rita");
  // A double click: two payloads, one claim.
  const { team } = await slack.state();
  const ana = await work.userId("ana");
  const clicks = await Promise.all([1, 2].map(() => work.interact(work.pressPayload(customer, team.id, ana, "deskbell_claim"))));
  assert.deepEqual(clicks.map((click) => click.status), [200, 200]);
  const open = await customer.state("open");
  assert.equal(open.session.agent.name, "Ana");
  await work.card(customer, /open.*Ana/);
  assert.equal(customer.events.filter((event) => event.kind === "session" && event.session.state === "open").length, 1);

  // Ben pressed what he still saw: he is told, and nothing changes.
  const ben = await work.userId("ben");
  assert.equal((await work.interact(work.pressPayload(customer, team.id, ben, "deskbell_claim"))).status, 200);
  await work.whisper("ben", /Ana has this conversation already/);
  await work.card(customer, /deskbell_take_over/);
  await work.press("ben", customer, "deskbell_take_over");
  await customer.event("Ben", (event) => event.kind === "session" && event.session.agent?.name === "Ben");

  await Promise.all([ana, ben].map((user) => work.interact(work.pressPayload(customer, team.id, user, "deskbell_resolve"))));
  await customer.state("closed");
  await work.card(customer, /Status: closed/);
  await work.card(customer, /deskbell_reopen/);
  assert.equal(customer.events.filter((event) => event.kind === "session" && event.session.state === "closed").length, 1);
  await work.press("ana", customer, "deskbell_reopen");
  await customer.event("open again", (event) => event.kind === "session" && event.session.state === "open" && event.session.agent.name === "Ana");
  await work.card(customer, /open.*Ana/);
  await customer.leave();
});

test("only Slack's own requests, and only our own people, act", async () => {
  const customer = await work.inThread("Sam");
  const { team } = await slack.state();
  const ana = await work.userId("ana");
  const claim = (from) => work.pressPayload(customer, from, ana, "deskbell_claim");
  for (const options of [{ secret: "wrong" }, { signature: "v0=00" }, { signature: "" }, { at: Math.floor(Date.now() / 1000) - 3600 }])
    assert.equal((await work.interact(claim(team.id), options)).status, 401, JSON.stringify(options));
  assert.equal((await work.interact("{not json")).status, 400);
  assert.equal((await work.interact(claim("T0SOMEBODY"))).status, 200, "another team is turned away politely");
  const { user: guest } = await slack.act("add_person", { display_name: "Gus", name: "gus", kind: "guest", channels: [vip] });
  await work.press(guest, customer, "deskbell_claim");
  await work.whisper(guest, /Only members of this workspace/);
  assert.equal(customer.events.filter((event) => event.kind === "session" && event.session.state === "open").length, 0);
  assert.equal((await work.interact(claim(team.id))).status, 200);
  await customer.state("open");
  await customer.leave();
});

test("words in the thread act, and never reach the customer", async () => {
  const customer = await work.inThread("Tess", "How much for 200 photos?");
  const words = ["!claim", "!note SECRET: she is a VIP", "!noet SECRET typo", "@Deskbell help SECRET", "!help", "*!note* SECRET in bold", "!transfer SECRET nowhere", "!canned SECRET"];
  const typed = {};
  for (const word of words) typed[word] = await work.type("ana", customer, word);
  await customer.state("open");
  await work.whisper("ana", /I do not know `!noet`/);
  await work.whisper("ana", /`!resolve`/);
  await work.whisper("ana", /Name a colleague/);
  await work.whisper("ana", /no canned reply/);
  await work.marked(customer, typed["!note SECRET: she is a VIP"], "memo");
  await work.marked(customer, typed["!claim"], "white_check_mark");
  // An edit of a note stays among colleagues, too.
  await slack.act("edit", { user: "ana", channel: vip, ts: typed["!note SECRET: she is a VIP"], text: "SECRET without the word" });
  const answer = await work.type("ana", customer, "Hello Tess");
  await customer.hears("Hello Tess");
  await work.marked(customer, answer, "heavy_check_mark");

  await work.type("ana", customer, "!transcript");
  const transcript = await work.reply(customer, /Transcript/);
  assert.match(JSON.stringify(transcript), /How much for 200 photos/);
  await work.type("ana", customer, "!resolve");
  await customer.state("closed");
  await work.type("ana", customer, "!reopen");
  await customer.event("open again", (event) => event.kind === "session" && event.session.state === "open" && event.seq > customer.events.find((one) => one.session?.state === "closed").seq);
  assert.ok(!allOf(customer).includes("SECRET"), allOf(customer));
  assert.deepEqual(customer.texts("agent"), ["Hello Tess"]);
  await customer.leave();
});

test("a word counts once, also after a restart that reads it again", async () => {
  const customer = await work.inThread("Uma");
  await work.type("ana", customer, "!resolve");
  await customer.state("closed");
  await customer.say("one more thing");
  await customer.event("waiting again", (event) => event.kind === "session" && event.session.state === "waiting" && event.seq > 3);
  await customer.leave();
  await server.restart("SIGKILL");
  await customer.connect();
  // What is typed now is taken in behind everything that gap repair read again.
  await work.type("ana", customer, "I am here");
  await customer.hears("I am here");
  assert.equal(customer.events.filter((event) => event.kind === "session" && event.session.state === "closed").length, 1);
  await customer.leave();
});

test("handed to a colleague, who is called", async () => {
  const customer = await work.inThread("Vera");
  await work.type("ana", customer, "!claim");
  await customer.state("open");
  const form = await work.openForm("ana", customer, "deskbell_transfer", "deskbell_transfer");
  await work.submit("ana", form, {});
  await slack.waitFor("what is missing", (state) => Object.values(state.views.modals).flat().some((view) => Object.values(view.errors ?? {}).some((words) => /one of the two/.test(words))));
  const ben = await work.userId("ben");
  await work.submit("ana", form, { person: { person: ben } });
  const called = await customer.event("Ben", (event) => event.kind === "session" && event.session.agent?.name === "Ben");
  assert.equal(called.session.state, "open");
  const notice = await work.reply(customer, new RegExp(`handed this conversation to <@${ben}>`));
  assert.ok(notice.author.is_bot);
  await work.noModal("ana");
  // A guest cannot be called.
  const { user: guest } = await slack.act("add_person", { display_name: "Gina", name: "gina", kind: "guest", channels: [vip] });
  await work.type("ben", customer, "!transfer @Gina");
  await work.whisper("ben", /cannot answer customers/);
  assert.ok(guest);
  await customer.leave();
});

test("handed to another channel: one conversation, in a thread that continues the other", async () => {
  const customer = await work.inThread("Wim", "hello bot");
  await work.type("ana", customer, "Let me ask sales");
  await customer.hears("Let me ask sales");
  const old = customer.thread;
  await work.type("ana", customer, "!transfer #vip-sales-2");
  const moved = await slack.thread(customer.id, "vip-sales-2");
  await slack.waitFor("the introduction over there", (state) => /Let me ask sales/.test(JSON.stringify(findParent(state, customer.id, "vip-sales-2")?.replies ?? [])));
  await slack.waitFor("the old parent showing the way", (state) => {
    const parent = findParent(state, customer.id, "vip-sales");
    return parent?.ts === old.ts && /Handed over/.test(JSON.stringify(parent.blocks)) && !/deskbell_claim/.test(JSON.stringify(parent.blocks));
  });
  await customer.event("waiting there", (event) => event.kind === "session" && event.session.state === "waiting" && event.seq > 4);
  await customer.say("am I there yet?");
  await slack.waitFor("the words over there", (state) => /am I there yet/.test(JSON.stringify(findParent(state, customer.id, "vip-sales-2")?.replies ?? [])));
  // Whoever still answers in the old thread reaches the customer, and is told.
  await work.type("ana", customer, "one last word");
  await customer.hears("one last word");
  await work.whisper("ana", /goes on in/);
  await slack.post({ user: "ben", channel: "#vip-sales-2", thread_ts: moved.ts, text: "Sales here" });
  await customer.hears("Sales here");
  await customer.leave();
});

test("back to the bot, and from there to a human again", async () => {
  const customer = await work.inThread("Xena");
  await work.type("ana", customer, "!bot");
  await customer.state("bot");
  await work.card(customer, /with the bot/);
  const before = customer.texts("bot").length;
  await customer.say("How much for 200 photos?");
  await customer.waitFor("the bot's answer", () => customer.texts("bot").length > before);
  await customer.handoff();
  await customer.event("waiting", (event) => event.kind === "session" && event.session.state === "waiting" && event.seq > 3);
  await work.reply(customer, /asked for a human again/);
  assert.equal((await slack.thread(customer.id)).ts, customer.thread.ts);
  await customer.leave();
});

test("a blocked customer is refused with a code, until the block is lifted", async () => {
  const customer = await work.inThread("Yan");
  await work.press("ana", customer, "deskbell_more");
  const more = await work.modal("ana", "deskbell_more_form");
  const shown = JSON.stringify(more.blocks);
  for (const fact of ["Yan", "yan@email.com", customer.id, "waiting"]) assert.ok(shown.includes(fact), `${fact} is not in ${shown}`);
  await work.pressIn("ana", more, "deskbell_block");
  await customer.state("closed");
  await work.card(customer, /blocked/);
  const refused = await customer.request("message", { client_id: "b1", text: "you cannot" });
  assert.equal(refused.error.code, "customer_blocked");
  assert.equal((await customer.handoff()).error.code, "customer_blocked");
  await work.type("ana", customer, "!unblock");
  await work.reply(customer, /lifted the block/);
  assert.equal((await customer.request("message", { client_id: "b2", text: "thank you" })).type, "ok");
  await work.reply(customer, /thank you/);
  await customer.leave();
});

test("a press that finds the server dead shows that it failed, and pressing again works", async () => {
  const customer = await work.inThread("Zoe");
  await customer.leave();
  await server.stop("SIGKILL");
  assert.equal((await work.press("ana", customer, "deskbell_claim")).state, "failed");
  await server.start();
  await server.logged("slack: this is");
  assert.equal((await work.press("ana", customer, "deskbell_claim")).state, "done");
  await customer.connect();
  await customer.state("open");
  await customer.leave();
});
