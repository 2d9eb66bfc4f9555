// Four times as much as is admitted, for a while: what is refused is refused in so many words, what was acknowledged is
// there, memory stays on its plateau, and afterwards everything is as before.
//
//   node tests/abuse/overload.mjs [seconds]     against DESKBELL_BINARY; prints its figures, exits 1 on a fault
//
// Three kinds of load at once, each four times over its limit:
//   talkers    customers who write at 80 messages a second where 20 are admitted (too_many_messages)
//   queue      customers in line for a human, who write more than four times what a slow desk can carry (session_busy)
//   newcomers  sessions from one address, four times as many as it may begin (too_many_sessions)
// with a well-behaved customer beside them, whose answers are timed.
import { pathToFileURL } from "node:url";
import { Customer, api } from "../harness/customer.mjs";
import { findParent, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";
import { megabytes, percentile, residentBytes } from "./figures.mjs";
import { Link, faultsOfLog, faultsOfThread, inLanes, readLog } from "./load.mjs";

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
export const residentCapBytes = 400 << 20;  // the process's own bounds: 256 MiB held for peers, the rest is the program

export async function overload(seconds, { print = console.log } = {}) {
  const sandbox = await startSandbox();
  let server;
  const faults = [], links = [];
  try {
    server = await startServer(sandbox, {
      bot: 'kind = "none"', limits: "sessions_per_minute_per_ip = 600\nmessages_per_second_per_session = 20",
      pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0\ngap_repair_ms = 5000",
    });
    const slack = sandboxPage(sandbox);
    await slack.act("settings", { rate_limits: false });
    const talkers = [], queue = [];
    await inLanes(Array.from({ length: 12 }), 6, async () => { talkers.push(await Link.arrive(server)); });
    await inLanes(Array.from({ length: 12 }), 6, async (_, i) => { queue.push(await Link.arrive(server, { name: `Q${i}` })); });
    links.push(...talkers, ...queue);
    for (const link of links) link.keepHeard = false;
    const running = links.map((link) => link.run());
    await Promise.all(links.map((link) => link.until(() => link.isUp)));
    for (const link of queue) await link.request("handoff", {});
    // Ten lines a post, a post each four seconds: two and a half lines a second and customer.
    await slack.act("fault", { effect: "answer_delay", method: "chat.postMessage", delay_ms: 4000 });
    const good = await (await Customer.arrive(server)).connect();

    const started = performance.now();
    const elapsed = () => (performance.now() - started) / 1000;
    const going = () => elapsed() < seconds;
    const load = [];
    const sent = { talkers: 0, queue: 0, newcomers: 0 };
    // Each message is one client_id, repeated by nobody: what is refused is counted and let go.
    const fire = async (link, kind, text, clientId) => {
      ++sent[kind];
      try {
        const answer = await link.request("message", { client_id: clientId, text });
        if (answer.type === "ok") link.acknowledged.push({ clientId, text, seq: answer.seq });
        else {
          link.refusals[answer.error.code] = (link.refusals[answer.error.code] ?? 0) + 1;
          if (!(answer.error.retry_after_ms > 0)) faults.push(`a refusal that does not say when to come back: ${JSON.stringify(answer.error)}`);
        }
      } catch { /* the line was cut: nobody promised anything */ }
    };
    const every = (ms, work) => (async () => { for (let n = 0; going(); ++n) { work(n); await pause(Math.max(0, started + (n + 1) * ms - performance.now())); } })();
    for (const [i, link] of talkers.entries()) load.push(every(12.5, (n) => { fire(link, "talkers", `t${i}.${n} ${"words ".repeat(60)}`, `t${i}.${n}`); }));
    for (const [i, link] of queue.entries()) load.push(every(1000 / 16, (n) => { fire(link, "queue", `⟦q${i}.${n}⟧`, `q${i}.${n}`); }));
    const newcomers = { made: 0, refused: 0 };
    load.push(every(25, async () => {
      ++sent.newcomers;
      const made = await api(server, "POST", "/v1/sessions", { body: {} }).catch(() => undefined);
      if (made?.status === 201) ++newcomers.made;
      else if (made?.status === 429 && made.body.code === "too_many_sessions" && made.headers.get("retry-after")) ++newcomers.refused;
      else faults.push(`a newcomer was answered ${made?.status}`);
    }));
    const latencies = [];
    load.push((async () => {
      for (let n = 0; going(); ++n) {
        const asked = performance.now();
        await good.say(`good ${n}`);
        latencies.push(performance.now() - asked);
        await pause(600);
      }
    })());
    const samples = [];
    load.push((async () => { while (going()) { samples.push({ at: elapsed(), resident: residentBytes(server.pid) }); await pause(500); } })());
    await Promise.all(load);

    // The plateau: the last quarter holds no more than the second one and what its new sessions cost.
    const quarter = (from, to) => Math.max(...samples.filter(({ at }) => at >= seconds * from && at < seconds * to).map(({ resident }) => resident));
    const [early, late, peak] = [quarter(0.25, 0.5), quarter(0.75, 1), Math.max(...samples.map(({ resident }) => resident))];
    if (peak > residentCapBytes) faults.push(`resident memory rose to ${megabytes(peak)}`);
    if (late - early > Math.max(24e6, early * 0.25)) faults.push(`resident memory still rises: ${megabytes(early)} then ${megabytes(late)}`);

    // Recovery: everybody is answered at once again, and the desk catches up.
    await slack.act("clear_faults", {});
    const calm = performance.now();
    for (const link of links) if (!link.isUp) await link.until(() => link.isUp);
    for (const link of talkers) await link.say("afterwards");
    const answeredAfter = (performance.now() - calm) / 1000;
    if (answeredAfter > 60) faults.push(`it took ${answeredAfter} s until everybody was answered again`);
    const drained = (state) => queue.every((link) => link.acknowledged.length === 0 || textOf(state, link).includes(link.acknowledged.at(-1).text));
    const textOf = (state, link) => (findParent(state, link.id, "vip-sales")?.replies ?? []).filter((reply) => reply.author.is_bot).map((reply) => (reply.blocks?.length ? JSON.stringify(reply.blocks) : reply.text)).join("\n");
    const state = await slack.waitFor("the desk to have caught up", (now) => drained(now) && now, 120_000);
    const recoveredAfter = (performance.now() - calm) / 1000;

    await inLanes(links, 8, async (link) => {
      for (const fault of faultsOfLog(await readLog(server, link.token), link.acknowledged)) faults.push(`${link.id}: ${fault}`);
      if (link.doubled || link.skipped) faults.push(`${link.id}: ${link.doubled} events doubled, ${link.skipped} skipped`);
    });
    for (const link of queue) for (const fault of faultsOfThread(textOf(state, link), link.acknowledged.map(({ text }) => text))) faults.push(`thread of ${link.id}: ${fault}`);
    for (const fault of faultsOfLog(await readLog(server, good.token), [])) faults.push(`the good one: ${fault}`);

    const refusals = {}, closes = {};
    for (const link of links) {
      for (const [code, times] of Object.entries(link.refusals)) refusals[code] = (refusals[code] ?? 0) + times;
      for (const [code, times] of Object.entries(link.closes)) closes[code] = (closes[code] ?? 0) + times;
    }
    const acknowledged = (list) => list.reduce((sum, link) => sum + link.acknowledged.length, 0);
    latencies.sort((a, b) => a - b);
    print(`overload for ${seconds} s: talkers sent ${sent.talkers}, ${acknowledged(talkers)} admitted; queue sent ${sent.queue}, ${acknowledged(queue)} admitted; newcomers ${sent.newcomers}, ${newcomers.made} admitted, ${newcomers.refused} refused`);
    print(`overload: refusals ${JSON.stringify(refusals)}, closes ${JSON.stringify(closes)}`);
    print(`overload: resident ${megabytes(samples[0].resident)} at first, ${megabytes(early)} in the second quarter, ${megabytes(late)} in the last, peak ${megabytes(peak)} (cap ${megabytes(residentCapBytes)})`);
    print(`overload: the good customer's stored-ack ${percentile(latencies, 0.5).toFixed(1)} ms (p50), ${percentile(latencies, 0.99).toFixed(1)} ms (p99); everybody answered again after ${answeredAfter.toFixed(1)} s, the desk caught up after ${recoveredAfter.toFixed(1)} s`);
    for (const code of ["too_many_messages", "session_busy"]) if (!refusals[code]) faults.push(`nothing was refused with ${code}: this was no overload`);
    if (newcomers.refused === 0) faults.push("no newcomer was refused: this was no overload");
    await good.leave();
    for (const link of links) link.stop();
    await Promise.all(running);
  } finally {
    for (const link of links) link.stop();
    await server?.end();
    await sandbox.stop();
  }
  return faults;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = await overload(Number(process.argv[2] ?? 180));
  for (const fault of faults) console.error(`fault: ${fault}`);
  process.exit(faults.length > 0 ? 1 : 0);
}
