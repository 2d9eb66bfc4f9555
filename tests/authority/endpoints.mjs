// Every door of the server, in one table: what opens it, what it takes, what the right key gets. The matrix is generated
// from it, and a door of the code that is not in it makes the test red.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

// `area` says which rule holds:
//   session   the session's token in the Authorization header, and a page of its site
//   create    nobody needs a token; a page must be of the site
// `raw`: its body is taken as it is, whatever it says.
//   socket    the first frame carries the token
//   slack     Slack's signature
//   public    anybody: files and figures, nothing of a session in them
//   forget    the session's token, and then there is no session any more: it has a play of its own
//   signed    the address itself carries a signature, of one file and a few minutes
export const endpoints = [
  { method: "POST", path: "/v1/sessions", area: "create", body: () => ({}), good: [201] },
  { method: "GET", path: "/v1/config", query: "?site=default", area: "create", good: [200] },
  { method: "GET", path: "/v1/session", area: "session", good: [200] },
  { method: "GET", path: "/v1/session/transcript", query: "?format=html", area: "session", good: [200] },
  { method: "PATCH", path: "/v1/session", area: "session", body: (tag) => ({ customer: { phone: `+351 ${tag}` } }), good: [200] },
  { method: "GET", path: "/v1/session/events", query: "?after=0&limit=200", area: "session", good: [200] },
  { method: "GET", path: "/v1/session/stream", query: "?after=0", area: "session", good: [200] },
  { method: "POST", path: "/v1/session/messages", area: "session", body: (tag) => ({ client_id: randomUUID(), text: `words of ${tag}` }), good: [201] },
  { method: "PATCH", path: "/v1/session/messages/*", sample: "/v1/session/messages/msg_nobody", area: "session", body: (tag) => ({ text: `changed by ${tag}` }), good: [404] },
  { method: "DELETE", path: "/v1/session/messages/*", sample: "/v1/session/messages/msg_nobody", area: "session", good: [404] },
  { method: "DELETE", path: "/v1/session", area: "forget", good: [204] },
  { method: "POST", path: "/v1/session/handoff", area: "session", body: (tag) => ({ topic: `topic ${tag}` }), good: [202] },
  { method: "POST", path: "/v1/session/read", area: "session", body: () => ({ seq: 1 }), good: [204] },
  { method: "POST", path: "/v1/session/typing", area: "session", body: () => ({ on: true }), good: [204] },
  { method: "POST", path: "/v1/session/close", area: "session", good: [200] },
  { method: "POST", path: "/v1/session/rating", area: "session", body: (tag) => ({ score: 4, comment: `rated ${tag}` }), good: [200] },
  { method: "POST", path: "/v1/session/files", area: "session", raw: true, body: (tag) => ({ file: tag }), good: [201] },
  { method: "GET", path: "/v1/session/files", query: "?ids=file_00000000000000000000000000", area: "session", good: [200] },
  { method: "GET", path: "/v1/files/*", sample: "/v1/files/file_00000000000000000000000000", area: "signed" },
  { method: "GET", path: "/v1/socket", area: "socket" },
  { method: "GET", path: "/widget.js", area: "public", good: [200] },
  { method: "GET", path: "/widget/*", sample: "/widget/chat.js", area: "public", good: [200] },
  { method: "POST", path: "/slack/events", area: "slack" },
  { method: "POST", path: "/slack/interactivity", area: "slack", body: () => ({}) },
  { method: "POST", path: "/slack/commands", area: "slack", body: () => ({}) },
  { method: "GET", path: "/slack/install", area: "public", good: [404] },  // its token is in the configuration
  { method: "GET", path: "/slack/oauth/callback", area: "public", good: [404] },
  { method: "GET", path: "/healthz", area: "public", good: [200] },
  { method: "GET", path: "/readyz", area: "public", good: [200, 503] },
  { method: "GET", path: "/metrics", area: "public", good: [200] },
  { method: "GET", path: "/", area: "public", good: [302] },
  { method: "GET", path: "/demo", area: "public", good: [302] },
  { method: "GET", path: "/demo/*", sample: "/demo/config.json", area: "public", good: [200] },
];

// What a socket takes after its hello.
export const frames = [
  { type: "message", fields: (tag) => ({ client_id: randomUUID(), text: `frame of ${tag}` }) },
  // These name what they change: their own nobody has, and another's is as unknown.
  { type: "edit", names: "message_id", fields: (tag) => ({ message_id: "msg_nobody", text: `changed by ${tag}` }) },
  { type: "delete", names: "message_id", fields: () => ({ message_id: "msg_nobody" }) },
  { type: "typing", fields: () => ({ on: true }) },
  { type: "read", fields: () => ({ seq: 1 }) },
  { type: "ping", fields: () => ({}) },
  { type: "handoff", fields: (tag) => ({ note: `note ${tag}` }) },
  { type: "customer", fields: (tag) => ({ phone: `+1 ${tag}` }) },
  { type: "rating", fields: (tag) => ({ score: 3, comment: `frame rating ${tag}` }) },
  { type: "close", fields: () => ({}) },
];

const source = (file) => readFileSync(new URL(`../../src/gateway/${file}`, import.meta.url), "utf8");

// The doors that the code has, read from it.
export const routesInCode = () => [...source("gateway.cpp").matchAll(/Route\{\s*"([A-Z]+)",\s*"([^"]+)"/g)].map(([, method, path]) => `${method} ${path}`);
export function framesInCode() {
  const [, table] = source("requests.cpp").match(/request_types\{\{([\s\S]*?)\}\};/);
  return [...table.matchAll(/\{"(\w+)",\s*RequestKind::/g)].map(([, type]) => type);
}
