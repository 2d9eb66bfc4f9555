// Customers change, withdraw and forget: on every tab, in the log, and in the thread, whatever Slack does meanwhile.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { api, Customer } from "../harness/customer.mjs";
import { findParent, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, slack;
const pace = "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\nunknown_quiet_ms = 1500\nunknown_second_look_ms = 300\ngap_repair_ms = 1500";
async function open(options = {}) {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"', pace, limits: "messages_per_second_per_session = 0", ...options });
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
}
beforeEach(() => open());
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
const saying = (text) => (replies) => replies.find((reply) => JSON.stringify([reply.text, reply.blocks]).includes(text));
const reply = (customer, text, ms) => slack.replies(customer.id, `a reply saying ${text}`, saying(text), ms);
const edited = (customer, id, text) => customer.event(`the edit to ${text}`, (event) => event.kind === "message_edited" && event.message_id === id && event.text === text);
const deleted = (customer, id) => customer.event(`the deletion of ${id}`, (event) => event.kind === "message_deleted" && event.message_id === id);
const edit = (customer, id, text) => customer.request("edit", { message_id: id, text });
const withdraw = (customer, id) => customer.request("delete", { message_id: id });
const repliesNow = async (customer) => findParent(await slack.state(), customer.id, undefined).replies ?? [];

test("an edit and a deletion reach every tab and the post in the thread, each once", async () => {
  const customer = await inThread("Ada");
  const tab = new Customer();
  Object.assign(tab, { server, id: customer.id, token: customer.token, instance: randomUUID() });
  await tab.connect({ after: 0 });
  const first = await customer.say("twelve pictures");
  const second = await customer.say("of my cat");
  await customer.receipt(second.message.id, "delivered");
  const before = await repliesNow(customer);
  assert.equal((await edit(customer, first.message.id, "twenty pictures & more")).type, "ok");
  assert.equal((await edit(customer, first.message.id, "twenty pictures & more")).type, "ok");
  await edited(tab, first.message.id, "twenty pictures & more");
  const shown = await reply(customer, "(edited)");
  assert.match(shown.text, /twenty pictures &amp; more/);
  assert.equal((await withdraw(customer, second.message.id)).type, "ok");
  assert.equal((await withdraw(customer, second.message.id)).type, "ok");
  await deleted(tab, second.message.id);
  await reply(customer, "deleted by the customer");
  const after = await repliesNow(customer);
  assert.deepEqual(after.map(({ ts }) => ts), before.map(({ ts }) => ts), "nothing was posted for it");
  assert.ok(!JSON.stringify(after).includes("of my cat"));
  assert.equal(tab.events.filter((event) => event.kind === "message_edited").length, 1);
  assert.equal(tab.events.filter((event) => event.kind === "message_deleted").length, 1);
  // The marks are what they were: a look-up would still find the posts.
  assert.deepEqual(after.map((one) => one.metadata?.event_payload?.post), before.map((one) => one.metadata?.event_payload?.post));
  await customer.leave();
  await tab.leave();
});

test("over REST the same, and refusals have their codes", async () => {
  const customer = await inThread("Bea");
  const { message } = await customer.say("hello");
  const call = (method, id, body, token = customer.token) => api(server, method, `/v1/session/messages/${id}`, { token, body });
  const patched = await call("PATCH", message.id, { text: "hello there" });
  assert.equal(patched.status, 200);
  assert.equal(patched.body.session.id, customer.id);
  await edited(customer, message.id, "hello there");
  const codes = async (method, id, body) => { const { status, body: said } = await call(method, id, body); return [status, said.code]; };
  assert.deepEqual(await codes("PATCH", "msg_nobody", { text: "x" }), [404, "message_unknown"]);
  assert.deepEqual(await codes("DELETE", "msg_nobody"), [404, "message_unknown"]);
  assert.deepEqual(await codes("PATCH", message.id, { text: "" }), [400, "message_empty"]);
  assert.deepEqual(await codes("PATCH", message.id, { text: 7 }), [400, "invalid_field"]);
  const other = await Customer.arrive(server, { name: "Other" });
  assert.equal((await call("DELETE", message.id, undefined, other.token)).body.code, "message_unknown");
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "Hi Bea" });
  const answer = await customer.hears("Hi Bea");
  assert.deepEqual(await codes("DELETE", answer.message.id), [403, "not_yours"]);
  assert.equal((await call("DELETE", message.id)).status, 200);
  await deleted(customer, message.id);
  assert.deepEqual(await codes("PATCH", message.id, { text: "again" }), [409, "message_deleted"]);
  const last = await customer.say("bye");
  await customer.request("close");
  assert.deepEqual(await codes("DELETE", last.message.id), [409, "session_closed"]);
  const config = await api(server, "GET", "/v1/config?site=default");
  assert.deepEqual([config.body.features.edit, config.body.features.edit_minutes, config.body.features.forget], [true, 60, true]);
  await customer.leave();
});

test("while Slack takes nothing, what waits is changed before it leaves, and survives a kill", async () => {
  const customer = await inThread("Cleo");
  await slack.act("fault", { effect: "rate_limited", method: "chat.postMessage", retry_after_s: 1 });
  const first = await customer.say("a secret number");
  const second = await customer.say("another line");
  assert.equal((await edit(customer, second.message.id, "the changed line")).type, "ok");
  assert.equal((await withdraw(customer, first.message.id)).type, "ok");
  await server.restart("SIGKILL");
  await slack.act("clear_faults", {});
  await customer.connect();
  await reply(customer, "the changed line", 30_000);
  const words = JSON.stringify(await repliesNow(customer));
  assert.ok(!words.includes("a secret number") && !words.includes("another line"), words);
  await customer.leave();
});

test("a lost answer, then a change: the post is found first, then changed; never a second one", async () => {
  const customer = await inThread("Dora");
  await slack.act("fault", { effect: "event_drop", method: "message" });
  await slack.act("fault", { effect: "apply_then_error_page", method: "chat.postMessage", status: 500, times: 1 });
  const { message } = await customer.say("one copy only");
  await slack.waitFor("the post that nobody confirmed", (state) => JSON.stringify(state).includes("one copy only"));
  assert.equal((await edit(customer, message.id, "one copy, changed")).type, "ok");
  const shown = await reply(customer, "one copy, changed", 30_000);
  assert.ok(JSON.stringify(shown).includes("(edited)"));
  const all = await repliesNow(customer);
  assert.equal(all.filter((one) => JSON.stringify(one).includes("one copy")).length, 1);
  await customer.leave();
});

test("updates that fail are tried again; their limit holds up no posts of others", async () => {
  const customer = await inThread("Ella");
  const neighbour = await inThread("Fay");
  const { message } = await customer.say("first words");
  await customer.receipt(message.id, "delivered");
  await slack.act("fault", { effect: "error_page", method: "chat.update", status: 503, times: 1 });
  await edit(customer, message.id, "second words");
  await reply(customer, "second words", 30_000);
  await slack.act("fault", { effect: "rate_limited", method: "chat.update", retry_after_s: 4, times: 1 });
  await edit(customer, message.id, "third words");
  const said = await neighbour.say("still served");
  await neighbour.receipt(said.message.id, "delivered", 3_000);
  await reply(customer, "third words", 30_000);
  await customer.leave();
  await neighbour.leave();
});

test("what Slack lets nobody change is said in words", async () => {
  const customer = await inThread("Gwen");
  const { message } = await customer.say("old words");
  await customer.receipt(message.id, "delivered");
  await slack.act("fault", { effect: "api_error", method: "chat.update", error: "edit_window_closed", times: 1 });
  await edit(customer, message.id, "new words");
  const told = await reply(customer, "The customer changed an earlier message");
  assert.ok(JSON.stringify(told).includes("new words"));
  await customer.leave();
});

test("a deleted message takes its files with it, here and in Slack", async () => {
  const customer = await inThread("Hana");
  const bytes = Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d4948445200000003000000020802000000", "hex"), Buffer.alloc(500, 7)]);
  const uploaded = await fetch(`${server.url}/v1/session/files`, { method: "POST", headers: { authorization: `Bearer ${customer.token}`, "content-type": "image/png", "x-filename": "cat.png" }, body: bytes });
  const { file } = await uploaded.json();
  const sent = await customer.request("message", { client_id: randomUUID(), text: "my cat", attachments: [file.id] });
  const { message } = await customer.event("it", (event) => event.seq === sent.seq);
  await customer.receipt(message.id, "delivered");
  await slack.replies(customer.id, "the file", (replies) => JSON.stringify(replies).includes("cat.png"));
  await withdraw(customer, message.id);
  const gone = await customer.event("the file gone", (event) => event.kind === "file" && event.file.state === "gone");
  assert.equal(gone.file.reason, "deleted");
  await slack.replies(customer.id, "the file gone there", (replies) => !replies.some((one) => (one.files ?? []).some((each) => each.mode !== "tombstone")) && saying("deleted by the customer")(replies));
  assert.equal((await fetch(server.url + file.url)).status, 404);
  await customer.leave();
});

test("forgotten: the token is dead, sockets are told, nothing is left here, and Slack's thread is cleared", async () => {
  const customer = await inThread("Ida");
  await customer.say("my address is Elm Street 7");
  await reply(customer, "Elm Street 7");
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "Noted" });
  await customer.hears("Noted");
  const poll = api(server, "GET", `/v1/session/events?after=${customer.head}&wait=25`, { token: customer.token });
  const closed = customer.waitFor("the socket's end", () => customer.closed);
  const answer = await api(server, "DELETE", "/v1/session", { token: customer.token });
  assert.equal(answer.status, 204);
  assert.equal((await closed).code, 4003);
  assert.equal((await poll).status, 401);
  assert.equal((await api(server, "GET", "/v1/session", { token: customer.token })).body.code, "token_invalid");
  assert.equal((await api(server, "DELETE", "/v1/session", { token: customer.token })).status, 401);
  const parent = await slack.waitFor("the cleared thread", (state) => {
    const found = state.channels.flatMap((channel) => channel.messages).find((message) => message.ts === customer.thread.ts);
    return found && JSON.stringify(found).includes("asked to be forgotten") && found;
  }, 30_000);
  assert.deepEqual(parent.replies.map((one) => one.text), ["Noted"]);
  const state = JSON.stringify((await slack.state()).channels);
  for (const word of ["Elm Street", "ida@email.com", customer.id]) assert.ok(!state.includes(word), word);
  await server.stop();
  for (const name of readdirSync(server.directory).filter((one) => one.startsWith("deskbell.db") && !one.endsWith(".forgotten") && statSync(join(server.directory, one)).isFile())) {
    const bytes = readFileSync(join(server.directory, name)).toString("latin1");
    assert.ok(!bytes.includes("Elm Street") && !bytes.includes("ida@email.com"), name);
  }
  assert.ok(readFileSync(join(server.directory, "deskbell.db.forgotten"), "utf8").includes(customer.id));
});

test("forgotten while its parent is in the air: it is found, and goes", async () => {
  const customer = await (await Customer.arrive(server, { name: "Jo", email: "jo@email.com" })).connect();
  await slack.act("fault", { effect: "event_drop", method: "message" });
  await slack.act("fault", { effect: "apply_then_error_page", method: "chat.postMessage", status: 500, times: 1 });
  await customer.handoff();
  await slack.waitFor("the parent", (state) => findParent(state, customer.id, "vip-sales"));
  assert.equal((await api(server, "DELETE", "/v1/session", { token: customer.token })).status, 204);
  await slack.waitFor("no trace of it", (state) => !JSON.stringify(state.channels).includes("jo@email.com"), 30_000);
});

test("nobody else wrote there: the whole thread goes; Slack being down only delays it", async () => {
  const customer = await inThread("Kim");
  await customer.say("only me here");
  await reply(customer, "only me here");
  await slack.act("fault", { effect: "error_page", method: "conversations.replies", status: 503 });
  assert.equal((await api(server, "DELETE", "/v1/session", { token: customer.token })).status, 204);
  await server.restart("SIGKILL");
  await slack.act("clear_faults", {});
  await slack.waitFor("no trace of it", (state) => !JSON.stringify(state.channels).includes("kim@email.com"), 40_000);
  assert.ok(existsSync(join(server.directory, "deskbell.db.forgotten")));
});
