// Endpoint × role × foreign object, generated from endpoints.mjs: nobody reads or changes a session without its token, no
// answer carries a word of another session, and what is wrong looks the same whatever it is wrong about.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Customer } from "../harness/customer.mjs";
import { sandboxPage, startSandbox, startServer } from "../harness/processes.mjs";
import { ask, knock, signed } from "./ask.mjs";
import { endpoints, frames, framesInCode, routesInCode } from "./endpoints.mjs";

let sandbox, server, page;
const own = "http://shop.example", otherSite = "https://other.example";
const people = {};  // by name: the sessions of the play, each with a tag of its own
let cases = 0, leaks = 0;

const tagOf = (name) => `TAG${name.toUpperCase()}Q7`;
const tags = () => Object.keys(people).map((name) => ({ name, words: [tagOf(name), people[name].id, people[name].token] }));

// No word of a session in what others get; its own may hold its own.
function look(text, whose, what) {
  ++cases;
  for (const { name, words } of tags()) {
    if (name === whose) continue;
    for (const word of words) {
      if (!text.includes(word)) continue;
      ++leaks;
      assert.fail(`${what}: a word of ${name} (${word.slice(0, 12)}…) in an answer to ${whose ?? "nobody"}: ${text.slice(0, 600)}`);
    }
  }
}

// Every address has a few wrong tokens a minute; the matrix has many.
let lastAddress = 0;
const address = () => ({ "x-forwarded-for": `198.51.${(++lastAddress >> 8) & 255}.${lastAddress & 255}` });

async function arrive(name, site = "default") {
  const tag = tagOf(name);
  const made = await ask(server, "POST", "/v1/sessions", { body: { site, customer: { name: `N ${tag}`, email: `${tag.toLowerCase()}@example.com`, attributes: { plan: tag } }, page: { url: `https://shop.example/${tag}`, title: tag } } });
  assert.equal(made.status, 201, made.text);
  const { session, token } = JSON.parse(made.text);
  people[name] = { name, id: session.id, token, tag, site, messageId: randomUUID() };
  const said = await ask(server, "POST", "/v1/session/messages", { headers: { authorization: `Bearer ${token}` }, body: { client_id: people[name].messageId, text: `first words of ${tag}` } });
  people[name].message = JSON.parse(said.text).event.message;
  return people[name];
}

const logOf = async (person) => (await ask(server, "GET", "/v1/session/events?after=0", { headers: { authorization: `Bearer ${person.token}` } })).text;

let watch;  // the victim's socket: what it hears, others have caused
before(async () => {
  sandbox = await startSandbox();
  page = sandboxPage(sandbox);
  await page.act("settings", { rate_limits: false });
  server = await startServer(sandbox, {
    bot: 'kind = "none"',
    limits: "sessions_per_minute_per_ip = 0\nmessages_per_second_per_session = 0",
    pace: "posts_per_second_per_channel = 0\nposts_per_minute_per_workspace = 0",
    more: `[[site]]\nid = "other"\norigins = ["${otherSite}"]`,
    env: { DESKBELL_SERVER_TRUSTED_PROXIES: "127.0.0.1" },
  });
  const victim = await arrive("victim");
  await arrive("bravo");
  await arrive("closed");
  await arrive("elsewhere", "other");
  for (const name of ["victim", "bravo", "closed"]) {
    const authorization = `Bearer ${people[name].token}`;
    await ask(server, "POST", "/v1/session/handoff", { headers: { authorization }, body: { topic: people[name].tag } });
    people[name].parent = await page.thread(people[name].id);
  }
  await ask(server, "POST", "/v1/session/close", { headers: { authorization: `Bearer ${people.closed.token}` } });
  await ask(server, "POST", "/v1/session/messages", { headers: { authorization: `Bearer ${victim.token}` }, body: { client_id: randomUUID(), text: `more of ${victim.tag}` } });
  await page.replies(victim.id, "the victim's words", (replies) => JSON.stringify(replies).includes(`more of ${victim.tag}`));
  await page.post({ user: "ana", channel: victim.parent.channel, thread_ts: victim.parent.ts, text: `the answer to ${victim.tag}` });
  watch = await Object.assign(new Customer(), { server, id: victim.id, token: victim.token, instance: randomUUID() }).connect({ after: 0 });
  await watch.hears(victim.tag);
  await watch.event("all seen", (event) => event.kind === "receipt" && event.stage === "seen");
  victim.log = await logOf(victim);
  victim.parent = await page.thread(victim.id);
});
after(async () => {
  watch?.drop();
  await server?.end();
  await sandbox?.stop();
});

test("every door of the code is in the table, and no other", () => {
  assert.deepEqual(routesInCode().sort(), endpoints.map(({ method, path }) => `${method} ${path}`).sort());
  assert.deepEqual(framesInCode().sort(), frames.map(({ type }) => type).sort());
});

const pathOf = (endpoint) => (endpoint.sample ?? endpoint.path) + (endpoint.query ?? "");
const byArea = (area) => endpoints.filter((endpoint) => endpoint.area === area);

// How a wrong key may look. Those that are no bearer token at all are "missing", the others "invalid".
function wrongKeys() {
  const { victim } = people;
  const nearly = victim.token.slice(0, -1) + (victim.token.endsWith("A") ? "B" : "A");
  const hash = createHash("sha256").update(victim.token).digest("hex");
  return {
    missing: { nobody: {}, "empty bearer": { authorization: "Bearer " }, "another scheme": { authorization: `Basic ${Buffer.from(victim.token).toString("base64")}` }, "the bare token": { authorization: victim.token }, "a cookie": { cookie: `token=${victim.token}; session=${victim.id}` }, "a header of another name": { "x-session-token": victim.token, "x-session-id": victim.id } },
    invalid: { "the session's id": { authorization: `Bearer ${victim.id}` }, "the token's hash": { authorization: `Bearer ${hash}` }, "the hash as a token": { authorization: `Bearer dbs_${hash.slice(0, 43)}` }, "a token cut short": { authorization: `Bearer ${victim.token.slice(0, -1)}` }, "a token and more": { authorization: `Bearer ${victim.token}A` }, "two tokens": { authorization: `Bearer ${victim.token},${victim.token}` }, "nearly the token": { authorization: `Bearer ${nearly}` }, "the token in capitals": { authorization: `Bearer ${victim.token.toUpperCase()}` }, "a token nobody has": { authorization: `Bearer dbs_${"A".repeat(43)}` }, "quotes and SQL": { authorization: `Bearer dbs_' OR '1'='1` }, "very long": { authorization: `Bearer dbs_${"A".repeat(5000)}` } },
  };
}

test("session doors × wrong keys: 401, and every refusal looks the same", async () => {
  const shapes = { missing: new Set(), invalid: new Set() };
  for (const endpoint of [...byArea("session"), ...byArea("forget")]) {
    for (const [kind, keys] of Object.entries(wrongKeys())) {
      for (const [role, headers] of Object.entries(keys)) {
        for (const query of ["", `${endpoint.query ? "&" : "?"}token=${people.victim.token}&session=${people.victim.id}`]) {
          const what = `${endpoint.method} ${endpoint.path} as ${role}${query && " with the token in the URL"}`;
          const answer = await ask(server, endpoint.method, pathOf(endpoint) + query, { headers: { ...address(), ...headers }, body: endpoint.body?.("x") });
          assert.equal(answer.status, 401, `${what}: ${answer.text}`);
          assert.equal(answer.code, `token_${kind}`, what);
          look(answer.all, undefined, what);
          shapes[kind].add(JSON.stringify([answer.text, Object.keys(answer.headers).sort()]));
        }
      }
    }
  }
  assert.equal(shapes.missing.size, 1, [...shapes.missing].join("\n"));
  assert.equal(shapes.invalid.size, 1, [...shapes.invalid].join("\n"));
});

test("session doors × right keys: what is one's own, and nothing else", async () => {
  for (const endpoint of byArea("session")) {
    for (const name of ["bravo", "closed", "elsewhere"]) {
      const person = people[name];
      const answer = await ask(server, endpoint.method, pathOf(endpoint), { headers: { authorization: `Bearer ${person.token}` }, body: endpoint.body?.(person.tag) });
      const what = `${endpoint.method} ${endpoint.path} as ${name}`;
      assert.ok(endpoint.good.includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
      look(answer.all, name, what);
      if (answer.text.startsWith('{"session"')) assert.equal(JSON.parse(answer.text).session.id, person.id, what);
    }
  }
});

test("session doors × foreign ids: naming another's session changes nothing", async () => {
  const { victim, bravo } = people;
  for (const endpoint of byArea("session")) {
    const join = endpoint.query ? "&" : "?";
    for (const foreign of [`session=${victim.id}`, `id=${victim.id}`, `session_id=${victim.id}`, `token=${victim.token}`, `message=${victim.message.id}`]) {
      const what = `${endpoint.method} ${endpoint.path}?${foreign.split("=")[0]}=…`;
      const answer = await ask(server, endpoint.method, pathOf(endpoint) + join + foreign, { headers: { authorization: `Bearer ${bravo.token}`, "x-session-id": victim.id }, body: endpoint.body?.(bravo.tag) });
      assert.ok(endpoint.good.includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
      look(answer.all, "bravo", what);
    }
    if (endpoint.raw || (!endpoint.body && endpoint.method === "GET")) continue;
    for (const foreign of [{ session: victim.id }, { session_id: victim.id }, { token: victim.token }, { id: victim.message.id }, { message_id: victim.message.id }]) {
      const what = `${endpoint.method} ${endpoint.path} {${Object.keys(foreign)}}`;
      const answer = await ask(server, endpoint.method, pathOf(endpoint), { headers: { authorization: `Bearer ${bravo.token}` }, body: { ...endpoint.body?.(bravo.tag), ...foreign } });
      assert.equal(answer.status, 400, `${what}: ${answer.status} ${answer.text}`);
      assert.equal(answer.code, "invalid_field", what);
      look(answer.all, "bravo", what);
    }
  }
});

test("foreign messages: another's client_id and seq are just one's own numbers", async () => {
  const { victim, bravo } = people;
  const authorization = `Bearer ${bravo.token}`;
  const said = await ask(server, "POST", "/v1/session/messages", { headers: { authorization }, body: { client_id: victim.messageId, text: `mine ${bravo.tag}` } });
  assert.equal(said.status, 201, said.text);  // not 200 with the victim's event, nor 409
  look(said.all, "bravo", "another's client_id");
  const head = JSON.parse(victim.log).head;
  for (const seq of [head, head + 100, 2 ** 40]) {
    for (const [method, path, body] of [["GET", `/v1/session/events?after=${seq}`], ["POST", "/v1/session/read", { seq }], ["GET", `/v1/session/stream?after=${Math.max(0, 0 * seq)}`]]) {
      const answer = await ask(server, method, path, { headers: { authorization }, body });
      assert.ok([200, 204].includes(answer.status), `${method} ${path}: ${answer.text}`);
      look(answer.all, "bravo", `${method} ${path}`);
    }
  }
});

test("another's message is as unknown as one that never was, and stays as it is", async () => {
  const { victim, bravo } = people;
  const shapes = new Set();
  for (const id of [victim.message.id, "msg_nobody", "..%2f" + victim.message.id, victim.id, "x".repeat(500), "1%27%20OR%20%271%27=%271"]) {
    for (const [method, body] of [["PATCH", { text: `taken over by ${bravo.tag}` }], ["DELETE", undefined]]) {
      const answer = await ask(server, method, `/v1/session/messages/${id}`, { headers: { authorization: `Bearer ${bravo.token}` }, body });
      assert.equal(answer.status, 404, `${method} ${id}: ${answer.status} ${answer.text}`);
      assert.equal(answer.code, "message_unknown");
      look(answer.all, "bravo", `${method} of another's message`);
      shapes.add(answer.text);
    }
  }
  assert.equal(shapes.size, 1, [...shapes].join("\n"));
  assert.equal(await logOf(victim), victim.log);
});

test("forgetting: from the site's own page alone, and then every door of it is shut", async () => {
  const gone = await arrive("gone");
  const authorization = `Bearer ${gone.token}`;
  for (const origin of ["https://evil.example", otherSite]) {
    const answer = await ask(server, "DELETE", "/v1/session", { headers: { authorization, origin } });
    assert.equal(answer.status, 403, `${origin}: ${answer.text}`);
    look(answer.all, undefined, `forgetting from ${origin}`);
  }
  assert.equal((await ask(server, "DELETE", "/v1/session", { headers: { authorization }, body: { session: people.victim.id } })).code, "invalid_field");
  assert.equal((await ask(server, "GET", "/v1/session", { headers: { authorization } })).status, 200, "still there");
  assert.equal((await ask(server, "DELETE", "/v1/session", { headers: { authorization, origin: own } })).status, 204);
  for (const endpoint of [...byArea("session"), ...byArea("forget")]) {
    const answer = await ask(server, endpoint.method, pathOf(endpoint), { headers: { ...address(), authorization }, body: endpoint.body?.("x") });
    assert.equal(answer.code, "token_invalid", `${endpoint.method} ${endpoint.path}`);
    look(answer.all, undefined, "a door of who is forgotten");
  }
  assert.equal((await ask(server, "GET", "/v1/session", { headers: { authorization: `Bearer ${people.victim.token}` } })).status, 200);
});

test("addresses that name objects: nothing is there, for those that exist and those that do not", async () => {
  const { victim, bravo } = people;
  const shapes = new Set();
  const ids = [victim.id, "session_1753056789_k3v9q2mx", bravo.id, encodeURIComponent("../" + victim.id), "%00", "..", "1' OR '1'='1"];
  for (const id of ids) {
    const safe = id.replaceAll(" ", "%20").replaceAll("'", "%27");
    for (const path of [`/v1/sessions/${safe}`, `/v1/sessions/${safe}/events`, `/v1/session/${safe}`, `/v1/session/events/${safe}`, `/v1/admin/sessions/${safe}`, `/v1/session//events/${safe}`]) {
      for (const method of ["GET", "POST", "DELETE", "PUT"]) {
        for (const token of [undefined, bravo.token]) {
          const answer = await ask(server, method, path, { headers: { ...address(), ...(token ? { authorization: `Bearer ${token}` } : {}) } });
          assert.equal(answer.status, 404, `${method} ${path}: ${answer.status} ${answer.text}`);
          look(answer.all, undefined, `${method} ${path}`);
          shapes.add(answer.text);
        }
      }
    }
  }
  assert.equal(shapes.size, 1, [...shapes].join("\n"));
});

test("every path × every other method: 405, whoever asks", async () => {
  const methodsAt = new Map();
  for (const { method, path, sample } of endpoints) methodsAt.set(sample ?? path, [...(methodsAt.get(sample ?? path) ?? []), method]);
  for (const [path, methods] of methodsAt) {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]) {
      if (methods.includes(method)) continue;
      for (const headers of [{}, { authorization: `Bearer ${people.bravo.token}` }]) {
        const answer = await ask(server, method, path, { headers });
        assert.equal(answer.status, 405, `${method} ${path}: ${answer.status} ${answer.text}`);
        assert.ok(methods.every((allowed) => answer.headers.allow.includes(allowed)));
        look(answer.all, undefined, `${method} ${path}`);
      }
    }
  }
});

test("pages × doors: the site's own page, another site's, a stranger's", async () => {
  const strangers = ["https://evil.example", "null", `${own}.evil.example`, `${own}:81`, own.replace("http:", "https:"), own.toUpperCase(), `${own}/`, "http://evil.example/http://shop.example", "file://"];
  for (const endpoint of [...byArea("session"), ...byArea("create")]) {
    const { bravo } = people;
    const headers = endpoint.area === "session" ? { authorization: `Bearer ${bravo.token}` } : {};
    const tryFrom = (origin) => ask(server, endpoint.method, pathOf(endpoint), { headers: { ...headers, ...address(), origin }, body: endpoint.body?.(bravo.tag) });
    for (const origin of strangers) {
      const answer = await tryFrom(origin);
      const what = `${endpoint.method} ${endpoint.path} from ${origin}`;
      assert.equal(answer.status, 403, `${what}: ${answer.status} ${answer.text}`);
      assert.equal(answer.headers["access-control-allow-origin"], undefined, what);
      look(answer.all, undefined, what);
    }
    const foreign = await tryFrom(otherSite);  // a page of another of our sites
    assert.equal(foreign.status, 403, `${endpoint.method} ${endpoint.path} from another site: ${foreign.text}`);
    assert.equal(foreign.headers["access-control-allow-origin"], undefined);
    look(foreign.all, undefined, `${endpoint.method} ${endpoint.path} from another site`);
    const home = await tryFrom(own);
    assert.ok(endpoint.good.includes(home.status), `${endpoint.method} ${endpoint.path} from home: ${home.text}`);
    assert.equal(home.headers["access-control-allow-origin"], own);
    look(home.all, endpoint.area === "session" ? "bravo" : undefined, `${endpoint.method} ${endpoint.path} from home`);
    for (const origin of strangers) {
      const preflight = await ask(server, "OPTIONS", endpoint.path, { headers: { origin, "access-control-request-method": endpoint.method } });
      assert.equal(preflight.headers["access-control-allow-origin"], undefined);
      look(preflight.all, undefined, `preflight of ${endpoint.path} from ${origin}`);
    }
  }
});

test("sockets × keys: only the right first frame is welcomed", async () => {
  const { victim, bravo, elsewhere } = people;
  const first = [
    ["nobody", { type: "hello" }, 4002], ["an empty token", { type: "hello", token: "" }, 4002], ["a number for a token", { type: "hello", token: 7 }, 4002],
    ...Object.entries(wrongKeys().invalid).map(([role, { authorization }]) => [role, { type: "hello", token: authorization.slice(7) }, 4003]),
    ["the id beside a wrong token", { type: "hello", token: `dbs_${"B".repeat(43)}`, session: victim.id, after: 0 }, 4003],
    ...frames.map(({ type, fields }) => [`${type} before the hello`, { type, id: 1, token: victim.token, ...fields("x") }, 4002]),
    ["no JSON", "hello", 4002], ["an array", "[]", 4002],
  ];
  for (const [role, hello, code] of first) {
    const link = knock(server, hello, { headers: address() });
    await link.outcome();
    assert.equal(link.closed?.code, code, `${role}: ${JSON.stringify(link.closed)} ${JSON.stringify(link.frames)}`);
    assert.deepEqual(link.frames, []);
    look(JSON.stringify(link.closed), undefined, role);
  }
  for (const [what, options, refusal] of [["a stranger's page", { origin: "https://evil.example" }, 403], ["no sub-protocol", { protocol: [] }, 400], ["another protocol", { protocol: "chat" }, 400]]) {
    const link = knock(server, { type: "hello", token: bravo.token }, options);
    await link.outcome();
    assert.equal(link.refused, refusal, what);
    ++cases;
  }
  for (const [what, person, options] of [["another site's page", bravo, { origin: otherSite }], ["the first site's page", elsewhere, { origin: own }]]) {
    const link = knock(server, { type: "hello", token: person.token, after: 0 }, options);
    await link.outcome();
    assert.equal(link.closed?.code, 4003, `${what}: ${JSON.stringify(link.frames)}`);
    look(JSON.stringify(link.frames), undefined, what);
  }
  // The token in the URL or in a header opens nothing by itself.
  const silent = knock(server, { type: "ping", id: 1 }, { path: `/v1/socket?token=${bravo.token}`, headers: { authorization: `Bearer ${bravo.token}` } });
  await silent.outcome();
  assert.equal(silent.closed?.code, 4002);
  ++cases;
});

test("sockets × requests × foreign ids: answers are one's own, another's session hears nothing", async () => {
  const { victim, bravo } = people;
  // Even the same tab's name replaces nobody in another session.
  const link = knock(server, { type: "hello", token: bravo.token, after: 0, instance: watch.instance, session: victim.id }, { origin: own });
  const welcome = await link.outcome();
  assert.equal(welcome.session?.id, bravo.id);
  for (const { type, fields, names } of frames) {
    for (const foreign of [{ session: victim.id }, { session_id: victim.id }, { token: victim.token }, { message_id: victim.message.id }]) {
      const answer = await link.request(type, { ...fields(bravo.tag), ...foreign });
      const what = `${type} {${Object.keys(foreign)}}`;
      assert.equal(answer.type, "error", `${what}: ${JSON.stringify(answer)}`);
      assert.equal(answer.error.code, names in foreign ? "message_unknown" : "invalid_field", what);
      look(JSON.stringify(answer), "bravo", what);
    }
    const answer = await link.request(type, fields(bravo.tag));
    if (names) assert.equal(answer.error?.code, "message_unknown", `${type}: ${JSON.stringify(answer)}`);
    else assert.equal(answer.type, "ok", `${type}: ${JSON.stringify(answer)}`);
    look(JSON.stringify(answer), "bravo", type);
  }
  const reused = await link.request("message", { client_id: people.closed.messageId, text: `mine ${bravo.tag}` });
  assert.equal(reused.type, "ok", JSON.stringify(reused));
  look(JSON.stringify(link.frames), "bravo", "everything the socket heard");
  link.end();
  assert.equal(watch.closed, undefined, "the victim's socket was closed by another session's");
});

test("Slack's door × signatures: nothing without the right one, nothing twice", async () => {
  const { victim, bravo } = people;
  const secret = sandbox.info.signing_secret;
  const now = () => Math.floor(Date.now() / 1000);
  const state = await page.state();
  const agent = state.users.find((user) => user.name === "ana");
  const team = state.team.id;
  const ts = () => `${now()}.${String(Math.floor(Math.random() * 1e6)).padStart(6, "0")}`;
  const words = (parent, text) => ({ type: "message", channel: parent.channel, user: agent.id, text, ts: ts(), thread_ts: parent.ts, team });
  const events = {
    "an agent's words": words(victim.parent, `forged ${bravo.tag}`),
    "an edit": { type: "message", subtype: "message_changed", channel: victim.parent.channel, ts: ts(), message: { ...words(victim.parent, "forged edit"), ts: victim.parent.replies.at(-1)?.ts, edited: { user: agent.id, ts: `${now()}.000000` } }, previous_message: {} },
    "a deletion": { type: "message", subtype: "message_deleted", channel: victim.parent.channel, deleted_ts: victim.parent.replies.at(-1)?.ts, previous_message: { thread_ts: victim.parent.ts, user: agent.id } },
    "the parent gone": { type: "message", subtype: "message_deleted", channel: victim.parent.channel, deleted_ts: victim.parent.ts },
    "a closing reaction": { type: "reaction_added", user: agent.id, reaction: "white_check_mark", item: { type: "message", channel: victim.parent.channel, ts: victim.parent.ts } },
    "an uninstall": { type: "app_uninstalled" },
  };
  const roles = {
    nobody: () => ({}), "no timestamp": (body) => ({ "x-slack-signature": signed(secret, body)["x-slack-signature"] }), "no signature": () => ({ "x-slack-request-timestamp": String(now()) }),
    "a wrong secret": (body) => signed(`${secret}x`, body), "an empty secret": (body) => signed("", body), "the bot's token as secret": (body) => signed(sandbox.info.bot_token, body), "a customer's token": () => ({ authorization: `Bearer ${victim.token}` }),
    stale: (body) => signed(secret, body, now() - 302), "from the future": (body) => signed(secret, body, now() + 310), "another body": (body) => signed(secret, `${body} `),
  };
  for (const [kind, event] of Object.entries(events)) {
    for (const [role, headers] of Object.entries(roles)) {
      const body = JSON.stringify({ type: "event_callback", team_id: team, api_app_id: "A0", event_id: `Ev${randomUUID()}`, event });
      const answer = await ask(server, "POST", "/slack/events", { body, headers: headers(body) });
      assert.equal(answer.status, 401, `${kind} as ${role}: ${answer.status} ${answer.text}`);
      assert.equal(answer.code, "signature_invalid");
      look(answer.all, undefined, `${kind} as ${role}`);
    }
  }
  // The right one counts once, however often it comes; bravo's thread proves that the forged ones would have worked.
  const body = JSON.stringify({ type: "event_callback", team_id: team, event_id: `Ev${randomUUID()}`, event: words(bravo.parent, `truly for ${bravo.tag}`) });
  const headers = signed(secret, body);
  for (let i = 0; i < 3; ++i) {
    const answer = await ask(server, "POST", "/slack/events", { body, headers });
    assert.equal(answer.status, 200, answer.text);
    look(answer.all, undefined, "replayed");
  }
  const log = await logOf(bravo);
  assert.equal(log.split(`truly for ${bravo.tag}`).length > 1, true, log);
  assert.equal(JSON.parse(log).events.filter((entry) => entry.kind === "message" && entry.message.text.includes("truly for")).length, 1);
});

test("doors that are public: the same to everybody, nothing of anybody", async () => {
  const roles = { nobody: {}, "the victim": { authorization: `Bearer ${people.victim.token}` }, "a wrong token": { authorization: `Bearer dbs_${"A".repeat(43)}` }, "a stranger's page": { origin: "https://evil.example" }, "Slack's right signature": signed(sandbox.info.signing_secret, "{}") };
  for (const endpoint of byArea("public")) {
    const shapes = new Set();
    for (const [role, headers] of Object.entries(roles)) {
      const answer = await ask(server, endpoint.method, pathOf(endpoint), { headers, body: endpoint.body?.("x") });
      const what = `${endpoint.method} ${endpoint.path} as ${role}`;
      assert.ok(endpoint.good.includes(answer.status), `${what}: ${answer.status}`);
      look(answer.all, undefined, what);
      shapes.add(answer.status + (endpoint.path === "/metrics" ? "" : answer.text));
    }
    assert.equal(shapes.size, 1, endpoint.path);
  }
});

test("signed doors: no key of anybody's opens them, only a signature", async () => {
  for (const endpoint of byArea("signed")) {
    for (const headers of [{}, { authorization: `Bearer ${people.victim.token}` }, { authorization: `Bearer ${people.bravo.token}`, origin: own }]) {
      for (const query of ["", "?e=9999999999&s=0", `?e=9999999999&s=${"0".repeat(64)}`, "?e=&s="]) {
        const answer = await ask(server, endpoint.method, pathOf(endpoint) + query, { headers });
        assert.equal(answer.status, 403, answer.text);
        assert.equal(answer.code, "link_invalid");
        look(answer.all, undefined, pathOf(endpoint) + query);
      }
    }
  }
});

test("files: no path leads outside of what is compiled in", async () => {
  const ups = ["..", "%2e%2e", "..%2f", "%2e%2e%2f", "..%5c", "....//", "%252e%252e", "..;", ".%00.", "%c0%ae%c0%ae"];
  const goals = ["deskbell.toml", "deskbell.db", "etc/passwd", "proc/self/environ", "widget.js%00.html"];
  for (const root of ["/demo/", "/widget.js/", "/", "/v1/files/", "//"]) {
    for (const up of ups) {
      for (const goal of goals) {
        const path = `${root}${up}/${up}/${goal}`;
        const answer = await ask(server, "GET", path, {});
        assert.ok([400, 403, 404, 501].includes(answer.status), `${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
        assert.ok(!/root:|\[server\]|SQLite format|signing_secret|PATH=/.test(answer.text), path);
        look(answer.all, undefined, path);
      }
    }
  }
});

test("after all that, the victim's session is as it was", async () => {
  const { victim } = people;
  assert.equal(await logOf(victim), victim.log);
  assert.equal(watch.closed, undefined);
  const heard = watch.frames.filter((frame) => !["welcome", "event", "ok"].includes(frame.type));
  assert.deepEqual(heard.map(({ socket: _, ...frame }) => frame), []);
  look(JSON.stringify(watch.frames.map(({ socket: _, ...frame }) => frame)), "victim", "everything the victim heard");
  assert.equal(leaks, 0);
  console.log(`authority: ${cases} cases, ${leaks} leaks`);
});
