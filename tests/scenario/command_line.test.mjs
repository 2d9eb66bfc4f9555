// The command line: exit codes, clear errors, nothing secret printed.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary, scratchDirectory, startSandbox, writeConfig } from "../harness/processes.mjs";

let scratch;
before(() => { scratch = scratchDirectory(); });
after(() => scratch.remove());

const run = (args, env = {}) => new Promise((resolve) => {
  execFile(binary, args, { cwd: scratch.path, env: { ...process.env, ...env } }, (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
});

test("version names version, commit and libraries", async () => {
  const { code, stdout } = await run(["version"]);
  assert.equal(code, 0);
  assert.match(stdout, /^deskbell \d+\.\d+\.\d+ \(/);
  for (const library of ["Boost", "SQLite", "libcurl", "libsodium"]) assert.match(stdout, new RegExp(library));
});

test("usage errors end with 2", async () => {
  for (const args of [[], ["dance"], ["serve", "--what"], ["sandbox", "--listen", "nowhere"], ["demo", "--port-sandbox", "x"]]) {
    assert.equal((await run(args)).code, 2, args.join(" "));
  }
});

test("configuration errors end with 2 and name file, line and key", async () => {
  const file = join(scratch.path, "wrong.toml");
  writeFileSync(file, '[server]\nlisten = 8080\n[slack]\nbot_tokn = "xoxb-very-secret"\n');
  const { code, stderr } = await run(["serve", "--config", file]);
  assert.equal(code, 2);
  assert.match(stderr, /wrong\.toml:2: server\.listen: must be text/);
  assert.match(stderr, /wrong\.toml:4: slack\.bot_tokn: unknown key/);
  assert.ok(!stderr.includes("xoxb-very-secret"));
  assert.equal((await run(["serve", "--config", join(scratch.path, "absent.toml")])).code, 2);
});

test("serve without the signing secret refuses to start", async () => {
  const { code, stderr } = await run(["serve"], { DESKBELL_SLACK_BOT_TOKEN: "xoxb-1", DESKBELL_SITE_ORIGINS: "https://a.example" });
  assert.equal(code, 2);
  assert.match(stderr, /slack\.signing_secret/);
});

test("serve without any origin refuses to start", async () => {
  const { code, stderr } = await run(["serve"], { DESKBELL_SLACK_BOT_TOKEN: "xoxb-1", DESKBELL_SLACK_SIGNING_SECRET: "s" });
  assert.equal(code, 2);
  assert.match(stderr, /site/);
});

test("manifest is JSON with our scopes and URLs", async () => {
  const { code, stdout } = await run(["manifest"], { DESKBELL_SERVER_PUBLIC_URL: "https://chat.example.com" });
  assert.equal(code, 0);
  const manifest = JSON.parse(stdout);
  assert.equal(manifest.settings.event_subscriptions.request_url, "https://chat.example.com/slack/events");
  for (const scope of ["chat:write", "chat:write.customize", "channels:history", "channels:read", "users:read"]) assert.ok(manifest.oauth_config.scopes.bot.includes(scope), scope);
  const socket = JSON.parse((await run(["manifest", "--socket-mode"])).stdout);
  assert.equal(socket.settings.socket_mode_enabled, true);
  assert.equal(socket.settings.event_subscriptions.request_url, undefined);
});

test("doctor says ok where it is and how to mend what is not", async () => {
  const sandbox = await startSandbox();
  try {
    const file = writeConfig(scratch.path, sandbox.info, { bot: 'kind = "none"' });
    const well = await run(["doctor", "--config", file]);
    assert.match(well.stdout, /^ok /m);
    assert.equal(well.code, 0, well.stdout + well.stderr);
    writeConfig(scratch.path, { ...sandbox.info, bot_token: "xoxb-not-this-one" }, { bot: 'kind = "none"' });
    const ill = await run(["doctor", "--config", file]);
    assert.equal(ill.code, 1);
    assert.match(ill.stdout, /^fail /m);
    assert.ok(!(ill.stdout + ill.stderr).includes("xoxb-not-this-one"));
    assert.ok(!(well.stdout + well.stderr).includes(sandbox.info.bot_token));
  } finally {
    await sandbox.stop();
  }
});
