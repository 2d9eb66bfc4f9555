// A day at the desk as people see it: three customers in the widget, two agents in Slack; claim, transfer, note, files both
// ways, resolve, rate, reopen, in Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, person } from "../harness/browser.mjs";
import { startWorkplace } from "../harness/workplace.mjs";

// A picture of one red point.
const pixel = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==", "base64");

let work, browser;
before(async () => {
  work = await startWorkplace({ pace: "burst_per_channel = 8", bot: 'kind = "none"' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await work?.end();
});

async function customer(name) {
  const who = await person(browser, { width: 900, height: 800 });
  const by = (id) => who.page.getByTestId(id);
  const email = `${name.split(" ")[0].toLowerCase()}@email.com`;
  await who.page.goto(`${work.server.url}/`);
  await by("launcher").click();
  await by("human").first().click();
  await by("human-form").locator("input[autocomplete=name]").fill(name);
  await by("human-form").locator("input[autocomplete=email]").fill(email);
  await by("human-submit").click();
  const parent = await work.slack.waitFor(`${name}'s thread`, (state) => {
    const channel = state.channels.find((one) => one.name === "vip-sales");
    return channel.messages.find((one) => JSON.stringify(one.blocks).includes(email) && one.replies?.length);
  }, 20_000);
  return Object.assign(who, {
    name, by, ts: parent.ts,
    say: async (text) => { await by("composer").fill(text); await by("composer").press("Enter"); },
    hears: (text) => who.page.locator("[data-testid=message][data-role=agent]", { hasText: text }).first().waitFor(),
    everything: () => by("panel").innerText(),
  });
}

async function agent(name) {
  const who = await person(browser, { width: 1360, height: 900 });
  const { page } = who;
  await page.goto(`${work.sandbox.info.ui_url}?as=${name}`);
  await page.locator("[data-testid=channel][data-channel]").filter({ hasText: /vip-sales/ }).first().click();
  const parentOf = (of) => page.locator(`[data-testid=message][data-ts="${of.ts}"]`).first();
  const inThread = (text) => page.locator("[data-testid=thread-message]", { hasText: text }).first();
  return Object.assign(who, {
    parentOf, inThread,
    async open(of) {
      await parentOf(of).getByTestId("open-thread").first().click();
      await page.getByTestId("thread").waitFor();
      await inThread(of.name).waitFor();
    },
    async type(text, shown = text) {
      await page.getByTestId("thread-composer").fill(text);
      await page.getByTestId("thread-composer").press("Enter");
      await inThread(shown).waitFor();
    },
    press: (of, label) => parentOf(of).getByRole("button", { name: label }).click(),
    cardSays: (of, words) => parentOf(of).getByText(words).first().waitFor(),
  });
}

test("two agents, three customers, one afternoon", async () => {
  const [john, maria, sam] = await Promise.all(["John Smith", "Maria Lopez", "Sam Okoro"].map(customer));
  const [ana, ben] = await Promise.all(["ana", "ben"].map(agent));

  // Each takes one; the third waits on.
  await ana.press(john, "Claim");
  await ana.cardSays(john, /open · Ana/);
  await ben.press(maria, "Claim");
  await ben.cardSays(maria, /open · Ben/);
  await ana.cardSays(sam, /waiting/);

  // Ana answers, keeps a note for Ben, and hands over to him.
  await ana.open(john);
  await ana.type("Hi John, one moment");
  await john.hears("one moment");
  await ana.type("!note he is a reseller, be generous", "be generous");
  await ana.inThread("be generous").getByTestId("reaction").waitFor();
  await ana.type("!transfer @ben");
  await ana.cardSays(john, /open · Ben/);
  await ben.open(john);
  await ben.type("Ben here, I take over");
  await john.hears("I take over");

  // Pictures from Sam to Ana, and a price list back.
  await ana.press(sam, "Claim");
  await ana.open(sam);
  await sam.by("file-field").setInputFiles({ name: "broken-frame.png", mimeType: "image/png", buffer: pixel });
  await sam.by("upload").first().waitFor();
  await sam.say("this is what arrived");
  await ana.inThread("this is what arrived").waitFor();
  await ana.page.locator("[data-testid=thread] [data-testid=file]").first().waitFor();
  await ana.page.getByTestId("thread-attach").setInputFiles({ name: "prices.txt", mimeType: "text/plain", buffer: Buffer.from("one: 1\ntwo: 2\n") });
  await ana.page.getByTestId("waiting-file").waitFor();
  await ana.type("here is our list");
  await sam.hears("here is our list");
  const file = sam.page.locator("[data-testid=message][data-role=agent] [data-testid=file]", { hasText: "prices.txt" });
  await file.waitFor();

  // The end, five stars, and once more from the beginning of the same conversation.
  await ben.press(maria, "Resolve");
  await maria.by("rating").waitFor();
  await maria.by("rating").locator("button[data-score='5']").click();
  await maria.by("comment").fill("lovely");
  await maria.by("comment").press("Enter");
  await ben.cardSays(maria, /rated 5 of 5/);
  await ben.press(maria, "Reopen");
  await ben.cardSays(maria, /open · Ben/);
  await ben.open(maria);
  await ben.type("one more thing, Maria");
  await maria.hears("one more thing");
  await maria.say("yes?");
  await ben.inThread("yes?").waitFor();

  // Nobody has anybody else's words, and nobody has the note.
  const said = { john: await john.everything(), maria: await maria.everything(), sam: await sam.everything() };
  assert.ok(!JSON.stringify(said).includes("generous") && !JSON.stringify(said).includes("!transfer"));
  assert.ok(!said.john.includes("our list") && !said.maria.includes("take over") && !said.sam.includes("one more thing"));
  for (const who of [john, maria, sam, ana, ben]) assert.deepEqual(who.problems, []);
});
