// Files both ways, over real processes: a customer's into the thread, an agent's to the customer.
import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { api, Customer } from "../harness/customer.mjs";
import { findParent, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, slack;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, {
    pace: "posts_per_second_per_channel = 8\nunknown_quiet_ms = 1000\nunknown_second_look_ms = 500",
    limits: "messages_per_second_per_session = 0",
    more: '[files]\nbytes_max = 1000000\nsession_bytes_max = 2500000\n',
  });
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, file_share_delay_ms: 400 });
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});

// A real PNG's head: 3 by 2 pixels.
const png = Buffer.from("89504e470d0a1a0a0000000d4948445200000003000000020802000000", "hex");
const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function upload(customer, bytes, name, { type = "application/octet-stream", token = customer.token, headers = {} } = {}) {
  const answer = await fetch(`${server.url}/v1/session/files`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": type, "x-filename": encodeURIComponent(name), ...headers }, body: bytes });
  const body = await answer.json();
  return { status: answer.status, body, file: body.file, code: body.code, headers: answer.headers };
}

const bytesOf = async (answer) => Buffer.from(await answer.arrayBuffer());
const get = (url, headers = {}) => fetch(server.url + url, { headers });

async function inThread(name) {
  const customer = await Customer.arrive(server, { name, email: `${name.toLowerCase()}@email.com` });
  await customer.connect();
  await customer.handoff();
  customer.thread = await slack.thread(customer.id);
  return customer;
}

const sendFiles = (customer, text, ids, clientId = randomUUID()) => customer.request("message", { client_id: clientId, text, attachments: ids });
const filesIn = (replies) => replies.flatMap((reply) => (reply.files ?? []).map((file) => ({ ...file, reply })));

test("a customer's file comes out in the thread, in order with the words, and is theirs to see again", async () => {
  const customer = await inThread("Fay");
  const picture = Buffer.concat([png, randomBytes(2000)]);
  const { status, file } = await upload(customer, picture, "grüße/../my photo.png");
  assert.equal(status, 201);
  assert.equal(file.name, "my photo.png");
  assert.equal(file.type, "image/png");
  assert.deepEqual([file.size, file.width, file.height], [picture.length, 3, 2]);

  await customer.say("first the words");
  const sent = await sendFiles(customer, "look at this", [file.id]);
  assert.equal(sent.type, "ok", JSON.stringify(sent));
  const event = await customer.event("the message with its file", (one) => one.seq === sent.seq);
  assert.equal(event.message.attachments[0].id, file.id);
  assert.equal(event.message.attachments[0].state, "ready");
  await customer.say("and then more");

  const shown = await slack.replies(customer.id, "the file and what came after", (replies) => JSON.stringify(replies).includes("and then more") && filesIn(replies).length > 0 && replies);
  const words = shown.map((reply) => JSON.stringify(reply));
  const at = (needle) => words.findIndex((one) => one.includes(needle));
  assert.ok(at("first the words") < at("look at this"), "words before words");
  assert.ok(at("look at this") < at("my photo.png"), "its words before the file");
  assert.ok(at("my photo.png") < at("and then more"), "the file before what came after");
  assert.equal(filesIn(shown).length, 1);
  const inSlack = await bytesOf(await fetch(new URL(filesIn(shown)[0].url, sandbox.info.ui_url)));
  assert.equal(sha(inSlack), sha(picture));
  // The receipt waits for the file.
  await customer.receipt(event.message.id, "delivered");

  // The address opens it, without a token, for a while; nothing in it runs.
  const answer = await get(file.url);
  assert.equal(answer.status, 200);
  assert.equal(sha(await bytesOf(answer)), sha(picture));
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.match(answer.headers.get("content-security-policy"), /sandbox/);
  assert.match(answer.headers.get("content-disposition"), /^inline; filename="my photo.png"/);
  await customer.leave();
});

test("ranges, copies, and addresses that open nothing", async () => {
  const customer = await Customer.arrive(server, { name: "Rae" });
  const text = Buffer.from("0123456789".repeat(100));
  const { file } = await upload(customer, text, "notes.txt");
  assert.equal(file.type, "text/plain");
  const part = await get(file.url, { range: "bytes=10-14" });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get("content-range"), "bytes 10-14/1000");
  assert.equal(String(await bytesOf(part)), "01234");
  assert.match(part.headers.get("content-disposition"), /^attachment/);
  assert.equal(String(await bytesOf(await get(file.url, { range: "bytes=-3" }))), "789");
  const outside = await get(file.url, { range: "bytes=2000-" });
  assert.equal(outside.status, 416);
  assert.equal(outside.headers.get("content-range"), "bytes */1000");
  const whole = await get(file.url);
  assert.equal((await get(file.url, { "if-none-match": whole.headers.get("etag") })).status, 304);
  assert.equal((await get(file.url, { range: "bytes=0-1", "if-range": '"another"' })).status, 200);

  for (const [what, url, status, code] of [
    ["without a signature", `/v1/files/${file.id}`, 403, "link_invalid"],
    ["with another's", file.url.replace(/s=./, "s=0").replace(/s=0./, "s=00"), 403, "link_invalid"],
    ["with another time", file.url.replace(/e=\d+/, "e=99999999999"), 403, "link_invalid"],
    ["somewhere else", `/v1/files/..%2f..%2fdeskbell.db${file.url.slice(file.url.indexOf("?"))}`, 403, "link_invalid"],
  ]) {
    const answer = await get(url);
    assert.equal(answer.status, status, what);
    assert.equal((await answer.json()).code, code, what);
  }
  // Fresh addresses for whoever holds the session, and for nobody else.
  const mine = await api(server, "GET", `/v1/session/files?ids=${file.id}`, { token: customer.token });
  assert.equal(mine.body.files[0].id, file.id);
  const stranger = await Customer.arrive(server, { name: "Stranger" });
  assert.deepEqual((await api(server, "GET", `/v1/session/files?ids=${file.id}`, { token: stranger.token })).body.files, []);
});

test("what is refused, and how it is said", async () => {
  const customer = await Customer.arrive(server, { name: "Nia" });
  const stranger = await Customer.arrive(server, { name: "Sly" });
  assert.equal((await upload(customer, Buffer.alloc(1_000_001, 65), "big.txt")).code, "file_too_large");
  assert.equal((await upload(customer, Buffer.alloc(0), "none.txt")).code, "file_empty");
  for (const [name, bytes] of [
    ["page.html", "<!DOCTYPE html><script>alert(1)</script>"], ["picture.png", "<html><script>1</script>"],
    ["drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'], ["notes.txt", "MZ\u0000\u0001 program"],
    ["picture.jpg", Buffer.from("7f454c46020101", "hex")],
  ]) {
    const answer = await upload(customer, Buffer.from(bytes), name, { type: "image/png" });
    assert.equal(answer.code, "file_type_not_allowed", name);
    assert.equal(answer.status, 415);
  }
  assert.equal((await upload(customer, png, "a.png", { token: "dbs_" + "A".repeat(43) })).code, "token_invalid");
  assert.equal((await upload(customer, png, "a.png", { headers: { origin: "https://evil.example" } })).code, "origin_not_allowed");
  for (let i = 0; i < 2; ++i) assert.equal((await upload(customer, Buffer.alloc(990_000, 66), `half${i}.txt`)).status, 201);
  assert.equal((await upload(customer, Buffer.alloc(990_000, 66), "more.txt")).code, "files_quota_exceeded");

  const { file } = await upload(customer, png, "mine.png");
  await customer.connect();
  await stranger.connect();
  const refused = async (who, ids) => (await sendFiles(who, "x", ids)).error?.code;
  assert.equal(await refused(stranger, [file.id]), "file_unknown");
  assert.equal(await refused(customer, ["file_nobody"]), "file_unknown");
  assert.equal(await refused(customer, [file.id, file.id]), "file_in_use");
  const clientId = randomUUID();
  assert.equal((await sendFiles(customer, "", [file.id], clientId)).type, "ok", "a file needs no words");
  assert.equal((await sendFiles(customer, "", [file.id], clientId)).type, "ok", "the same again is the same");
  assert.equal((await sendFiles(customer, "", [], clientId)).error.code, "client_id_reused");
  assert.equal(await refused(customer, [file.id]), "file_in_use");
  assert.equal((await sendFiles(customer, "", [])).error.code, "message_empty");
  await customer.leave();
  await stranger.leave();
});

test("what was sent to the bot follows the introduction", async () => {
  const customer = await Customer.arrive(server, { name: "Bea" });
  await customer.connect();
  const { file } = await upload(customer, png, "early.png");
  await sendFiles(customer, "", [file.id]);
  await customer.handoff();
  const replies = await slack.replies(customer.id, "the early file", (all) => filesIn(all).length === 1 && all);
  assert.match(JSON.stringify(replies[0]), /early\.png/);
  await customer.leave();
});

test("an agent's file reaches the customer, and goes when it is deleted in Slack", async () => {
  const customer = await inThread("Gus");
  const content = Buffer.from("The offer, in detail.\n".repeat(50));
  const { ts } = await slack.act("upload", { user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "here is the offer", files: [{ name: "offer.txt", content: String(content) }] });
  const event = await customer.hears("here is the offer");
  const [attachment] = event.message.attachments;
  assert.equal(attachment.name, "offer.txt");
  const ready = await customer.event("the file to be there", (one) => one.kind === "file" && one.file.id === attachment.id && one.file.state === "ready");
  assert.equal(ready.file.message_id, event.message.id);
  const { body } = await api(server, "GET", `/v1/session/files?ids=${attachment.id}`, { token: customer.token });
  assert.equal(sha(await bytesOf(await get(body.files[0].url))), sha(content));
  assert.ok(!JSON.stringify(customer.events).includes("files-pri"), "Slack's addresses stay here");

  const parent = findParent(await slack.state(), customer.id);
  const shown = parent.replies.find((reply) => reply.ts === ts).files[0];
  await slack.act("delete_file", { file: shown.id });
  const gone = await customer.event("the file to go", (one) => one.kind === "file" && one.file.id === attachment.id && one.file.state === "gone");
  assert.equal(gone.file.reason, "deleted");
  assert.equal((await get(body.files[0].url)).status, 404);
  await customer.leave();
});

test("files that cannot be passed on are said to be so, on both sides", async () => {
  const customer = await inThread("Hal");
  await slack.act("upload", { user: "ben", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "too much", files: [{ name: "huge.txt", content: "x".repeat(1_200_000) }] });
  const failed = await customer.event("the failure", (one) => one.kind === "file" && one.file.state === "failed");
  assert.equal(failed.file.reason, "too_large");
  await slack.replies(customer.id, "the agents to hear of it", (replies) => JSON.stringify(replies).includes("could not be passed on"));
  await slack.act("settings", { file_uploads: false });
  const { file } = await upload(customer, png, "refused.png");
  const sent = await sendFiles(customer, "mine", [file.id]);
  const message = (await customer.event("it", (one) => one.seq === sent.seq)).message;
  const receipt = await customer.receipt(message.id, "failed");
  assert.match(receipt.reason, /file_uploads_disabled/);
  await slack.act("settings", { file_uploads: true });
  await customer.say("still here");
  await slack.replies(customer.id, "the words after it", (replies) => JSON.stringify(replies).includes("still here"));
  await customer.leave();
});

test("messages that only name their files are asked about", async () => {
  const customer = await inThread("Ivy");
  await slack.act("settings", { check_file_info: true });
  await slack.act("upload", { user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "opaque", files: [{ name: "hidden.csv", content: "a,b\n1,2\n" }] });
  const ready = await customer.event("it to be there", (one) => one.kind === "file" && one.file.state === "ready");
  assert.equal(ready.file.name, "hidden.csv");
  assert.equal(ready.file.type, "text/csv");
  await slack.act("settings", { check_file_info: false });
  await customer.leave();
});

test("a share that comes late, or an answer that is lost, makes no second file", async () => {
  for (const [name, fault] of [
    ["Jan", { method: "files.completeUploadExternal", effect: "apply_then_reset" }],
    ["Kim", { method: "files.completeUploadExternal", effect: "error_page", status: 503 }],
    ["Lee", undefined],
  ]) {
    const customer = await inThread(name);
    if (fault) await slack.act("fault", { ...fault, times: 1 });
    else await slack.act("settings", { file_share_delay_ms: 3_000 });
    const { file } = await upload(customer, png, `once-${name}.png`);
    const sent = await sendFiles(customer, "", [file.id]);
    const message = (await customer.event("it", (one) => one.seq === sent.seq)).message;
    await customer.receipt(message.id, "delivered", 30_000);
    await customer.say(`after ${name}`);
    const replies = await slack.replies(customer.id, "what came after", (all) => JSON.stringify(all).includes(`after ${name}`) && all, 30_000);
    assert.equal(filesIn(replies).filter((one) => one.mode !== "tombstone").length, 1, name);
    await customer.leave();
  }
  await slack.act("settings", { file_share_delay_ms: 400 });
});

test("kill -9 in the midst: nothing is lost, nothing is left over", async () => {
  const customer = await inThread("Max");
  await slack.act("settings", { file_share_delay_ms: 1_500 });
  const { file } = await upload(customer, png, "survivor.png");
  const sent = await sendFiles(customer, "", [file.id]);
  assert.equal(sent.type, "ok");
  const orphan = await upload(customer, png, "never-sent.png");
  await server.restart("SIGKILL");
  await customer.connect();
  const replies = await slack.replies(customer.id, "the file after all", (all) => filesIn(all).length > 0 && all, 30_000);
  assert.equal(filesIn(replies).filter((one) => one.mode !== "tombstone").length, 1);
  assert.equal((await get(orphan.file.url)).status, 200, "an upload that was answered is kept");
  const folder = join(server.directory, "deskbell.db.files");
  assert.deepEqual(readdirSync(join(folder, "tmp")), []);
  await slack.act("settings", { file_share_delay_ms: 400 });
  await customer.leave();
});

test("uploads cut short leave nothing", async () => {
  const customer = await Customer.arrive(server, { name: "Ona" });
  const stop = new AbortController();
  const slow = new ReadableStream({ start: (sink) => sink.enqueue(new Uint8Array(100_000)) });
  const cut = fetch(`${server.url}/v1/session/files`, { method: "POST", duplex: "half", signal: stop.signal, headers: { authorization: `Bearer ${customer.token}`, "x-filename": "half.txt" }, body: slow }).catch((error) => error);
  const folder = join(server.directory, "deskbell.db.files", "tmp");
  assert.ok(existsSync(folder));
  while (readdirSync(folder).length === 0) await fetch(`${server.url}/healthz`);
  stop.abort();
  await cut;
  while (readdirSync(folder).length > 0) await fetch(`${server.url}/healthz`);
});
