// Every word of every session carries the session's tag: names, e-mails, pages, topics, ratings, agents' replies. Then all that
// leaves the server is looked through: no word of a session in another's socket, stream, thread or bot's answer; none at all in a
// log or a figure, at any level; no secret anywhere.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";
import { ask, signed } from "./ask.mjs";

const names = ["ANEMONE", "BERBERIS", "CALENDULA", "DAFFODIL", "EDELWEISS", "FREESIA"];
const sites = [{ id: "default", origin: "http://shop.example" }, { id: "second", origin: "https://second.example" }];
const agents = ["ana", "ben"];
const tagOf = (name) => `zq${name}7x`;
const tags = names.map(tagOf);
const has = (text, tag) => text.toLowerCase().includes(tag.toLowerCase());
const foreign = (text, tag) => tags.filter((other) => other !== tag && has(text, other));

function expectOnly(text, tag, what) {
  const found = foreign(text, tag);
  assert.deepEqual(found, [], `${what} holds words of ${found}: ${excerpt(text, found[0])}`);
}
function excerpt(text, word = "") {
  const at = text.toLowerCase().indexOf(word.toLowerCase());
  return at < 0 ? "" : text.slice(Math.max(0, at - 200), at + 100);
}

class Play {
  heard = [];  // {tag, text}: all that a customer's connections brought

  async begin(log) {
    this.sandbox = await startSandbox();
    this.slack = sandboxPage(this.sandbox);
    await this.slack.act("settings", { rate_limits: false, retry_scale: 0.01 });
    this.server = await startServer(this.sandbox, {
      limits: "sessions_per_minute_per_ip = 0",
      pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\ngap_repair_ms = 1000",
      more: `[[site]]\nid = "second"\norigins = ["${sites[1].origin}"]\n[log]\n${log}`,
      routes: '[[slack.route]]\nchannels = ["#vip-sales-2"]\nwhen = { site = "second" }\n[[slack.route]]\nchannels = ["#vip-sales"]',
    });
    this.logs = [this.server.log];
  }

  async arrive(name, index) {
    const tag = tagOf(name), site = sites[index % 2];
    const customer = await Customer.arrive(this.server, { name: `Name ${tag}`, email: `${tag}@example.com`, phone: `+1 ${tag}`.slice(0, 60), attributes: { plan: `gold ${tag}` } },
      { site: site.id, page: { url: `https://shop.example/${tag}?q=${tag}`, title: `Title ${tag}`, referrer: `https://from.example/${tag}` }, locale: "en", timezone: "UTC" });
    customer.instance = `${tag}-${randomUUID()}`.slice(0, 60);
    await customer.connect({ after: 0 });
    return Object.assign(customer, { tag, site, channel: index % 2 ? "vip-sales-2" : "vip-sales", agent: agents[(index >> 1) % 2] });
  }

  // The bot, the team, all an agent can do, and all a customer can.
  async talk(customer) {
    const { tag, channel, agent } = customer;
    await customer.say(`How much for 200 photos? ${tag}`);
    await customer.event("the bot's answer", (event) => event.kind === "message" && event.message.author.role === "bot");
    await customer.handoff({ topic: `topic ${tag}`, note: `note ${tag}` });
    const parent = await this.slack.thread(customer.id, channel);
    const said = await customer.say(`words to the team ${tag} <!channel> & co`);
    await customer.receipt(said.message.id, "delivered", 20_000);
    const place = { user: agent, channel: `#${channel}` };
    const reply = await this.slack.post({ ...place, thread_ts: parent.ts, text: `answer for ${tag} *bold*` });
    await customer.hears(`answer for ${tag}`);
    await this.slack.act("edit", { ...place, ts: reply.ts, text: `changed for ${tag}` });
    await customer.event("the edit", (event) => event.kind === "message_edited");
    const gone = await this.slack.post({ ...place, thread_ts: parent.ts, text: `to be deleted ${tag}` });
    await customer.hears(`to be deleted ${tag}`);
    await this.slack.act("delete", { ...place, ts: gone.ts });
    await customer.event("the deletion", (event) => event.kind === "message_deleted");
    await this.slack.act("react", { ...place, ts: parent.ts, name: "eyes" });
    await customer.request("typing", { on: true });
    await customer.request("customer", { phone: `+2 ${tag}` });
    await customer.request("read", { seq: customer.head });
    await customer.request("rating", { score: 4, comment: `rated ${tag}` });
    return parent;
  }

  // What makes servers talkative: refusals, nonsense and forgery, all of it with the tag in it.
  async provoke(customer) {
    const { tag, token } = customer, { server, sandbox } = this;
    const authorization = `Bearer ${token}`;
    const post = (path, body, headers = {}) => ask(server, "POST", path, { body, headers: { authorization, ...headers } });
    const answers = [
      await post("/v1/session/messages", `{"text": "${tag}`),
      await post("/v1/session/messages", { client_id: tag, text: tag, [tag]: tag }),
      await post("/v1/session/messages", { client_id: `long ${tag}`, text: tag.repeat(1000) }),
      await post("/v1/session/messages", { client_id: "empty", text: " " }),
      await post("/v1/session/rating", { score: 99, comment: tag }),
      await post("/v1/session/handoff", { customer: { email: `${tag} is no address` } }),
      await ask(server, "PATCH", "/v1/session", { body: { customer: { attributes: { big: tag.repeat(900) } } }, headers: { authorization } }),
      await post("/v1/sessions", { site: tag }),
      await post("/v1/sessions", { identity: tag }),
      await post("/v1/sessions", { customer: {} }, { origin: `https://${tag}.example` }),
      await ask(server, "GET", `/v1/session/events?after=${tag}`, { headers: { authorization } }),
      await ask(server, "GET", `/${tag}/../${tag}`, { headers: { authorization, "user-agent": tag, referer: tag, "x-forwarded-for": tag, cookie: tag } }),
      await ask(server, "GET", "/v1/session", { headers: { authorization: `Bearer ${tag}` } }),
      await ask(server, "GET", "/v1/session", { headers: { authorization: `Bearer dbs_${(tag + "A".repeat(43)).slice(0, 43)}` } }),
      await ask(server, "POST", "/slack/events", { body: JSON.stringify({ type: "event_callback", event: { text: tag } }) }),
      await ask(server, "POST", "/slack/events", { body: `{"broken ${tag}`, headers: signed(sandbox.info.signing_secret, `{"broken ${tag}`) }),
    ];
    for (const { all } of answers) this.heard.push({ tag, text: all });
    // A signed event of a thread nobody knows, and one whose fields are not what they should be.
    const { team } = await this.slack.state();
    for (const event of [{ type: "message", channel: "C0UNKNOWN", user: "U0SOMEBODY", text: tag, ts: "1763800105.000300", thread_ts: "1763800100.000300" }, { type: tag, channel: tag, user: { id: tag } }, { type: "message", subtype: tag, channel: "C0UNKNOWN", user: "U0SOMEBODY", ts: "1763800105.000301", text: tag }]) {
      const body = JSON.stringify({ type: "event_callback", team_id: team.id, event_id: `Ev${randomUUID()}`, event });
      await ask(server, "POST", "/slack/events", { body, headers: signed(sandbox.info.signing_secret, body) });
    }
    const bad = await customer.request("message", { client_id: "c", text: tag, [tag]: 1 });
    assert.equal(bad.type, "error");
  }

  // Slack refusing and failing, with customers' words on the way.
  async storm(customer) {
    const { tag } = customer;
    for (const fault of [{ effect: "error_page", status: 503, times: 1 }, { effect: "api_error", error: "invalid_blocks", times: 1 }, { effect: "truncated_answer", times: 1 }, { effect: "apply_then_error_page", status: 500, times: 1 }, { effect: "rate_limited", retry_after_s: 1, times: 1 }]) {
      await this.slack.act("fault", { method: "chat.postMessage", ...fault });
      const said = await customer.say(`through the storm ${tag} ${fault.effect}`);
      await customer.receipt(said.message.id, "delivered", 60_000);
      await this.slack.act("clear_faults", {});
    }
  }

  async otherDoors(customer) {
    const headers = { authorization: `Bearer ${customer.token}`, origin: customer.site.origin };
    for (const path of ["/v1/session", "/v1/session/events?after=0", "/v1/session/events?after=0&wait=1", "/v1/session/stream?after=0"])
      this.heard.push({ tag: customer.tag, text: (await ask(this.server, "GET", path, { headers })).all });
  }

  async publicPages() {
    const pages = [];
    for (const path of ["/metrics", "/readyz", "/healthz", "/demo/config.json"]) pages.push((await ask(this.server, "GET", path)).all);
    return pages.join("\n");
  }

  async end() {
    await this.server?.end();
    await this.sandbox?.stop();
  }
}

function checkThreads(state, customers) {
  let messages = 0;
  for (const channel of state.channels) {
    for (const parent of channel.messages) {
      if (!parent.replies) continue;
      const thread = JSON.stringify(parent);
      const [owner] = customers.filter((customer) => thread.includes(customer.id));
      assert.ok(owner, `whose thread is this? ${thread.slice(0, 300)}`);
      expectOnly(thread, owner.tag, `the thread of ${owner.tag}`);
      messages += 1 + parent.replies.length;
    }
  }
  return messages;
}

function checkLogs(play, customers, figures) {
  const { info } = play.sandbox;
  const log = play.logs.flat().join("\n");
  const secrets = { "bot token": info.bot_token, "signing secret": info.signing_secret, "app token": info.app_token, ...Object.fromEntries(customers.map((customer) => [`token of ${customer.tag}`, customer.token])) };
  for (const [where, text] of [["the log", log], ["the figures", figures], ["what customers heard", play.heard.map(({ text }) => text).join("\n")]]) {
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(secret && !text.includes(secret), `${where} holds the ${name}: ${excerpt(text, secret)}`);
      assert.ok(!text.includes(secret.slice(5, 25)), `${where} holds a part of the ${name}`);
    }
  }
  for (const tag of tags) {
    assert.ok(!has(log, tag), `the log holds words of ${tag}: ${excerpt(log, tag)}`);
    assert.ok(!has(figures, tag), `the figures hold words of ${tag}: ${excerpt(figures, tag)}`);
  }
  return log.split("\n").length;
}

for (const log of ['level = "debug"\nformat = "text"', 'level = "info"\nformat = "json"']) {
  test(`no word goes astray: ${log.replaceAll("\n", ", ")}`, async () => {
    const play = new Play();
    try {
      await play.begin(log);
      const customers = await Promise.all(names.map((name, index) => play.arrive(name, index)));
      await Promise.all(customers.map((customer) => play.talk(customer)));
      await Promise.all(customers.map((customer) => play.provoke(customer)));
      await Promise.all(customers.map((customer) => play.otherDoors(customer)));
      await play.storm(customers[0]);
      let figures = await play.publicPages();
      // A crash, and a start that finds what was left behind.
      for (const customer of customers) play.heard.push({ tag: customer.tag, text: JSON.stringify(customer.frames.map(({ socket: _, ...frame }) => frame)) });
      await play.server.restart("SIGKILL");
      play.logs.push(play.server.log);
      for (const customer of customers) {
        await customer.connect({ after: 0 });
        await customer.say(`after the crash ${customer.tag}`);
      }
      for (const customer of customers) await customer.receipt(customer.events.findLast((event) => event.kind === "message" && event.message.author.role === "customer").message.id, "delivered", 60_000);
      await Promise.all(customers.map((customer) => play.otherDoors(customer)));
      figures += await play.publicPages();
      for (const customer of customers) {
        assert.ok(customer.texts("bot").length > 0, "no bot answered");
        play.heard.push({ tag: customer.tag, text: JSON.stringify(customer.frames.map(({ socket: _, ...frame }) => frame)) });
      }
      const messages = checkThreads(await play.slack.state(), customers);
      await play.server.stop();
      // What is looked for is really there: each heard its own, and the log has something to say.
      for (const { tag } of customers) assert.ok(play.heard.filter((heard) => heard.tag === tag && has(heard.text, tag)).length >= 5);
      assert.match(play.logs.flat().join("\n"), /signature does not match|headers are missing/);
      for (const { tag, text } of play.heard) expectOnly(text, tag, `what ${tag} heard`);
      const lines = checkLogs(play, customers, figures);
      console.log(`tags: ${customers.length} sessions, ${messages} posts in threads, ${play.heard.length} answers and sockets, ${lines} lines of log: 0 leaks`);
    } finally {
      await play.end();
    }
  });
}
