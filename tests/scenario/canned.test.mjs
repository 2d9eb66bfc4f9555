// Canned replies: searched, sent once, shown in the thread, edited in a form, never with a hole.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startWorkplace } from "../harness/workplace.mjs";

let work, slack, file, directory;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), "deskbell-canned-"));
  file = join(directory, "canned.md");
  writeFileSync(file, "# Ours\n\n## Opening hours\nHello {{customer.name|there}}, we open at **nine**.\n\n## price\nThat is {{1}} for {{2}}.\n\n## phone\nShall we call {{customer.phone}}?\n");
  work = await startWorkplace({ more: `[desk]\ncanned = ${JSON.stringify(file)}` });
  ({ slack } = work);
});
after(async () => {
  await work?.end();
  rmSync(directory, { recursive: true, force: true });
});

test("a word sends one, filled in, once, and shows it in the thread", async () => {
  const customer = await work.inThread("Cleo");
  const ts = await work.type("ana", customer, "!canned opening");
  const heard = await customer.hears("we open at");
  assert.equal(heard.message.text, "Hello Cleo, we open at **nine**.");
  assert.ok(heard.message.rich.length >= 1);
  assert.equal(heard.message.author.name, "Ana");
  await work.reply(customer, /Ana sent \\*"opening-hours/);
  await work.type("ana", customer, "!canned price $100 photos");
  await customer.hears("That is $100 for photos.");
  await work.type("ana", customer, "!canned phone");
  await work.whisper("ana", /customer\.phone/);
  await work.type("ana", customer, "!canned");
  await work.whisper("ana", /• `price`/);
  assert.equal(customer.texts("agent").length, 2);
  // It stands for what was said: gone here, gone there.
  await slack.act("delete", { user: "ana", channel: "#vip-sales", ts });
  await customer.event("the withdrawal", (event) => event.kind === "message_deleted" && event.message_id === heard.message.id);
  await customer.leave();
});

test("a form searches, sends once however often it is sent, and edits the file", async () => {
  const customer = await work.inThread("Dora");
  const form = await work.openForm("ana", customer, "deskbell_canned", "deskbell_canned");
  await work.interaction(slack.act("suggest", { user: "ana", view: form.id, action_id: "reply", block_id: "reply", query: "open" }));
  const options = await slack.waitFor("what is offered", (state) => Object.entries(state.menus).find(([key, menu]) => key.startsWith(form.id) && menu.state === "ready")?.[1].options);
  assert.deepEqual(options.map((option) => option.value), ["opening-hours"]);
  await work.submit("ana", form, { reply: { reply: "opening-hours" } });
  await customer.hears("Hello Dora, we open at");
  await work.noModal("ana");
  // Slack says again that it was sent.
  const { team } = await slack.state();
  const again = {
    type: "view_submission", team: { id: team.id }, user: { id: await work.userId("ana"), team_id: team.id },
    view: { id: form.id, callback_id: "deskbell_canned", private_metadata: form.private_metadata, state: { values: { reply: { reply: { selected_option: { value: "opening-hours" } } } } } },
  };
  assert.equal((await work.interact(again)).status, 200);

  const edit = await work.openForm("ana", customer, "deskbell_edit_canned", "deskbell_edit_canned");
  await work.submit("ana", edit, { name: { name: "Bye" }, text: { text: "Bye {{customer.name}}!" } });
  await work.noModal("ana");
  assert.match(readFileSync(file, "utf8"), /^# Ours[^]*## bye\nBye \{\{customer\.name\}\}!/);
  await work.type("ana", customer, "!canned bye");
  await customer.hears("Bye Dora!");
  assert.deepEqual(customer.texts("agent"), ["Hello Dora, we open at **nine**.", "Bye Dora!"]);
  await customer.leave();
});
