// The main story as people see it: three customers on the shop page, two agents in the sandbox, in Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { collage, launch, person, picture } from "../harness/browser.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, slack, browser;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, { pace: "burst_per_channel = 6" });
  slack = sandboxPage(sandbox);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.end();
  await sandbox?.stop();
});

async function customerPage(name, options = {}) {
  const who = await person(browser, options);
  await who.page.goto(`${server.url}/`);
  who.name = name;
  who.email = `${name.split(" ")[0].toLowerCase()}@email.com`;
  const by = (id) => who.page.getByTestId(id);
  Object.assign(who, {
    by,
    async open() { await by("launcher").click(); await by("composer").waitFor(); },
    async say(text) { await by("composer").fill(text); await by("composer").press("Enter"); },
    hears: (text, role = "agent") => who.page.locator(`[data-testid=message][data-role=${role}]`, { hasText: text }).first().waitFor(),
    words: (role) => who.page.locator(`[data-testid=message][data-role=${role}]`).allInnerTexts(),
    async askHuman() {
      await by("human").first().click();
      await by("human-form").waitFor();
      await by("human-form").locator("input[autocomplete=name]").fill(who.name);
      await by("human-form").locator("input[autocomplete=email]").fill(who.email);
      await by("human-submit").click();
    },
  });
  return who;
}

async function agentPage(name, options = {}) {
  const who = await person(browser, options);
  await who.page.goto(`${sandbox.info.ui_url}?as=${name}`);
  const page = who.page;
  await page.locator("[data-testid=channel][data-channel]").filter({ hasText: /vip-sales/ }).first().click();
  return Object.assign(who, {
    name,
    async openThread(ts) {
      await page.locator(`[data-testid=message][data-ts="${ts}"] [data-testid=open-thread]`).first().click();
      await page.getByTestId("thread").waitFor();
    },
    async reply(text, shown = text) {
      await page.getByTestId("thread-composer").fill(text);
      await page.getByTestId("thread-composer").press("Enter");
      await page.locator("[data-testid=thread-message]", { hasText: shown }).first().waitFor();
    },
    threadMessage: (text) => page.locator("[data-testid=thread-message]", { hasText: text }).first(),
  });
}

// The parent in #vip-sales that names this customer.
const parentOf = (name) => slack.waitFor(`the parent of ${name}`, (state) => {
  const channel = state.channels.find((each) => each.name === "vip-sales");
  return channel?.messages.find((message) => JSON.stringify(message.blocks).includes(name) && (message.replies ?? []).length > 0);
}, 20_000);

test("three customers, two agents, three threads", async () => {
  const [john, maria, sam] = await Promise.all([customerPage("John Smith"), customerPage("Maria Lopez"), customerPage("Sam Okoro", { width: 390, height: 844, dark: true })]);

  // The bot answers with the price.
  for (const [who, question] of [[john, "How much for 200 photos?"], [maria, "Do you digitise slides?"], [sam, "How long does it take?"]]) {
    await who.open();
    await who.say(question);
    await who.page.locator("[data-testid=message][data-role=bot]").first().waitFor();
  }
  assert.match((await john.words("bot")).join("\n"), /\$0\.50/);
  await picture(john.page, "bot");

  // Talk to a human: three threads, each with its customer's facts and history.
  for (const who of [john, maria, sam]) await who.askHuman();
  const parents = {};
  for (const who of [john, maria, sam]) parents[who.name] = await parentOf(who.name);
  assert.equal(new Set(Object.values(parents).map((parent) => parent.ts)).size, 3);

  const [ana, ben] = await Promise.all([agentPage("ana"), agentPage("ben", { dark: true })]);
  await ana.openThread(parents["John Smith"].ts);
  const introduction = ana.threadMessage("How much for 200 photos?");
  await introduction.waitFor();
  for (const fact of ["John Smith", "john@email.com", "Not provided", "👤", "🤖"]) assert.ok((await ana.page.getByTestId("thread").innerText()).includes(fact), fact);
  await ben.openThread(parents["Maria Lopez"].ts);

  // Answers reach the right widgets only.
  await ana.reply("Hi John, *$100* for 200 photos :wave:", "Hi John, $100");
  await ben.reply("Hello Maria, yes we do");
  await john.hears("$100");
  await maria.hears("yes we do");
  await ana.openThread(parents["Sam Okoro"].ts);
  await ana.reply("Sam, two weeks");
  await sam.hears("two weeks");
  assert.ok(!(await john.words("agent")).join().includes("Maria") && !(await maria.words("agent")).join().includes("John"));
  assert.match(await john.by("agent").first().innerText(), /Ana/);
  await picture(sam.page, "phone-dark");

  // The customer's words arrive in their thread, under their name.
  await john.say("Great, can you do it by Friday?");
  await ana.openThread(parents["John Smith"].ts);
  await ana.threadMessage("by Friday?").waitFor();
  await picture(ana.page, "thread");
  await picture(ben.page, "thread-dark");
  await picture(john.page, "customer");
  await collage(browser, "story", ["customer", "thread"]);

  // A reload in mid-conversation loses nothing.
  await john.page.reload();
  await john.by("composer").waitFor();  // it was open, so it opens again
  await john.hears("$100");
  await john.hears("by Friday?", "customer");
  assert.equal((await john.words("customer")).filter((text) => text.includes("by Friday?")).length, 1);

  // An edit and a delete.
  await ana.threadMessage("Hi John, $100").hover();
  await ana.threadMessage("Hi John, $100").getByTestId("edit").click();
  await ana.page.getByTestId("edit-box").fill("Hi John, *$90* this week");
  await ana.page.getByTestId("edit-save").click();
  await john.hears("$90");
  await ana.reply("a slip of the tongue");
  await john.hears("a slip of the tongue");
  await ana.threadMessage("a slip of the tongue").hover();
  await ana.threadMessage("a slip of the tongue").getByTestId("delete").click();
  const confirm = ana.page.getByTestId("delete-confirm");
  if (await confirm.isVisible().catch(() => false)) await confirm.click();
  await john.page.locator("[data-testid=message][data-role=agent]", { hasText: "a slip of the tongue" }).waitFor({ state: "detached" });

  // A server restart in mid-conversation: typed while it is away, sent when it is back, once.
  await server.stop();
  await maria.say("are you still there?");
  await ben.reply("always");
  await server.start();
  await maria.hears("always");
  await ben.threadMessage("are you still there?").waitFor();
  const replies = (await parentOf("Maria Lopez")).replies;
  assert.equal(replies.filter((reply) => JSON.stringify(reply).includes("are you still there?")).length, 1);

  for (const who of [john, maria, sam, ana, ben]) assert.deepEqual(who.problems, [], who.name);
  await Promise.all([john, maria, sam, ana, ben].map((who) => who.close()));
});
