// Ends the process at its crash points: each is a moment at which a durable boundary was half crossed. Then it is started again,
// everything is drained, and the checker looks. Only a binary with test hooks has such points (cmake presets `sim` and `asan`).
//   DESKBELL_BINARY=build/sim/deskbell POINTS=20 node --test tests/crash/points.test.mjs
//   DESKBELL_POINT=courier.confirm.before_record:2 DESKBELL_SEED=7 …     one of them
import assert from "node:assert/strict";
import { test } from "node:test";
import { patience } from "../harness/processes.mjs";
import { Dice } from "./dice.mjs";
import { Machine } from "./machine.mjs";
import { Play } from "./play.mjs";
import { crashPoints, sceneOf } from "./points.mjs";
import { Scene } from "./scenes.mjs";

const seed = Number(process.env.DESKBELL_SEED ?? Math.floor(Math.random() * 1e9));
const dice = new Dice(seed, "points");
const all = crashPoints();
const count = Number(process.env.POINTS ?? (process.env.DESKBELL_LONG ? all.length : 8));

function chosen() {
  if (process.env.DESKBELL_POINT) return [process.env.DESKBELL_POINT.split(":")].map(([name, nth]) => ({ name, nth: Number(nth ?? 1) }));
  const left = all.filter((name) => !sceneOf(name).away);
  const taken = [];
  while (taken.length < count && left.length > 0) taken.push(left.splice(dice.below(left.length), 1)[0]);
  return taken.map((name) => ({ name, nth: dice.pick([1, 1, 2, 3]) }));
}

// A binary with hooks dies at a point that every start passes.
async function hasHooks() {
  const machine = new Machine({ bot: 'kind = "none"' });
  try {
    await machine.startSandbox();
    return !(await machine.start({ env: { DESKBELL_CRASH_AT: "store.open.before_check:1" } }));
  } finally {
    await machine.end();
  }
}

const hooks = await hasHooks();
const reachedNames = new Set(), missed = [];

test("every crash point has a scene or a reason", () => {
  assert.ok(all.length > 100, `only ${all.length} crash points were found`);
  for (const name of all) assert.ok(sceneOf(name).scene || sceneOf(name).away, name);
});

for (const { name, nth } of chosen()) {
  test(`ended at ${name}:${nth}, seed ${seed}`, { skip: hooks ? false : "NOT TESTED: this binary has no test hooks (cmake preset sim)", timeout: 300_000 * patience }, async () => {
    const plan = sceneOf(name);
    assert.ok(!plan.away, plan.away);
    const play = new Play(seed, { customers: 4, lostParents: plan.lostParents, refusals: plan.refusals, ...(plan.socketMode ? { socketMode: true } : {}) });
    try {
      await play.begin();
      const reached = await new Scene(play, name, nth, plan).perform();
      const words = await play.drain();
      await play.machine.stop("SIGTERM");
      words.push(...play.checkDatabase({ drained: true }));
      if (words.length > 0) assert.fail(`${words.length} violations:\n${words.join("\n")}`);
      if (reached) reachedNames.add(name);
      else missed.push(`${name}:${nth}`);
    } catch (error) {
      throw new Error(`${error.message}\nDESKBELL_POINT=${name}:${nth} DESKBELL_SEED=${seed} plays it again. What happened:\n${play.story()}\n${play.machine.lastWords()}`, { cause: error });
    } finally {
      await play.end();
    }
  });
}

test("how many were reached", { skip: !hooks }, () => {
  console.log(`${reachedNames.size} of ${reachedNames.size + missed.length} crash points reached, 0 violations${missed.length > 0 ? `; not reached: ${missed.join(" ")}` : ""}`);
});
