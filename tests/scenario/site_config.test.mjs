// A site's settings as its widget reads them, the questions before a chat, and the transcript to keep.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, Customer } from "../harness/customer.mjs";
import { startSandbox, startServer } from "../harness/processes.mjs";

let sandbox, server;
before(async () => {
  sandbox = await startSandbox();
  server = await startServer(sandbox, {
    limits: "sessions_per_minute_per_ip = 0\nmessage_characters_max = 500",
    bot: 'kind = "none"',
    more: `[[site]]
id = "shop"
origins = ["https://shop.example"]
title = "Shop"
greeting = "Hello!"
accent = "#0a66c2"
locale = "pt-PT"
hours_hint = "Mon–Fri 9–18"
quick_topics = ["Prices", "Delivery"]
texts = { send = "Send it" }
pre_chat_fields = ["name", "attributes.order"]
pre_chat_required = ["email"]
pre_chat_labels = { "attributes.order" = "Order number" }
[[site]]
id = "strict"
origins = ["https://strict.example"]
pre_chat_when = "start"
pre_chat_required = ["name", "attributes.order"]
[files]
types = ["image/*"]
`,
  });
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
});

test("the settings, cacheable, for pages of the site", async () => {
  const answer = await api(server, "GET", "/v1/config?site=shop", { headers: { origin: "https://shop.example" } });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, {
    site: "shop", locale: "pt-PT", accent: "#0a66c2", title: "Shop", greeting: "Hello!", texts: { send: "Send it" }, quick_topics: ["Prices", "Delivery"], hours_hint: "Mon–Fri 9–18",
    pre_chat: { when: "handoff", fields: [{ name: "name", label: "Name", required: false }, { name: "attributes.order", label: "Order number", required: false }, { name: "email", label: "E-mail", required: true }] },
    files: { enabled: true, bytes_max: 20_000_000, per_message_max: 10, types: ["image/*"] },
    limits: { message_characters_max: 500 }, features: { ...answer.body.features, files: true, identity: false },
  });
  assert.match(answer.headers.get("cache-control"), /public, max-age=60/);
  assert.equal(answer.headers.get("access-control-allow-origin"), "https://shop.example");
  const etag = answer.headers.get("etag");
  assert.equal((await api(server, "GET", "/v1/config?site=shop", { headers: { "if-none-match": etag } })).status, 304);
  assert.equal((await api(server, "GET", "/v1/config")).body.site, "default");
  assert.equal((await api(server, "GET", "/v1/config?site=nobody")).body.code, "site_unknown");
  assert.equal((await api(server, "GET", "/v1/config?site=strict", { headers: { origin: "https://shop.example" } })).body.code, "origin_not_allowed");
});

test("what must be told first is asked for by the server too", async () => {
  const start = (customer) => api(server, "POST", "/v1/sessions", { body: { site: "strict", customer } });
  const refused = await start({ name: "Ada" });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.code, "pre_chat_incomplete");
  assert.match(refused.body.detail, /attributes\.order/);
  assert.equal((await start({ name: "Ada", attributes: { order: " " } })).body.code, "pre_chat_incomplete");
  assert.equal((await start({ name: "Ada", attributes: { order: 17 } })).status, 201);

  const customer = await Customer.arrive(server, { name: "Bo" }, { site: "shop" });
  await customer.connect();
  assert.equal((await customer.handoff()).error.code, "pre_chat_incomplete");
  assert.equal((await customer.handoff({ customer: { email: "bo@email.com" } })).type, "ok");
  await customer.leave();
});

test("the transcript is text and nothing else", async () => {
  const customer = await Customer.arrive(server, { name: "<b>Eve</b>" });
  await customer.connect();
  await customer.say("<script>alert(1)</script> & more");
  const get = (format, token = customer.token) => fetch(`${server.url}/v1/session/transcript?format=${format}`, { headers: { authorization: `Bearer ${token}` } });
  const text = await get("text");
  assert.match(text.headers.get("content-disposition"), /attachment; filename="conversation\.txt"/);
  assert.match(await text.text(), /<script>alert\(1\)<\/script> & more/);
  const html = await get("html");
  const page = await html.text();
  assert.ok(page.includes("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more") && !page.includes("<script"));
  assert.ok(page.includes("&lt;b&gt;Eve&lt;/b&gt;"));
  assert.match(html.headers.get("content-security-policy"), /default-src 'none'/);
  assert.equal((await get("pdf")).status, 400);
  assert.equal((await get("text", "dbs_" + "A".repeat(43))).status, 401);
  await customer.leave();
});
