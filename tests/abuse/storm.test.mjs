// A reconnect storm: a restart sends every customer away and all of them come back, at the time the server asked for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { deadline, startSandbox, startServer } from "../harness/processes.mjs";
import { megabytes, percentile, residentBytes } from "./figures.mjs";
import { Link, faultsOfLog, inLanes, readLog } from "./load.mjs";

const count = Number(process.env.DESKBELL_STORM_CLIENTS ?? 2000);
let sandbox, server;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"', subscribe: false, limits: "sessions_per_minute_per_ip = 0\nmessages_per_second_per_session = 0" });
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});
const descriptorsMax = (pid) => Number(readFileSync(`/proc/${pid}/limits`, "utf8").match(/Max open files\s+(\d+|unlimited)/)[1].replace("unlimited", "1e9"));

test(`${count} customers are told to come back, spread, and all do: nothing lost, nothing twice`, { timeout: 240_000 }, async (t) => {
  const room = Math.min(descriptorsMax("self"), descriptorsMax(server.pid));
  if (room < count + 300) {
    console.error(`SKIPPED: the storm needs ${count + 300} file descriptors and this machine allows ${room}; raise the hard limit (ulimit -Hn).`);
    return t.skip(`only ${room} file descriptors`);
  }
  const links = [];
  t.after(() => links.forEach((link) => link.stop()));
  await inLanes(Array.from({ length: count }), 40, async () => { links.push(await Link.arrive(server)); });
  const running = links.map((link) => link.run());
  await deadline(inLanes(links, 200, (link) => link.until(() => link.isUp)), 60_000, "everybody to be connected");
  await inLanes(links, 200, (link, i) => link.say(`before ${i}`));
  console.log(`storm: ${count} customers connected, resident ${megabytes(residentBytes(server.pid))}`);

  // A tenth of them write all the time, also into the restart.
  let writing = true;
  const writers = links.slice(0, count / 10).map(async (link, i) => { for (let n = 0; writing; ++n) await link.say(`writer ${i} says ${n}`); });
  const started = performance.now();
  const ended = await server.restart();
  const down = performance.now() - started;
  assert.equal(ended.code, 0);
  const isBack = (link) => link.reconnects.length >= 1 && link.isUp;
  await deadline(Promise.all(links.map((link) => link.until(() => isBack(link)))), 60_000, "everybody to be back");
  const back = performance.now() - started;
  writing = false;
  await deadline(Promise.all(writers), 30_000, "the writers' last words");
  await deadline(inLanes(links, 200, (link, i) => link.say(`after ${i}`)), 60_000, "a word of everybody afterwards");

  const hints = links.flatMap((link) => link.hints).sort((a, b) => a - b);
  const took = links.flatMap((link) => link.reconnects).sort((a, b) => a - b);
  const closes = {};
  for (const link of links) for (const [code, times] of Object.entries(link.closes)) closes[code] = (closes[code] ?? 0) + times;
  console.log(`storm: restart in ${(down / 1000).toFixed(2)} s, all back after ${(back / 1000).toFixed(2)} s; hints ${hints[0]}–${hints.at(-1)} ms, half below ${percentile(hints, 0.5)}; out for ${percentile(took, 0.5).toFixed(0)} ms (p50), ${percentile(took, 0.99).toFixed(0)} ms (p99); closes ${JSON.stringify(closes)}`);
  assert.equal(links.filter((link) => !(link.closes[1012] >= 1)).length, 0, "everybody was told 1012");
  assert.ok(hints.at(-1) - hints[0] > 1000, "the hints are spread");
  assert.deepEqual([links.reduce((sum, link) => sum + link.doubled, 0), links.reduce((sum, link) => sum + link.skipped, 0)], [0, 0], "doubled, skipped");
  const faults = [];
  await inLanes(links, 20, async (link) => {
    for (const fault of faultsOfLog(await readLog(server, link.token), link.acknowledged)) faults.push(`${link.id}: ${fault}`);
  });
  assert.deepEqual(faults, []);
  console.log(`storm: ${links.reduce((sum, link) => sum + link.acknowledged.length, 0)} acknowledged messages, all in their logs, once`);
  for (const link of links) link.stop();
  await Promise.all(running);
});
