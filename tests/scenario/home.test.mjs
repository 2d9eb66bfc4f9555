// What agents see of the house: /deskbell and the Home tab, over real processes; and only those who may.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, slack, customer;
before(async () => {
  sandbox = await startSandbox();
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false });
  server = await startServer(sandbox, {
    bot: 'kind = "none"',
    pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0",
    more: "[desk]\npresence_interval_s = 1",
  });
  await slack.act("manifest", { manifest: { features: {
    app_home: { home_tab_enabled: true, messages_tab_enabled: false },
    slash_commands: [{ command: "/deskbell", description: "Status", url: `${server.url}/slack/commands` }],
  } } });
  customer = await (await Customer.arrive(server, { name: "Ada <Lovelace>", email: "ada@email.com" })).connect();
  await customer.handoff({ topic: "billing" });
  customer.thread = await slack.thread(customer.id);
  await customer.say("my parcel is lost & cold");
});
after(async () => {
  await customer?.leave();
  await server?.end();
  await sandbox?.stop();
});

// What the command answered, to that person alone.
async function command(user, text) {
  const before = new Set(seen(await slack.state(), user).map((message) => message.ts));
  await slack.act("command", { user, channel: "#vip-sales", text: `/deskbell ${text}` });
  return slack.waitFor(`an answer to ${text}`, (state) => {
    const fresh = seen(state, user).filter((message) => !before.has(message.ts));
    return fresh.length > 0 && fresh.at(-1).text;
  }, 15_000);
}
const seen = (state, user) => {
  const id = state.users.find((one) => one.name === user).id;
  return state.channels.find((channel) => channel.name === "vip-sales").messages.filter((message) => message.kind === "ephemeral" && message.ephemeral_for === id);
};
async function until(user, text, look) {
  for (let answer = await command(user, text); ; answer = await command(user, text)) if (look(answer)) return answer;
}

test("status, waiting, mine and search say how things stand", async () => {
  const link = `/p${customer.thread.ts.replace(".", "")}`;
  // Members are read in the background; the first answers may know nobody yet.
  const waiting = await until("ana", "waiting", (text) => text.includes("Ada"));
  assert.ok(waiting.includes(link), waiting);
  assert.ok(waiting.includes("Ada &lt;Lovelace&gt;") && waiting.includes("billing"), waiting);
  assert.match(await command("ana", "status"), /\*1 customer waits\*.*\n:large_green_circle:/s);
  assert.match(await command("ana", "mine"), /no open conversation/);
  assert.match(await command("ana", "search PARCEL"), /my parcel is lost &amp; cold/);
  assert.match(await command("ana", "search nothing-like-this"), /Nothing found/);
  assert.match(await command("ana", "help"), /deskbell search/);
  assert.match(await command("ana", "dance"), /I do not know `dance`/);
});

test("off: not counted, and still so after a restart", async () => {
  await until("ana", "status", (text) => /\d agents? (is|are) here/.test(text));
  const before = Number((await command("ana", "status")).match(/(\d) agents?/)[1]);
  assert.match(await command("ana", "off"), /not called and not counted/);
  assert.equal(Number((await command("ana", "status")).match(/(\d) agents?/)[1]), before - 1);
  await server.restart("SIGKILL");
  await customer.connect();
  await until("ana", "status", (text) => text.includes("You take no customers"));
  assert.match(await command("ana", "on"), /called and counted again/);
});

test("the Home tab shows who waits and whose it is, and follows", async () => {
  await until("ana", "waiting", (text) => text.includes("Ada"));
  const home = async (what, look) => slack.waitFor(what, (state) => {
    const id = state.users.find((one) => one.name === "ana").id;
    const view = JSON.stringify(state.views.homes[id] ?? {});
    return look(view) && view;
  }, 15_000);
  await slack.act("home", { user: "ana", tab: "home" });
  const first = await home("the tab", (view) => view.includes("Ada &lt;Lovelace&gt;"));
  assert.ok(first.includes("1 customer waits") && first.includes("Messages go through"), first);
  await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: customer.thread.ts, text: "Let me look" });
  await customer.hears("Let me look");
  const later = await home("the same tab, mine now", (view) => view.includes("Nobody waits") && view.includes("1 conversation is open"));
  assert.match(later, /Answered: \*1\*/);
});

test("who is not of the team sees nothing; who is not signed is nobody", async () => {
  await slack.act("add_person", { name: "greta", display_name: "Greta", kind: "guest", channels: ["#vip-sales"] });
  assert.match(await command("greta", "waiting"), /for members of the workspace/);
  await slack.act("add_person", { name: "paul", display_name: "Paul", kind: "member", channels: [] });
  const state = await slack.state();
  const paul = state.users.find((one) => one.name === "paul").id;
  const form = (user) => new URLSearchParams({ command: "/deskbell", text: "search parcel", user_id: user, team_id: state.team.id }).toString();
  const ask = (body, secret) => {
    const at = Math.floor(Date.now() / 1000);
    const signature = `v0=${createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex")}`;
    return fetch(`${server.url}/slack/commands`, { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": String(at), "x-slack-signature": signature } });
  };
  const hidden = await ask(form(paul), sandbox.info.signing_secret);
  assert.equal(hidden.status, 200);
  assert.match((await hidden.json()).text, /Nothing found/);
  assert.equal((await ask(form(paul), "not the secret")).status, 401);
});
