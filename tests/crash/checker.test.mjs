// The checker itself: a good ending passes, and each way in which an ending can be bad is seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dice } from "./dice.mjs";
import { violations } from "./checker.mjs";
import { lineOf, ownersIn, tokensIn } from "./words.mjs";

const post = (ts, text, more = {}) => ({ ts, kind: "message", author: { is_bot: true }, text, metadata: { event_payload: { post: `post ${ts}` } }, ...more });
const answer = (ts, text) => ({ ts, kind: "message", author: { is_bot: false }, text });
const customer = (seq, index, number) => ({ seq, kind: "message", message: { id: `m${seq}`, order: `${seq}`, client_id: `c${number}`, author: { role: "customer" }, text: `zqw${index}xm${number}y hello` } });
const agent = (seq, order, text) => ({ seq, kind: "message", message: { id: `m${seq}`, order, author: { role: "agent" }, text } });

// Customer `index`: a line to the bot, the question for a human, two lines, an answer between them that is corrected, another that
// is withdrawn.
function visitor(index) {
  const log = [
    customer(1, index, 1),
    { seq: 2, kind: "message", message: { id: "m2", order: "2", author: { role: "bot" }, text: "Hello!" } },
    { seq: 3, kind: "session", session: { state: "waiting" } },
    customer(4, index, 2),
    agent(5, "5", `zqw${index}xa1y as said`),
    customer(6, index, 3),
    { seq: 7, kind: "message_edited", message_id: "m5", text: `zqw${index}xa1y as corrected` },
    { seq: 8, kind: "receipt", message_id: "m4", stage: "delivered" },
    { seq: 9, kind: "receipt", message_id: "m6", stage: "delivered" },
    agent(10, "91", `zqw${index}xa2y as said`),
    { seq: 11, kind: "message_deleted", message_id: "m10" },
    agent(12, "92", `zqw${index}xa3y as said`),
  ];
  const said = log.filter(({ message }) => message?.client_id).map(({ seq, message }) => ({ clientId: message.client_id, text: message.text, seq, tokens: tokensIn(message.text).map(({ token }) => token) }));
  return { index, id: `session_${index}`, said, wrong: [], log, seen: structuredClone(log), heard: [JSON.stringify(log)] };
}
function parent(index) {
  return post(`${index}00`, `NEW CUSTOMER SUPPORT REQUEST session_${index}`, {
    replies: [
      post(`${index}01`, `Customer requesting human support session_${index}: zqw${index}xm1y hello`),
      post(`${index}02`, `zqw${index}xm2y hello`),
      answer(`${index}03`, `zqw${index}xa1y as corrected`),
      post(`${index}04`, `zqw${index}xm3y hello`),
      answer(`${index}06`, `zqw${index}xa3y as said`),
    ],
  });
}
const good = () => ({
  visitors: [visitor(1), visitor(2)],
  channels: [{ id: "C1", messages: [parent(1), parent(2)] }],
  ledger: [{ token: "zqw1xa1y", ts: "103", text: "zqw1xa1y as corrected" }, { token: "zqw1xa2y", ts: "105", deleted: true }, { token: "zqw1xa3y", ts: "106", text: "zqw1xa3y as said" }],
});
const replies = (ending, index = 0) => ending.channels[0].messages[index].replies;
const log = (ending) => ending.visitors[0].log;

test("a good ending has no violations", () => assert.deepEqual(violations(good()), []));

for (const [what, kind, spoil] of [
  ["an acknowledged message is not in the log", /^acknowledged: .*m3y was acknowledged as 6 and is in the log 0 times/, (ending) => { log(ending)[5] = { seq: 6, kind: "receipt" }; }],
  ["an acknowledged message is in the log twice", /^acknowledged: .* 2 times/, (ending) => log(ending).push({ ...customer(13, 1, 3) })],
  ["an acknowledged message has another number", /^acknowledged/, (ending) => { ending.visitors[0].said[1].seq = 9; }],
  ["a resent message became another event", /^answers: .*is event 9/, (ending) => ending.visitors[0].wrong.push("zqw1xm1y was event 1 and is event 9")],
  ["a number is missing in the log", /^log: /, (ending) => log(ending).splice(6, 1)],
  ["what was shown changed afterwards", /^log: .*event 4 was/, (ending) => { ending.visitors[0].seen[3].message.text = "other"; }],
  ["an event came twice over the sockets", /^socket: /, (ending) => ending.visitors[0].seen.splice(4, 0, ending.visitors[0].seen[3])],
  ["an event never came over the sockets", /^socket: /, (ending) => ending.visitors[0].seen.pop()],
  ["a line is not in the thread", /^thread: /, (ending) => replies(ending).splice(3, 1)],
  ["a line is in the thread twice", /^thread: /, (ending) => replies(ending).push(post("109", "zqw1xm3y hello"))],
  ["the thread has another order", /^thread: /, (ending) => { [replies(ending)[1].ts, replies(ending)[3].ts] = ["104", "102"]; }],
  ["a post stands there twice", /^thread: .*twice/, (ending) => { replies(ending)[1].metadata = replies(ending)[3].metadata; }],
  ["there are two introductions", /^thread: .*introductions/, (ending) => replies(ending).push(post("109", replies(ending)[0].text))],
  ["a delivered line is not called so", /^receipts: /, (ending) => { log(ending)[8].stage = "failed"; }],
  ["a session has two parents", /^one thread: /, (ending) => ending.channels[0].messages.push({ ...parent(1), ts: "900", replies: [] })],
  ["an answer did not arrive", /^agents: .*missing: zqw1xa3y/, (ending) => { log(ending)[11] = { seq: 12, kind: "receipt" }; }],
  ["an answer arrived twice", /^agents: .*twice/, (ending) => log(ending).push(agent(13, "93", "zqw1xa3y as said"))],
  ["a correction did not arrive", /^agents: .*missing: zqw1xa1y as corrected; more: zqw1xa1y as said/, (ending) => { log(ending)[6] = { seq: 7, kind: "receipt" }; }],
  ["a withdrawn answer is still shown", /^agents: .*more: zqw1xa2y/, (ending) => { log(ending)[10] = { seq: 11, kind: "receipt" }; }],
  ["answers have another order than in Slack", /^agents: .*order/, (ending) => { log(ending)[4].message.order = "99"; }],
  ["a stranger's words are in a frame", /^strangers: a frame of customer 1 holds words of 2/, (ending) => ending.visitors[0].heard.push("zqw2x")],
  ["a stranger's words are in the thread", /^strangers: the thread of customer 2 holds words of 1/, (ending) => { replies(ending, 1)[1].blocks = [{ text: "zqw1x" }]; }],
  ["a post stands in the open channel", /^strangers: in the open channel/, (ending) => ending.channels[0].messages.push(post("900", "zqw1xm2y hello"))],
  ["the bot speaks after a human was asked for", /^one voice/, (ending) => log(ending).push({ seq: 13, kind: "message", message: { id: "m13", order: "99", author: { role: "bot" }, text: "Hi" } })],
  ["the sandbox forgot an answer", /^the sandbox itself/, (ending) => replies(ending).splice(2, 1)],
]) {
  test(`it is seen when ${what}`, () => {
    const ending = good();
    spoil(ending);
    const found = violations(ending);
    assert.ok(found.some((line) => kind.test(line)), `${found.join("\n")}\n${kind}`);
  });
}

test("corrections and withdrawals that Slack kept from us are let be, the answers themselves are not", () => {
  const ending = good();
  ending.ledger[0].unheard = ending.ledger[1].unheard = true;
  log(ending)[6] = { seq: 7, kind: "receipt" };
  log(ending)[10] = { seq: 11, kind: "receipt" };
  ending.visitors[0].seen = structuredClone(log(ending));
  assert.deepEqual(violations(ending), []);
  log(ending)[4] = { seq: 5, kind: "receipt" };
  assert.match(violations(ending).join(), /missing: zqw1xa1y/);
});

test("the dice are the same for a seed and others for another", () => {
  const plan = (seed) => { const dice = new Dice(seed).stream("kills"); return Array.from({ length: 20 }, () => dice.below(1000)).join(); };
  assert.equal(plan(7), plan(7));
  assert.equal(new Set(Array.from({ length: 50 }, (_, seed) => plan(seed))).size, 50);
  assert.deepEqual(ownersIn(lineOf(3, 1, new Dice(1)).text), [3]);
});
