// A small disk of one's own, filled and freed at will, and a server whose database lies on it. Mounting needs root: the
// test file runs itself again in a mount namespace of its own, so that nothing stays behind, or says loudly that it cannot.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { api } from "../harness/customer.mjs";
import { deadline, sandboxPage, scratchDirectory, start, writeConfig } from "../harness/processes.mjs";

// True inside the namespace. Outside: registers one test that runs the file inside.
export function inOwnNamespace(url) {
  if (process.env.DESKBELL_OWN_MOUNTS) return true;
  const file = fileURLToPath(url);
  const may = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]).status === 0;
  test(`${basename(file)}, in a mount namespace of its own`, { skip: may ? false : "NOT TESTED: mounting needs root (CAP_SYS_ADMIN)" }, () => {
    const env = { ...process.env, DESKBELL_OWN_MOUNTS: "1" };
    delete env.NODE_TEST_CONTEXT;  // it reports for itself
    const run = spawnSync("unshare", ["--mount", "--propagation", "private", process.execPath, "--test-reporter=spec", file], { env, encoding: "utf8", maxBuffer: 1 << 26 });
    process.stdout.write(run.stdout);
    if (run.status !== 0) throw new Error(`${basename(file)} failed:\n${run.stdout}\n${run.stderr}`);
  });
  return false;
}

export function mountSmallDisk(size) {
  const scratch = scratchDirectory();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", scratch.path]);
  const filler = join(scratch.path, "somebody-elses-file");
  return {
    path: scratch.path,
    // Somebody else takes all that is left.
    fill() {
      const file = openSync(filler, "a");
      for (let bytes = 1 << 20; bytes >= 4096;) {
        try {
          writeSync(file, Buffer.alloc(bytes, 7));
        } catch (error) {
          if (error.code !== "ENOSPC") throw error;
          bytes >>= 1;
        }
      }
      closeSync(file);
    },
    free: () => rmSync(filler),
    remount: (how) => execFileSync("mount", ["-o", `remount,${how}`, scratch.path]),
    unmount() {
      if (existsSync(scratch.path)) execFileSync("umount", ["--lazy", scratch.path]);
      scratch.remove();
    },
  };
}

// Asks again until `look` finds something; the deadline says what was waited for.
export async function eventually(what, look, ms = 15_000) {
  let over = false;
  const watch = async () => {
    while (!over) {
      const found = await look();
      if (found) return found;
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    return undefined;
  };
  try {
    return await deadline(watch(), ms, what);
  } finally {
    over = true;
  }
}

export class DiskServer {
  constructor(sandbox, directory, options = {}) {
    Object.assign(this, { sandbox, directory, options, port: 0 });
  }

  async start({ env = {} } = {}) {
    const config = writeConfig(this.directory, this.sandbox.info, { bot: 'kind = "none"', limits: "messages_per_second_per_session = 0\nsessions_per_minute_per_ip = 0", ...this.options, port: this.port });
    this.running = await start(["serve", "--config", config], (line) => line.match(/^Deskbell listens on (http:\S+)/)?.[1], { env: { ...this.options.env, ...env } });
    this.url = this.running.info;
    this.port = Number(new URL(this.url).port);
    await sandboxPage(this.sandbox).subscribe(`${this.url}/slack/events`);
    return this;
  }

  get log() { return this.running.log.join("\n"); }
  stop(signal) { return this.running.stop(signal); }
  async end() { if (this.running?.running()) await this.running.stop(); }

  async readiness() {
    const { status, body } = await api(this, "GET", "/readyz");
    return { ready: status === 200, said: JSON.stringify(body) };
  }
  ready() { return eventually("the server to be ready again", async () => (await this.readiness()).ready); }
  async metric(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(text.match(new RegExp(`^deskbell_${name} (\\S+)`, "m"))?.[1]);
  }
  // The customer's log as the server has it.
  async texts(customer) {
    const { body } = await api(this, "GET", "/v1/session/events?after=0&limit=500", { token: customer.token });
    return body.events.filter((event) => event.kind === "message").map((event) => event.message.text);
  }
}
