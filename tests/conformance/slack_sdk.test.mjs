// The sandbox, driven by Slack's own Node client: what the client accepts of Slack it must accept
// of the sandbox. DESKBELL_BINARY names the program; without it build/release/deskbell is used.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { after, before, beforeEach, describe, test } from "node:test";
import { ErrorCode, WebClient } from "@slack/web-api";

const binary = process.env.DESKBELL_BINARY ?? new URL("../../build/release/deskbell", import.meta.url).pathname;
const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => "error" };

let sandbox;
let info;
let client;
let channel;

const pageAction = async (action, body = {}) => {
  const answer = await fetch(new URL(`/sandbox/api/${action}`, info.ui_url), {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  return answer.json();
};
const connect = (options = {}) =>
  new WebClient(info.bot_token, { slackApiUrl: info.api_url, logger: quiet, retryConfig: { retries: 0 }, ...options });
const post = (args) => client.chat.postMessage({ channel, text: "hello", ...args });

before(async () => {
  sandbox = spawn(binary, ["sandbox", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: sandbox.stdout })) {
    if (!line.startsWith("{")) continue;
    info = JSON.parse(line);
    break;
  }
  assert.ok(info, "the sandbox printed no line of JSON");
  assert.equal(info.deskbell, "sandbox");
  client = connect();
  const { channels } = await client.conversations.list();
  channel = channels.find((known) => known.name === "vip-sales").id;
});

after(async () => {
  if (!sandbox || sandbox.exitCode !== null) return;
  sandbox.kill("SIGTERM");
  const [code] = await once(sandbox, "exit");
  assert.equal(code, 0, "the sandbox ends cleanly");
});

beforeEach(async () => {
  await pageAction("clear_faults");
  await pageAction("settings", { rate_limits: false });
});

describe("the web client against the sandbox", () => {
  test("knows who it is", async () => {
    const who = await client.auth.test();
    assert.equal(who.ok, true);
    assert.match(who.bot_id, /^B[A-Z0-9]{8,10}$/);
    assert.match(who.user_id, /^U[A-Z0-9]{8,10}$/);
    assert.ok(who.response_metadata.scopes.includes("chat:write"), "scopes come from the headers");
  });

  test("posts, replies, updates and deletes", async () => {
    const root = await post({ text: "5 < 6 & https://a.example 🎉" });
    assert.equal(root.message.text, "5 &lt; 6 &amp; <https://a.example> :tada:");
    assert.equal(root.message.thread_ts, undefined);
    const reply = await post({ thread_ts: root.ts, text: "reply", username: "Dana", icon_emoji: ":bust_in_silhouette:" });
    assert.equal(reply.message.thread_ts, root.ts);
    assert.equal(reply.message.subtype, "bot_message");
    assert.equal(reply.message.user, undefined);
    const updated = await client.chat.update({ channel, ts: reply.ts, text: "changed" });
    assert.equal(updated.text, "changed");
    const { messages } = await client.conversations.replies({ channel, ts: root.ts });
    assert.deepEqual(messages.map((message) => message.text), [root.message.text, "changed"]);
    assert.equal(messages[0].reply_count, 1);
    await client.chat.delete({ channel, ts: reply.ts });
    const after = await client.conversations.replies({ channel, ts: root.ts });
    assert.equal(after.messages.length, 1);
  });

  test("pages through history and replies, with metadata when asked", async () => {
    const metadata = { event_type: "deskbell_post", event_payload: { post: "p-1", session: "s-1" } };
    const root = await post({ text: "root", metadata });
    const sent = [];
    for (let i = 0; i < 7; i += 1) {
      sent.push(`part ${i}`);
      await post({ thread_ts: root.ts, text: `part ${i}`, metadata });
    }
    const texts = [];
    for await (const page of client.paginate("conversations.replies", { channel, ts: root.ts, limit: 3, include_all_metadata: true })) {
      assert.equal(page.messages[0].ts, root.ts, "the root is first on every page");
      for (const message of page.messages.slice(1)) {
        texts.push(message.text);
        assert.deepEqual(message.metadata, metadata);
      }
    }
    assert.deepEqual(texts, sent);
    const seen = [];
    for await (const page of client.paginate("conversations.history", { channel, limit: 2 })) {
      assert.ok(page.messages.length <= 2);
      for (const message of page.messages) seen.push(message.ts);
    }
    assert.deepEqual(seen, [...seen].sort().reverse(), "history is newest first");
    assert.equal(new Set(seen).size, seen.length);
    const { messages } = await client.conversations.history({ channel, limit: 1 });
    assert.deepEqual(messages[0].metadata, { event_type: "deskbell_post" });
  });

  test("knows people, presence and members", async () => {
    const { members } = await client.users.list();
    const ana = members.find((member) => member.profile.display_name === "Ana");
    assert.equal((await client.users.info({ user: ana.id })).user.real_name, "Ana Silva");
    assert.equal((await client.users.getPresence({ user: ana.id })).presence, "active");
    assert.ok((await client.conversations.members({ channel })).members.includes(ana.id));
    const picture = await fetch(ana.profile.image_192);
    assert.equal(picture.headers.get("content-type"), "image/svg+xml");
    assert.equal((await client.team.info()).team.name, "Deskbell Sandbox");
  });

  test("reacts, once", async () => {
    const { ts } = await post({});
    await client.reactions.add({ channel, timestamp: ts, name: "eyes" });
    await assert.rejects(client.reactions.add({ channel, timestamp: ts, name: "eyes" }), (error) => {
      assert.equal(error.code, ErrorCode.PlatformError);
      assert.equal(error.data.error, "already_reacted");
      return true;
    });
    const { message } = await client.reactions.get({ channel, timestamp: ts });
    assert.equal(message.reactions[0].name, "eyes");
    await client.reactions.remove({ channel, timestamp: ts, name: "eyes" });
  });

  test("hears of errors in Slack's words", async () => {
    const refused = async (call, code) =>
      assert.rejects(call, (error) => error.code === ErrorCode.PlatformError && error.data.error === code, code);
    await refused(client.chat.postMessage({ channel: "C0NOSUCH00", text: "x" }), "channel_not_found");
    await refused(client.chat.postMessage({ channel, text: "" }), "no_text");
    await refused(client.chat.update({ channel, ts: "1.000000", text: "x" }), "message_not_found");
    await refused(client.conversations.replies({ channel, ts: "1.000000" }), "thread_not_found");
    await refused(client.apiCall("no.such"), "unknown_method");
    await refused(new WebClient("xoxb-wrong", { slackApiUrl: info.api_url, logger: quiet }).auth.test(), "invalid_auth");
    await assert.rejects(post({ blocks: [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3001) } }] }), (error) => {
      assert.equal(error.data.error, "invalid_blocks");
      assert.match(error.data.response_metadata.messages[0], /json-pointer:\/blocks\/0\/text\/text/);
      return true;
    });
  });

  test("is told to slow down, and may refuse to wait", async () => {
    await pageAction("settings", { rate_limits: true });
    const impatient = connect({ rejectRateLimitedCalls: true });
    const burst = Array.from({ length: 8 }, () => impatient.chat.postMessage({ channel, text: "x" }));
    const outcomes = await Promise.allSettled(burst);
    const limited = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.ok(limited.length >= 1);
    for (const { reason } of limited) {
      assert.equal(reason.code, ErrorCode.RateLimitedError);
      assert.equal(reason.retryAfter, 1);
    }
  });

  test("waits as long as it is told and then gets through", async () => {
    await pageAction("fault", { effect: "rate_limited", method: "chat.postMessage", retry_after_s: 1, times: 1 });
    const began = Date.now();
    const answer = await connect({ retryConfig: { retries: 1, minTimeout: 0, maxTimeout: 0 } })
      .chat.postMessage({ channel, text: "patient" });
    assert.equal(answer.ok, true);
    assert.ok(Date.now() - began >= 990);
  });

  test("doubles a post when the answer is lost and it repeats blindly", async () => {
    await pageAction("fault", { effect: "apply_then_error_page", status: 500, method: "chat.postMessage", times: 1 });
    const text = `blind ${Date.now()}`;
    await connect({ retryConfig: { retries: 2, minTimeout: 1, maxTimeout: 1 } }).chat.postMessage({ channel, text });
    const { messages } = await client.conversations.history({ channel, limit: 10 });
    assert.equal(messages.filter((message) => message.text === text).length, 2);
  });

  test("replies to a root that is gone land in the channel", async () => {
    const root = await post({ text: "root" });
    await pageAction("delete", { channel, ts: root.ts });
    const stray = await post({ thread_ts: root.ts, text: "stray" });
    assert.equal(stray.ok, true);
    assert.equal(stray.message.thread_ts, undefined);
  });

  test("gives permalinks and ephemeral messages", async () => {
    const { ts } = await post({});
    const { permalink } = await client.chat.getPermalink({ channel, message_ts: ts });
    assert.ok(permalink.endsWith(`/archives/${channel}/p${ts.replace(".", "")}`));
    const { members } = await client.users.list();
    const { message_ts } = await client.chat.postEphemeral({ channel, user: members[1].id, text: "psst" });
    assert.match(message_ts, /^\d+\.\d{6}$/);
  });

  test("sends signed events, after asking for the challenge", async () => {
    const got = [];
    let wake = () => {};
    const app = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      const base = `v0:${request.headers["x-slack-request-timestamp"]}:${body}`;
      const expected = `v0=${createHmac("sha256", info.signing_secret).update(base).digest("hex")}`;
      const event = JSON.parse(body);
      got.push({ event, valid: request.headers["x-slack-signature"] === expected });
      response.end(event.challenge ?? "");
      wake();
    }).listen(0, "127.0.0.1");
    await once(app, "listening");
    try {
      const url = `http://127.0.0.1:${app.address().port}/slack/events`;
      assert.equal((await pageAction("events_url", { url })).verified, true);
      const { ts } = await post({ text: "echo", metadata: { event_type: "t", event_payload: { post: "p" } } });
      while (got.length < 2) await new Promise((resolve) => { wake = resolve; });
      assert.deepEqual(got.map(({ valid }) => valid), [true, true]);
      assert.equal(got[1].event.event.ts, ts);
      assert.deepEqual(got[1].event.event.metadata.event_payload, { post: "p" });
    } finally {
      await pageAction("events_url", { url: "" });
      app.close();
      app.closeAllConnections();
    }
  });
});
