// Socket Mode with real processes: every way in which Slack's connections die while both sides talk. When it is over, each
// line of both sides is on the other side once and in order, and the connections stand again.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { createServer } from "node:net";
import WebSocket from "ws";
import { Customer } from "../harness/customer.mjs";
import { startFaultProxy } from "../harness/fault_proxy.mjs";
import { deadline, patience, sandboxPage, start, startDemo, startSandbox, startServer } from "../harness/processes.mjs";

const freePort = () => new Promise((resolve) => {
  const holder = createServer().listen(0, "127.0.0.1", () => {
    const { port } = holder.address();
    holder.close(() => resolve(port));
  });
});

let proxy, sandbox, server, slack;

async function begin({ env = {}, settings = {}, ...more } = {}) {
  if (proxy) proxy.target.port = await freePort();
  sandbox = proxy
    ? await start(["sandbox", "--listen", `127.0.0.1:${proxy.target.port}`, "--public-url", proxy.url], (line) => line.startsWith("{") && JSON.parse(line))
    : await startSandbox();
  slack = sandboxPage(sandbox);
  await slack.act("settings", { socket_mode: true, rate_limits: false, retry_scale: 0.05, ...settings });
  server = await startServer(sandbox, {
    subscribe: false, bot: 'kind = "none"', pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\nunknown_quiet_ms = 1500\nunknown_second_look_ms = 300",
    env: { DESKBELL_SLACK_MODE: "socket", DESKBELL_SLACK_APP_TOKEN: sandbox.info.app_token, DESKBELL_SLACK_SIGNING_SECRET: "", ...env }, ...more,
  });
}
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
  await proxy?.end();
  server = sandbox = proxy = undefined;
});

// A figure once it is as expected: the page shows what was true a second ago.
async function figure(name, expected) {
  for (const end = Date.now() + 10_000 * patience; ;) {
    const value = Number((await (await fetch(`${server.url}/metrics`)).text()).match(new RegExp(`^deskbell_slack_${name} (\\S+)`, "m"))?.[1]);
    if (expected(value)) return;
    assert.ok(Date.now() < end, `${name} is ${value}`);
  }
}
// Sockets as Slack sees them.
const sockets = (state, ...kinds) => state.sockets.filter((socket) => kinds.includes(socket.state));
const standing = (count = 2) => slack.waitFor(`${count} sockets that are open`, (state) => sockets(state, "open").length === count && state, 30_000);

// Two who talk, line by line, while something happens to the connections.
class Talk {
  said = { customer: [], agent: [] };
  static async begin() {
    const talk = new Talk();
    talk.customer = await (await Customer.arrive(server, { name: "Wanda", email: "wanda@email.com" })).connect();
    await talk.customer.handoff();
    talk.thread = await slack.thread(talk.customer.id);
    return talk;
  }
  async lines(count = 3) {
    for (let i = 0; i < count; ++i) {
      const line = (who) => { const text = `${who} ${this.said[who].length}.`; this.said[who].push(text); return text; };
      await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: this.thread.ts, text: line("agent") });
      await this.customer.say(line("customer"));
    }
  }
  // Both sides have all of it, once, in order.
  async settled(ms = 90_000) {
    for (const text of this.said.agent) await this.customer.hears(text, "agent", ms);
    const heard = this.customer.events.filter(({ kind, message }) => kind === "message" && message.author.role === "agent")
      .sort((a, b) => (a.message.order < b.message.order ? -1 : 1)).map(({ message }) => message.text);
    assert.deepEqual(heard, this.said.agent);
    const written = (replies) => replies.flatMap(({ text }) => text.match(/customer \d+\./g) ?? []);
    await slack.replies(this.customer.id, "all of the customer's lines, once and in order", (replies) => written(replies).join() === this.said.customer.join(), ms);
  }
}
const acknowledged = () => slack.waitFor("every envelope to be acknowledged", (state) => state.events.pending === 0 && state.sockets.every((socket) => socket.waiting === 0), 30_000);

describe("a server that asks Slack for its events", () => {
  test("lines go both ways, and every envelope is acknowledged", async () => {
    await begin();
    const state = await standing();
    assert.equal(state.events.url, "");
    const talk = await Talk.begin();
    await talk.lines(5);
    await talk.settled(10_000);
    await acknowledged();
    assert.ok(state.deliveries.every(({ attempt }) => attempt <= 1), "nothing came twice");
    await figure("sockets_live", (count) => count === 2);
    await figure("envelopes_unacknowledged_total", (count) => count === 0);
    // Without a signing secret nobody's words come in by HTTP.
    const forged = await fetch(`${server.url}/slack/events`, { method: "POST", headers: { "x-slack-request-timestamp": String(Math.floor(Date.now() / 1000)), "x-slack-signature": "v0=0" }, body: "{}" });
    assert.equal(forged.status, 401);
  });

  test("one connection, five: as many as were asked for", async () => {
    await begin({ env: { DESKBELL_SLACK_SOCKET_CONNECTIONS: "5" } });
    await standing(5);
    const talk = await Talk.begin();
    await talk.lines();
    await talk.settled(10_000);
  });

  test("buttons are answered over a connection, once what they do is durable", async () => {
    await begin();
    await standing();
    const talk = await Talk.begin();
    const press = async (action) => {
      const { delivery } = await slack.act("press", { user: "ana", channel: "#vip-sales", ts: talk.thread.ts, action_id: action });
      return slack.waitFor(`the answer to ${action}`, (state) => state.interactions.find((one) => one.delivery === delivery && one.state !== "waiting"));
    };
    assert.equal((await press("deskbell_claim")).state, "done");
    await talk.customer.state("open");
    assert.equal((await press("deskbell_resolve")).state, "done");
    await talk.customer.state("closed");
    await acknowledged();
  });

  for (const how of ["warn", "refresh"]) {
    test(`${how}: the next connection is open before the old one goes`, async () => {
      await begin();
      await standing();
      const talk = await Talk.begin();
      const old = (await slack.state()).sockets.map(({ id }) => id);
      await slack.act("socket", { do: how });
      await talk.lines(4);
      const renewed = await slack.waitFor("two new sockets", (state) => sockets(state, "open").filter(({ id }) => !old.includes(id)).length === 2 && state, 20_000);
      assert.ok(renewed, "new sockets stand");
      await talk.lines(2);
      await talk.settled(10_000);
      await figure("sockets_lost_total", (count) => count === 0);
      await figure("sockets_replaced_total", (count) => count === 2);
    });
  }

  test("connections that break at once, all of them, again and again", async () => {
    await begin({ settings: { socket_ghost_s: 4 } });
    await standing();
    const talk = await Talk.begin();
    for (let i = 0; i < 3; ++i) {
      await slack.waitFor("a socket that is open", (state) => sockets(state, "open").length > 0, 30_000);
      await slack.act("socket", { do: "ghost" });  // closed on our side; Slack goes on sending to them
      await talk.lines(3);
    }
    await talk.settled();
    await standing();
    await acknowledged();
    await figure("sockets_lost_total", (count) => count >= 2);
  });

  test("a connection that looks alive and brings nothing is found out and replaced", async () => {
    await begin();
    await standing();
    const talk = await Talk.begin();
    await talk.lines(2);
    const { sockets: all } = await slack.state();
    await slack.act("socket", { do: "stall", id: all[0].id });
    await talk.lines(6);
    await talk.settled();
    await slack.waitFor("the stalled one to be gone", (state) => sockets(state, "stalled").length === 0, 60_000);
    await standing();
    await figure("sockets_suspected_total", (count) => count >= 1);
  });

  test("all of them look alive and bring nothing: our own post's missing event betrays it", async () => {
    await begin();
    await standing();
    const talk = await Talk.begin();
    await slack.act("socket", { do: "stall" });
    await talk.lines(3);
    await talk.settled();
    await slack.waitFor("the stalled ones to be gone", (state) => sockets(state, "stalled").length === 0, 60_000);
    await standing();
    await figure("events_missed_total", (count) => count >= 1);
    await talk.lines(2);
    await talk.settled(10_000);
  });

  test("Socket Mode is switched off, and on again", async () => {
    await begin();
    await standing();
    const talk = await Talk.begin();
    await slack.act("settings", { socket_mode: false });
    await talk.lines(3);
    await server.logged("link_disabled");
    await slack.act("settings", { socket_mode: true });
    await talk.settled();
    await standing(2);
  });

  test("Slack opens no connection for a while: limits, refusals, faults", async () => {
    await begin();
    await standing();
    const talk = await Talk.begin();
    for (const rule of [{ effect: "rate_limited", retry_after_s: 2, times: 2 }, { effect: "error_page", times: 2 }, { effect: "reset", times: 1 }, { effect: "api_error", error: "internal_error", times: 1 }]) {
      await slack.act("fault", { method: "apps.connections.open", ...rule });
    }
    await slack.act("socket", { do: "ghost" });
    await talk.lines(4);
    await talk.settled();
    await standing();
  });

  test("somebody else holds all ten connections", async () => {
    sandbox = await startSandbox();
    slack = sandboxPage(sandbox);
    await slack.act("settings", { socket_mode: true });
    const foreign = [];
    for (let i = 0; i < 10; ++i) {
      const { url } = await (await fetch(`${sandbox.info.api_url}apps.connections.open`, { method: "POST", headers: { authorization: `Bearer ${sandbox.info.app_token}` } })).json();
      const socket = new WebSocket(url);
      await deadline(new Promise((resolve) => socket.once("message", resolve)), 10_000, "a hello");
      foreign.push(socket);
    }
    server = await startServer(sandbox, { subscribe: false, bot: 'kind = "none"', env: { DESKBELL_SLACK_MODE: "socket", DESKBELL_SLACK_APP_TOKEN: sandbox.info.app_token } });
    await server.logged("too_many_websockets");
    for (const socket of foreign) socket.close();
    await slack.waitFor("two sockets of ours", (state) => sockets(state, "open").length === 2, 90_000);
    const talk = await Talk.begin();
    await talk.lines(2);
    await talk.settled(10_000);
  });

  for (const signal of ["SIGKILL", "SIGTERM"]) {
    test(`the server ends by ${signal} while both talk, and comes back`, async () => {
      await begin({ settings: { socket_ghost_s: 3 } });
      await standing();
      const talk = await Talk.begin();
      await talk.lines(2);
      for (let i = 0; i < 3; ++i) talk.said.agent.push(`agent ${talk.said.agent.length}.`);
      const last = talk.said.agent.slice(-3);
      const posting = Promise.all(last.map((text, i) => i === 0 ? slack.post({ user: "ana", channel: "#vip-sales", thread_ts: talk.thread.ts, text }) : undefined));
      await posting;
      const ended = server.restart(signal);
      for (const text of last.slice(1)) await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: talk.thread.ts, text });
      await ended;
      await talk.customer.connect();
      await talk.settled();
      await standing();
      await talk.lines(2);
      await talk.settled(10_000);
    });
  }
});

describe("behind a network that fails", () => {
  beforeEach(async () => { proxy = await startFaultProxy(1); });
  const links = () => proxy.connections.filter(({ up }) => String(up.record).includes("GET /link/"));

  test("half open: what Slack says goes nowhere, and no end is told", async () => {
    await begin();
    await standing();
    const talk = await Talk.begin();
    await talk.lines(2);
    for (const link of links()) link.down.drop();
    await talk.lines(3);
    await talk.settled();
    await slack.waitFor("two sockets that answer", () => links().length >= 4, 30_000);
    await talk.lines(2);
    await talk.settled();
  });

  test("cut in the middle of a frame, and passed byte by byte", async () => {
    await begin();
    await standing();
    const talk = await Talk.begin();
    for (const link of links()) link.down.split(1);
    await talk.lines(3);
    await talk.settled();
    for (const link of links()) link.reset();
    await talk.lines(3);
    await talk.settled();
    await standing();
  });
});

test("the demo runs over Socket Mode too", async () => {
  const demo = await startDemo(["--socket-mode"]);
  sandbox = demo;
  slack = sandboxPage(demo);
  server = { url: demo.info.server_url, end: async () => {} };
  await standing();
  const talk = await Talk.begin();
  await talk.lines(2);
  await talk.settled(10_000);
});
