// The sandbox's bad days as other programs see them: the bytes on a raw socket, curl's verdict, and what Slack's own
// Node client makes of a connection that is reset after the post was applied.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { ErrorCode, WebClient } from "@slack/web-api";
import { sandboxPage, startSandbox } from "../harness/processes.mjs";

const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => "error" };
const has_curl = spawnSync("curl", ["--version"]).status === 0;

let sandbox, slack, channel, client;
before(async () => {
  sandbox = await startSandbox();
  slack = sandboxPage(sandbox);
  channel = (await slack.channel("vip-sales")).id;
  client = new WebClient(sandbox.info.bot_token, { slackApiUrl: sandbox.info.api_url, logger: quiet, retryConfig: { retries: 0 } });
});
after(() => sandbox?.stop());
beforeEach(async () => {
  await slack.act("clear_all", {});
  await slack.act("settings", { rate_limits: false });
});

const order = (effect, more = {}) => slack.act("fault", { effect, method: "chat.postMessage", times: 1, ...more });
const post = (text) => client.chat.postMessage({ channel, text });
const posted = async (text) => (await client.conversations.history({ channel, limit: 50 })).messages.filter((message) => message.text === text).length;
const appears = (text) => slack.waitFor(`the post "${text}"`, (state) => state.channels.find(({ id }) => id === channel).messages.some((message) => message.text === text));

// Sends one request and resolves with every byte of the answer and how the connection ended.
function raw(text) {
  const { hostname, port } = new URL(sandbox.info.api_url);
  const body = new URLSearchParams({ channel, text }).toString();
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let bytes = "";
    let error = "";
    socket.setEncoding("utf8").on("data", (part) => { bytes += part; });
    socket.on("error", (failure) => { error = failure.code; });
    socket.on("close", () => resolve({ bytes, error }));
    socket.write(`POST /api/chat.postMessage HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${sandbox.info.bot_token}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
}

const curl = (text) =>
  spawnSync("curl", ["-sS", "-o", "/dev/null", "-H", `Authorization: Bearer ${sandbox.info.bot_token}`, "-d", `channel=${channel}`, "-d", `text=${text}`, `${sandbox.info.api_url}chat.postMessage`], { encoding: "utf8", timeout: 20_000 });

describe("connections that break", () => {
  for (const [effect, count] of [["reset", 0], ["apply_then_reset", 1]]) {
    test(`${effect}: not a byte comes, the connection is reset, ${count} posted`, async () => {
      await order(effect);
      assert.deepEqual(await raw(`raw ${effect}`), { bytes: "", error: "ECONNRESET" });
      assert.equal(await posted(`raw ${effect}`), count);
    });

    test(`${effect}: Slack's client only knows that something went wrong`, async () => {
      await order(effect);
      await assert.rejects(post(`sdk ${effect}`), (error) => error.code === ErrorCode.RequestError);
      assert.equal(await posted(`sdk ${effect}`), count);
    });

    test(`${effect}: curl says so, too`, { skip: !has_curl && "there is no curl" }, async () => {
      await order(effect);
      const seen = curl(`curl-${effect}`);
      assert.equal(seen.status, 56, seen.stderr);
      assert.match(seen.stderr, /reset/i);
      assert.equal(await posted(`curl-${effect}`), count);
    });
  }

  test("half a body: fewer bytes than announced, and it was applied", async () => {
    await order("half_body");
    const { bytes, error } = await raw("half");
    assert.equal(error, "");
    const [head, body] = bytes.split("\r\n\r\n");
    const announced = Number(/content-length: (\d+)/.exec(head)[1]);
    assert.ok(body.length > 0 && body.length < announced, `${body.length} of ${announced}`);
    assert.equal(await posted("half"), 1);
    await order("half_body");
    await assert.rejects(post("half for the client"));
    assert.equal(await posted("half for the client"), 1);
  });

  test("half a body is curl's error 18", { skip: !has_curl && "there is no curl" }, async () => {
    await order("half_body");
    assert.equal(curl("half-for-curl").status, 18);
  });

  test("a reset and a post that lands when nobody waits any more", async () => {
    await order("reset_apply_late", { delay_ms: 200 });
    await assert.rejects(post("zombie"));
    await appears("zombie");
    assert.equal((await slack.state()).trouble.met.applied_late, 1);
  });
});

describe("answers that mislead", () => {
  test("a blind repetition after a reset doubles the post", async () => {
    await order("apply_then_reset");
    const stubborn = new WebClient(sandbox.info.bot_token, { slackApiUrl: sandbox.info.api_url, logger: quiet, retryConfig: { retries: 1, minTimeout: 1, maxTimeout: 1 } });
    await stubborn.chat.postMessage({ channel, text: "doubled" });
    assert.equal(await posted("doubled"), 2);
  });

  test("ok:true and nothing there", async () => {
    await order("discard");
    const answer = await post("discarded");
    assert.ok(answer.ok && answer.ts);
    assert.equal(await posted("discarded"), 0);
  });

  test("a storm of 429s tells what is left of it", async () => {
    await order("rate_limit_storm", { delay_ms: 60_000, scope: "channel" });
    const impatient = new WebClient(sandbox.info.bot_token, { slackApiUrl: sandbox.info.api_url, logger: quiet, rejectRateLimitedCalls: true });
    for (let i = 0; i < 2; ++i) {
      await assert.rejects(impatient.chat.postMessage({ channel, text: "x" }), (error) => {
        assert.equal(error.code, ErrorCode.RateLimitedError);
        assert.ok(error.retryAfter > 50 && error.retryAfter <= 60, String(error.retryAfter));
        return true;
      });
    }
    assert.equal((await client.auth.test()).ok, true);
  });

  test("a read that lags behind does not show what was just posted", async () => {
    const { ts } = await post("fresh");
    await slack.act("fault", { effect: "stale_read", method: "conversations.replies", delay_ms: 5000, times: 1 });
    await assert.rejects(client.conversations.replies({ channel, ts }), (error) => error.data.error === "thread_not_found");
    assert.equal((await client.conversations.replies({ channel, ts })).messages.length, 1);
  });

  test("a clock that is wrong", async () => {
    await slack.act("settings", { date_skew_s: -3600 });
    const answer = await fetch(`${sandbox.info.api_url}api.test`, { method: "POST" });
    const skew = Date.parse(answer.headers.get("date")) - Date.now();
    assert.ok(Math.abs(skew + 3_600_000) < 60_000, String(skew));
  });
});

describe("events that mislead", () => {
  let app, got, wake;
  before(async () => {
    app = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      const stamp = request.headers["x-slack-request-timestamp"];
      const expected = `v0=${createHmac("sha256", sandbox.info.signing_secret).update(`v0:${stamp}:${body}`).digest("hex")}`;
      const parsed = JSON.parse(body);
      if (!parsed.challenge) got.push({ body: parsed, stamp: Number(stamp), valid: request.headers["x-slack-signature"] === expected, retry: request.headers["x-slack-retry-num"] });
      response.end(parsed.challenge ?? "");
      wake();
    }).listen(0, "127.0.0.1");
    await once(app, "listening");
  });
  after(() => {
    app.close();
    app.closeAllConnections();
  });
  beforeEach(async () => {
    got = [];
    wake = () => {};
    await slack.act("settings", { retry_scale: 0.001 });
    await slack.subscribe(`http://127.0.0.1:${app.address().port}/slack/events`);
  });
  const arrive = async (count) => {
    while (got.length < count) await new Promise((resolve) => { wake = resolve; });
    return got;
  };
  const say = (text) => slack.post({ user: "ana", channel, text });
  const misdeliver = (effect, more = {}) => slack.act("fault", { effect, method: "message", times: 1, ...more });

  test("an old timestamp, well signed; the retry would be on time", async () => {
    await misdeliver("event_old_timestamp");
    await say("old");
    const [{ valid, stamp }] = await arrive(1);
    assert.ok(valid);
    assert.ok(Date.now() / 1000 - stamp > 590);
  });

  test("an answer that Slack did not hear brings the event again", async () => {
    await misdeliver("event_answer_lost");
    await say("twice");
    const [first, second] = await arrive(2);
    assert.equal(second.body.event_id, first.body.event_id);
    assert.deepEqual([first.retry, second.retry], [undefined, "1"]);
  });

  test("a phantom: the same client_msg_id, another ts that is nowhere", async () => {
    await misdeliver("event_phantom");
    await say("one keystroke");
    const events = (await arrive(2)).map(({ body }) => body.event).sort((a, b) => (a.ts < b.ts ? -1 : 1));
    assert.equal(events[0].client_msg_id, events[1].client_msg_id);
    assert.notEqual(events[0].ts, events[1].ts);
    assert.equal(await posted("one keystroke"), 1);
  });

  test("the app is uninstalled, and hears of it once", async () => {
    await slack.act("uninstall", {});
    const types = (await arrive(2)).map(({ body }) => body.event.type).sort();
    assert.deepEqual(types, ["app_uninstalled", "tokens_revoked"]);
    await assert.rejects(client.auth.test(), (error) => error.data.error === "account_inactive");
    await slack.act("reinstall", {});
    assert.equal((await client.auth.test()).ok, true);
  });

  test("somebody of another company, and another app's bot", async () => {
    const { user } = await slack.act("add_person", { display_name: "Olga", kind: "stranger", channels: [channel] });
    await slack.act("bot_post", { name: "CRM", channel, text: "a deal" });
    await slack.post({ user: "olga", channel, text: "hello from outside" });
    const events = (await slack.waitFor("both messages", () => got.filter(({ body }) => /deal|outside/.test(body.event.text ?? "")).length === 2 && got)).map(({ body }) => body);
    const olga = events.find(({ event }) => event.text === "hello from outside");
    assert.equal(olga.is_ext_shared_channel, true);
    assert.notEqual(olga.event.user_team, olga.team_id);
    const bot = events.find(({ event }) => event.text === "a deal");
    assert.equal(bot.event.subtype, "bot_message");
    assert.notEqual(bot.event.app_id, bot.api_app_id);
    await assert.rejects(client.users.info({ user }), (error) => error.data.error === "user_not_found");
  });
});
