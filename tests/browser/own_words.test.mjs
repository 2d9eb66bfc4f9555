// A customer changes and takes back their own words: by hand and by keyboard, without a network, against a refusal, in two tabs.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { axeFinds } from "../harness/axe.mjs";
import { launch, person } from "../harness/browser.mjs";
import { chatOn, startWidgetPage } from "../harness/widget_page.mjs";
import { startFakeServer } from "../../widget/dev/fake_server.mjs";

let browser, fake, site, who, chat;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });
beforeEach(async () => {
  fake = await startFakeServer(0, { cors: true });
  site = await startWidgetPage({ server: fake.url.replace(/\/$/, "") });
  who = await person(browser);
  chat = chatOn(who.page);
  await who.page.goto(site.url);
  await chat.by("launcher").waitFor();
  await chat.open();
  await chat.say("I have tow boxes");
  await chat.settled("I have tow boxes");
  fake.last.quiet = true;
  fake.last.become("open");
  await who.page.waitForFunction(() => window.Deskbell("get", "state") === "open");
});
afterEach(async () => {
  assert.deepEqual(who.problems, []);
  await who.close();
  await site.end();
  fake.stop();
});
const own = (text, on = chat) => on.messages("customer").filter({ hasText: text });
const asked = (kind) => fake.last.events.filter((event) => event.kind === kind);
const removed = (on = chat) => on.messages("customer").locator(".bubble.removed");

test("by keyboard: to the message, its menu, the change, and back", async () => {
  const { page } = who;
  await chat.by("change").first().focus();
  await page.keyboard.press("Enter");
  assert.equal(await chat.by("change").first().getAttribute("aria-expanded"), "true");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("deskbell-chat").shadowRoot.activeElement?.value === "I have tow boxes");
  assert.deepEqual(await axeFinds(page), []);
  await page.keyboard.press("Escape");  // leaves the change, not the chat
  await page.waitForFunction(() => document.querySelector("deskbell-chat").shadowRoot.activeElement?.value === "");
  await chat.by("panel").waitFor();
  await chat.by("change").first().focus();
  await page.keyboard.press("Enter");
  await chat.by("edit-message").focus();
  await page.keyboard.press("Enter");
  await chat.by("composer").fill("I have two boxes");
  await page.keyboard.press("Enter");
  await own("I have two boxes").filter({ hasText: "edited" }).waitFor();
  assert.equal(await chat.messages("customer").count(), 1);
  assert.deepEqual(asked("message_edited").map(({ text }) => text), ["I have two boxes"]);
});

test("taken back: gone in every tab, and the focus is somewhere", async () => {
  const other = chatOn(await who.context.newPage());
  const second = who.context.pages()[1];
  await second.goto(site.url);
  await other.by("composer").or(other.by("launcher")).first().waitFor();
  if (!(await other.get("open"))) await other.open();
  await own("tow boxes", other).waitFor();
  await who.page.bringToFront();
  await chat.by("change").first().focus();
  await who.page.keyboard.press("Enter");
  await chat.by("delete-message").click();
  await removed().waitFor();
  await removed(other).waitFor();
  assert.equal(await own("tow boxes", other).count(), 0);
  assert.equal(await who.page.evaluate(() => document.querySelector("deskbell-chat").shadowRoot.activeElement?.dataset.testid), "composer");
  assert.equal(asked("message_deleted").length, 1);
  assert.equal(await chat.by("change").count(), 0);
});

test("without a network it waits in sight, survives a reload, and goes out when there is one", async () => {
  await who.context.setOffline(true);
  fake.refuseSockets = true;
  fake.last.sockets.forEach((socket) => socket.terminate());
  await who.page.waitForFunction(() => window.Deskbell("get", "link") !== "online");
  await chat.by("change").first().focus();
  await who.page.keyboard.press("Enter");
  await chat.by("edit-message").click();
  await chat.by("composer").fill("I have two boxes");
  await who.page.keyboard.press("Enter");
  await own("I have two boxes").and(who.page.locator("[data-state=queued]")).waitFor();
  assert.equal(asked("message_edited").length, 0);
  fake.refuseSockets = false;
  await who.context.setOffline(false);
  await who.page.reload();
  await own("I have two boxes").and(who.page.locator("[data-state=sent],[data-state=delivered]")).waitFor();
  assert.deepEqual(asked("message_edited").map(({ text }) => text), ["I have two boxes"]);
});

test("refused: as it was, and it is said why", async () => {
  fake.nack = { code: "edit_too_late", detail: "" };
  await chat.by("change").first().focus();
  await who.page.keyboard.press("Enter");
  await chat.by("delete-message").click();
  await chat.by("status").filter({ hasText: "too late to change" }).waitFor();
  await own("I have tow boxes").waitFor();
  assert.equal(await removed().count(), 0);
  fake.nack = null;
  await chat.say("and I go on");
  await chat.settled("and I go on");
});

test("where the site does not allow it, and after its time, there is no menu", async () => {
  fake.config.features.edit = false;
  await who.page.reload();
  await own("tow boxes").waitFor();
  await who.page.waitForFunction(() => window.Deskbell("get", "link") === "online");
  assert.equal(await chat.by("change").count(), 0);
});
