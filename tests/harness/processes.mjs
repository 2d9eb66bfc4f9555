// Real processes for tests: the sandbox and the server, started on free ports, ended by their own ids. A test waits on
// what they say or do (a line, a state, an event), never on time; every wait has a deadline and says what it waited for.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const binary = process.env.DESKBELL_BINARY ?? join(process.cwd(), "build/release/deskbell");
// Sanitizers slow everything down by about ten.
export const patience = Number(process.env.DESKBELL_PATIENCE ?? 1);

// A promise that fails by itself, with words, when nothing settles it in time.
export function deadline(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms * patience} ms in vain for ${what}`)), ms * patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Resolves once `look()` is true. For what says nothing when it changes; everything else has a signal to wait on.
export async function eventually(what, look, ms = 10_000) {
  let over = false;
  const watch = async () => {
    while (!over && !(await look())) await new Promise((resolve) => { setTimeout(resolve, 20); });
  };
  await deadline(watch(), ms, what).finally(() => { over = true; });
}

export function scratchDirectory() {
  const path = mkdtempSync(join(tmpdir(), "deskbell-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

// Starts the binary and resolves with the first line of standard output that `ready` turns into something.
export async function start(args, ready, options = {}) {
  const child = spawn(options.program ?? binary, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...options.env }, cwd: options.cwd });
  const log = [];
  options.spawned?.(child, log);  // for those who end it before it is ready
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
  const hearers = new Set();
  const heard = () => { for (const look of hearers) look(); };
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.push(line);
    heard();
    if (process.env.DESKBELL_TEST_LOG) console.error(`[${child.pid}] ${line}`);
  });
  const said = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      log.push(line);
      heard();
      const value = ready(line);
      if (value) resolve(value);
    });
    ended.then(({ code, signal }) => reject(new Error(`deskbell ${args.join(" ")} ended (${signal ?? code}):\n${log.join("\n")}`)));
  });
  let info;
  try {
    info = await deadline(said, 20_000, `deskbell ${args[0]} to be ready`);
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${error.message}\n${log.join("\n")}`);
  }
  const stop = async (signal = "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return deadline(ended, 25_000, `deskbell ${args[0]} to end`);
  };
  // Resolves with the first line, said already or later, that has these words.
  const logged = (words) => new Promise((resolve) => {
    const look = () => {
      const line = log.find((one) => one.includes(words));
      if (!line) return;
      hearers.delete(look);
      resolve(line);
    };
    hearers.add(look);
    look();
  });
  return { info, log, logged, pid: child.pid, ended, stop, running: () => child.exitCode === null && child.signalCode === null };
}

const jsonLine = (line) => (line.startsWith("{") && line.includes('"deskbell"') ? JSON.parse(line) : undefined);

export const startSandbox = (args = []) => start(["sandbox", "--listen", "127.0.0.1:0", ...args], jsonLine);
export const startDemo = (args = []) => start(["demo", "--listen", "127.0.0.1:0", "--port-sandbox", "0", ...args], jsonLine);

// deskbell.toml for a server beside a sandbox. `more` is appended as it is.
export function writeConfig(directory, sandboxInfo, { port = 0, origins = ["http://shop.example"], bot = 'kind = "faq"\nfaq = "demo/faq.md"', routes = "", limits = "", pace = "", slack = "", more = "" } = {}) {
  const file = join(directory, "deskbell.toml");
  const quoted = (text) => JSON.stringify(text);
  writeFileSync(file, `
[server]
listen = "127.0.0.1:${port}"
data = "sqlite:${join(directory, "deskbell.db")}"
demo_page = true
[[site]]
id = "default"
origins = [${origins.map(quoted).join(", ")}]
[slack]
api_url = ${quoted(sandboxInfo.api_url)}
bot_token = ${quoted(sandboxInfo.bot_token)}
signing_secret = ${quoted(sandboxInfo.signing_secret)}
${slack}
[slack.pace]
${pace}
${routes || '[[slack.route]]\nchannels = ["#vip-sales"]'}
[limits]
${limits}
[bot]
${bot}
${more}
`);
  return file;
}

// The server beside a running sandbox, its events subscribed. restart() keeps port, data and configuration.
export async function startServer(sandbox, options = {}) {
  const scratch = scratchDirectory();
  let port = 0;
  let running;
  const listening = (line) => line.match(/^Deskbell listens on (http:\S+)/)?.[1];
  const launch = async () => {
    const file = writeConfig(scratch.path, sandbox.info, { ...options, port });
    running = await start(["serve", "--config", file], listening, options);
    port = Number(new URL(running.info).port);
  };
  await launch();
  const server = {
    directory: scratch.path,
    get url() { return running.info; },
    get log() { return running.log; },
    get pid() { return running.pid; },
    get ended() { return running.ended; },
    logged: (words) => running.logged(words),
    running: () => running.running(),
    stop: (signal) => running.stop(signal),
    start: launch,
    async restart(signal = "SIGTERM") {
      const ended = await running.stop(signal);
      await launch();
      return ended;
    },
    async end() {
      const ended = running.running() ? await running.stop() : undefined;
      scratch.remove();
      return ended;
    },
  };
  if (options.subscribe !== false) await sandboxPage(sandbox).subscribe(`${server.url}/slack/events`);
  return server;
}

// The sandbox through its page's own API: what agents do, and what the workspace looks like.
export function sandboxPage(sandbox) {
  const base = `${sandbox.info.ui_url.replace(/\/$/, "")}/sandbox/api/`;
  const call = async (action, body) => {
    const answer = await fetch(base + action, body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const json = await answer.json();
    if (!json.ok) throw new Error(`sandbox ${action}: ${json.error} ${json.detail ?? ""}`);
    return json;
  };
  const page = {
    state: () => call("state"),
    post: (body) => call("post", body),
    act: (action, body) => call(action, body),
    subscribe: (url) => call("events_url", { url }),
    async channel(name) {
      const state = await page.state();
      return state.channels.find((channel) => channel.name === name);
    },
    // Resolves with what `look(state)` finds, as soon as it finds something; asks again at each change.
    async waitFor(what, look, ms = 10_000) {
      const stop = new AbortController();
      const watch = async () => {
        const stream = await fetch(`${base}stream`, { signal: stop.signal });
        for (let found = look(await page.state()); ; found = look(await page.state())) {
          if (found) return found;
          await nextChange(stream);
        }
      };
      try {
        return await deadline(watch(), ms, what);
      } finally {
        stop.abort();
      }
    },
    // The thread of a session: its parent, found by the session's id in the blocks.
    thread: (sessionId, channel = "vip-sales") => page.waitFor(`the thread of ${sessionId}`, (state) => findParent(state, sessionId, channel)),
    replies: (sessionId, what, look, ms) => page.waitFor(what, (state) => {
      const parent = findParent(state, sessionId);
      return parent && look(parent.replies ?? [], parent);
    }, ms),
  };
  return page;
}

export function findParent(state, sessionId, channelName) {
  for (const channel of state.channels) {
    if (channelName && channel.name !== channelName) continue;
    const parent = channel.messages.find((message) => !message.broadcast && message.ts === (message.thread_ts || message.ts) && JSON.stringify(message).includes(sessionId));
    if (parent) return { ...parent, channel: channel.id };
  }
  return undefined;
}

// Reads from an event stream until the next data line has come.
const readers = new WeakMap();
async function nextChange(stream) {
  if (!readers.has(stream)) readers.set(stream, { reader: stream.body.getReader(), rest: "" });
  const state = readers.get(stream);
  for (;;) {
    const end = state.rest.indexOf("\n\n");
    if (end >= 0) {
      const block = state.rest.slice(0, end);
      state.rest = state.rest.slice(end + 2);
      if (/^data:/m.test(block)) return;
      continue;
    }
    const { value, done } = await state.reader.read();
    if (done) throw new Error("the sandbox's stream ended");
    state.rest += new TextDecoder().decode(value);
  }
}
