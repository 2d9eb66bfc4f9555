// Two doors that strangers try by hand: Slack's signature, in every way to get it nearly right, and the addresses an operator
// may be talked into configuring. Nothing that Slack sends is ever fetched by this version, so the addresses are the
// configuration's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";
import { ask } from "./ask.mjs";

let sandbox, server;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { bot: 'kind = "none"' });
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});

const body = JSON.stringify({ type: "url_verification", challenge: "opened" });
const hmac = (secret, text) => createHmac("sha256", secret).update(text).digest("hex");
const now = () => Math.floor(Date.now() / 1000);

test("Slack's signature: what is right opens, forty things that are nearly right do not", async () => {
  const secret = sandbox.info.signing_secret;
  const right = (at = now()) => `v0=${hmac(secret, `v0:${at}:${body}`)}`;
  const send = (at, signature, more = {}, sent = body) => ask(server, "POST", "/slack/events", { body: sent, headers: { ...(at === undefined ? {} : { "x-slack-request-timestamp": String(at) }), ...(signature === undefined ? {} : { "x-slack-signature": signature }), ...more } });
  for (const off of [0, -1, 1, -200, 200, -295, 295]) {
    const answer = await send(now() + off, right(now() + off));
    assert.equal(answer.status, 200, `${off} s away: ${answer.text}`);
    assert.ok(answer.text.includes("opened"));
  }
  const at = now(), good = right(at), hex = good.slice(3);
  const flipped = (index) => good.slice(0, index) + (good[index] === "a" ? "b" : "a") + good.slice(index + 1);
  const wrong = {
    "no headers": [undefined, undefined], "no signature": [at, undefined], "no time": [undefined, good], "an empty signature": [at, ""], "an empty time": ["", good],
    "the first digit": [at, flipped(3)], "a digit in the middle": [at, flipped(35)], "the last digit": [at, flipped(66)], "cut by one": [at, good.slice(0, -1)], "cut to half": [at, good.slice(0, 35)], "one more digit": [at, `${good}0`], "twice": [at, `${good}${hex}`], "a list": [at, `${good},${good}`],
    "no version": [at, hex], "version 1": [at, `v1=${hex}`], "VERSION in capitals": [at, `V0=${hex}`], "digits in capitals": [at, `v0=${hex.toUpperCase()}`], "an unknown scheme": [at, `sha256=${hex}`], "base64": [at, `v0=${Buffer.from(hex, "hex").toString("base64")}`], "all zeros": [at, `v0=${"0".repeat(64)}`], "only the prefix": [at, "v0="], "blanks inside": [at, `v0= ${hex}`],
    "301 s ago": [at - 303, right(at - 303)], "a day ago": [at - 86_400, right(at - 86_400)], "in five minutes and more": [at + 310, right(at + 310)], "milliseconds": [at * 1000, right(at * 1000)], "negative time": [-at, right(-at)], "time zero": [0, right(0)], "a fraction": [`${at}.0`, right(`${at}.0`)], "a plus sign": [`+${at}`, right(`+${at}`)], "hexadecimal time": [`0x${at.toString(16)}`, right(`0x${at.toString(16)}`)], "words for a time": ["now", right("now")], "a very large time": ["9".repeat(30), right("9".repeat(30))], "the time of another signature": [at - 1, good], "a time with letters": [`${at}x`, right(`${at}x`)],
    "another secret": [at, `v0=${hmac(`${secret}x`, `v0:${at}:${body}`)}`], "an empty secret": [at, `v0=${hmac("", `v0:${at}:${body}`)}`], "the secret as bytes": [at, `v0=${hmac(Buffer.from(secret, "hex"), `v0:${at}:${body}`)}`], "the secret in capitals": [at, `v0=${hmac(secret.toUpperCase(), `v0:${at}:${body}`)}`], "the app's token": [at, `v0=${hmac(sandbox.info.app_token, `v0:${at}:${body}`)}`],
    "no version in what was signed": [at, `v0=${hmac(secret, `${at}:${body}`)}`], "the body alone": [at, `v0=${hmac(secret, body)}`], "the body before the time": [at, `v0=${hmac(secret, `v0:${body}:${at}`)}`], "the body hashed twice": [at, `v0=${hmac(secret, `v0:${at}:${hmac(secret, body)}`)}`],
  };
  for (const [what, [time, signature]] of Object.entries(wrong)) {
    const answer = await send(time, signature);
    assert.equal(answer.status, 401, `${what}: ${answer.status} ${answer.text}`);
    assert.equal(answer.code, "signature_invalid", what);
    assert.ok(!answer.text.includes("opened"), what);
  }
  const bodies = { "a blank more": `${body} `, "a line more": `${body}\n`, "other words": body.replace("opened", "broken"), "the same JSON, written otherwise": JSON.stringify(JSON.parse(body), null, 1), nothing: "", "a mark before it": `\ufeff${body}` };
  for (const [what, sent] of Object.entries(bodies)) assert.equal((await send(at, good, {}, sent)).status, 401, what);
  const doors = { "in the URL": [`/slack/events?x-slack-signature=${good}&x-slack-request-timestamp=${at}`, {}], "as a token": ["/slack/events", { authorization: `Bearer ${secret}` }], "under another name": ["/slack/events", { "x-slack-request-timestamp": String(at), "x-hub-signature-256": good }] };
  for (const [what, [path, headers]] of Object.entries(doors)) assert.equal((await ask(server, "POST", path, { body, headers })).status, 401, what);
  console.log(`signatures: ${Object.keys(wrong).length + Object.keys(bodies).length + Object.keys(doors).length} wrong ones refused, 7 right ones taken`);
});

test("a replayed or forged request tells nobody anything: Slack's page is not asked either", async () => {
  const before = (await sandboxPage(sandbox).state()).calls.length;
  for (let i = 0; i < 20; ++i) await ask(server, "POST", "/slack/events", { body, headers: { "x-slack-request-timestamp": String(now()), "x-slack-signature": `v0=${"a".repeat(64)}` } });
  const methods = (await sandboxPage(sandbox).state()).calls.slice(0, -before || undefined).map((call) => call.method);
  assert.deepEqual(methods.filter((method) => !["conversations.history", "conversations.replies"].includes(method)), []);
});

// `deskbell manifest` reads the configuration and does nothing else.
function configure(toml) {
  const env = { PATH: process.env.PATH, ...(toml.includes("public_url") ? {} : { DESKBELL_SERVER_PUBLIC_URL: "https://chat.example.com" }) };
  const folder = mkdtempSync(join(tmpdir(), "deskbell-url-"));
  writeFileSync(join(folder, "deskbell.toml"), toml);
  return new Promise((resolve) => {
    const child = spawn(binary, ["manifest", "--config", join(folder, "deskbell.toml")], { stdio: ["ignore", "ignore", "pipe"], env });
    let said = "";
    child.stderr.on("data", (data) => (said += data));
    child.on("exit", (code) => {
      rmSync(folder, { recursive: true });
      resolve({ code, said });
    });
  });
}

// JSON's escapes are TOML's, but for what stands above the first 16 bits.
const setting = (table, key, value) => `${table}\n${key} = ${JSON.stringify(value)}\n`;

test("addresses of the configuration: sixty that are none are refused with their line, the right ones are taken", async () => {
  const noUrl = ["slack.com/api/", "//slack.com/api/", "/api/", "ftp://slack.com/api/", "file:///etc/passwd/", "gopher://127.0.0.1:6379/_/", "javascript:alert(1)/", "data:text/html,x/", "unix:///run/x.sock/", "dict://localhost:11211/", "ldap://localhost/", "jar:http://x!/", "ws://slack.com/api/", "wss://slack.com/api/", "http:/slack.com/api/", "http:slack.com/api/", "http:///api/", "https://", "https:///", "http://?x/", "http://:80/", "https://slack.com:99999999999/ api/", "http://[::1/api/", "http://[gggg::1]/", "http:// slack.com/", " https://slack.com/api/", "https://slack.com/api/ ", "https://slack.com/\tapi/", "https://slack.com/\napi/", "https://slack.com/\u0000/", "https://slack.com\\@evil.example/", "https://exa mple.com/", "ht tp://slack.com/", "https://slack.com/%zz/", "https://<script>/", "https://slack.com/\u0001/", "hxxps://slack.com/"];
  const noApi = ["https://slack.com/api", "https://slack.com", "", "https://user:secret@slack.com/api/", "https://slack.com@evil.example/api/", "https://xoxb-1@slack.com/api/", "https://slack.com/api/?next=/", "https://slack.com/api/#/", "https://slack.com/api/?"];
  const noOrigin = ["https://shop.example/", "https://shop.example/path", "https://shop.example?x", "https://shop.example#x", "https://user@shop.example", "https://*", "*", "null", "shop.example", "//shop.example", "https://", "https:// shop.example", "file://", "about:blank", "http://shop.example\u0000", "data:,x", "javascript://shop.example"];
  const vectors = [
    ...noUrl.flatMap((url) => [setting("[slack]", "api_url", url), setting("[server]", "public_url", url)]),
    ...noApi.map((url) => setting("[slack]", "api_url", url)),
    ...noOrigin.map((origin) => `[[site]]\nid = "default"\norigins = [${JSON.stringify(origin)}]\n`),
    ...["", "127.0.0.1", ":8080", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:80x", "localhost.evil.example:80", "[::1]", "[::1:80", "1.2.3.4.5:80", "0x7f.1:80", "2130706433:80", "127.0.0.1/8:80", "127.0.0.1\u0000:80"].map((listen) => setting("[server]", "listen", listen)),
    ...["localhost", "10.0.0.0/33", "10.0.0", "::1/129", "*", "10.0.0.0/-1", "10.0.0.0/8/8", "all", "10.0.0.1\u0000", "fe80::1%lo", "10.0.0.0/"].map((proxy) => setting("[server]", "trusted_proxies", [proxy])),
  ];
  const wrong = [];
  for (const toml of vectors) {
    const { code, said } = await configure(toml);
    if (code !== 2 || !/deskbell\.toml:\d+: /.test(said)) wrong.push(`${JSON.stringify(toml)} → ${code} ${said.trim()}`);
  }
  assert.deepEqual(wrong, []);
  const right = [setting("[slack]", "api_url", "https://slack.com/api/"), setting("[slack]", "api_url", "http://127.0.0.1:8081/api/"), setting("[slack]", "api_url", "http://[::1]:8081/api/"), setting("[server]", "public_url", "https://chat.example.com"), setting("[server]", "public_url", "https://example.com:8443/chat/"), '[[site]]\nid = "a"\norigins = ["https://shop.example", "http://localhost:3000", "https://xn--e1afmkfd.example", "http://[::1]:80"]\n', setting("[server]", "listen", "[::]:0"), setting("[server]", "listen", "0.0.0.0:80"), setting("[server]", "trusted_proxies", ["10.0.0.0/8", "::1", "fe80::/10", "192.0.2.1/32"])];
  for (const toml of right) assert.equal((await configure(toml)).code, 0, `${toml} ${(await configure(toml)).said}`);
  console.log(`addresses: ${vectors.length} wrong ones refused with their line, ${right.length} right ones taken`);
});
