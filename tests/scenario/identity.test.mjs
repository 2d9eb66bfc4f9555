// Who a customer is, signed by their site: over real processes, with tokens made as a site's backend makes them.
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { api, Customer } from "../harness/customer.mjs";
import { findParent, sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";

const secret = "a secret of thirty-two characters or more";
let sandbox, server, slack;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, {
    pace: "posts_per_second_per_channel = 8",
    limits: "sessions_per_minute_per_ip = 0",
    env: { DESKBELL_SITE_IDENTITY_SECRET: secret },
    more: '[[site]]\nid = "unsigned"\norigins = ["https://other.example"]',
  });
  slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false });
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});

const part = (object) => Buffer.from(typeof object === "string" ? object : JSON.stringify(object)).toString("base64url");
const now = () => Math.floor(Date.now() / 1000);
function sign(claims = {}, { header = { alg: "HS256", typ: "JWT" }, key = secret } = {}) {
  const all = { sub: "user-1", aud: "default", iat: now(), exp: now() + 300, jti: randomUUID(), name: "Ada Lovelace", email: "ada@email.com", ...claims };
  for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
  const text = `${part(header)}.${part(all)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}
const arrive = (identity, more = {}) => api(server, "POST", "/v1/sessions", { body: { identity, ...more } });

test("what is signed is believed, shown as verified, and leads to one conversation", async () => {
  const first = await arrive(sign({ sub: "user-ada" }), { customer: { name: "Somebody Else", email: "typed@email.com", phone: "+351 1" } });
  assert.equal(first.status, 201, JSON.stringify(first.body));
  assert.equal(first.body.session.customer.name, "Ada Lovelace");
  assert.equal(first.body.session.customer.email, "ada@email.com");
  assert.deepEqual(first.body.session.identity, { user: "user-ada", verified: ["name", "email"] });

  const customer = Object.assign(new Customer(), { server, session: first.body.session, id: first.body.session.id, token: first.body.token, instance: randomUUID() });
  await customer.connect();
  await customer.handoff();
  await slack.thread(customer.id);
  const shown = await slack.waitFor("the parent", (state) => findParent(state, customer.id));
  const words = JSON.stringify(shown);
  assert.match(words, /ada@email\.com ✔ verified|ada@email\.com :heavy_check_mark: verified/);
  assert.ok(!/\+351 1 (✔|:heavy_check_mark:) verified/.test(words), "what was only typed is not verified");

  // From another browser: the same conversation, another key, and the first one still opens it.
  const second = await arrive(sign({ sub: "user-ada" }));
  assert.equal(second.status, 200);
  assert.equal(second.body.resumed, true);
  assert.equal(second.body.session.id, customer.id);
  assert.notEqual(second.body.token, first.body.token);
  for (const token of [first.body.token, second.body.token]) assert.equal((await api(server, "GET", "/v1/session", { token })).body.session.id, customer.id);
  await server.restart("SIGKILL");
  assert.equal((await api(server, "GET", "/v1/session", { token: second.body.token })).body.session.id, customer.id);

  // What the customer changes is verified no more.
  const changed = await api(server, "PATCH", "/v1/session", { token: second.body.token, body: { customer: { email: "new@email.com" } } });
  assert.deepEqual(changed.body.session.identity.verified, ["name"]);
  await api(server, "POST", "/v1/session/close", { token: second.body.token });
  const third = await arrive(sign({ sub: "user-ada" }));
  assert.equal(third.status, 201, "a closed conversation is not gone on with");
});

test("an e-mail that nobody signed merges nothing", async () => {
  const signed = await arrive(sign({ sub: "user-eve", email: "eve@email.com" }));
  const typed = await api(server, "POST", "/v1/sessions", { body: { customer: { email: "eve@email.com", name: "Ada Lovelace" } } });
  assert.equal(typed.status, 201);
  assert.notEqual(typed.body.session.id, signed.body.session.id);
  assert.equal(typed.body.session.identity, undefined);
});

test("somebody who signs in later is verified from then on, and is nobody else's", async () => {
  const made = await api(server, "POST", "/v1/sessions", { body: { customer: { name: "anonymous" } } });
  const token = made.body.token;
  const signed = await api(server, "PATCH", "/v1/session", { token, body: { identity: sign({ sub: "user-late" }) } });
  assert.equal(signed.status, 200, JSON.stringify(signed.body));
  assert.equal(signed.body.session.identity.user, "user-late");
  assert.equal(signed.body.session.customer.name, "Ada Lovelace");
  const other = await api(server, "PATCH", "/v1/session", { token, body: { identity: sign({ sub: "user-other" }) } });
  assert.equal(other.status, 409);
  assert.equal(other.body.code, "identity_conflict");
  assert.equal((await api(server, "PATCH", "/v1/session", { token, body: { identity: sign({ sub: "user-late" }), customer: { name: "x" } } })).body.code, "invalid_field");
});

test("what is wrong with an identity is said by its code", async () => {
  const used = sign({ sub: "user-replay" });
  assert.equal((await arrive(used)).status, 201);
  await server.restart("SIGKILL");  // it is remembered on disk
  for (const [why, jwt, status, code] of [
    ["used before", used, 409, "identity_replayed"],
    ["no JWT", "hello", 400, "identity_malformed"],
    ["too many parts", `${sign()}.x`, 400, "identity_malformed"],
    ["no algorithm", sign({}, { header: { alg: "none" } }), 401, "identity_algorithm_refused"],
    ["another algorithm", sign({}, { header: { alg: "RS256" } }), 401, "identity_algorithm_refused"],
    ["something critical", sign({}, { header: { alg: "HS256", crit: ["b64"], b64: false } }), 401, "identity_algorithm_refused"],
    ["unsigned", sign().replace(/\.[^.]*$/, "."), 401, "identity_signature_invalid"],
    ["another key", sign({}, { key: "another secret of thirty-two characters" }), 401, "identity_signature_invalid"],
    ["another site", sign({ aud: "unsigned" }), 401, "identity_audience_wrong"],
    ["no site", sign({ aud: undefined }), 401, "identity_audience_wrong"],
    ["expired", sign({ iat: now() - 400, exp: now() - 100 }), 401, "identity_expired"],
    ["of the future", sign({ iat: now() + 300, exp: now() + 600 }), 401, "identity_not_yet_valid"],
    ["for too long", sign({ exp: now() + 3600 }), 401, "identity_lifetime_too_long"],
    ["for ever", sign({ exp: undefined }), 401, "identity_claim_missing"],
    ["without a use", sign({ jti: undefined }), 401, "identity_claim_missing"],
    ["of nobody", sign({ sub: undefined }), 401, "identity_claim_missing"],
    ["with a broken address", sign({ email: "nonsense" }), 400, "email_invalid"],
  ]) {
    const answer = await arrive(jwt);
    assert.equal(answer.body.code, code, `${why}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.status, status, why);
  }
  assert.equal((await arrive(sign({ aud: "unsigned" }), { site: "unsigned" })).body.code, "identity_not_supported");
  assert.ok(!server.log.join("\n").includes(secret.slice(0, 12)), "the secret is in no log");
});
