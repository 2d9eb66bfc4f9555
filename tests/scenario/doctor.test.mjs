// `deskbell doctor` with real processes: each trouble has its line, its fix and exit code 1; and nothing of the checks stays
// in Slack.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { binary, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, slack;
beforeEach(async () => {
  sandbox = await startSandbox();
  slack = sandboxPage(sandbox);
});
afterEach(async () => {
  await server?.end();
  await sandbox?.stop();
  server = undefined;
});

const socketMode = () => ({ DESKBELL_SLACK_MODE: "socket", DESKBELL_SLACK_APP_TOKEN: sandbox.info.app_token });
const begin = async ({ env = {}, subscribe = true } = {}) => { server = await startServer(sandbox, { bot: 'kind = "none"', env, subscribe }); };

// Each line by its name: {level, words}.
async function doctor(args = [], env = {}) {
  const config = join(server.directory, "deskbell.toml");
  const { code, stdout } = await new Promise((resolve) => {
    execFile(binary, ["doctor", "--config", config, ...args], { env: { ...process.env, ...env } }, (error, out) => resolve({ code: error ? error.code : 0, stdout: out }));
  });
  const rows = Object.fromEntries(stdout.trim().split("\n").map((line) => {
    const [, level, name, words] = line.match(/^(ok|warn|fail)\s+(live: [^:]+|[^:]+): (.*)$/) ?? assert.fail(line);
    return [name, { level, words }];
  }));
  return { code, rows, stdout };
}
const is = (report, name, level, words) => {
  const row = report.rows[name] ?? assert.fail(`no line "${name}" in\n${report.stdout}`);
  assert.equal(row.level, level, report.stdout);
  if (words) assert.match(row.words, words);
  if (level === "fail") assert.match(row.words, / — \S/, "a failure comes with its fix");
};
async function nothingStays() {
  const { channels } = await slack.state();
  assert.deepEqual(channels.flatMap(({ messages }) => messages).filter(({ text, kind }) => kind === "message" && /doctor|canary|marked/.test(text)), []);
}

test("all is well: the canary's event arrives at the running server, and it is gone again", async () => {
  await begin();
  const report = await doctor();
  assert.equal(report.code, 0, report.stdout);
  is(report, "posting", "ok");
  is(report, "reading back", "ok");
  is(report, "marks", "ok");
  is(report, "events", "ok", /reached the server/);
  is(report, "reading pace", "ok");
  await nothingStays();
});

test("events that do not arrive, and a server that does not run", async () => {
  await begin({ subscribe: false });
  const deaf = await doctor();
  assert.equal(deaf.code, 1);
  is(deaf, "events", "fail", /did not reach/);
  await server.stop();
  const absent = await doctor();
  is(absent, "events", "warn", /does not run/);
  await nothingStays();
});

test("marks that are stripped, reading that is rationed, a clock that is wrong", async () => {
  await begin();
  await slack.act("settings", { strip_metadata: true });
  is(await doctor(), "marks", "warn", /only block ids/);
  await slack.act("settings", { strip_block_ids: true, date_skew_s: 120 });
  const blind = await doctor();
  assert.equal(blind.code, 1);
  is(blind, "marks", "fail");
  is(blind, "clock", "warn");
  await slack.act("settings", { strip_metadata: false, strip_block_ids: false, date_skew_s: 0, history_limited: true });
  is(await doctor(), "reading pace", "warn", /15 messages a minute/);
  await nothingStays();
});

test("a token of nobody, a channel that is not there, a scope that is missing", async () => {
  await begin();
  await slack.act("scope", { scope: "channels:history", on: false });
  is(await doctor(), "slack scopes", "fail", /channels:history/);
  await slack.act("scope", { scope: "channels:history", on: true });
  is(await doctor([], { DESKBELL_SLACK_ROUTE_CHANNELS: "#nowhere" }), "channel #nowhere", "fail", /not found/);
  await slack.act("revoke_token", {});
  is(await doctor(), "slack token", "fail", /token_revoked/);
});

test("Socket Mode: asked of the server when it runs, tried out when it does not", async () => {
  await slack.act("settings", { socket_mode: true });
  await begin({ env: socketMode(), subscribe: false });
  await slack.waitFor("two sockets", (state) => state.sockets.length === 2, 30_000);
  const both = await doctor([], socketMode());
  assert.equal(both.code, 0, both.stdout);
  is(both, "socket mode", "ok", /2 of 2/);
  is(both, "events", "ok");
  await server.stop();
  await slack.waitFor("no sockets", (state) => state.sockets.length === 0, 30_000);
  is(await doctor([], socketMode()), "socket mode", "ok", /opened and greeted/);
  await slack.act("settings", { socket_mode: false });
  const off = await doctor([], socketMode());
  assert.equal(off.code, 1);
  is(off, "socket mode", "fail", /socket_mode_not_enabled/);
});

test("--live tells what this workspace does, in a scratch channel, and cleans up", async () => {
  await begin();
  await slack.act("settings", { rate_limits: false });
  const report = await doctor(["--live", "--channel", "#vip-sales-2"]);
  assert.equal(report.code, 0, report.stdout);
  is(report, "live: client_msg_id", "ok", /posted again/);
  is(report, "live: replies", "ok", /readable after \d+ ms/);
  is(report, "live: marks", "ok", /metadata comes back, only with include_all_metadata; block ids come back/);
  is(report, "live: reply to a deleted parent", "ok", /in the channel, and says ok/);
  is(report, "live: reply under a tombstone", "ok", /threaded/);
  is(report, "live: burst", "ok", /all of 8/);
  await nothingStays();
  is(await doctor(["--live"]), "live checks", "fail", /scratch channel/);
  is(await doctor(["--live", "--channel", "#vip-sales"]), "live checks", "fail", /customers' threads/);
});
