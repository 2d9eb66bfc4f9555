// The widget as a guest on other people's pages: hostile styles, the strictest policies, consent, two copies, words that want to be
// markup, identity, themes, and leaving without a trace.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, person } from "../harness/browser.mjs";
import { eventually } from "../harness/processes.mjs";
import { hostileTexts } from "../harness/hostile_texts.mjs";
import { chatOn, startWidgetPage, strictPolicy } from "../harness/widget_page.mjs";
import { startFakeServer } from "../../widget/dev/fake_server.mjs";

let browser, fake, site, who, chat;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });
beforeEach(async () => {
  fake = await startFakeServer(0, { cors: true });
  site = await startWidgetPage({ server: fake.url.replace(/\/$/, "") });
  who = await person(browser);
  chat = chatOn(who.page);
});
afterEach(async () => {
  await who.close();
  await site.end();
  fake.stop();
});
const visit = async (path = "/") => {
  await who.page.goto(site.url + path);
  await chat.by("launcher").waitFor();
};
const kept = () => who.page.evaluate(() => ({ local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookie: document.cookie }));
const nothing = { local: [], session: [], cookie: "" };

test("a visitor who asks for nothing pays one request, and nothing is kept", async () => {
  const hosts = new Set();
  who.page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await visit();
  await who.page.evaluate(() => new Promise((resolve) => { new PerformanceObserver(() => {}).observe({ type: "layout-shift", buffered: true }); requestIdleCallback(resolve); }));
  assert.deepEqual(site.requests.filter((path) => path.startsWith("/widget")), ["/widget.js"]);
  assert.deepEqual([...hosts], [new URL(site.url).host]);
  assert.deepEqual(await kept(), nothing);
  const shift = await who.page.evaluate(() => performance.getEntriesByType("layout-shift").reduce((sum, one) => sum + one.value, 0));
  assert.equal(shift, 0);
});

test("opened and closed again: the chat and the site's settings came, and still nothing is kept", async () => {
  await visit();
  await chat.open();
  await who.page.keyboard.press("Escape");
  assert.deepEqual(await kept(), nothing);
  await chat.by("launcher").click();
  await chat.say("now I speak");
  await chat.settled("now I speak");
  assert.ok((await kept()).local.includes("deskbell:default:session"));
  assert.deepEqual((await kept()).local.filter((key) => !/^deskbell:default:(session|read|outbox)$/.test(key)), []);
  assert.equal((await kept()).cookie, "");
});

test("the strictest policy a page can have", async () => {
  site.policy = strictPolicy(site.server);
  await visit();
  await chat.open();
  await chat.say("under a strict policy");
  await chat.settled("under a strict policy");
  fake.last.become("open");
  await chat.by("file-field").setInputFiles([{ name: "p.png", mimeType: "image/png", buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64") }]);
  await who.page.locator("deskbell-chat [data-state=done]").waitFor();
  await chat.by("send").click();
  await who.page.locator("deskbell-chat img.picture").waitFor();
  await who.page.evaluate(() => window.Deskbell("locale", "fr"));
  await who.page.waitForFunction(() => document.querySelector("deskbell-chat").shadowRoot.querySelector(".send").ariaLabel === "Envoyer le message");
  assert.deepEqual(who.problems, []);
});

test("styles that want everything move nothing of ours", async () => {
  site.files = { "/hostile.css": "*,*::before{position:relative!important;font:40px cursive!important;float:left!important;transition:all 9s!important;letter-spacing:9px!important;box-sizing:content-box!important}html{font-size:62.5%!important}button,div,section,deskbell-chat{display:none!important;z-index:-1!important;opacity:.1!important}" };
  site.head = "<link rel=stylesheet href=/hostile.css>";
  await who.page.goto(site.url);
  await who.page.waitForFunction(() => document.querySelector("deskbell-chat"));
  const box = await who.page.evaluate(() => {
    const { x, y, width, height } = document.querySelector("deskbell-chat").shadowRoot.querySelector(".launcher").getBoundingClientRect();
    return { x, y, width, height };
  });
  assert.ok(box.y > 600 && box.x > 1000 && Math.abs(box.width - 56) < 1, JSON.stringify(box));
  await who.page.mouse.click(box.x + 28, box.y + 28);
  await chat.by("panel").waitFor();
  const size = await who.page.evaluate(() => getComputedStyle(document.querySelector("deskbell-chat").shadowRoot.querySelector("textarea")).fontSize);
  assert.equal(size, "16px");
});

test("two hundred texts that want to be markup stay texts, on every way they can take", async () => {
  assert.ok(hostileTexts.length >= 200, String(hostileTexts.length));
  site.policy = strictPolicy(site.server);
  await who.page.addInitScript(() => { window.alert = () => { window.broken = true; }; });
  await visit();
  await chat.open();
  await chat.say("hello");
  await chat.settled("hello");
  const room = fake.last;
  room.become("open");
  const nasty = hostileTexts[1];
  const tree = (text) => [{ t: "p", c: [{ t: "text", v: text }, { t: text, c: [{ t: "b", v: text }] }, { t: "link", href: text, c: [{ t: "text", v: text }] }] }];
  // One as plain text, the next as a tree in which the same text stands for words, tags and addresses.
  for (const [at, text] of hostileTexts.entries()) room.agent(text, at % 2 ? { rich: tree(text) } : {});
  room.agent("file", { author: { role: "agent", name: nasty, avatar: "javascript:alert(1)" }, attachments: [{ id: nasty, name: nasty, type: nasty, size: 1, state: "coming" }, { id: "x", name: nasty, type: "image/png", size: 1, url: "javascript:alert(1)" }] });
  room.push("session", { session: { ...room.session(), agent: { name: nasty, avatar: "data:text/html,<script>alert(1)</script>" } } });
  room.live({ type: "typing", role: "agent", name: nasty, on: true });
  room.live({ type: "notice", code: nasty, text: nasty });
  room.live({ type: "bot_delta", message_id: "m", offset: 0, text: nasty });
  const id = room.agent("last").message.id;
  room.push("message_edited", { message_id: id, text: nasty, rich: tree(nasty) });
  await who.page.waitForFunction((count) => document.querySelector("deskbell-chat").shadowRoot.querySelectorAll("[data-testid=message]").length >= count, hostileTexts.length + 2, { timeout: 60_000 });
  const found = await who.page.evaluate(() => {
    const root = document.querySelector("deskbell-chat").shadowRoot;
    const foreign = [...root.querySelectorAll("script,iframe,object,embed,style,link,base,form:not(.composer),video,audio,template,slot,marquee")].map((one) => one.outerHTML.slice(0, 80));
    const handled = [...root.querySelectorAll("*")].filter((one) => [...one.attributes].some(({ name }) => name.startsWith("on"))).length;
    const links = [...root.querySelectorAll("a")].map((one) => one.protocol).filter((one) => !/^(https?|mailto|tel):$/.test(one));
    return { foreign, handled, links, broken: Boolean(window.broken) };
  });
  assert.deepEqual(found, { foreign: [], handled: 0, links: [], broken: false });
  // The customer's own words, typed; what the page says about them; what the site's operator wrote.
  for (const text of hostileTexts.filter((one) => one.trim() && one.length < 200).slice(0, 20)) await who.page.evaluate((one) => window.Deskbell("send", one), text);
  fake.config.greeting = nasty;
  await who.page.evaluate((one) => window.Deskbell("boot", { title: one, greeting: one, suggestions: [one], texts: { human: one } }), nasty);
  await chat.by("launcher").waitFor();
  assert.equal(await who.page.evaluate(() => Boolean(window.broken)), false);
  assert.deepEqual(who.problems, []);
});

test("consent denied, or persist off: everything works, and nothing is kept", async () => {
  for (const deny of [true, false]) {
    site.data = deny ? {} : { persist: "false" };
    await visit();
    if (deny) await who.page.evaluate(() => window.Deskbell("consent", "denied"));
    await chat.open();
    await chat.say("in memory only");
    await chat.settled("in memory only");
    assert.deepEqual(await kept(), nothing);
    fake.last.become("open");
    fake.last.agent("I hear you");
    await chat.hears("I hear you");
  }
});

test("delete my data: gone here and there", async () => {
  await visit();
  await chat.open();
  await chat.say("a secret");
  await chat.settled("a secret");
  assert.equal(fake.rooms.size, 1);
  await who.page.waitForFunction(() => document.querySelector("deskbell-chat").shadowRoot.querySelector("[data-testid=forget]"));
  await chat.by("menu").click();
  await chat.by("forget").click();
  await chat.by("forget-yes").click();
  await who.page.waitForFunction(() => window.Deskbell("get", "session") === null);
  await who.page.waitForFunction(() => localStorage.length === 0);
  assert.equal(fake.rooms.size, 0);
  assert.deepEqual(await chat.bubbles(), []);
});

test("identify by a function: asked when a session begins, and again when it says so", async () => {
  await visit();
  await who.page.evaluate(() => {
    window.asked = 0;
    window.Deskbell("identify", { token: async () => `jwt-${(window.asked += 1)}` });
  });
  assert.equal(await who.page.evaluate(() => window.asked), 0);
  await chat.open();
  await chat.say("it is me");
  await chat.settled("it is me");
  assert.equal(fake.lastSessionRequest.identity, "jwt-1");
  await who.page.evaluate(() => window.Deskbell("identify", { token: async () => "jwt-again" }));
  await eventually("the new token at the server", () => fake.last.identity === "jwt-again");
  assert.equal(fake.last.identity, "jwt-again");
});

test("events with a way to stop them, and the same as DOM events", async () => {
  await visit();
  const heard = await who.page.evaluate(async () => {
    const names = [];
    const off = window.Deskbell("on", "open", () => names.push("open"));
    document.addEventListener("deskbell:open", () => names.push("deskbell:open"));
    window.Deskbell("open");
    await new Promise((resolve) => { window.Deskbell("on", "open", resolve); });
    off();
    window.Deskbell("close");
    window.Deskbell("open");
    return names;
  });
  assert.deepEqual(heard, ["deskbell:open", "open", "deskbell:open"]);
});

test("destroy takes everything away: listeners, timers, element, socket", async () => {
  await who.page.addInitScript(() => {
    window.live = new Set();
    window.timers = new Set();
    for (const target of [window, document]) {
      const add = target.addEventListener.bind(target);
      target.addEventListener = (type, hear, how) => {
        const key = `${target === window ? "window" : "document"}:${type}`;
        // The driver of this browser listens, too: to what a hand does.
        if (!/^(load|DOMContentLoaded|error|unhandledrejection|__.*|.*click|contextmenu|(mouse|pointer|touch).*)$/.test(type)) window.live.add(key);
        how?.signal?.addEventListener("abort", () => window.live.delete(key));
        add(type, hear, how);
      };
    }
    for (const kind of ["Timeout", "Interval"]) {
      const [set, clear] = [window[`set${kind}`], window[`clear${kind}`]];
      window[`set${kind}`] = (act, ms, ...rest) => {
        const id = set(() => { if (kind === "Timeout") window.timers.delete(id); act(); }, ms, ...rest);
        window.timers.add(id);
        return id;
      };
      window[`clear${kind}`] = (id) => { window.timers.delete(id); clear(id); };
    }
  });
  await visit();
  await chat.open();
  await chat.say("hello");
  await chat.settled("hello");
  fake.last.become("waiting");
  await chat.by("waiting").waitFor();
  assert.ok((await who.page.evaluate(() => window.live.size)) > 5);
  const socket = [...fake.last.sockets][0];
  const left = await who.page.evaluate(() => {
    window.Deskbell("destroy");
    return { live: [...window.live], timers: window.timers.size, elements: document.querySelectorAll("deskbell-chat").length };
  });
  assert.deepEqual(left, { live: [], timers: 0, elements: 0 });
  if (socket.readyState !== 3) await new Promise((resolve) => { socket.once("close", resolve); });
  await who.page.evaluate(() => window.Deskbell("boot", {}));
  await chat.by("launcher").waitFor();
});

test("accents that cannot be read are made readable, in both themes", async () => {
  await visit();
  for (const accent of ["#ffff00", "#777777", "#00ff88", "#ff69b4", "#111111", "#fefefe"]) {
    for (const scheme of ["light", "dark"]) {
      await who.page.evaluate((theme) => window.Deskbell("theme", theme), { accent, scheme });
      const contrast = await who.page.evaluate(() => {
        const style = getComputedStyle(document.querySelector("deskbell-chat"));
        const lum = (name) => {
          const hex = style.getPropertyValue(name).trim().replace("#", "");
          const full = hex.length === 3 ? [...hex].map((one) => one + one).join("") : hex;
          const parts = [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16) / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
          return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const ratio = (a, b) => { const [high, low] = [lum(a), lum(b)].sort((x, y) => y - x); return (high + 0.05) / (low + 0.05); };
        return [ratio("--on", "--accent"), ratio("--ink", "--surface"), ratio("--ink", "--tint")];
      });
      assert.ok(contrast.every((one) => one >= 4.5), `${accent} ${scheme} ${contrast}`);
    }
  }
});
