// An agent at work as they see it: the parent's buttons, the form behind More, a word and its mark, in Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, person, picture } from "../harness/browser.mjs";
import { startWorkplace } from "../harness/workplace.mjs";

let work, browser;
before(async () => {
  work = await startWorkplace({ pace: "burst_per_channel = 6" });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await work?.end();
});

test("claim, answer, note, look at the customer, hand over", async () => {
  const customer = await work.inThread("John Smith", "How much for 200 photos?");
  const ana = await person(browser, { width: 1360, height: 860 });
  const { page } = ana;
  await page.goto(`${work.sandbox.info.ui_url}?as=ana`);
  await page.locator("[data-testid=channel][data-channel]").filter({ hasText: /vip-sales/ }).first().click();
  await page.locator(`[data-testid=message][data-ts="${customer.thread.ts}"] [data-testid=open-thread]`).first().click();
  await page.getByTestId("thread").waitFor();
  const parent = page.locator(`[data-testid=message][data-ts="${customer.thread.ts}"]`).first();
  await parent.getByRole("button", { name: "Claim" }).click();
  await customer.state("open");
  await parent.getByText(/open · Ana/).waitFor();

  const type = async (text) => {
    await page.getByTestId("thread-composer").fill(text);
    await page.getByTestId("thread-composer").press("Enter");
    await page.locator("[data-testid=thread-message]", { hasText: text.replace(/\*/g, "") }).first().waitFor();
  };
  await type("Hi John, that is *$100* for 200 photos");
  await customer.hears("$100");
  await type("!note he asked about the same last week, be generous");
  await customer.say("Great! Do you ship abroad?");
  await page.locator("[data-testid=thread-message]", { hasText: "ship abroad" }).first().waitFor();
  for (const name of ["heavy_check_mark", "memo"])
    await work.slack.replies(customer.id, name, (replies) => replies.some((reply) => reply.reactions?.some((reaction) => reaction.name === name)));
  await page.locator("[data-testid=thread-message]", { hasText: "be generous" }).getByTestId("reaction").waitFor();
  await picture(page, "agent-thread");

  await parent.getByRole("button", { name: "More…" }).click();
  const form = page.getByTestId("modal");
  await form.getByText("johnsmith@email.com").waitFor();
  await picture(page, "agent-more");
  await form.getByRole("button", { name: /Transfer/ }).click();
  await form.getByText("To a colleague").waitFor();
  assert.ok(!(await customer.texts("agent")).join().includes("generous"));
  assert.deepEqual(ana.problems, []);
  await customer.leave();
  await ana.close();
});
