// kill -9, again and again, of a real server on a real file, while customers write, agents answer and Slack misbehaves. When it
// is over, nothing is lost, doubled, out of order or elsewhere.
//   KILLS=500 DESKBELL_SEED=7 node --test tests/crash/kill9.test.mjs
//   DESKBELL_SOCKET_MODE=1 …: Slack's events come over connections that the server opens
// The seed decides the plan (who says what, when which process dies, the weather); the processes' own timing it cannot replay.
import assert from "node:assert/strict";
import { test } from "node:test";
import { patience } from "../harness/processes.mjs";
import { canReadDatabases, pause } from "./machine.mjs";
import { Play } from "./play.mjs";

const kills = Number(process.env.KILLS ?? (process.env.DESKBELL_LONG ? 100 : 25));
const seed = Number(process.env.DESKBELL_SEED ?? Math.floor(Math.random() * 1e9));
const minutes = (count) => count * 60_000;

class Loop {
  constructor(play) {
    Object.assign(this, { play, machine: play.machine, dice: play.dice.stream("kills"), before: [] });
  }

  async run() {
    const { play, machine } = this;
    assert.equal(await machine.start(), true);
    await play.subscribe();
    play.talk();
    while (machine.kills < kills) {
      if (this.dice.chance(0.3)) await play.newWeather();
      await Promise.race([pause(this.dice.between(200, 1500)), play.failed]);
      const how = this.dice.weighted({ kill: 52, freeze: 14, killFrozen: 8, stop: 8, sandbox: 9, early: 9 });
      play.note(`${machine.kills + 1}: ${how}`);
      await this[how]();
      if (this.dice.chance(0.15)) this.before.push(...play.checkDatabase());
    }
  }

  async again() {
    await pause(this.dice.below(300));
    assert.equal(await this.machine.start(), true);
  }
  async kill() {
    await this.machine.stop("SIGKILL");
    await this.again();
  }
  // As when the machine swaps, or a debugger looks: everybody waits, then time goes on, and then it dies after all.
  async freeze() {
    this.machine.signal("SIGSTOP");
    await pause(this.dice.between(100, 1000));
    this.machine.signal("SIGCONT");
    await pause(this.dice.below(200));
    await this.kill();
  }
  async killFrozen() {
    this.machine.signal("SIGSTOP");
    await pause(this.dice.between(50, 400));
    await this.kill();
  }
  async stop() {
    const { code, signal } = await this.machine.stop("SIGTERM");
    assert.deepEqual([code, signal], [0, null], this.machine.log);
    await this.again();
  }
  // Slack is away for a moment; sometimes the server dies meanwhile.
  async sandbox() {
    const { machine, play } = this;
    const both = this.dice.chance(0.5);
    const killed = both ? machine.stop("SIGKILL") : undefined;
    await machine.restartSandbox();
    await killed;
    await play.settle();
    play.agents.eventsForgotten();
    if (both) await this.again();
  }
  // Killed before it is ready, once or twice, then started in earnest.
  async early() {
    const { machine } = this;
    await machine.stop("SIGKILL");
    for (let i = this.dice.between(1, 2); i > 0; --i) {
      const after = this.dice.below(150);
      const spawned = async (child) => {
        await pause(after);
        if (child.kill("SIGKILL")) ++machine.kills;
      };
      await machine.start({ spawned });
      if (machine.running.running()) await machine.running.ended;
    }
    await this.again();
  }
}

test(`${kills} kills, seed ${seed}: nothing is lost, doubled, out of order or elsewhere`, { timeout: (kills * 10_000 + minutes(4)) * patience }, async () => {
  const play = new Play(seed);
  const loop = new Loop(play);
  const words = [];
  try {
    await play.begin();
    await loop.run();
    await play.fairWeather();
    words.push(...loop.before, ...(await play.drain()));
    await play.machine.stop(loop.dice.chance(0.5) ? "SIGTERM" : "SIGKILL");
    words.push(...play.checkDatabase({ drained: true }));
    if (words.length > 0) assert.fail(`${words.length} violations:\n${words.join("\n")}`);
    console.log(`${play.machine.kills} kills, ${play.acknowledged} messages acknowledged, ${words.length} violations${canReadDatabases ? "" : "   (NOT TESTED: the database's rows, for want of the sqlite3 command)"}`);
  } catch (error) {
    throw new Error(`${error.message}\nDESKBELL_SEED=${seed} KILLS=${kills} plays this plan again. What happened:\n${play.story()}\n${play.machine.lastWords()}`, { cause: error });
  } finally {
    await play.end();
  }
});
