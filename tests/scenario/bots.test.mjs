// Bots behind HTTP: streamed while they speak, one durable answer, silent when a human is asked for, honest when they fail.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { execFile } from "node:child_process";
import { afterEach, beforeEach, test } from "node:test";
import { startBotEndpoint } from "../harness/bot_endpoint.mjs";
import { api, Customer } from "../harness/customer.mjs";
import { binary, deadline, startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server, endpoint;
beforeEach(async () => {
  [sandbox, endpoint] = await Promise.all([startSandbox(), startBotEndpoint()]);
});
afterEach(async () => {
  await server?.end();
  server = undefined;
  await sandbox?.stop();
  await endpoint?.end();
});

const serve = async (bot, more = {}) => { server = await startServer(sandbox, { subscribe: false, bot, limits: "messages_per_second_per_session = 0", ...more }); };
const webhook = (more = "") => serve(`kind = "webhook"\nurl = "${endpoint.url}/hook"\nkey = "sesame"\n${more}`);
const openai = (more = "") => serve(`kind = "openai"\nurl = "${endpoint.url}/v1/"\nkey = "sk-test"\nmodel = "tiny"\n${more}`);
const arrive = async () => (await Customer.arrive(server, { name: "Ada" })).connect();
const deltas = (customer) => customer.frames.filter((frame) => frame.type === "bot_delta");
const answers = (customer) => customer.events.filter((event) => event.kind === "message" && event.message.author.role === "bot");
const answer = (customer) => customer.event("the bot's answer", (event) => event.kind === "message" && event.message.author.role === "bot");
const delta = (customer, text) => customer.waitFor(`a draft with ${text}`, () => deltas(customer).find((frame) => frame.text.includes(text)));
const token = (text) => ({ choices: [{ index: 0, delta: { content: text } }] });

// The draft as a client puts it together.
function draft(frames) {
  let text = "";
  for (const frame of frames) {
    if (frame.end) text = "";
    else if (frame.offset === 0) text = frame.text;
    else {
      assert.equal(frame.offset, text.length, "no piece is missing");
      text += frame.text;
    }
  }
  return text;
}

test("openai: asked as the dialect wants, heard as it speaks, and kept once", async () => {
  await openai('prompt = "You sell photos."');
  const customer = await arrive();
  let stream;
  endpoint.behave((ask) => {
    stream = ask.stream();
    stream.event(token("200 photos 📷 "));
  });
  const said = await customer.say("How much for 200 photos?");
  const ask = await endpoint.question(0);
  await delta(customer, "200 photos 📷");
  assert.equal(answers(customer).length, 0, "nothing is durable yet");
  stream.event(token("are "));
  await delta(customer, "are");
  stream.event(token("**$100**. [[hu"));
  stream.event(token("man]]"));
  stream.event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  stream.event("[DONE]");
  stream.end();
  const event = await answer(customer);
  assert.equal(event.message.text, "200 photos 📷 are **$100**.");
  assert.equal(event.message.in_reply_to, said.message.id);
  assert.deepEqual(event.offers, ["human"]);
  assert.ok(JSON.stringify(event.message.rich).includes('"t":"b"'));
  const frames = deltas(customer);
  assert.ok(frames.every((frame) => frame.message_id === said.message.id));
  assert.ok(event.message.text.startsWith(draft(frames).trim()));
  assert.ok(!JSON.stringify(frames).includes("[["));
  assert.equal(ask.path, "/v1/chat/completions");
  assert.equal(ask.headers.authorization, "Bearer sk-test");
  assert.deepEqual([ask.body.model, ask.body.stream], ["tiny", true]);
  assert.match(ask.body.messages[0].content, /^You sell photos\./);
  assert.deepEqual(ask.body.messages.slice(1), [{ role: "user", content: "How much for 200 photos?" }]);
  assert.equal(endpoint.asked.length, 1);
  await customer.leave();
});

test("openai: a service that does not stream is as good", async () => {
  await openai();
  endpoint.behave((ask) => ask.json({ choices: [{ index: 0, message: { role: "assistant", content: "Four days." }, finish_reason: "stop" }] }));
  const customer = await arrive();
  await customer.say("How long?");
  assert.equal((await answer(customer)).message.text, "Four days.");
  await customer.leave();
});

test("webhook: signed questions, answers as JSON or as a stream", async () => {
  await webhook('name = "House bot"');
  const customer = await arrive();
  endpoint.behave((ask) => ask.json({ text: "Hello **Ada**", offer_human: true, name: "Photo bot" }));
  await customer.say("Hi");
  const first = await answer(customer);
  assert.deepEqual([first.message.text, first.message.author.name, first.offers], ["Hello **Ada**", "Photo bot", ["human"]]);
  const { raw, headers, body } = endpoint.asked[0];
  const expected = createHmac("sha256", "sesame").update(`${headers["x-deskbell-timestamp"]}.${raw}`).digest("hex");
  assert.equal(headers["x-deskbell-signature"], `v1=${expected}`);
  assert.deepEqual([body.type, body.session, body.site, body.conversation.at(-1).text], ["question", customer.id, "default", "Hi"]);
  endpoint.behave((ask) => {
    const stream = ask.stream();
    stream.event({ delta: "One, " });
    stream.event({ delta: "two." });
    stream.event({ offer_human: false }, "done");
  });
  await customer.say("Count");
  const second = await customer.hears("One, two.", "bot");
  assert.deepEqual([second.message.author.name, second.offers], ["House bot", undefined]);
  assert.deepEqual(endpoint.asked[1].body.conversation.map((line) => [line.role, line.text]), [["customer", "Hi"], ["bot", "Hello **Ada**"], ["customer", "Count"]]);
  await customer.leave();
});

test("a human is asked for in mid-answer: the draft ends, the request is given up, the bot says no more", async () => {
  await openai();
  const customer = await arrive();
  let stream;
  endpoint.behave((ask) => {
    stream = ask.stream();
    stream.event(token("I think that "));
  });
  await customer.say("Hm?");
  await delta(customer, "I think");
  await customer.handoff();
  await customer.waitFor("the draft's end", () => deltas(customer).at(-1)?.end);
  const ask = await endpoint.question(0);
  // It goes on speaking to nobody until it notices.
  const talk = setInterval(() => stream.event(token("and on ")), 20);
  await deadline(ask.gone, 10_000, "the request to be given up");
  clearInterval(talk);
  const before = customer.frames.length;
  await customer.request("ping");
  assert.ok(!customer.frames.slice(before).some((frame) => frame.type === "bot_delta"));
  assert.equal(answers(customer).length, 0);
  await customer.leave();
});

test("something newer is said in mid-answer: only that is answered", async () => {
  await webhook();
  const customer = await arrive();
  let first;
  endpoint.behave((ask) => {
    if (ask.body.conversation.at(-1).text === "old question") {
      first = ask.stream();
      return first.event({ delta: "Old " });
    }
    return ask.json({ text: "New answer" });
  });
  await customer.say("old question");
  await delta(customer, "Old");
  await customer.say("new question");
  await customer.hears("New answer", "bot");
  first.event({ delta: "news" });
  first.event({}, "done");
  await customer.request("ping");
  assert.deepEqual(answers(customer).map((event) => event.message.text), ["New answer"]);
  await customer.leave();
});

for (const [what, behave] of Object.entries({
  "an error": (ask) => ask.json({ error: "no" }, 500),
  "a redirect": (ask) => ask.response.writeHead(302, { location: "https://example.com/" }).end(),
  "words that are no JSON": (ask) => ask.response.writeHead(200).end("{oops"),
  "an answer without text": (ask) => ask.json({ hello: 1 }),
  "a stream cut off in its midst": (ask) => { const stream = ask.stream(); stream.event({ delta: "You must never" }); stream.end(); },
  "a torn connection": (ask) => { const stream = ask.stream(); stream.event({ delta: "You must" }); setTimeout(() => stream.cut(), 50); },
  "an event of an error": (ask) => { const stream = ask.stream(); stream.event({ delta: "Well" }); stream.event({ message: "x" }, "error"); },
  "silence": () => {},
  "an endless answer": (ask) => { const stream = ask.stream(); const pour = () => { if (!ask.closed && ask.response.write(`: ${"x".repeat(60_000)}\n\n`)) setImmediate(pour); else if (!ask.closed) ask.response.once("drain", pour); }; stream.event({ delta: "No end" }); pour(); },
})) {
  test(`a bot that gives ${what}: the customer is told, and offered a human`, async () => {
    await webhook('timeout_s = 2\nfailure_text = "I am lost. A human?"');
    endpoint.behave(behave);
    const customer = await arrive();
    await customer.say("Hello?");
    const event = await answer(customer);
    assert.equal(event.message.text, "I am lost. A human?");
    assert.deepEqual(event.offers, ["human"]);
    await server.logged("bot: no answer");
    assert.ok(!server.log.some((line) => line.includes("Hello?") || line.includes("sesame")), "no words, no key in the log");
    // It is asked again with the next question, and may be well by then.
    endpoint.behave((ask) => ask.json({ text: "Here again." }));
    await customer.say("And now?");
    await customer.hears("Here again.", "bot");
    await customer.leave();
  });
}

test("nobody listens at the endpoint", async () => {
  await webhook();
  await endpoint.end();
  const customer = await arrive();
  await customer.say("Hello?");
  assert.deepEqual((await answer(customer)).offers, ["human"]);
  endpoint = undefined;
  await customer.leave();
});

test("drafts over long polls and event streams", async () => {
  await webhook();
  let stream;
  endpoint.behave((ask) => {
    stream = ask.stream();
    stream.event({ delta: "Thinking aloud" });
  });
  const customer = await Customer.arrive(server, { name: "Poll" });
  const abort = new AbortController();
  const heard = fetch(`${server.url}/v1/session/stream`, { headers: { authorization: `Bearer ${customer.token}` }, signal: abort.signal });
  const reader = (await heard).body.getReader();
  const said = await api(server, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: "a", text: "Hm?" } });
  const poll = async (after) => (await api(server, "GET", `/v1/session/events?after=${after}&wait=10`, { token: customer.token })).body;
  // Between two polls a piece is heard by nobody: the bot speaks on until one is.
  await endpoint.question(0);
  const talk = setInterval(() => stream.event({ delta: " more" }), 100);
  const live = [];
  try {
    while (!live.some((frame) => frame.type === "bot_delta")) {
      const polled = await poll(said.body.event.seq);
      assert.deepEqual(polled.events, []);
      live.push(...(polled.live ?? []));
    }
  } finally {
    clearInterval(talk);
  }
  let streamed = "";
  const decoder = new TextDecoder();
  while (!/event: live\ndata: \{"type":"bot_delta".*Thinking aloud/.test(streamed)) streamed += decoder.decode((await deadline(reader.read(), 10_000, "the live event")).value);
  abort.abort();
  stream.event({ text: "Thought." }, "done");
  const last = await poll(said.body.event.seq);
  const events = last.events.length > 0 ? last.events : (await poll(said.body.event.seq)).events;
  assert.equal(events[0].message.text, "Thought.");
});

test("killed in mid-answer: asked again after the start, answered once", async () => {
  await webhook();
  const customer = await arrive();
  endpoint.behave((ask) => ask.stream().event({ delta: "Half" }));
  await customer.say("Whole?");
  await delta(customer, "Half");
  endpoint.behave((ask) => ask.json({ text: "Whole." }));
  await server.restart("SIGKILL");
  await customer.connect();
  await customer.hears("Whole.", "bot");
  assert.equal(answers(customer).length, 1);
  await customer.leave();
});

test("doctor says whether the bot answers", async () => {
  await webhook();
  endpoint.behave((ask) => ask.json({ ok: true }, ask.body.type === "check" ? 200 : 500));
  const doctor = () => new Promise((resolve) => {
    execFile(binary, ["doctor", "--config", `${server.directory}/deskbell.toml`], (error, stdout) => resolve(stdout));
  });
  assert.match(await doctor(), /ok\s+bot: .*answers/);
  endpoint.behave((ask) => ask.json({}, 401));
  assert.match(await doctor(), /fail bot: .*401/);
});
