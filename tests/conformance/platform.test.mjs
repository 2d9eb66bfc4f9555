// The platform around the Web API, byte by byte: Socket Mode, files, modals, commands, OAuth. Slack's own clients where
// they are installed, plain sockets where they are not.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";
import { WebClient } from "@slack/web-api";
import WebSocket from "ws";
import { deadline, startSandbox } from "../harness/processes.mjs";

const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => "error" };
const officialSocketMode = await import("@slack/socket-mode").catch(() => undefined);

let sandbox;
let info;
let client;
let channel;
let ana;

const pageState = async () => (await fetch(new URL("/sandbox/api/state", info.ui_url))).json();
const pageAction = async (action, body = {}) => {
  const answer = await fetch(new URL(`/sandbox/api/${action}`, info.ui_url), {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  return answer.json();
};
const done = async (action, body) => {
  const answer = await pageAction(action, body);
  assert.equal(answer.ok, true, JSON.stringify(answer));
  return answer;
};

// Things that arrive, and waiting for them.
function inbox() {
  const waiting = [];
  const items = [];
  return {
    put(item) {
      const next = waiting.shift();
      if (next) next(item);
      else items.push(item);
    },
    take: (what) => (items.length ? Promise.resolve(items.shift()) : deadline(new Promise((resolve) => waiting.push(resolve)), 10_000, what)),
    size: () => items.length,
  };
}

// A hand-made Socket Mode client: every frame goes into its inbox, nothing is acknowledged by itself.
async function connectSocket(query = "") {
  const { url } = await new WebClient(info.app_token, { slackApiUrl: info.api_url, logger: quiet }).apps.connections.open();
  assert.match(url, /^ws:\/\/127\.0\.0\.1:\d+\/link\/\?ticket=/);
  const socket = new WebSocket(url + query);
  const frames = inbox();
  const closed = new Promise((resolve) => socket.on("close", (code, reason) => resolve({ code, reason: String(reason) })));
  socket.on("message", (data) => frames.put(JSON.parse(data)));
  await once(socket, "open");
  const acknowledge = (frame, payload) => socket.send(JSON.stringify({ envelope_id: frame.envelope_id, ...(payload && { payload }) }));
  return { socket, frames, closed, acknowledge, url };
}

// An app over HTTP: what came, and what to answer with.
async function startApp() {
  const got = inbox();
  const app = { got, answer: () => ({}) };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const base = `v0:${request.headers["x-slack-request-timestamp"]}:${body}`;
    const valid = request.headers["x-slack-signature"] === `v0=${createHmac("sha256", info.signing_secret).update(base).digest("hex")}`;
    if (request.headers["content-type"] === "application/json") {
      const event = JSON.parse(body);
      if (!event.challenge) got.put({ valid, path: request.url, payload: event });
      return response.end(event.challenge ?? "");
    }
    const fields = Object.fromEntries(new URLSearchParams(body));
    const payload = fields.payload ? JSON.parse(fields.payload) : fields;
    const { status = 200, body: text = "", silent = false } = app.answer(payload);
    got.put({ valid, path: request.url, payload });
    if (!silent) response.writeHead(status).end(typeof text === "string" ? text : JSON.stringify(text));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  app.url = (path) => `http://127.0.0.1:${server.address().port}${path}`;
  app.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return app;
}

// The page's state once `found` says so.
async function eventually(found, what) {
  const stream = await fetch(new URL("/sandbox/api/stream", info.ui_url));
  const reader = stream.body.getReader();
  const look = async () => {
    for (;;) {
      const value = found(await pageState());
      if (value) return value;
      await reader.read();
    }
  };
  return deadline(look(), 10_000, what).finally(() => reader.cancel());
}

const manifest = (app) => ({
  features: {
    app_home: { home_tab_enabled: true, messages_tab_enabled: false },
    shortcuts: [
      { name: "Close chat", type: "message", callback_id: "close", description: "Ends it" },
      { name: "New note", type: "global", callback_id: "note", description: "A note" },
    ],
    slash_commands: [{ command: "/deskbell", description: "Status", url: app.url("/slack/commands") }],
  },
});
const modal = {
  type: "modal", callback_id: "close_chat", private_metadata: "c-42", title: { type: "plain_text", text: "Close" },
  submit: { type: "plain_text", text: "Close" },
  blocks: [{
    type: "input", block_id: "reason", label: { type: "plain_text", text: "Why" },
    element: { type: "plain_text_input", action_id: "text" },
  }],
};

before(async () => {
  sandbox = await startSandbox();
  info = sandbox.info;
  client = new WebClient(info.bot_token, { slackApiUrl: info.api_url, logger: quiet, retryConfig: { retries: 0 } });
  const { channels } = await client.conversations.list();
  channel = channels.find((known) => known.name === "vip-sales").id;
  ana = (await client.users.list()).members.find((member) => member.name === "ana").id;
});

after(async () => {
  const { code } = await sandbox.stop();
  assert.equal(code, 0, "the sandbox ends cleanly");
});

beforeEach(async () => {
  await done("settings", { rate_limits: false, socket_mode: false, file_share_delay_ms: 0, check_file_info: false, retry_scale: 1 });
  await done("clear_faults");
});

describe("Socket Mode", () => {
  beforeEach(() => done("settings", { socket_mode: true, retry_scale: 0.001 }));

  test("says hello, hands over envelopes and takes acknowledgements", async () => {
    const { socket, frames, acknowledge, closed } = await connectSocket();
    const hello = await frames.take("hello");
    assert.equal(hello.type, "hello");
    assert.equal(hello.num_connections, 1);
    await done("post", { user: "ana", channel, text: "over the socket" });
    const envelope = await frames.take("the event");
    assert.equal(envelope.type, "events_api");
    assert.equal(envelope.accepts_response_payload, false);
    assert.equal(envelope.payload.event.text, "over the socket");
    assert.equal(envelope.retry_attempt, 0);
    acknowledge(envelope, {});
    await eventually((state) => state.sockets[0]?.acknowledged === 1, "the acknowledgement");
    socket.close(1000);
    await closed;
    await eventually((state) => state.sockets.length === 0, "the socket to be forgotten");
  });

  test("repeats what is not acknowledged", async () => {
    const { socket, frames, acknowledge } = await connectSocket();
    await frames.take("hello");
    await done("post", { user: "ana", channel, text: "again please" });
    const first = await frames.take("the event");
    const second = await frames.take("the same event again");
    assert.equal(second.retry_attempt, 1);
    assert.equal(second.retry_reason, "timeout");
    assert.equal(second.payload.event_id, first.payload.event_id);
    acknowledge(second);
    await eventually((state) => state.sockets[0]?.waiting === 0, "nothing to wait");
    socket.close(1000);
  });

  test("a ticket opens one socket; a stranger none", async () => {
    const { socket, url } = await connectSocket();
    const refused = async (target) => {
      const [error] = await once(new WebSocket(target), "error");
      assert.match(error.message, /403/);
    };
    await refused(url);
    await refused(new URL("/link/?ticket=x", info.api_url.replace("http", "ws")).href);
    socket.close(1000);
  });

  test("refreshes on demand, and ends every link when it is switched off", async () => {
    const old = await connectSocket();
    await old.frames.take("hello");
    await done("socket", { do: "warn" });
    assert.equal((await old.frames.take("a warning")).reason, "warning");
    await done("socket", { do: "refresh" });
    assert.equal((await old.frames.take("a refresh")).reason, "refresh_requested");
    const fresh = await connectSocket();
    assert.equal((await fresh.frames.take("hello")).num_connections, 2);
    await done("settings", { socket_mode: false });
    assert.equal((await fresh.frames.take("the end")).reason, "link_disabled");
    assert.equal((await fresh.closed).reason, "link_disabled");
    await old.closed;
  });

  test("answers pings", async () => {
    const { socket } = await connectSocket();
    socket.ping("are you there");
    const [answer] = await once(socket, "pong");
    assert.equal(String(answer), "are you there");
    socket.close(1000);
  });

  test("carries interactions, and their answers with the acknowledgement", async () => {
    const app = { url: () => "" };
    await done("manifest", { manifest: { features: { ...manifest(app).features, slash_commands: [{ command: "/deskbell", description: "x" }] } } });
    const { socket, frames, acknowledge } = await connectSocket();
    await frames.take("hello");
    await done("command", { user: "ana", channel, text: "/deskbell status" });
    const command = await frames.take("the command");
    assert.equal(command.type, "slash_commands");
    assert.equal(command.payload.text, "status");
    acknowledge(command, { text: "all is well" });
    await eventually((state) => JSON.stringify(state.channels).includes("all is well"), "the answer");
    await done("shortcut", { user: "ana", callback_id: "note" });
    const shortcut = await frames.take("the shortcut");
    assert.equal(shortcut.type, "interactive");
    acknowledge(shortcut);
    await client.views.open({ trigger_id: shortcut.payload.trigger_id, view: modal });
    await done("submit_view", { user: "ana", values: { reason: { text: "solved" } } });
    const submission = await frames.take("the submission");
    assert.equal(submission.accepts_response_payload, true);
    acknowledge(submission, { response_action: "errors", errors: { reason: "Say more" } });
    await eventually((state) => state.views.modals[ana]?.[0].errors.reason === "Say more", "the error");
    await done("close_view", { user: "ana" });
    socket.close(1000);
  });

  test("works with Slack's own client", { skip: officialSocketMode ? false : "@slack/socket-mode is not installed" }, async () => {
    const official = new officialSocketMode.SocketModeClient({
      appToken: info.app_token, logger: quiet, clientOptions: { slackApiUrl: info.api_url, logger: quiet },
    });
    const events = inbox();
    official.on("slack_event", async ({ ack, body, retry_num }) => {
      await ack();
      events.put({ body, retry_num });
    });
    await official.start();
    try {
      await done("post", { user: "ana", channel, text: "for the official client" });
      const { body, retry_num } = await events.take("the event");
      assert.equal(body.event.text, "for the official client");
      assert.equal(retry_num, 0);
    } finally {
      await official.disconnect();
    }
  });
});

describe("files", () => {
  test("are uploaded by the official client and shared into a thread", async () => {
    const { ts } = await client.chat.postMessage({ channel, text: "root" });
    const { files } = await client.filesUploadV2({ channel_id: channel, thread_ts: ts, initial_comment: "see", filename: "Plan 1.txt", file: Buffer.from("the plan\n") });
    const { id } = files[0].files[0];
    const { file } = await client.files.info({ file: id });
    assert.equal(file.mimetype, "text/plain");
    assert.equal(file.shares.public[channel][0].thread_ts, ts);
    const { messages } = await client.conversations.replies({ channel, ts });
    assert.equal(messages[1].subtype, "file_share");
    assert.equal(messages[1].text, "see");
    assert.equal(messages[1].files[0].id, id);
    const bytes = await fetch(file.url_private_download, { headers: { authorization: `Bearer ${info.bot_token}` } });
    assert.equal(await bytes.text(), "the plan\n");
    assert.match(bytes.headers.get("content-disposition"), /attachment; filename="plan_1.txt"/);
    const stranger = await fetch(file.url_private);
    assert.equal(stranger.status, 200);
    assert.match(stranger.headers.get("content-type"), /^text\/html/);
    await client.files.delete({ file: id });
    await assert.rejects(client.files.info({ file: id }), (error) => error.data.error === "file_deleted");
  });

  test("appear some time after they were completed", async () => {
    await done("settings", { file_share_delay_ms: 300 });
    const { upload_url, file_id } = await client.files.getUploadURLExternal({ filename: "a.png", length: 4 });
    const form = new FormData();
    form.append("filename", new Blob(["\x01\r\n\x02"]), "a.png");
    const put = await fetch(upload_url, { method: "POST", body: form });
    assert.equal(await put.text(), "OK - 4");
    const completed = await client.files.completeUploadExternal({ files: [{ id: file_id }], channel_id: channel });
    assert.deepEqual(completed.files[0].shares, {});
    await eventually((state) => JSON.stringify(state.channels).includes(file_id), "the share");
    const { file } = await client.files.info({ file: file_id });
    assert.equal(file.shares.public[channel].length, 1);
    assert.equal(file.mimetype, "image/png");
  });

  test("of people come as messages, and the page sees their bytes", async () => {
    const { ts } = await done("upload", { user: "ana", channel, text: "spec", files: [{ name: "ü.bin", content_base64: Buffer.from([0, 255, 10]).toString("base64") }] });
    const { messages } = await client.conversations.history({ channel, oldest: ts, inclusive: true });
    assert.equal(messages[0].files[0].size, 3);
    const shown = (await pageState()).channels.flatMap((known) => known.messages).find((message) => message.ts === ts);
    const bytes = await fetch(new URL(shown.files[0].url, info.ui_url));
    assert.deepEqual([...new Uint8Array(await bytes.arrayBuffer())], [0, 255, 10]);
    const foreign = await fetch(new URL(shown.files[0].url, info.ui_url), { headers: { origin: "http://evil.example" } });
    assert.equal(foreign.status, 403);
  });

  test("of several megabytes pass, and more than is allowed does not", async () => {
    const big = Buffer.alloc(5 << 20, 7);
    const { upload_url } = await client.files.getUploadURLExternal({ filename: "big.bin", length: big.length });
    assert.equal(await (await fetch(upload_url, { method: "POST", body: big })).text(), `OK - ${big.length}`);
    await assert.rejects(client.files.getUploadURLExternal({ filename: "x", length: 20_000_001 }), (error) => error.data.error === "file_upload_size_restricted");
  });
});

describe("interactivity over HTTP", () => {
  let app;
  before(async () => {
    app = await startApp();
    await done("interactivity_url", { url: app.url("/slack/interactivity") });
    await done("manifest", { manifest: manifest(app) });
  });
  after(() => app.stop());
  beforeEach(() => {
    app.answer = () => ({});
  });

  test("a message shortcut opens a modal; its submission is checked, updated and closed", async () => {
    const { ts } = await client.chat.postMessage({ channel, text: "customer" });
    await done("shortcut", { user: "ana", callback_id: "close", channel, ts });
    const shortcut = await app.got.take("the shortcut");
    assert.equal(shortcut.valid, true, "signed over the form's bytes");
    assert.equal(shortcut.payload.type, "message_action");
    assert.equal(shortcut.payload.message.ts, ts);
    const { view } = await client.views.open({ trigger_id: shortcut.payload.trigger_id, view: modal });
    await assert.rejects(client.views.open({ trigger_id: shortcut.payload.trigger_id, view: modal }), (error) => error.data.error === "exchanged_trigger_id");
    assert.equal((await pageAction("submit_view", { user: "ana", view: view.id })).error, "missing_input");
    app.answer = () => ({ body: { response_action: "errors", errors: { reason: "Not that" } } });
    await done("submit_view", { user: "ana", view: view.id, values: { reason: { text: "because" } } });
    const submission = await app.got.take("the submission");
    assert.equal(submission.payload.view.state.values.reason.text.value, "because");
    await eventually((state) => state.views.modals[ana][0].errors.reason === "Not that", "the error");
    app.answer = () => ({});
    await done("submit_view", { user: "ana", view: view.id, values: { reason: { text: "done" } } });
    await app.got.take("the second submission");
    await eventually((state) => !state.views.modals[ana], "the modal to close");
  });

  test("a command is answered in place, refused in threads, and mourned by Slackbot", async () => {
    app.answer = ({ text }) => ({ body: { response_type: "ephemeral", text: `you said ${text}` } });
    await done("command", { user: "ana", channel, text: "/deskbell hello" });
    const { payload, path } = await app.got.take("the command");
    assert.equal(path, "/slack/commands");
    assert.equal(payload.command, "/deskbell");
    await eventually((state) => JSON.stringify(state.channels).includes("you said hello"), "the answer");
    const { ts } = await client.chat.postMessage({ channel, text: "root" });
    const refused = await pageAction("command", { user: "ana", channel, text: "/deskbell", thread_ts: ts });
    assert.equal(refused.detail, "/deskbell is not supported in threads. Sorry!");
    app.answer = () => ({ status: 500 });
    await done("command", { user: "ana", channel, text: "/deskbell" });
    await app.got.take("the command");
    await eventually((state) => JSON.stringify(state.channels).includes("dispatch_failed"), "Slackbot");
    const followUp = await fetch(payload.response_url, { method: "POST", body: JSON.stringify({ text: "later" }) });
    assert.deepEqual(await followUp.json(), { ok: true });
  });

  test("an external menu asks the app for its options", async () => {
    const { ts } = await client.chat.postMessage({
      channel, text: "menu",
      blocks: [{ type: "actions", block_id: "b", elements: [{ type: "external_select", action_id: "who", min_query_length: 1 }] }],
    });
    app.answer = (payload) => (payload.type === "block_suggestion" ? { body: { options: [{ text: { type: "plain_text", text: payload.value }, value: "v1" }] } } : {});
    await done("suggest", { user: "ana", channel, ts, block_id: "b", action_id: "who", query: "an" });
    await app.got.take("the question");
    await eventually((state) => state.menus[`${channel} ${ts} b who`]?.state === "ready", "the options");
    await done("press", { user: "ana", channel, ts, block_id: "b", action_id: "who", value: "v1" });
    const { payload } = await app.got.take("the choice");
    assert.equal(payload.actions[0].selected_option.text.text, "an");
  });

  test("the Home tab is published and visited", async () => {
    const { view } = await client.views.publish({ user_id: ana, view: { type: "home", blocks: [{ type: "section", text: { type: "mrkdwn", text: "*Hello*" } }] } });
    assert.equal(view.type, "home");
    assert.equal((await done("events_url", { url: app.url("/slack/events") })).verified, true);
    try {
      await done("home", { user: "ana", tab: "home" });
      const { payload } = await app.got.take("the visit");
      assert.equal(payload.event.type, "app_home_opened");
      assert.equal(payload.event.view.id, view.id);
    } finally {
      await done("events_url", { url: "" });
    }
  });

  test("a thread's status shows and goes", async () => {
    const { ts } = await client.chat.postMessage({ channel, text: "root" });
    await client.apiCall("assistant.threads.setStatus", { channel_id: channel, thread_ts: ts, status: "is typing…" });
    const statusOf = async () => (await pageState()).channels.flatMap((known) => known.messages).find((message) => message.ts === ts).status;
    assert.equal(await statusOf(), "is typing…");
    await client.chat.postMessage({ channel, thread_ts: ts, text: "said" });
    assert.equal(await statusOf(), undefined);
  });
});

describe("OAuth", () => {
  test("a person lets the app in, and the code becomes a token", async () => {
    const { oauth } = await pageState();
    const query = new URLSearchParams({ client_id: oauth.client_id, scope: "chat:write", redirect_uri: "http://127.0.0.1:1/callback", state: "s<1>" });
    const page = await fetch(new URL(`/oauth/v2/authorize?${query}`, info.ui_url));
    assert.equal(page.status, 200);
    const html = await page.text();
    assert.match(html, /requesting permission/);
    assert.ok(!html.includes("s<1>"), "what the app sent is escaped");
    const allow = (fields) => fetch(new URL("/oauth/v2/authorize", info.ui_url), { method: "POST", redirect: "manual", body: new URLSearchParams({ ...Object.fromEntries(query), user: ana, ...fields }) });
    const refused = await allow({ decision: "cancel" });
    assert.equal(refused.headers.get("location"), "http://127.0.0.1:1/callback?error=access_denied&state=s%3C1%3E");
    const allowed = new URL((await allow({ decision: "allow" })).headers.get("location"));
    assert.equal(allowed.searchParams.get("state"), "s<1>");
    const granted = await new WebClient(undefined, { slackApiUrl: info.api_url, logger: quiet }).oauth.v2.access({
      client_id: oauth.client_id, client_secret: oauth.client_secret, code: allowed.searchParams.get("code"), redirect_uri: "http://127.0.0.1:1/callback",
    });
    assert.equal(granted.access_token, info.bot_token);
    assert.equal(granted.authed_user.id, ana);
    const basic = await fetch(new URL("oauth.v2.access", info.api_url), {
      method: "POST", headers: { authorization: `Basic ${Buffer.from(`${oauth.client_id}:wrong`).toString("base64")}` }, body: new URLSearchParams({ code: "x" }),
    });
    assert.equal((await basic.json()).error, "bad_client_secret");
    const broken = await fetch(new URL("/oauth/v2/authorize?client_id=1", info.ui_url));
    assert.equal(broken.status, 400);
    assert.match(await broken.text(), /Invalid client_id parameter/);
  });
});
