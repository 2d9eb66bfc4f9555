// The same with everything real behind it: what a customer changes, takes back or has forgotten, as their agents see it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, person } from "../harness/browser.mjs";
import { api } from "../harness/customer.mjs";
import { eventually, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";
import { chatOn, startWidgetPage } from "../harness/widget_page.mjs";

let sandbox, server, site, browser;
before(async () => {
  site = await startWidgetPage();
  sandbox = await startSandbox();
  server = await startServer(sandbox, { origins: [site.url], pace: "burst_per_channel = 50", bot: 'kind = "none"' });
  site.server = server.url;
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.end();
  await sandbox?.stop();
  await site?.end();
});

test("changed, taken back and forgotten: in the thread, too", async () => {
  const who = await person(browser);
  const chat = chatOn(who.page);
  await who.page.goto(site.url);
  await chat.by("launcher").waitFor();
  await chat.open();
  await who.page.evaluate(() => window.Deskbell("talkToHuman", { name: "John Smith", email: "john@email.com" }));
  await who.page.waitForFunction(() => window.Deskbell("get", "state") === "waiting");
  await chat.say("I have tow boxes");
  await chat.settled("I have tow boxes", ["delivered", "seen"]);
  const id = await chat.get("session");
  const slack = sandboxPage(sandbox);
  const inThread = (text) => slack.replies(id, `"${text}" in the thread`, (replies) => replies.some((reply) => JSON.stringify(reply).includes(text)), 20_000);
  const change = async (what) => {
    await chat.by("change").first().focus();
    await who.page.keyboard.press("Enter");
    await chat.by(what).click();
  };

  await change("edit-message");
  await chat.by("composer").fill("I have two boxes");
  await who.page.keyboard.press("Enter");
  await chat.messages("customer").filter({ hasText: "I have two boxes" }).filter({ hasText: "edited" }).waitFor();
  await inThread("I have two boxes");
  await change("delete-message");
  await chat.messages("customer").locator(".bubble.removed").waitFor();
  await slack.replies(id, "the words gone from the thread", (replies) => !replies.some((reply) => JSON.stringify(reply).includes("two boxes")), 20_000);

  const token = await chat.token();
  await chat.by("menu").click();
  await chat.by("forget").click();
  await chat.by("forget-yes").click();
  await who.page.waitForFunction(() => window.Deskbell("get", "session") === null && localStorage.length === 0);
  await eventually("the token to open nothing", async () => (await api(server, "GET", "/v1/session", { token })).status === 401);
  assert.deepEqual(who.problems, []);
  await who.close();
});
