// Restarts one after the other while customers and agents write all the time: nothing lost, nothing doubled, nothing out
// of order, in the logs and in the threads; and no event of Slack's is refused for good.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api } from "../harness/customer.mjs";
import { deadline, findParent, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";
import { percentile } from "./figures.mjs";
import { Link, faultsOfLog, faultsOfThread, inLanes, readLog } from "./load.mjs";

const restarts = Number(process.env.DESKBELL_RESTARTS ?? (process.env.DESKBELL_LONG ? 10 : 3));
const count = 24;
let sandbox, server, slack;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, {
    bot: 'kind = "none"', limits: "sessions_per_minute_per_ip = 0\nmessages_per_second_per_session = 0",
    pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\nunknown_quiet_ms = 1500\nunknown_second_look_ms = 300\ngap_repair_ms = 2000",
  });
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false, retry_scale: 0.05 });
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// What was said in a session's thread by the app, each letter's words once (blocks when there are any).
function threadText(state, id) {
  const parent = findParent(state, id, "vip-sales");
  return (parent?.replies ?? []).filter((reply) => reply.author.is_bot).map((reply) => (reply.blocks?.length ? JSON.stringify(reply.blocks) : reply.text)).join("\n");
}

test(`${restarts} restarts under load`, { timeout: 400_000 }, async (t) => {
  const links = [];
  let writing = true;
  t.after(() => { writing = false; for (const link of links) link.stop(); });
  await inLanes(Array.from({ length: count }), 8, async (_, i) => { links[i] = await Link.arrive(server, { name: `Customer ${i}`, email: `c${i}@email.com` }); });
  const running = links.map((link) => link.run());
  await deadline(inLanes(links, count, async (link) => {
    await link.until(() => link.isUp);
    await link.request("handoff", { topic: "restarts" });
  }), 30_000, "everybody in line for a human");
  const threads = [];
  for (const link of links) threads.push(await slack.thread(link.id));

  const customersWrite = links.map(async (link, i) => {
    for (let n = 0; writing; ++n) {
      await link.say(`⟦c${i}.${n}⟧`, { clientId: `c${i}.${n}` });
      await pause(150 + Math.random() * 150);
    }
  });
  // Some over REST, which is told nothing in advance.
  const rest = await Link.arrive(server, { name: "Rest" });
  const restWrites = (async () => {
    for (let n = 0; writing; ++n) {
      for (;;) {
        const answer = await api(server, "POST", "/v1/session/messages", { token: rest.token, body: { client_id: `r${n}`, text: `⟦r${n}⟧` } }).catch(() => undefined);
        if (answer?.status === 200 || answer?.status === 201) { rest.acknowledged.push({ clientId: `r${n}`, text: `⟦r${n}⟧`, seq: answer.body.event.seq }); break; }
        if (answer) assert.ok([429, 503].includes(answer.status), `refused with ${answer.status}`);
        await pause(100);
      }
      await pause(30);
    }
  })();
  const agentSaid = links.map(() => []);
  const agentsWrite = (async () => {
    for (let n = 0; writing; ++n) {
      const i = n % count;
      agentSaid[i].push(`⟦a${i}.${n}⟧`);
      await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: threads[i].ts, text: `⟦a${i}.${n}⟧` });
      await pause(60);
    }
  })();

  const downs = [];
  for (let round = 0; round < restarts; ++round) {
    await pause(1200);
    const started = performance.now();
    const ended = await server.restart();
    downs.push(performance.now() - started);
    assert.equal(ended.code, 0);
    await deadline(Promise.all(links.map((link) => link.until(() => link.isUp && link.reconnects.length > round))), 30_000, `everybody to be back after restart ${round + 1}`);
  }
  await pause(500);
  writing = false;
  await deadline(Promise.all([...customersWrite, restWrites, agentsWrite]), 30_000, "the last words");

  // At rest: both sides hold all of it.
  await deadline(inLanes(links, count, (link, i) => link.until(() => link.heard.filter(({ role }) => role === "agent").length >= agentSaid[i].length)), 60_000, "every agent's word to be heard");
  const state = await slack.waitFor("every customer's word in its thread", (now) => links.every((link) => threadText(now, link.id).includes(link.acknowledged.at(-1).text)) && now, 60_000);
  const faults = [];
  for (const [i, link] of links.entries()) {
    const log = await readLog(server, link.token);
    for (const fault of faultsOfLog(log, link.acknowledged)) faults.push(`log ${i}: ${fault}`);
    for (const fault of faultsOfThread(threadText(state, link.id), link.acknowledged.map(({ text }) => text))) faults.push(`thread ${i}: ${fault}`);
    // An event that Slack had to send again comes late and sorts into its place.
    const heard = link.heard.filter(({ role }) => role === "agent").sort((a, b) => (a.order < b.order ? -1 : 1)).map(({ text }) => text);
    if (JSON.stringify(heard) !== JSON.stringify(agentSaid[i])) faults.push(`customer ${i} heard ${heard.length} of ${agentSaid[i].length}, or in another order`);
    if (link.doubled || link.skipped) faults.push(`customer ${i}: ${link.doubled} doubled, ${link.skipped} skipped`);
    const elsewhere = links.some((other, at) => at !== i && threadText(state, other.id).includes(`⟦c${i}.`));
    if (elsewhere) faults.push(`customer ${i} is quoted in another thread`);
  }
  for (const fault of faultsOfLog(await readLog(server, rest.token), rest.acknowledged)) faults.push(`log of REST: ${fault}`);
  assert.deepEqual(faults, []);
  const quiet = await slack.waitFor("no event to be under way", (now) => now.events.pending === 0 && now, 30_000);
  assert.equal(quiet.events.state, "on");
  assert.deepEqual(quiet.deliveries.filter((each) => each.state === "given_up"), []);
  const took = links.flatMap((link) => link.reconnects).sort((a, b) => a - b);
  downs.sort((a, b) => a - b);
  console.log(`restarts: ${restarts}, each ${downs[0].toFixed(0)}–${downs.at(-1).toFixed(0)} ms; customers out for ${percentile(took, 0.5).toFixed(0)} ms (p50), ${percentile(took, 0.99).toFixed(0)} ms (p99); `
    + `${links.reduce((sum, link) => sum + link.acknowledged.length, 0) + rest.acknowledged.length} messages of customers, ${agentSaid.flat().length} of agents; events that failed at first: ${quiet.events.failed_last_hour}`);
  for (const link of links) link.stop();
  await Promise.all(running);
});
