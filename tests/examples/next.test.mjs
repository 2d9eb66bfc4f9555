// The Next.js example as its readers would use it: built against a running Deskbell, started, and one conversation held
// through its rewrites in Chromium. Nothing is loaded from any address but the shop's own, but for the agent's picture, which is
// where Slack keeps it.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { launch, person } from "../harness/browser.mjs";
import { deadline, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

const example = join(process.cwd(), "examples/next");
const next = join(example, "node_modules/.bin/next");
const quiet = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

let sandbox, server, slack, browser, shop, shopUrl;
before(async () => {
  const port = await freePort();
  shopUrl = `http://127.0.0.1:${port}`;
  sandbox = await startSandbox();
  server = await startServer(sandbox, { origins: [shopUrl], pace: "burst_per_channel = 6" });
  slack = sandboxPage(sandbox);
  const env = { ...quiet, DESKBELL_URL: server.url };
  await promisify(execFile)(next, ["build"], { cwd: example, env, maxBuffer: 1 << 24 });
  shop = spawn(process.execPath, [next, "start", "--hostname", "127.0.0.1", "--port", String(port)], { cwd: example, env, stdio: ["ignore", "pipe", "inherit"] });
  await deadline(new Promise((resolve) => {
    createInterface({ input: shop.stdout }).on("line", (line) => { if (/Ready in/.test(line)) resolve(); });
  }), 60_000, "Next to be ready");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (shop && shop.exitCode === null) {
    const ended = once(shop, "exit");
    shop.kill("SIGTERM");
    await ended;
  }
  await server?.end();
  await sandbox?.stop();
});

test("a conversation through the shop's own address", async () => {
  const { page, problems, close } = await person(browser);
  const foreign = [];
  page.on("request", (request) => { if (!/^(data|blob):/.test(request.url()) && request.resourceType() !== "image" && !request.url().startsWith(shopUrl)) foreign.push(request.url()); });
  await page.goto(shopUrl);
  await page.getByTestId("launcher").waitFor();
  await page.getByRole("button", { name: "Ask about this product" }).click();
  const composer = page.getByTestId("composer");
  await composer.waitFor();
  assert.match(await composer.inputValue(), /oak table/);
  await composer.fill("Is it real oak?");
  await composer.press("Enter");
  await page.locator("[data-testid=message][data-role=bot]").first().waitFor();
  await page.getByTestId("human").first().click();
  const form = page.getByTestId("human-form");
  await form.locator("input[autocomplete=name]").fill("Alice Johnson");
  await form.locator("input[autocomplete=email]").fill("alice@email.com");
  await page.getByTestId("human-submit").click();
  const parent = await slack.waitFor("Alice's thread", (state) => {
    const channel = state.channels.find((one) => one.name === "vip-sales");
    const message = channel.messages.find((one) => JSON.stringify(one).includes("alice@email.com"));
    return message && { channel: channel.id, ts: message.ts };
  });
  await slack.post({ user: "ana", channel: parent.channel, thread_ts: parent.ts, text: "Solid oak, oiled." });
  await page.locator("[data-testid=message][data-role=agent]", { hasText: "Solid oak, oiled." }).waitFor();
  assert.deepEqual(foreign, []);
  assert.deepEqual(problems, []);
  await close();
});
