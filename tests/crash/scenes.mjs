// How to get to a crash point, and back: each scene ends with the process dead at the point (true) or not (false), and with a
// server that runs as if nothing had happened.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../backup/operator.mjs";
import { api } from "../harness/customer.mjs";
import { patience } from "../harness/processes.mjs";
import { violationsInDatabase } from "./checker.mjs";
import { DatabaseCopy, canReadDatabases, eventually, pause } from "./machine.mjs";

export class Scene {
  constructor(play, point, nth, plan) {
    Object.assign(this, { play, machine: play.machine, dice: play.dice.stream("scene"), point, plan, armed: { DESKBELL_CRASH_AT: `${point}:${nth}` } });
  }

  perform() { return this[this.plan.scene](); }
  async command(name, args, env = {}) {
    const done = await run([name, "--config", join(this.machine.directory, "deskbell.toml"), "--json", ...args], { env });
    this.play.note(`deskbell ${name}: ${done.code} ${done.stderr.trim().slice(0, 200)}`);
    return done;
  }

  async begin(visitors = 2) {
    assert.equal(await this.machine.start(), true);
    await this.play.subscribe();
    this.play.talk({ from: 0, to: visitors });
    await this.soon("two lines of everybody", () => this.play.visitors.slice(0, visitors).every((visitor) => visitor.asked && visitor.said.length >= 2), 30);
  }
  async soon(what, look, seconds) {
    assert.ok(await Promise.race([eventually(look, 1000 * seconds), this.play.failed]), `waited in vain for ${what}`);
  }
  // Does the running server end at the point within its time? If not, perhaps when it is told to stop.
  async died(seconds = this.plan.patience_s ?? 5) {
    const { running } = this.machine;
    await Promise.race([running.ended, pause(seconds * 1000 * Math.min(patience, 3)), this.play.failed]);
    const { signal, code } = await this.machine.stop("SIGTERM");
    assert.ok(signal === "SIGKILL" || code === 0, `ended by ${signal ?? code}:\n${this.machine.log}`);
    this.play.note(signal === "SIGKILL" ? "died there" : "was not there");
    return signal === "SIGKILL";
  }
  // The command itself, or the server that does its work.
  async diedOrTold(done) {
    if (done.signal === "SIGKILL" || done.code === "SIGKILL") return true;
    return this.machine.running.running() ? this.died(1) : this.machine.child.signalCode === "SIGKILL";
  }
  async again() { assert.equal(await this.machine.start(), true); }

  // ---- Scenes. ----

  async firstStart() {
    const died = !(await this.machine.start({ env: this.armed }));
    this.play.note(died ? "died there" : "was not there");
    const reached = died || (await this.died(0));
    await this.again();
    await this.play.subscribe();
    this.play.talk();
    await this.soon("a line of everybody", () => this.play.visitors.every((visitor) => visitor.asked && visitor.said.length >= 1), 30);
    return reached;
  }

  async traffic() {
    await this.begin();
    await this.machine.stop("SIGKILL");
    if (this.plan.lostParents) await this.machine.slack.act("settings", { thread_under_tombstone: false });
    for (const trouble of this.plan.weather ?? []) await this.machine.slack.act("fault", trouble);
    this.play.lossy = (this.plan.weather ?? []).length > 0;
    let reached = !(await this.machine.start({ env: this.armed }));
    if (!reached) {
      this.play.talk({ from: 2, calm: this.plan.checkpoints ? 0.02 : 1, linesBefore: this.plan.checkpoints ? 400 : undefined });
      reached = await this.died(this.plan.checkpoints ? 40 : undefined);
    }
    await this.play.fairWeather();
    await this.again();
    if (this.play.talks.length === 1) this.play.talk({ from: 2 });
    return reached;
  }

  async forget() {
    await this.begin(2);
    const [forgotten] = this.play.visitors;
    await this.play.drain();
    await this.machine.stop("SIGKILL");
    const atStart = !(await this.machine.start({ env: this.armed }));
    const reached = atStart || (await this.diedOrTold(await this.command("forget", [forgotten.id])));
    await this.again();
    // All of it or nothing, and once more ends it.
    const { status } = await api(this.machine, "GET", "/v1/session", { token: forgotten.line.token });
    assert.ok(status === 200 || status === 401, `${status}`);
    const done = await this.command("forget", [forgotten.id]);
    assert.ok(done.code === 0 || /session_unknown/.test(done.stderr), done.stderr);
    assert.equal((await api(this.machine, "GET", "/v1/session", { token: forgotten.line.token })).status, 401);
    await this.machine.stop("SIGTERM");
    for (const file of readdirSync(this.machine.directory).filter((name) => /^deskbell\.db(-wal)?$/.test(name)))
      assert.ok(!readFileSync(join(this.machine.directory, file)).includes(forgotten.tag), `${file} still has words of the forgotten`);
    this.play.visitors = this.play.visitors.slice(1, 2);
    await this.again();
    return reached;
  }

  async backup() {
    await this.begin(2);
    const folder = join(this.machine.directory, "backups");
    mkdirSync(folder);
    const file = join(folder, "kept.db");
    assert.equal((await this.command("backup", [file])).code, 0);
    const args = /prune/.test(this.point) ? ["--keep", "1", folder] : ["--force", file];
    if (/prune/.test(this.point)) assert.equal((await this.command("backup", [folder])).code, 0);
    let reached;
    if (this.dice.chance(0.3)) {
      await this.machine.stop("SIGTERM");
      reached = await this.diedOrTold(await this.command("backup", args, this.armed));
    } else {
      await this.machine.stop("SIGKILL");
      assert.equal(await this.machine.start({ env: this.armed }), true);
      reached = await this.diedOrTold(await this.command("backup", args));
    }
    // Neither the one that was there nor a new one is half.
    for (const name of readdirSync(folder).filter((each) => /\.db$/.test(each))) this.expectSound(join(folder, name));
    assert.ok(existsSync(file), "what was not ours to prune is gone");
    await this.again();
    assert.equal((await this.command("backup", args)).code, 0);
    for (const name of readdirSync(folder).filter((each) => /\.db$/.test(each))) this.expectSound(join(folder, name));
    this.play.talk({ from: 2 });
    return reached;
  }

  expectSound(file) {
    if (!canReadDatabases) return;
    const copy = new DatabaseCopy(file);
    try {
      assert.deepEqual(violationsInDatabase(copy, []), [], file);
      assert.ok(copy.rows("SELECT count(*) AS sessions FROM session")[0].sessions > 0, `${file} is empty`);
    } finally {
      copy.end();
    }
  }

  // Nothing was said since the backup: whichever database is there afterwards, it has everything.
  async restore() {
    await this.begin(2);
    await this.play.drain();
    await this.machine.stop(this.dice.pick(["SIGTERM", "SIGKILL"]));
    const file = join(this.machine.directory, "kept.db");
    assert.equal((await this.command("backup", [file])).code, 0);
    const reached = (await this.command("restore", [file], this.armed)).signal === "SIGKILL";
    this.expectSound(file);
    this.expectSound(this.machine.database);
    if (this.dice.chance(0.5)) assert.equal((await this.command("restore", [file])).code, 0);
    await this.again();
    await this.reconciled();
    this.play.restored = true;
    this.play.resume();
    return reached;
  }

  async reconciled() {
    await this.soon("the end of reconciling", async () => {
      const answer = await fetch(`${this.machine.url}/readyz`);
      return answer.status === 200 && !(await answer.json()).notes?.length;
    }, 60);
  }

  // The backup is older than the world: the later ones of the customers are unknown to it.
  async reconcile() {
    await this.begin(2);
    const file = join(this.machine.directory, "older.db");
    assert.equal((await this.command("backup", [file])).code, 0);
    const later = this.play.visitors.slice(2);
    this.play.talk({ from: 2 });
    await this.soon("later customers in their threads", () => later.every((visitor) => visitor.asked && visitor.said.length >= 2), 30);
    const left = await this.play.drain();
    assert.deepEqual(left, []);
    await this.machine.stop("SIGKILL");
    assert.equal((await this.command("restore", [file])).code, 0);
    this.play.agents.unheardSinceBackup();
    this.play.visitors = this.play.visitors.slice(0, 2);
    this.play.restored = true;
    const reached = !(await this.machine.start({ env: this.armed })) || (await this.died(12));
    await this.again();
    await this.reconciled();
    const told = async () => {
      const { channels } = await this.machine.channels();
      const notices = later.map((visitor) => JSON.stringify(channels).split(visitor.id).length && channels.flatMap((channel) => channel.messages).filter((parent) => JSON.stringify(parent).includes(visitor.id)).flatMap((parent) => parent.replies ?? []).filter((reply) => /restored from a backup/.test(reply.text)).length);
      assert.ok(notices.every((count) => count <= 1), `agents of unknown customers were told ${notices} times`);
      return notices.every((count) => count === 1);
    };
    await this.soon("the agents of unknown customers to be told", told, 60);
    this.play.resume();
    return reached;
  }
}
