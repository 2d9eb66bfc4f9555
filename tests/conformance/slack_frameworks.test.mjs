// Slack's own frameworks over the sandbox: an app written with Bolt, over HTTP and over Socket Mode, and an installation by
// @slack/oauth. What they accept, Slack would have sent; what they send, Slack would have taken.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, afterEach, before, describe, test } from "node:test";
import bolt from "@slack/bolt";
import { InstallProvider } from "@slack/oauth";
import { deadline, startSandbox } from "../harness/processes.mjs";

const { App, HTTPReceiver, SocketModeReceiver } = bolt;
const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => "error" };

let sandbox;
let info;
let channel;
let ana;

const pageState = async () => (await fetch(new URL("/sandbox/api/state", info.ui_url))).json();
async function done(action, body = {}) {
  const answer = await (await fetch(new URL(`/sandbox/api/${action}`, info.ui_url), {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  })).json();
  assert.equal(answer.ok, true, `${action}: ${JSON.stringify(answer)}`);
  return answer;
}

// Resolves with what `found` makes of the page's state, as soon as it makes something of it.
async function eventually(found, what) {
  const reader = (await fetch(new URL("/sandbox/api/stream", info.ui_url))).body.getReader();
  const look = async () => {
    for (;;) {
      const value = found(await pageState());
      if (value) return value;
      await reader.read();
    }
  };
  return deadline(look(), 10_000, what).finally(() => reader.cancel());
}
const shown = (words) => eventually((state) => JSON.stringify(state.channels).includes(words), `"${words}" on the page`);

before(async () => {
  sandbox = await startSandbox();
  info = sandbox.info;
  const state = await pageState();
  channel = state.channels.find((known) => known.name === "vip-sales").id;
  ana = state.users.find((known) => known.name === "ana").id;
  await done("settings", { rate_limits: false });
});
after(async () => {
  const { code } = await sandbox.stop();
  assert.equal(code, 0, "the sandbox ends cleanly");
});

const closeChat = {
  type: "modal", callback_id: "close_chat", title: { type: "plain_text", text: "Close" }, submit: { type: "plain_text", text: "Close" },
  blocks: [{ type: "input", block_id: "reason", label: { type: "plain_text", text: "Why" }, element: { type: "plain_text_input", action_id: "text" } }],
};

// A small help desk in Bolt's own words.
function teach(app) {
  app.message(async ({ message, say }) => {
    if (!message.thread_ts && !message.subtype) await say({ text: `heard: ${message.text}`, thread_ts: message.ts });
  });
  app.command("/deskbell", async ({ command, ack, respond }) => {
    await ack(`first: ${command.text}`);
    await respond({ response_type: "ephemeral", text: `second: ${command.text}` });
  });
  app.shortcut("close", async ({ shortcut, ack, client }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: closeChat });
  });
  app.view("close_chat", async ({ ack, view, client }) => {
    const why = view.state.values.reason.text.value;
    if (why === "because") return ack({ response_action: "errors", errors: { reason: "Say more" } });
    await ack();
    await client.chat.postMessage({ channel, text: `closed: ${why}` });
  });
  app.action("claim", async ({ ack, respond, body }) => {
    await ack();
    await respond({ replace_original: true, text: `claimed by ${body.user.id}` });
  });
  app.options("who", async ({ options, ack }) => ack({ options: [{ text: { type: "plain_text", text: `${options.value}!` }, value: "v" }] }));
  app.event("app_home_opened", async ({ event, client }) => {
    await client.views.publish({ user_id: event.user, view: { type: "home", blocks: [{ type: "section", text: { type: "mrkdwn", text: "home sweet home" } }] } });
  });
  app.event("reaction_added", async ({ event, client }) => {
    await client.chat.postMessage({ channel: event.item.channel, text: `reacted with ${event.reaction}` });
  });
}

async function helpDeskWorks(client, over) {
  await done("post", { user: "ana", channel, text: `hello ${over}` });
  await shown(`heard: hello ${over}`);

  await done("command", { user: "ana", channel, text: `/deskbell ${over}` });
  await shown(`first: ${over}`);
  await shown(`second: ${over}`);

  const { ts } = await client.chat.postMessage({
    channel, text: "parent",
    blocks: [{ type: "actions", block_id: "b", elements: [
      { type: "button", action_id: "claim", text: { type: "plain_text", text: "Claim" }, value: "1" },
      { type: "external_select", action_id: "who", min_query_length: 1 }] }],
  });
  await done("react", { user: "ana", channel, ts, name: "eyes", on: true });
  await shown("reacted with eyes");
  await done("suggest", { user: "ana", channel, ts, block_id: "b", action_id: "who", query: over });
  await eventually((state) => JSON.stringify(state.menus).includes(`${over}!`), "the menu's options");

  await done("shortcut", { user: "ana", callback_id: "close", channel, ts });
  const view = await eventually((state) => state.views.modals[ana]?.[0], "the modal");
  await done("submit_view", { user: "ana", view: view.id, values: { reason: { text: "because" } } });
  await eventually((state) => state.views.modals[ana]?.[0].errors.reason === "Say more", "the modal's error");
  await done("submit_view", { user: "ana", view: view.id, values: { reason: { text: `all good ${over}` } } });
  await shown(`closed: all good ${over}`);
  await eventually((state) => !state.views.modals[ana], "the modal to close");

  await done("home", { user: "ana", tab: "home" });
  await eventually((state) => JSON.stringify(state.views).includes("home sweet home"), "the Home tab");

  await done("press", { user: "ana", channel, ts, block_id: "b", action_id: "claim" });
  await shown(`claimed by ${ana}`);
}

const features = (url = "") => ({
  app_home: { home_tab_enabled: true, messages_tab_enabled: false },
  shortcuts: [{ name: "Close chat", type: "message", callback_id: "close", description: "Ends it" }],
  slash_commands: [{ command: "/deskbell", description: "Status", ...(url && { url }) }],
});

describe("an app written with Bolt", () => {
  let app;
  afterEach(() => app?.stop());

  test("works over HTTP", async () => {
    const receiver = new HTTPReceiver({ signingSecret: info.signing_secret, logger: quiet, port: 0 });
    app = new App({ token: info.bot_token, receiver, logger: quiet, clientOptions: { slackApiUrl: info.api_url } });
    teach(app);
    const server = await app.start({ port: 0, host: "127.0.0.1" });
    const url = `http://127.0.0.1:${server.address().port}/slack/events`;
    await done("manifest", { manifest: { features: features(url) } });
    await done("interactivity_url", { url });
    assert.equal((await done("events_url", { url })).verified, true, "Bolt answered the challenge");
    try {
      await helpDeskWorks(app.client, "http");
    } finally {
      await done("events_url", { url: "" });
      await done("interactivity_url", { url: "" });
    }
  });

  test("works over Socket Mode", async () => {
    await done("settings", { socket_mode: true });
    await done("manifest", { manifest: { features: features() } });
    const receiver = new SocketModeReceiver({ appToken: info.app_token, logger: quiet, installerOptions: { clientOptions: { slackApiUrl: info.api_url } } });
    app = new App({ token: info.bot_token, receiver, logger: quiet, clientOptions: { slackApiUrl: info.api_url } });
    teach(app);
    await app.start();
    try {
      await helpDeskWorks(app.client, "sockets");
    } finally {
      await app.stop();
      app = undefined;
      await done("settings", { socket_mode: false });
    }
  });
});

describe("an installation by @slack/oauth", () => {
  const installations = new Map();
  const ended = [];
  let provider;
  let server;
  let base;
  before(async () => {
    const { oauth } = await pageState();
    provider = new InstallProvider({
      clientId: oauth.client_id, clientSecret: oauth.client_secret, stateSecret: "a secret of the test", logger: quiet,
      clientOptions: { slackApiUrl: info.api_url, logger: quiet },
      authorizationUrl: new URL("/oauth/v2/authorize", info.ui_url).href,
      installationStore: {
        storeInstallation: async (installation) => { installations.set(installation.team.id, installation); },
        fetchInstallation: async ({ teamId }) => installations.get(teamId),
        deleteInstallation: async ({ teamId }) => { installations.delete(teamId); },
      },
    });
    server = createServer((request, response) => {
      const path = new URL(request.url, base).pathname;
      if (path === "/slack/install") return provider.handleInstallPath(request, response, {}, { scopes: ["chat:write"], redirectUri: `${base}/slack/oauth_redirect` });
      return provider.handleCallback(request, response, {
        success: (installation, _options, _request, answer) => { ended.push("success"); answer.end("installed"); },
        failure: (error, _options, _request, answer) => { ended.push(error.code); answer.writeHead(400).end(error.code); },
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${server.address().port}`;
  });
  after(async () => {
    await done("settings", { token_rotation: false });
    server.close();
    server.closeAllConnections();
  });

  // A person's browser: the install page, Slack's question, the answer, and back.
  async function walkThrough(decision, spoil = (url) => url) {
    const page = await fetch(`${base}/slack/install`);
    const cookie = page.headers.get("set-cookie").split(";")[0];
    const [, link] = (await page.text()).match(/href="([^"]*authorize[^"]*)"/);
    const question = new URL(link.replaceAll("&amp;", "&"));
    const answer = await fetch(new URL("/oauth/v2/authorize", info.ui_url), {
      method: "POST", redirect: "manual", body: new URLSearchParams({ ...Object.fromEntries(question.searchParams), user: ana, decision }),
    });
    assert.equal(answer.status, 302, await answer.text());
    return fetch(spoil(new URL(answer.headers.get("location"))), { headers: { cookie } });
  }

  test("ends with a token that works", async () => {
    assert.equal((await walkThrough("allow")).status, 200);
    const [[team, installation]] = [...installations];
    assert.equal(installation.bot.token, info.bot_token);
    assert.equal(installation.user.id, ana);
    assert.equal((await provider.authorize({ teamId: team, isEnterpriseInstall: false })).botToken, info.bot_token);
    assert.deepEqual(ended.splice(0), ["success"]);
  });

  test("is refused when the person cancels, and when the state is another's", async () => {
    assert.equal((await walkThrough("cancel")).status, 400);
    const foreign = await walkThrough("allow", (url) => { url.searchParams.set("state", "forged"); return url; });
    assert.equal(foreign.status, 400);
    assert.deepEqual(ended.splice(0), ["slack_oauth_installer_authorization_error", "slack_oauth_invalid_state"]);
  });

  test("with rotation: the token is renewed before it ends", async () => {
    await done("settings", { token_rotation: true });
    assert.equal((await walkThrough("allow")).status, 200);
    const [[team, installation]] = [...installations];
    assert.match(installation.bot.token, /^xoxe\.xoxb-/);
    const used = installation.bot.refreshToken;
    installation.bot.expiresAt = Math.floor(Date.now() / 1000) + 60;
    const renewed = await provider.authorize({ teamId: team, isEnterpriseInstall: false });
    assert.notEqual(renewed.botRefreshToken, used);
    assert.match(renewed.botToken, /^xoxe\.xoxb-/);
    await assert.rejects(new bolt.webApi.WebClient(undefined, { slackApiUrl: info.api_url, logger: quiet }).oauth.v2.access({
      client_id: provider.clientId, client_secret: provider.clientSecret, grant_type: "refresh_token", refresh_token: used,
    }), (error) => error.data.error === "invalid_refresh_token");
  });
});
