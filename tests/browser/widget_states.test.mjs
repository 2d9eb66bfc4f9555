// Every state of the widget, in both themes, in forced colours, left to right and right to left, on a desktop and on a phone: axe
// finds nothing, nothing is smaller than a finger, the focus is never lost, and what is announced is announced once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeFinds } from "../harness/axe.mjs";
import { launch, person } from "../harness/browser.mjs";
import { startFakeServer } from "../../widget/dev/fake_server.mjs";
import { history, open, scenes, state, tid } from "../../widget/dev/scenes.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

async function stage(work, options = {}) {
  const fake = await startFakeServer();
  const who = await person(browser, { width: 900, height: 760, ...options });
  try {
    await who.page.goto(fake.url);
    await tid(who.page, "launcher").waitFor();
    await work(who.page, fake, who.context);
    assert.deepEqual(who.problems, []);
  } finally {
    await who.close();
    fake.stop();
  }
}

// What has the focus, through shadow roots; "body" when it was lost.
const focused = (page) => page.evaluate(() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at === document.body ? "body" : at?.dataset.testid ?? at?.className ?? at?.tagName;
});
// Each two of theme, direction and size meet in one of these; DESKBELL_LONG meets them all, and forced colours besides.
const looks = process.env.DESKBELL_LONG
  ? ["light", "dark"].flatMap((theme) => ["en", "ar"].flatMap((language) => [false, true].flatMap((phone) => [{ theme, language, phone }, { theme, language, phone, forced: true }])))
  : [{ theme: "light" }, { theme: "dark", language: "ar" }, { theme: "light", language: "ar", phone: true }, { theme: "dark", phone: true }];
const smallTargets = (page) => page.evaluate(() => {
  const root = document.querySelector("deskbell-chat").shadowRoot;
  return [...root.querySelectorAll("button,input:not([hidden]),textarea")].filter((one) => one.checkVisibility()).flatMap((one) => {
    const { width, height } = one.getBoundingClientRect();
    const wanted = one.matches(".launcher,.send,[data-testid=close]") ? 44 : 24;
    return width < wanted || height < wanted ? [`${one.dataset.testid ?? one.className} ${width}×${height}`] : [];
  });
});

const names = Object.keys(scenes);
const workers = 2;
for (let worker = 0; worker < workers; worker += 1) {
  const mine = names.filter((_, at) => at % workers === worker);
  test(`axe and targets: ${mine.join(", ")}`, { concurrency: false }, async () => {
    for (const name of mine) {
      await stage(async (page, fake, context) => {
        await scenes[name](page, fake, context);
        for (const { theme, forced, language = "en", phone } of looks) {
          await page.emulateMedia({ colorScheme: theme, forcedColors: forced ? "active" : "none", reducedMotion: "reduce" });
          await page.setViewportSize(phone ? { width: 390, height: 844 } : { width: 900, height: 760 });
          await page.evaluate((one) => window.Deskbell("locale", one), language);
          if (await page.evaluate(() => window.Deskbell("get", "open"))) await page.waitForFunction((one) => document.querySelector("deskbell-chat").lang === one, language);
          const look = `${name} ${theme} ${forced ? "forced " : ""}${language} ${phone ? "phone" : "desktop"}`;
          assert.deepEqual(await axeFinds(page), [], look);
          assert.deepEqual(await smallTargets(page), [], look);
        }
      });
    }
  });
}

test("the keyboard alone: to the launcher, in, through everything, and out", () => stage(async (page, fake) => {
  // Nothing of a closed widget can be tabbed to but the launcher.
  const stops = [];
  for (let n = 0; n < 4; n += 1) { await page.keyboard.press("Tab"); stops.push(await focused(page)); }
  assert.equal(stops.filter((one) => one === "launcher").length, 1, stops.join());
  for (const key of ["Enter", "Space"]) {
    await tid(page, "launcher").focus();
    await page.keyboard.press(key);
    await tid(page, "panel").waitFor();
    assert.equal(await focused(page), "composer");
    await page.keyboard.press("Escape");
    await tid(page, "panel").waitFor({ state: "hidden" });
    assert.equal(await focused(page), "launcher");
  }
  await page.keyboard.press("Enter");
  await page.keyboard.type("first");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await state(page, "bot");
  fake.last.quiet = true;
  // A refused message: back to its "Try again", by keyboard.
  fake.nack = { code: "message_too_long", detail: "" };
  await page.keyboard.type("refused");
  await page.keyboard.press("Enter");
  await page.locator("deskbell-chat [data-state=failed]").waitFor();
  fake.nack = null;
  for (let n = 0; n < 12 && !/small/.test(await focused(page)); n += 1) await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.locator("deskbell-chat [data-state=failed]").waitFor({ state: "detached" });
  assert.notEqual(await focused(page), "body");
  await tid(page, "human").focus();
  await page.keyboard.press("Enter");
  await tid(page, "human-form").waitFor();
  await page.keyboard.type("John");
  await page.keyboard.press("Tab");
  await page.keyboard.type("john@email.com");
  await page.keyboard.press("Enter");
  await state(page, "waiting");
  assert.equal(await focused(page), "composer");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "launcher");
  await page.keyboard.press("Enter");
  fake.last.become("open");
  await tid(page, "menu").focus();
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "sound");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "menu");
  await page.keyboard.press("Enter");
  await tid(page, "end").focus();
  await page.keyboard.press("Enter");
  await state(page, "closed");
  await tid(page, "rating").locator("button").nth(4).focus();
  await page.keyboard.press("Enter");
  await tid(page, "comment").focus();
  await page.keyboard.type("kind");
  await page.keyboard.press("Enter");
  await tid(page, "comment").waitFor({ state: "detached" });
  assert.notEqual(await focused(page), "body");
  await tid(page, "start-over").focus();
  await page.keyboard.press("Enter");
  await state(page, "none");
  assert.equal(await focused(page), "composer");
  assert.deepEqual(fake.last.events.filter(({ kind }) => kind === "rating").map(({ score, comment }) => [score, comment ?? ""]), [[5, ""], [5, "kind"]]);
}));

test("after every click in every state the focus is somewhere", async () => {
  for (const name of ["bot", "form", "waiting-email", "menu", "forget", "tray", "editing", "failed", "rated", "prechat"]) {
    await stage(async (page, fake, context) => {
      await scenes[name](page, fake, context);
      const count = await page.evaluate(() => document.querySelector("deskbell-chat").shadowRoot.querySelectorAll(".panel button").length);
      for (let at = 0; at < count; at += 1) {
        const pressed = await page.evaluate((index) => {
          const button = document.querySelector("deskbell-chat").shadowRoot.querySelectorAll(".panel button")[index];
          if (!button?.checkVisibility() || button.matches("[data-testid=attach],[data-testid=close],[data-testid=transcript],[data-testid=menu-transcript],[data-testid=forget-yes]")) return null;
          button.focus();
          button.click();
          return button.dataset.testid ?? button.className;
        }, at);
        if (!pressed) continue;
        await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
        assert.notEqual(await focused(page), "body", `${name}: after ${pressed}`);
      }
    });
  }
});

test("a phone: the focus goes round inside, the page is out of reach, and comes back as it was", () => stage(async (page) => {
  await page.evaluate(() => document.querySelector("main").setAttribute("data-own", "1"));
  await open(page);
  assert.equal(await page.evaluate(() => document.querySelector("main").inert), true);
  assert.equal(await tid(page, "panel").getAttribute("aria-modal"), "true");
  const seen = new Set();
  for (let n = 0; n < 20; n += 1) {
    await page.keyboard.press("Tab");
    seen.add(await focused(page));
  }
  assert.ok(!seen.has("body") && seen.has("close") && seen.has("composer"), [...seen].join());
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.querySelector("main").inert), false);
  assert.equal(await focused(page), "launcher");
}, { width: 390, height: 844 }));

test("what is announced is announced once", () => stage(async (page, fake) => {
  const room = await history(page, fake);
  room.become("open");
  await state(page, "open");
  await tid(page, "agent").waitFor();
  await page.evaluate(() => {
    const root = document.querySelector("deskbell-chat").shadowRoot;
    window.added = 0;
    window.spoken = [];
    new MutationObserver((changes) => { for (const one of changes) window.added += one.addedNodes.length; }).observe(root.querySelector("[role=log] ol"), { childList: true });
    new MutationObserver(() => window.spoken.push(root.querySelector("[data-testid=status]").textContent)).observe(root.querySelector("[data-testid=status]"), { childList: true, characterData: true, subtree: true });
  });
  for (let n = 0; n < 5; n += 1) room.agent(`message ${n}`);
  await page.waitForFunction(() => window.added >= 5);
  for (let n = 0; n < 4; n += 1) room.live({ type: "typing", role: "agent", name: "Ana", on: true });
  await page.waitForFunction(() => window.spoken.some((text) => /typing/.test(text)));
  room.sockets.forEach((socket) => socket.close(1012, "100"));  // a reconnect says nothing again
  await page.waitForFunction(() => window.Deskbell("get", "link") !== "online");
  await page.waitForFunction(() => window.Deskbell("get", "link") === "online");
  await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
  assert.equal(await page.evaluate(() => window.added), 5);
  assert.equal((await page.evaluate(() => window.spoken)).filter((text) => /typing/.test(text)).length, 1);
}));

test("roles and names are there for who cannot see", () => stage(async (page, fake) => {
  const room = await history(page, fake);
  room.become("waiting");
  for (const [role, name] of [["log", /conversation/i], ["textbox", /message/i], ["dialog", /chat with us/i], ["button", /send/i], ["button", /close chat/i], ["button", /attach/i]]) {
    await page.getByRole(role, { name }).first().waitFor();
  }
  assert.match(await tid(page, "status").innerText(), /number 2 in line/);
  room.become("open");
  room.agent("Hello");
  await page.locator("deskbell-chat [data-testid=message]").filter({ hasText: "Hello" }).waitFor();
  await tid(page, "agent").filter({ hasText: "Ana Duarte" }).waitFor();
  assert.match(await page.locator("deskbell-chat .panel").ariaSnapshot(), /dialog "Ana Duarte"[\s\S]*log "Conversation"[\s\S]*textbox "Message"/);
}));

test("320 by 256, and text at 200 %: nothing scrolls sideways, the way to send is in sight", () => stage(async (page, fake) => {
  await history(page, fake);
  await page.evaluate(() => document.querySelector("deskbell-chat").style.setProperty("--deskbell-font", "30px sans-serif"));
  const [wide, send] = await page.evaluate(() => {
    const root = document.querySelector("deskbell-chat").shadowRoot;
    const wideOnes = [...root.querySelectorAll(".panel,.log,.foot,.header")].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className);
    const { bottom, right } = root.querySelector(".send").getBoundingClientRect();
    return [wideOnes, bottom <= innerHeight && right <= innerWidth];
  });
  assert.deepEqual([wide, send], [[], true]);
}, { width: 320, height: 256 }));

test("wider text spacing cuts nothing off; less motion means none", () => stage(async (page, fake) => {
  await scenes.waiting(page, fake);
  const cut = await page.evaluate(() => {
    const root = document.querySelector("deskbell-chat").shadowRoot;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}");
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return [...root.querySelectorAll("button,.status,.waiting,.bubble")].filter((one) => one.checkVisibility() && one.scrollHeight > one.clientHeight + 2).map((one) => one.className);
  });
  assert.deepEqual(cut, []);
  assert.deepEqual(await page.evaluate(() => document.querySelector("deskbell-chat").shadowRoot.getAnimations().length), 0);
}));

test("Enter while an input method composes chooses a word and sends nothing", () => stage(async (page) => {
  await open(page);
  const session = await page.context().newCDPSession(page);
  await tid(page, "composer").focus();
  await session.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
  await page.evaluate(() => {
    const field = document.querySelector("deskbell-chat").shadowRoot.querySelector("textarea");
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }));
  });
  assert.equal(await page.locator("deskbell-chat [data-testid=message]").count(), 0);
  await session.send("Input.insertText", { text: "日本" });
  await page.keyboard.press("Enter");
  await page.locator("deskbell-chat [data-testid=message]").filter({ hasText: "日本" }).waitFor();
}));

test("files: picked, pasted and dropped; a failed one tried again; what came can be opened", () => stage(async (page, fake) => {
  const room = await history(page, fake);
  const send = (how) => page.evaluate((kind) => {
    const root = document.querySelector("deskbell-chat").shadowRoot;
    const data = new DataTransfer();
    data.items.add(new File(["bytes"], `${kind}.txt`, { type: "text/plain" }));
    if (kind === "pasted") root.querySelector("textarea").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    else for (const type of ["dragover", "drop"]) root.querySelector(".panel").dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }, how);
  fake.refuseFiles = true;
  await send("pasted");
  await page.locator("deskbell-chat [data-testid=upload][data-state=failed]").waitFor();
  fake.refuseFiles = false;
  await tid(page, "upload-retry").click();
  await send("dropped");
  await tid(page, "file-field").setInputFiles([{ name: "picked.txt", mimeType: "text/plain", buffer: Buffer.from("x") }, { name: "one too many.txt", mimeType: "text/plain", buffer: Buffer.from("x") }]);
  await page.waitForFunction(() => document.querySelector("deskbell-chat").shadowRoot.querySelectorAll("[data-testid=upload][data-state=done]").length === 3);
  assert.equal(await page.locator("deskbell-chat .tray [role=alert]").count(), 1);
  await tid(page, "send").click();
  await page.waitForFunction(() => document.querySelector("deskbell-chat").shadowRoot.querySelectorAll("a[data-testid=file]").length === 3);
  assert.deepEqual(room.events.findLast((event) => event.kind === "message").message.attachments.map((file) => file.name), ["pasted.txt", "dropped.txt", "picked.txt"]);
  const link = page.locator("deskbell-chat a[data-testid=file]").first();
  assert.match(await link.getAttribute("href"), /\/v1\/files\/file_/);
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer nofollow");
}));
