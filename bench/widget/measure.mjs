// What a chat costs the page it stands on, beside peers: bytes, start, one more message after 500, memory after 1,000, and what is left
// after it was taken away. Chromium with a CPU four times slower; medians; the page without any chat is subtracted.
//   node bench/widget/measure.mjs [rounds]
import { createServer } from "node:http";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { build } from "vite";
import { startFakeServer } from "../../widget/dev/fake_server.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const rounds = Number(process.argv[2] ?? 3);
const slower = 4;
const out = here("../../build/bench/widget");
mkdirSync(out, { recursive: true });

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const text = (n) => `Message ${n}: we scan your slides within ten working days, and tell you when the box goes home.`;
const texts = (from, count) => Array.from({ length: count }, (_, n) => text(from + n));
const idle = (page) => page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(resolve))); }));

await build({
  configFile: false, logLevel: "error", root: here("."), define: { "process.env.NODE_ENV": '"production"' },
  build: { outDir: `${out}/chatscope`, emptyOutDir: true, target: "es2022", lib: { entry: here("chatscope_page.jsx"), formats: ["iife"], name: "chatscope", fileName: () => "chatscope.js" } },
});

const fake = await startFakeServer(0, { cors: true });
const files = {
  "/deep-chat.js": here("node_modules/deep-chat/dist/deepChat.bundle.js"),
  "/typebot.js": here("node_modules/@typebot.io/js/dist/web.js"),
  "/chatscope.js": `${out}/chatscope/chatscope.js`,
  "/chatscope.css": `${out}/chatscope/deskbell-bench-widget.css`,
};
const typebotFlow = { typebot: { id: "t", version: "6", groups: [], events: [], edges: [], variables: [], settings: {}, theme: {} }, sessionId: "s", messages: [{ id: "m", type: "text", content: { type: "richText", richText: [{ type: "p", children: [{ text: "Hi" }] }] } }] };
const frame = (head, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>${head}</head><body><main><h1>A shop</h1>${"<p>Words of the shop.</p>".repeat(40)}</main>${body}</body></html>`;
const pages = {
  "/empty": frame("", ""),
  "/deskbell": frame(`<script async src="${fake.url}widget.js"></script>`, ""),
  "/deep-chat": frame('<script type="module" src="/deep-chat.js"></script>', "<deep-chat demo='true'></deep-chat>"),
  "/typebot": frame("<script type='module'>import T from '/typebot.js'; T.initBubble({ typebot: 'x', apiHost: location.origin });</script>", ""),
  "/chatscope": frame('<link rel="stylesheet" href="/chatscope.css">', '<div id="root"></div><script src="/chatscope.js"></script>'),
};
const types = { js: "text/javascript", css: "text/css" };
const site = createServer((request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  if (pages[path]) return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(pages[path]);
  if (/startChat/.test(path)) return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(typebotFlow));
  if (!files[path]) return response.writeHead(404).end();
  return response.writeHead(200, { "content-type": types[path.split(".").pop()], "cache-control": "no-store" }).end(readFileSync(files[path]));
});
await new Promise((resolve) => { site.listen(0, "127.0.0.1", resolve); });
const address = `http://127.0.0.1:${site.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.DESKBELL_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--js-flags=--expose-gc"],
});

async function visit(name, ready = "load") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US", reducedMotion: "reduce" });
  context.setDefaultTimeout(120_000);
  await context.route((url) => url.hostname !== "127.0.0.1", (route) => route.abort()); // fonts from elsewhere
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" }); // processor time, not time that passed while others had the processor
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: slower });
  let requests = 0;
  page.on("request", () => { requests += 1; });
  await page.goto(`${address}/${name}`, { waitUntil: ready });
  await idle(page);
  const metrics = async () => Object.fromEntries((await cdp.send("Performance.getMetrics")).metrics.map((one) => [one.name, one.value]));
  const memory = async () => {
    await idle(page);
    for (let n = 0; n < 3; n += 1) await cdp.send("HeapProfiler.collectGarbage");
    return metrics();
  };
  return { page, context, metrics, memory, requests: () => requests - 1, close: () => context.close() };
}

// How each is opened, and given messages of the other side.
const chats = {
  deskbell: {
    shown: "deskbell-chat",
    async open({ page }) {
      // By its own commands, not by a hand's: the driver of the browser leaves listeners behind.
      await page.evaluate(() => { window.Deskbell("open", { focus: false }); window.Deskbell("send", "hello"); });
      await page.waitForFunction(() => window.Deskbell("get", "state") !== "none");
      fake.last.quiet = true;
      fake.last.become("open");
      await page.waitForFunction(() => window.Deskbell("get", "state") === "open");
    },
    add: (_visit, words) => { for (const one of words) fake.last.agent(one); },
    count: (page) => page.evaluate(() => document.querySelector("deskbell-chat").shadowRoot.querySelectorAll("[data-testid=message][data-role=agent]").length),
    destroy: (page) => page.evaluate(() => { window.Deskbell("destroy"); }),
  },
  "deep-chat": {
    shown: "deep-chat",
    open: async () => {},
    add: ({ page }, words) => page.evaluate((all) => { for (const one of all) document.querySelector("deep-chat").addMessage({ text: one, role: "ai" }); }, words),
    count: (page) => page.evaluate(() => document.querySelector("deep-chat").shadowRoot.querySelectorAll(".message-bubble").length),
    destroy: (page) => page.evaluate(() => document.querySelector("deep-chat").remove()),
  },
  chatscope: {
    shown: ".cs-message-list",
    open: async () => {},
    add: ({ page }, words) => page.evaluate((all) => window.peer.add(all), words),
    count: (page) => page.evaluate(() => document.querySelectorAll(".cs-message").length),
  },
  typebot: { shown: "typebot-bubble" }, // its messages come from its own server's flows: only its start can be measured here
};

async function start(name) {
  const seen = await visit(name);
  if (chats[name]) await seen.page.waitForFunction((what) => document.querySelector(what), chats[name].shown);
  await idle(seen.page);
  const { ScriptDuration, TaskDuration } = await seen.metrics();
  const requests = seen.requests();
  await seen.close();
  return { script: ScriptDuration * 1000, task: TaskDuration * 1000, requests };
}

async function fill(seen, chat, total) {
  for (let count = await chat.count(seen.page); count < total; count = await chat.count(seen.page)) {
    await chat.add(seen, texts(count, Math.min(50, total - count)));
    for (const wanted = Math.min(count + 50, total); await chat.count(seen.page) < wanted;) await idle(seen.page);
  }
}

async function appended(name) {
  const chat = chats[name];
  const seen = await visit(name);
  await seen.page.waitForFunction((what) => document.querySelector(what), chat.shown);
  await chat.open(seen);
  await fill(seen, chat, 500);
  await idle(seen.page);
  const costs = [];
  for (let n = 500; n < 515; n += 1) {
    const before = (await seen.metrics()).TaskDuration;
    await chat.add(seen, texts(n, 1));
    while (await chat.count(seen.page) <= n) await idle(seen.page);
    await idle(seen.page);
    costs.push(((await seen.metrics()).TaskDuration - before) * 1000);
  }
  await fill(seen, chat, 1000);
  const full = await seen.memory();
  let left = null;
  if (chat.destroy) {
    await chat.destroy(seen.page);
    left = await seen.memory();
  }
  await seen.close();
  return { append: median(costs), heap: full.JSHeapUsedSize, left };
}

async function idleCost() {
  const seen = await visit("empty");
  const costs = [];
  for (let n = 0; n < 10; n += 1) {
    const before = (await seen.metrics()).TaskDuration;
    await seen.page.evaluate(() => 0);
    await idle(seen.page);
    await idle(seen.page);
    costs.push(((await seen.metrics()).TaskDuration - before) * 1000);
  }
  const memory = await seen.memory();
  await seen.close();
  return { cost: median(costs), memory };
}

const sized = (paths) => {
  const bytes = paths.map((path) => readFileSync(path));
  const sum = (how) => bytes.reduce((all, one) => all + how(one).length, 0);
  return { gzip: sum((one) => gzipSync(one, { level: 9 })), brotli: sum((one) => brotliCompressSync(one)) };
};
const web = (path) => here(`../../build/web/${path}`);
const sizes = {
  deskbell: sized([web("widget.js")]), "deskbell, opened": sized([web("widget.js"), web("widget/chat.js")]),
  "deep-chat": sized([files["/deep-chat.js"]]), typebot: sized([files["/typebot.js"]]), chatscope: sized([files["/chatscope.js"], files["/chatscope.css"]]),
};

const results = {};
try {
  const bare = await idleCost();
  for (const name of ["empty", ...Object.keys(chats)]) {
    const all = [];
    for (let n = 0; n < rounds; n += 1) all.push(await start(name));
    results[name] = { script: median(all.map((one) => one.script)), task: median(all.map((one) => one.task)), requests: all[0].requests };
    console.error(name, results[name]);
  }
  for (const name of ["deskbell", "deep-chat", "chatscope"]) {
    const all = [];
    for (let n = 0; n < rounds; n += 1) all.push(await appended(name));
    const { left } = all[0];
    Object.assign(results[name], {
      append: median(all.map((one) => one.append)) - bare.cost, heap: median(all.map((one) => one.heap)) - bare.memory.JSHeapUsedSize,
      ...(left && { listenersLeft: left.JSEventListeners - bare.memory.JSEventListeners, nodesLeft: left.Nodes - bare.memory.Nodes }),
    });
    console.error(name, results[name]);
  }
} finally {
  await browser.close();
  site.closeAllConnections();
  site.close();
  fake.stop();
}

const { empty, ...rest } = results;
const ms = (value) => (value === undefined ? "–" : `${Math.max(0, value).toFixed(0)} ms`);
const rows = Object.entries(rest).map(([name, one]) => [
  name, `${(sizes[name].gzip / 1000).toFixed(1)} KB`, String(one.requests), ms(one.script - empty.script), ms(one.task - empty.task), ms(one.append),
  one.heap === undefined ? "–" : `${(one.heap / 1e6).toFixed(1)} MB`, one.listenersLeft === undefined ? "–" : String(one.listenersLeft),
]);
const table = [
  ["", "gzip, before it is opened", "requests", "script at start", "main thread at start", "one more after 500", "heap with 1,000", "listeners left"], Array(8).fill("---"), ...rows,
].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const opened = sizes["deskbell, opened"];
console.log(`${table}\n\nDeskbell opened: ${(opened.gzip / 1000).toFixed(1)} KB gzip, ${(opened.brotli / 1000).toFixed(1)} KB brotli. CPU ${slower}× slower, medians of ${rounds}, the bare page subtracted.`);
writeFileSync(`${out}/results.json`, JSON.stringify({ sizes, results }, null, 2));
writeFileSync(`${out}/results.md`, `${table}\n`);
