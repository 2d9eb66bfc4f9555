// The machine room: a sandbox and a server as real processes on files of their own, killed, stopped, paused and started
// again on the same files and ports.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { patience, sandboxPage, scratchDirectory, start, writeConfig } from "../harness/processes.mjs";

const listening = (line) => line.match(/^Deskbell listens on (http:\S+)/)?.[1];
const readyLine = (line) => (line.startsWith("{") && line.includes('"deskbell"') ? JSON.parse(line) : undefined);

export const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
// Asks again until `look` finds something; undefined when the time is over.
export async function eventually(look, ms) {
  for (const until = Date.now() + ms * patience; ;) {
    const found = await look();
    if (found || Date.now() > until) return found;
    await pause(100);
  }
}

export class Machine {
  port = 0;
  sandboxPort = 0;
  generation = 0;  // grows with each start that came to serve
  kills = 0;
  #up = undefined;
  #waiting = [];

  constructor(options = {}) {
    this.options = options;
    this.scratch = scratchDirectory();
    this.directory = this.scratch.path;
    this.database = join(this.directory, "deskbell.db");
  }

  // ---- The sandbox: Slack. It never loses what it said it has, so it is stopped, never killed. ----

  async startSandbox() {
    this.sandbox = await start(["sandbox", "--listen", `127.0.0.1:${this.sandboxPort}`, "--state", join(this.directory, "workspace.json"),
      ...(this.port && !this.options.socketMode ? ["--events-url", `${this.url}/slack/events`] : [])], readyLine);
    this.sandboxPort = Number(new URL(this.sandbox.info.ui_url).port);
    this.slack = sandboxPage(this.sandbox);
    const { sandbox } = this;
    sandbox.ended.then((how) => { sandbox.log.push(`ended: ${JSON.stringify(how)}`); });
  }
  async restartSandbox() {
    this.sandboxDown = true;
    await this.sandbox.stop();
    await this.startSandbox();
    await this.tell("settings", {});
    this.sandboxDown = false;
    this.sandboxBackAt = Date.now();
  }
  // A connection kept from before the sandbox was started again may only now turn out to be dead.
  brokenByRestart() { return this.sandboxDown || Date.now() - (this.sandboxBackAt ?? 0) < 5_000; }
  // To the sandbox, however often it takes.
  async tell(action, body) {
    for (let tries = 20; ; --tries) {
      try {
        return await this.slack.act(action, body);
      } catch (error) {
        if (tries === 0 || !this.brokenByRestart()) throw error;
        await pause(50);
      }
    }
  }
  async channels() {
    const answer = await fetch(`${this.sandbox.info.ui_url.replace(/\/$/, "")}/sandbox/api/state?limit=1000`);
    return answer.json();
  }

  // ---- The server. ----

  get url() { return `http://127.0.0.1:${this.port}`; }
  get log() { return this.logs.join("\n"); }
  logs = [];
  socketMode() {
    return this.options.socketMode ? { DESKBELL_SLACK_MODE: "socket", DESKBELL_SLACK_APP_TOKEN: this.sandbox.info.app_token } : {};
  }
  config() { return writeConfig(this.directory, this.sandbox.info, { ...this.options, port: this.port }); }

  // Resolves with true when it serves; with false when it ended before it did.
  async start({ env = {}, spawned } = {}) {
    const file = this.config();
    let running;
    try {
      running = await start(["serve", "--config", file], listening, {
        env: { DESKBELL_SERVER_BALLAST_BYTES: "1048576", ...this.socketMode(), ...this.options.env, ...env },
        spawned: (child, log) => {
          this.child = child;
          this.logs = log;
          spawned?.(child);
        },
      });
    } catch (error) {
      if (this.child?.signalCode !== "SIGKILL") throw error;
      return false;
    }
    this.running = running;
    this.port = Number(new URL(running.info).port);
    ++this.generation;
    this.#up = true;
    running.ended.then(() => { if (this.running === running) this.#up = false; });
    for (const resolve of this.#waiting.splice(0)) resolve();
    return true;
  }
  // Until there is a server to talk to.
  up() { return this.#up ? Promise.resolve() : new Promise((resolve) => { this.#waiting.push(resolve); }); }
  isUp() { return this.#up === true; }
  signal(name) { if (this.running.running()) process.kill(this.running.pid, name); }
  async stop(signal = "SIGTERM") {
    this.#up = false;
    if (signal === "SIGKILL") ++this.kills;
    return this.running.stop(signal);
  }

  lastWords() {
    const sandbox = this.sandbox?.running() ? "" : `\nThe sandbox has ended:\n${this.sandbox?.log.slice(-20).join("\n")}`;
    return `The server's last words:\n${this.logs.slice(-40).join("\n")}${sandbox}`;
  }
  async metrics() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Object.fromEntries([...text.matchAll(/^deskbell_(\S+) ([\d.e+]+)$/gm)].map(([, name, value]) => [name, Number(value)]));
  }

  async end() {
    if (this.running?.running()) {
      this.signal("SIGCONT");
      await this.running.stop("SIGKILL");
    }
    if (this.sandbox?.running()) await this.sandbox.stop("SIGKILL");
    this.scratch.remove();
  }
}

// ---- The database of a process that is dead, looked at in a copy: the next start must find it as it was left. ----

export const canReadDatabases = (() => {
  try {
    return execFileSync("sqlite3", ["--version"], { encoding: "utf8" }).length > 0;
  } catch {
    return false;
  }
})();

export class DatabaseCopy {
  constructor(file) {
    this.folder = `${file}.looked-at`;
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder);
    this.file = join(this.folder, "copy.db");
    copyFileSync(file, this.file);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${this.file}-wal`);
  }
  rows(sql) {
    const text = execFileSync("sqlite3", ["-json", this.file, sql], { encoding: "utf8", maxBuffer: 1 << 28 });
    return text.trim() ? JSON.parse(text) : [];
  }
  end() { rmSync(this.folder, { recursive: true, force: true }); }
}
