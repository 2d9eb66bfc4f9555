// Installing the app with a browser, against the sandbox's OAuth: what was said before the installation waits for it, the token
// is sealed at rest and survives restarts and new keys, and nobody else's workspace takes the server over.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

const freePort = () => new Promise((resolve) => {
  const holder = createServer().listen(0, "127.0.0.1", () => {
    const { port } = holder.address();
    holder.close(() => resolve(port));
  });
});
const newKey = () => randomBytes(32).toString("hex");

let sandbox, server, slack, env;
async function useSandbox(one) {
  sandbox = one;
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
  const { oauth } = await slack.state();
  Object.assign(env, { DESKBELL_SLACK_CLIENT_ID: oauth.client_id, DESKBELL_SLACK_CLIENT_SECRET: oauth.client_secret, DESKBELL_SLACK_API_URL: sandbox.info.api_url });
  await slack.act("manifest", { manifest: { oauth_config: { redirect_urls: [`${env.DESKBELL_SERVER_PUBLIC_URL}/slack/oauth/callback`] } } });
}
beforeEach(async () => {
  const port = await freePort();
  env = { DESKBELL_SERVER_LISTEN: `127.0.0.1:${port}`, DESKBELL_SERVER_PUBLIC_URL: `http://127.0.0.1:${port}`, DESKBELL_SLACK_ENCRYPTION_KEY: newKey() };
  await useSandbox(await startSandbox());
  server = await startServer({ info: { ...sandbox.info, bot_token: "" } }, { bot: 'kind = "none"', env, pace: "posts_per_second_per_channel = 0" });
});
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
});

// A browser: it follows no redirect by itself and keeps one cookie.
class Browser {
  cookie = "";
  async go(url, init = {}) {
    const answer = await fetch(url, { redirect: "manual", ...init, headers: { ...init.headers, ...(this.cookie ? { cookie: this.cookie } : {}) } });
    const set = answer.headers.get("set-cookie");
    if (set) this.cookie = set.split(";")[0];
    return { status: answer.status, location: answer.headers.get("location"), text: await answer.text(), headers: answer.headers };
  }
  // To Slack's page and through it; the address at which Slack sends the browser back.
  async toSlack(decision = "allow") {
    const begun = await this.go(`${server.url}/slack/install`);
    assert.equal(begun.status, 302);
    const asked = new URL(begun.location);
    const question = await fetch(asked);
    assert.equal(question.status, 200, await question.text());
    const user = (await slack.state()).users.find(({ name }) => name === "ana").id;
    const form = new URLSearchParams([...asked.searchParams, ["user", user], ["decision", decision]]);
    const answered = await fetch(new URL("/oauth/v2/authorize", asked), { method: "POST", redirect: "manual", body: form });
    assert.equal(answered.status, 302, await answered.text());
    return answered.headers.get("location");
  }
  async install() { return this.go(await this.toSlack()); }
}
const stored = () => readFileSync(join(server.directory, "deskbell.db.installations"), "utf8");

test("what was said before the installation waits for it; the token is sealed", async () => {
  const customer = await (await Customer.arrive(server, { name: "Wanda" })).connect();
  await customer.handoff();
  await customer.say("Is anybody there?");
  await server.logged("not installed yet");
  const done = await new Browser().install();
  assert.equal(done.status, 200, done.text);
  assert.match(done.text, /is installed in Deskbell Sandbox/);
  assert.match(done.headers.get("content-security-policy"), /default-src 'none'/);
  const thread = await slack.thread(customer.id);
  await slack.replies(customer.id, "the words that waited", (replies) => replies.some(({ text }) => text.includes("Is anybody there?")));
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: thread.ts, text: "We are." });
  await customer.hears("We are.");
  assert.ok(!stored().includes("xoxb"), "the token is not in the clear");
  assert.ok(!server.log.join("\n").includes(sandbox.info.bot_token));
});

test("a code without its state, from another browser, or twice is worth nothing", async () => {
  const browser = new Browser();
  const back = await browser.toSlack();
  assert.equal((await new Browser().go(back)).status, 400, "another browser");
  const forged = new URL(back);
  forged.searchParams.set("state", "forged");
  assert.equal((await browser.go(forged)).status, 400, "another state");
  assert.equal((await browser.go(back)).status, 200);
  assert.equal((await browser.go(back)).status, 400, "a second time");
  assert.match((await browser.go(await browser.toSlack("cancel"))).text, /not_allowed/);
});

test("uninstalled: letters wait; installed again: they arrive, with another token", async () => {
  await new Browser().install();
  const customer = await (await Customer.arrive(server, { name: "Wanda" })).connect();
  await customer.handoff();
  await slack.thread(customer.id);
  const before = stored();
  await slack.act("uninstall", {});
  await server.logged("we were shut out");
  await customer.say("Are you still there?");
  const again = await new Browser().install();
  assert.equal(again.status, 200, again.text);
  await slack.replies(customer.id, "the words that waited", (replies) => replies.some(({ text }) => text.includes("still there")), 30_000);
  assert.notEqual(stored(), before);
});

test("the token survives restarts and follows the key; without its key nothing starts", async () => {
  await new Browser().install();
  const old = env.DESKBELL_SLACK_ENCRYPTION_KEY;
  const next = newKey();
  env.DESKBELL_SLACK_ENCRYPTION_KEY = `${next},${old}`;
  await server.restart();
  env.DESKBELL_SLACK_ENCRYPTION_KEY = next;
  await server.restart();
  const customer = await (await Customer.arrive(server, { name: "Wanda" })).connect();
  await customer.handoff();
  await slack.thread(customer.id);
  await server.stop();
  env.DESKBELL_SLACK_ENCRYPTION_KEY = old;
  await assert.rejects(server.start(), /ended \(2\)[^]*sealed_by_another_key/);
  env.DESKBELL_SLACK_ENCRYPTION_KEY = next;
  await server.start();
});

test("an app that rotates its tokens: the pair is kept sealed and found again", async () => {
  await slack.act("settings", { token_rotation: true });
  const done = await new Browser().install();
  assert.equal(done.status, 200, done.text);
  assert.ok(!stored().includes("xox"), "neither token is in the clear");
  await server.restart("SIGKILL");
  const customer = await (await Customer.arrive(server, { name: "Wanda" })).connect();
  await customer.handoff();
  await slack.thread(customer.id);
});

test("another workspace does not take the server over", async () => {
  await new Browser().install();
  const first = sandbox;
  await useSandbox(await startSandbox());
  try {
    await server.restart();
    const taken = await new Browser().install();
    assert.equal(taken.status, 400);
    assert.match(taken.text, /other_workspace/);
  } finally {
    await sandbox.stop();
    sandbox = first;
  }
});
