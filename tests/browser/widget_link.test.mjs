// The widget's link against a real server, through a proxy that breaks connections on purpose. Whatever breaks: every message
// is stored once, shown once, in the order it was said, in every tab; and nobody has to reload.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, person } from "../harness/browser.mjs";
import { api } from "../harness/customer.mjs";
import { startFaultProxy } from "../harness/fault_proxy.mjs";
import { join } from "node:path";
import { operate } from "../backup/operator.mjs";
import { deadline, eventually, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";
import { chatOn, startWidgetPage } from "../harness/widget_page.mjs";

let sandbox, server, site, browser, proxy, who;
before(async () => {
  site = await startWidgetPage();
  sandbox = await startSandbox();
  server = await startServer(sandbox, { origins: [site.url], pace: "burst_per_channel = 50", limits: "messages_per_second_per_session = 0\nsessions_per_minute_per_ip = 0", bot: 'kind = "none"' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.end();
  await sandbox?.stop();
  await site?.end();
});
beforeEach(async () => {
  proxy = await startFaultProxy(server.url);
  site.server = proxy.url;
  who = await person(browser);
});
afterEach(async () => {
  await who.close();
  await proxy.end();
});

// What is noticed by itself only after a heartbeat and its deadline (28 s) was noticed otherwise when it took no longer than this.
const soon = 20_000;
const sockets = () => proxy.connections.filter((one) => one.up.record.includes("GET /v1/socket"));
const alive = () => sockets().filter((one) => !one.client.destroyed && !one.client.closed);
async function tab(page = who.page) {
  await page.goto(site.url);
  const chat = Object.assign(chatOn(page), { page });
  await chat.by("launcher").waitFor();
  return chat;
}
const another = async () => tab(await who.context.newPage());
async function talking(chat, text = "hello") {
  await chat.open();
  await chat.say(text);
  await chat.settled(text);
  return chat;
}
const told = (page, name) => page.evaluate((event) => document.dispatchEvent(new Event(event)), name);
async function stored(chat) {
  const { body } = await api(server, "GET", "/v1/session/events?after=0&limit=200", { token: await chat.token() });
  return body.events.filter((event) => event.kind === "message" && event.message.author.role === "customer").map((event) => event.message.text);
}
const arrives = (chat, text) => eventually(`"${text}" at the server`, async () => (await stored(chat)).includes(text));
async function agentSays(chat, text) {
  const id = await chat.get("session");
  const thread = await sandboxPage(sandbox).thread(id);
  await sandboxPage(sandbox).post({ user: "ana", channel: "#vip-sales", thread_ts: thread.ts, text });
}

test("three tabs have one socket, and each shows everything once", async () => {
  const first = await talking(await tab());
  const others = [await another(), await another()];
  for (const chat of others) { await chat.open(); await chat.link("online"); }
  assert.equal(sockets().length, 1);
  await others[0].say("from the second tab");
  for (const chat of [first, ...others]) await chat.settled("from the second tab");
  for (const chat of [first, ...others]) assert.deepEqual(await chat.bubbles("customer"), ["hello", "from the second tab"]);
  assert.equal(sockets().length, 1);
  assert.deepEqual(await stored(first), ["hello", "from the second tab"]);
});

test("the tab with the connection is closed: another takes over, nothing missed, nothing twice", async () => {
  const first = await talking(await tab());
  const second = await another();
  await second.open();
  await second.link("online");
  const [its] = alive();
  const closed = Date.now();
  await first.page.close();
  await deadline(its.closed, 10_000, "the closed tab's connection to end");
  await second.page.waitForFunction(() => window.Deskbell("get", "link") === "online");
  await second.say("after the first was closed");
  await second.settled("after the first was closed");
  assert.ok(Date.now() - closed < soon, `${Date.now() - closed} ms`);
  assert.deepEqual(await second.bubbles("customer"), ["hello", "after the first was closed"]);
  await eventually("one connection", () => alive().length === 1);
});

test("what a closed tab could not send, another sends", async () => {
  const first = await talking(await tab());
  const second = await another();
  await second.open();
  await second.link("online");
  for (const each of alive()) { each.up.drop(); each.down.drop(); }  // it hears nothing, and knows nothing
  await first.say("said just before the tab was closed");
  await first.page.close();
  await second.settled("said just before the tab was closed");
  assert.deepEqual(await stored(second), ["hello", "said just before the tab was closed"]);
});

test("typed without a network: sent in order when it is back", async () => {
  const chat = await talking(await tab());
  await who.context.setOffline(true);
  for (const each of alive()) each.reset();
  for (const text of ["one", "two", "three"]) await chat.say(text);
  assert.deepEqual((await chat.states()).slice(1).filter((state) => state === "sent" || state === "delivered"), []);
  await who.context.setOffline(false);
  await chat.settled("three");
  assert.deepEqual(await stored(chat), ["hello", "one", "two", "three"]);
  assert.deepEqual(await chat.bubbles("customer"), ["hello", "one", "two", "three"]);
});

test("the answer is lost, and the next three connections break: stored once, shown once", async () => {
  const chat = await talking(await tab());
  const [connection] = alive();
  connection.down.drop();
  await chat.say("the answer is lost");
  await arrives(chat, "the answer is lost");
  proxy.script = [(each) => each.reset(), (each) => each.up.seen("Upgrade").then(() => each.reset()), { up: { dropAfter: "deskbell.v1" } }];
  connection.reset();
  await told(chat.page, "visibilitychange");
  await chat.page.waitForFunction(() => window.Deskbell("get", "link") === "online", undefined, { timeout: 60_000 });
  await chat.settled("the answer is lost");
  assert.equal(proxy.script.length, 0);
  assert.deepEqual(await stored(chat), ["hello", "the answer is lost"]);
  assert.deepEqual(await chat.bubbles("customer"), ["hello", "the answer is lost"]);
});

test("a half-open socket is found by the heartbeat", async () => {
  await who.page.clock.install();
  const chat = await talking(await tab());
  for (const each of alive()) { each.up.drop(); each.down.drop(); }
  const before = sockets().length;
  await who.page.clock.fastForward(20_500);  // the ping goes out
  await who.page.clock.fastForward(8_500);   // and nobody answers
  await who.page.clock.fastForward(1_500);
  await proxy.connection(proxy.connections.length - 1);
  await chat.link("online");
  assert.ok(sockets().length > before);
});

test("waking on a dead socket is noticed within seconds", async () => {
  const chat = await talking(await tab());
  for (const each of alive()) { each.up.drop(); each.down.drop(); }
  const woke = Date.now();
  await told(chat.page, "visibilitychange");
  await chat.page.waitForFunction(() => window.Deskbell("get", "link") !== "online", undefined, { timeout: soon });
  await chat.link("online");
  assert.ok(Date.now() - woke < soon, `${Date.now() - woke} ms`);
});

test("where WebSockets are refused it streams; where streams are held back it polls", async () => {
  await who.page.addInitScript(() => { window.WebSocket = class { constructor() { throw new Error("refused"); } }; });
  const chat = await tab();
  await chat.open();
  await chat.say("without a socket");
  await chat.settled("without a socket");
  assert.ok(proxy.connections.some((one) => one.up.record.includes("GET /v1/session/stream")));
  await who.page.evaluate(() => window.Deskbell("talkToHuman", { name: "Streamer", email: "s@email.com" }));
  await agentSays(chat, "heard over a stream");
  await chat.hears("heard over a stream");
  // A proxy that keeps a stream to itself until it ends.
  proxy.script = [];
  await who.page.addInitScript(() => {
    const real = window.fetch;
    window.fetch = (input, init) => (String(input).endsWith("/stream") ? new Promise((_, reject) => { init.signal.addEventListener("abort", () => reject(new Error("aborted"))); }) : real(input, init));
  });
  await who.page.reload();
  await chat.by("composer").waitFor();
  await chat.page.waitForFunction(() => window.Deskbell("get", "link") === "online", undefined, { timeout: 25_000 });
  await chat.say("over long polls");
  await chat.settled("over long polls");
  assert.ok(proxy.connections.some((one) => one.up.record.includes("wait=25")));
  await agentSays(chat, "heard over a poll");
  await chat.hears("heard over a poll");
  assert.deepEqual(await stored(chat), ["without a socket", "over long polls"]);
});

test("the tab with the connection does not answer any more: the one that is seen takes it", async () => {
  const first = await talking(await tab());
  const second = await another();
  await second.open();
  await second.link("online");
  await first.page.evaluate(() => { BroadcastChannel.prototype.postMessage = () => {}; });  // as good as frozen
  const started = Date.now();
  await told(second.page, "visibilitychange");
  await proxy.connection(proxy.connections.length);
  await second.say("from the one that is seen");
  await second.settled("from the one that is seen");
  assert.ok(Date.now() - started < soon, `${Date.now() - started} ms`);
  assert.deepEqual(await stored(second), ["hello", "from the one that is seen"]);
});

test("a frozen page lets go by itself, and comes back", async () => {
  const first = await talking(await tab());
  const second = await another();
  await second.open();
  await second.link("online");
  await told(first.page, "freeze");
  await second.say("while the first was frozen");
  await second.settled("while the first was frozen");
  await told(first.page, "resume");
  await first.settled("while the first was frozen");
  assert.deepEqual(await first.bubbles("customer"), ["hello", "while the first was frozen"]);
});

test("a reload with an unanswered message: delivered exactly once", async () => {
  const chat = await talking(await tab());
  for (const each of alive()) each.down.drop();  // it arrives, and nobody says so
  await chat.say("sent while leaving");
  await arrives(chat, "sent while leaving");
  await chat.page.reload();
  await chat.settled("sent while leaving");
  assert.deepEqual(await stored(chat), ["hello", "sent while leaving"]);
  assert.deepEqual(await chat.bubbles("customer"), ["hello", "sent while leaving"]);
});

test("the server restarts in mid-conversation: what was typed meanwhile arrives, once", async () => {
  const chat = await talking(await tab());
  await server.stop();
  await chat.say("typed while it was away");
  await server.start();
  await chat.settled("typed while it was away");
  assert.deepEqual(await stored(chat), ["hello", "typed while it was away"]);
});

test("bytes in pieces, slow and late, change nothing", async () => {
  proxy.script = Array.from({ length: 20 }, () => ({ split: 7, delay: 15 }));
  const chat = await talking(await tab());
  await chat.say("slow");
  await chat.settled("slow");
  assert.deepEqual(await chat.bubbles("customer"), ["hello", "slow"]);
});

test("storage that is refused: the chat works, and forgets on reload", async () => {
  await who.page.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
  });
  const chat = await talking(await tab());
  assert.deepEqual(await chat.bubbles("customer"), ["hello"]);
  await chat.page.reload();
  await chat.by("launcher").waitFor();
  assert.equal(await chat.get("state"), "none");
});

test("the operator restores a backup: every tab folds again from the start", async () => {
  const first = await talking(await tab(), "before the backup");
  const second = await another();
  await second.open();
  await second.settled("before the backup");
  const file = join(server.directory, "before.db");
  assert.equal((await operate(server, "backup", file)).code, 0);
  await first.say("after the backup");
  await first.settled("after the backup");
  await server.stop();
  assert.equal((await operate(server, "restore", file)).code, 0);
  await server.start();
  // What the server no longer knows is no longer shown as said; what is said now has the same number, and is not taken for it.
  for (const chat of [first, second]) await chat.page.waitForFunction(() => !document.querySelector("deskbell-chat").shadowRoot.querySelector("[role=log]").textContent.includes("after the backup"), undefined, { timeout: 30_000 });
  await second.say("after the restore");
  for (const chat of [first, second]) {
    await chat.settled("after the restore");
    assert.deepEqual(await chat.bubbles("customer"), ["before the backup", "after the restore"]);
  }
  assert.deepEqual(await stored(first), ["before the backup", "after the restore"]);
});
