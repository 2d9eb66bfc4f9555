// "… is typing" in the customer's thread: shown, taken away, and left alone where Slack does not allow it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorkplace } from "../harness/workplace.mjs";

let work, slack;
before(async () => {
  work = await startWorkplace({ bot: 'kind = "none"' });
  slack = work.slack;
});
after(() => work?.end());

const status = (customer, look) => slack.waitFor(`the status of ${customer.id}'s thread`, (state) => {
  const parent = state.channels.flatMap((one) => one.messages).find((one) => one.ts === customer.thread.ts);
  return parent && look(parent.status ?? "");
});
const asked = async () => (await slack.state()).calls.filter((one) => one.method === "assistant.threads.setStatus").length;

test("shown in the customer's own thread, and taken away", async () => {
  const [ada, bea] = [await work.inThread("Ada"), await work.inThread("Bea")];
  await ada.request("typing", { on: true });
  await status(ada, (text) => text.includes("typing"));
  await status(bea, (text) => text === "");
  await ada.request("typing", { on: true });
  await ada.request("typing", { on: false });
  await status(ada, (text) => text === "");
  assert.equal(await asked(), 2, "going on typing costs nothing");
});

test("who goes away while typing does not type for ever", async () => {
  const cleo = await work.inThread("Cleo");
  await cleo.request("typing", { on: true });
  await status(cleo, (text) => text.includes("typing"));
  await cleo.leave();
  await slack.waitFor("the sign to go", (state) => !state.channels.flatMap((one) => one.messages).find((one) => one.ts === cleo.thread.ts).status, 25_000);
});

test("where Slack refuses, it is asked once and nothing else suffers", async () => {
  const dora = await work.inThread("Dora");
  await slack.act("fault", { effect: "api_error", method: "assistant.threads.setStatus", times: 5, error: "missing_scope" });
  const before = await asked();
  await dora.request("typing", { on: true });
  await slack.waitFor("the refusal", (state) => state.calls.some((one) => one.method === "assistant.threads.setStatus" && one.error === "missing_scope"));
  await dora.say("can you read me?");
  await work.reply(dora, /can you read me/);
  const known = await asked();
  for (let n = 0; n < 3; n += 1) {
    await dora.request("typing", { on: false });
    await dora.request("typing", { on: true });
  }
  await dora.say("and now?");
  await work.reply(dora, /and now/);
  assert.equal(await asked(), known);
  assert.equal(known - before, 1);
});
