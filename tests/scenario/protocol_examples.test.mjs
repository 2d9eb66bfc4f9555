// Every example of docs/protocol.md, sent to a running server: status and shape must be as printed.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { api } from "../harness/customer.mjs";
import { startSandbox, startServer } from "../harness/processes.mjs";

const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const examples = [...text.matchAll(/```http\n([\s\S]*?)```\n```json (\d+)\n([\s\S]*?)```/g)].map(([, request, status, answer]) => {
  const [head, ...rest] = request.split("\n\n");
  const [line, ...headerLines] = head.trim().split("\n");
  const [method, path] = line.split(" ");
  return { method, path, headers: Object.fromEntries(headerLines.map((each) => each.split(/: (.*)/s).slice(0, 2).map((part) => part.toLowerCase().startsWith("bearer") ? part : part))), body: rest.join("\n\n").trim() || undefined, status: Number(status), answer: answer.trim() };
});

// What the example names must be there, of the same type; texts and numbers equal unless the example says "…".
function assertShape(expected, actual, path) {
  if (expected === "…") return assert.equal(typeof actual, "string", path);
  if (Array.isArray(expected)) {
    assert.equal(actual?.length, expected.length, `${path}.length`);
    return expected.forEach((item, i) => assertShape(item, actual[i], `${path}[${i}]`));
  }
  if (typeof expected === "object") {
    assert.equal(typeof actual, "object", `${path} in ${JSON.stringify(actual)}`);
    return Object.entries(expected).forEach(([key, value]) => assertShape(value, actual[key], `${path}.${key}`));
  }
  assert.deepEqual(actual, expected, path);
}

test("the documented examples hold", async (t) => {
  assert.ok(examples.length >= 10, "examples were found");
  const sandbox = await startSandbox();
  // Without a bot the numbers of the examples stay as printed; nobody takes posts, so nothing else joins the log.
  const server = await startServer(sandbox, { bot: 'kind = "none"', subscribe: false, pace: "posts_per_second_per_channel = 0.001\nburst_per_channel = 0" });
  t.after(async () => { await server.end(); await sandbox.stop(); });
  let token = "", message = "";
  for (const example of examples) {
    const fill = (value) => value?.replaceAll("$TOKEN", token).replaceAll("$ID", randomUUID()).replaceAll("$MESSAGE", message);
    const headers = Object.fromEntries(Object.entries(example.headers).map(([name, value]) => [name.toLowerCase(), fill(value)]));
    const answer = await api(server, example.method, fill(example.path), { body: fill(example.body), headers });
    const name = `${example.method} ${example.path}`;
    assert.equal(answer.status, example.status, `${name}: ${JSON.stringify(answer.body)}`);
    if (example.answer) assertShape(JSON.parse(example.answer), answer.body, name);
    if (answer.body.token) token = answer.body.token;
    if (answer.body.event?.message) message ||= answer.body.event.message.id;
  }
});
