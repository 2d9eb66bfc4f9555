// What `deskbell demo` shows first: both sides beside each other, the play to its end, every control, keyboard and narrow
// screens, in Chromium against the real demo.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { axeFinds } from "../harness/axe.mjs";
import { launch, person, picture } from "../harness/browser.mjs";
import { patience, startDemo } from "../harness/processes.mjs";

let demo, browser, who, page, shop, desk;
before(async () => {
  demo = await startDemo();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});
afterEach(() => who?.close());

async function visit(query = "", options = {}) {
  who = await person(browser, { width: 1440, height: 900, ...options });
  page = who.page;
  await page.goto(`${demo.info.demo_url}${query}`);
  shop = page.frameLocator('iframe[title="The shop, as John sees it"]');
  desk = page.frameLocator("[data-testid=desk]");
  await Promise.all([shop.getByTestId("launcher").waitFor({ state: "attached" }), desk.getByTestId("channel-composer").waitFor({ state: "attached" })]);
}
const caption = (words) => page.getByTestId("caption").filter({ hasText: words }).waitFor({ timeout: 60_000 * patience });
const feat = (key) => page.getByTestId(`feat-${key}`);
const inShop = (text, role = "agent") => shop.locator(`[data-testid=message][data-role=${role}]`, { hasText: text });
const inThread = (text) => desk.getByTestId("thread-message").filter({ hasText: text });
async function say(text) {
  await shop.getByTestId("composer").fill(text);
  await shop.getByTestId("composer").press("Enter");
  await inShop(text, "customer").waitFor();
}
const settled = (text) => shop.locator("[data-testid=message]:is([data-state=delivered],[data-state=seen])", { hasText: text }).waitFor();
async function answer(text) {
  await desk.getByTestId("thread-composer").fill(text);
  await desk.getByTestId("thread-composer").press("Enter");
  await inThread(text).waitFor();
}

// Through the three hints, by hand.
async function converse() {
  await page.getByRole("button", { name: "Ask the bot" }).click();
  await shop.getByTestId("composer").waitFor();
  await say("How much for 200 photos?");
  await page.getByRole("button", { name: "Ask the bot (done)" }).waitFor();
  await page.getByRole("button", { name: "Talk to a human" }).click();
  const form = shop.getByTestId("human-form");
  await form.locator("input[autocomplete=name]").fill("John Smith");
  await form.locator("input[autocomplete=email]").fill("john@email.com");
  await shop.getByTestId("human-submit").click();
  await page.getByRole("button", { name: "Talk to a human (done)" }).waitFor();
  await desk.getByTestId("message").filter({ hasText: "John Smith" }).first().waitFor();
  await page.getByRole("button", { name: "Answer in the thread" }).click();
  await desk.getByTestId("thread").waitFor();
  await answer("Hello John");
  await inShop("Hello John").waitFor();
  await page.getByRole("button", { name: "Answer in the thread (done)" }).waitFor();
}

test("the play runs to its end, and everything said stands once on both sides", async () => {
  await visit("demo/stage/?speed=6");
  await picture(page, "demo-start");
  await page.getByTestId("play").click();
  await caption("Ana answers in the thread");
  await page.getByTestId("play").filter({ hasText: "Stop" }).waitFor();
  await caption("4 messages, each exactly once on both sides");
  await page.getByTestId("play").filter({ hasText: "Play it for me" }).waitFor();
  assert.equal(await inShop("Thursday at the latest").count(), 1);
  assert.equal(await inShop("Thrusday").count(), 0);
  await shop.getByTestId("message").filter({ hasText: "Friday" }).first().waitFor();
  assert.equal(await page.getByTestId("feat-cut").getAttribute("aria-pressed"), "false");
  await picture(page, "demo");
  // Again, as another customer, and stopped in the middle.
  await page.getByTestId("play").click();
  await caption("wants a human");
  await page.getByTestId("play").click();
  await caption("Stopped");
  assert.deepEqual(who.problems, []);
});

test("the three hints are ticked off as they happen; what is broken can be mended", async () => {
  await visit("demo/stage/?hold=600");
  await page.getByRole("button", { name: "Answer in the thread" }).click();
  await caption("as soon as John has asked for a human");
  await converse();

  await feat("cut").click();
  await caption("John has no network");
  await say("said in a tunnel");
  await shop.locator("[data-testid=message][data-state=queued]", { hasText: "said in a tunnel" }).waitFor();
  await feat("cut").click();
  await caption("The network is back");
  await settled("said in a tunnel");
  await inThread("said in a tunnel").waitFor();

  await feat("sleep").click();
  await caption("laptop is closed");
  await answer("said to a closed laptop");
  assert.equal(await inShop("said to a closed laptop").count(), 0);
  await feat("sleep").click();
  await inShop("said to a closed laptop").waitFor();

  await feat("slack").click();
  await caption("Slack refuses every post");
  await say("said while Slack was down");
  await feat("slack").click();
  await caption("Slack is back");
  await inThread("said while Slack was down").waitFor({ timeout: 60_000 * patience });

  await feat("lost").click();
  await caption("answer is lost");
  await say("taken, and nobody told");
  await settled("taken, and nobody told");
  await inThread("taken, and nobody told").first().waitFor();
  assert.equal(await inThread("taken, and nobody told").count(), 1);

  await feat("edit").click();
  await caption("changed her last answer");
  await inShop("(Better so!)").waitFor();
  await feat("delete").click();
  await caption("taken her last answer back");
  await inShop("(Better so!)").waitFor({ state: "detached" });
  assert.deepEqual(who.problems, []);
});

test("what is broken mends itself after a while", async () => {
  await visit("demo/stage/?hold=2");
  await feat("cut").click();
  await caption("John has no network");
  await caption("The network is back");
  await feat("cut").and(page.locator("[aria-pressed=false]")).waitFor();
  assert.deepEqual(who.problems, []);
});

test("more people: a second tab of one customer, and another customer", async () => {
  await visit();
  await converse();
  await feat("tab").click();
  const tab = page.frameLocator('iframe[title*="second tab"]');
  await tab.locator("[data-testid=message]", { hasText: "Hello John" }).waitFor();
  await feat("customer").click();
  const maria = page.frameLocator('iframe[title*="Maria"]');
  await maria.getByTestId("composer").fill("Do you scan slides?");
  await maria.getByTestId("composer").press("Enter");
  await maria.locator("[data-testid=message][data-role=bot]").waitFor();
  assert.equal(await maria.locator("[data-testid=message]", { hasText: "Hello John" }).count(), 0);
  assert.equal(await inShop("Do you scan slides?", "customer").count(), 0);
  await picture(page, "demo-people");
  await page.getByRole("button", { name: "Close: Maria" }).click();
  await feat("tab").click();
  await page.locator("[data-testid=tile]").nth(1).waitFor({ state: "detached" });
  assert.equal(await feat("tab").getAttribute("aria-pressed"), "false");
  assert.deepEqual(who.problems, []);
});

test("the wire shows frames without tokens; the meter shows what the chat weighs", async () => {
  await visit();
  const weight = async () => Number(await page.getByTestId("weight").getAttribute("data-bytes"));
  const closed = await weight();
  assert.ok(closed > 2_000 && closed < 8_000, String(closed));
  await page.getByTestId("wire-toggle").click();
  await page.getByRole("button", { name: "Ask the bot" }).click();
  await say("How much for 200 photos?");
  const wire = page.getByTestId("wire");
  await wire.locator("li.up", { hasText: "message" }).first().waitFor();
  await wire.locator("li.down", { hasText: "#2" }).first().waitFor();
  const open = await weight();
  assert.ok(open > closed && open < 60_000, String(open));
  const token = await page.frame({ url: /\/demo\/$/ }).evaluate(() => JSON.parse(localStorage.getItem("deskbell:default:session")).token);
  assert.ok(token.length > 10 && !(await wire.innerText()).includes(token));
  assert.deepEqual(await axeFinds(page, ".stage"), []);
  await picture(page, "demo-wire");
  assert.deepEqual(who.problems, []);
});

test("light and dark, Arabic, a phone: by a press, on all three pages", async () => {
  await visit();
  const ground = (frame, what) => frame.locator(what).first().evaluate((one) => getComputedStyle(one).backgroundColor);
  const all = () => Promise.all([ground(shop, "body"), ground(desk, "body"), ground(page, ".tile")]);
  const light = await all();
  await feat("dark").click();
  await page.waitForFunction((before) => getComputedStyle(document.querySelector(".tile")).backgroundColor !== before, light[2]);
  await feat("dark").and(page.locator("[aria-pressed=true]")).waitFor();
  await desk.locator("html[style*=dark]").waitFor({ state: "attached" });
  await shop.locator("html[style*=dark]").waitFor({ state: "attached" });
  (await all()).forEach((colour, at) => assert.notEqual(colour, light[at]));
  await converse();
  await picture(page, "demo-dark");
  assert.deepEqual(await axeFinds(page, ".stage"), []);
  await feat("dark").click();
  await desk.locator("html[style*=dark]").waitFor({ state: "detached" });
  await shop.locator("html[style*=dark]").waitFor({ state: "detached" });
  assert.deepEqual(await all(), light);
  await feat("rtl").click();
  await shop.locator("deskbell-chat[lang=ar]").waitFor({ state: "attached" });
  await picture(page, "demo-rtl");
  await feat("rtl").click();
  await shop.locator("deskbell-chat[lang=en]").waitFor({ state: "attached" });
  await feat("phone").click();
  await page.locator(".shop[data-phone=true]").waitFor();
  assert.ok(await shop.locator("html").evaluate(() => innerWidth <= 402));
  await picture(page, "demo-phone-frame");
  assert.deepEqual(who.problems, []);
});

test("the keyboard: F6 goes from side to side, from wherever the focus is", async () => {
  await visit();
  const frame = () => page.evaluate(() => document.activeElement?.title ?? "");
  const goes = (title) => page.waitForFunction((wanted) => document.activeElement?.title === wanted, title);
  await page.getByTestId("play").focus();
  await page.keyboard.press("F6");
  await goes("The shop, as John sees it");
  await page.keyboard.press("F6");
  await goes("The team’s channel");
  await page.keyboard.press("F6");
  await goes("The shop, as John sees it");
  assert.equal(await frame(), "The shop, as John sees it");
  assert.deepEqual(who.problems, []);
});

for (const [name, options] of Object.entries({ phone: { width: 390, height: 844 }, "phone-dark": { width: 390, height: 844, dark: true }, small: { width: 320, height: 568 } })) {
  test(`${name}: one side at a time, a mark for the other, and the play goes where it happens`, async () => {
    await visit("demo/stage/?speed=6", options);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    assert.equal(await page.locator(".desk").isVisible(), false);
    await picture(page, `demo-${name}`);
    await page.getByTestId("play").click();
    await caption("A thread for this one customer");
    await page.locator(".stage[data-side=desk]").waitFor();
    await caption("each exactly once on both sides");
    await page.getByTestId("side-desk").click();
    await desk.getByTestId("thread").waitFor();
    assert.deepEqual(await axeFinds(page, ".stage"), []);
    await picture(page, `demo-${name}-team`);
    assert.deepEqual(who.problems, []);
  });
}

test("a tablet on edge: one side below the other", async () => {
  await visit("", { width: 820, height: 1180 });
  const [above, below] = [await page.locator(".shop").boundingBox(), await page.locator(".desk").boundingBox()];
  assert.ok(below.y >= above.y + above.height && below.width === above.width);
  assert.deepEqual(await axeFinds(page, ".stage"), []);
  await picture(page, "demo-tablet");
  assert.deepEqual(who.problems, []);
});
