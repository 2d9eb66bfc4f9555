// What a user would build: a Node bridge of ws, SQLite and Slack's own SDK, written as such bridges are
// and speaking as much of `deskbell.v1` as the load generator does. One row a message, one transaction
// a step, no outbox: what is in the air when it dies is lost or doubled. SYNCHRONOUS=NORMAL is the usual
// setting (power loss may drop what was acknowledged), FULL is the promise Deskbell makes.
//
//   PORT, SLACK_API_URL, DATABASE, SYNCHRONOUS, SIGNING_SECRET
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import http from "node:http";
import { WebClient } from "@slack/web-api";
import { WebSocketServer } from "ws";

const { PORT, SLACK_API_URL, DATABASE, SYNCHRONOUS, SIGNING_SECRET } = process.env;

// better-sqlite3 where it could be installed, else Node's own (22 and later): the same calls.
async function openDatabase(file) {
  try {
    return new (await import("better-sqlite3")).default(file);
  } catch {
    return new (await import("node:sqlite")).DatabaseSync(file);
  }
}

const database = await openDatabase(DATABASE);
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${SYNCHRONOUS};
  CREATE TABLE sessions (id TEXT PRIMARY KEY, token_hash TEXT UNIQUE, name TEXT, email TEXT, page TEXT,
                         thread TEXT UNIQUE, created_at INTEGER) WITHOUT ROWID;
  CREATE TABLE messages (id INTEGER PRIMARY KEY, session TEXT, author TEXT, text TEXT, client_id TEXT,
                         slack_ts TEXT, at INTEGER, UNIQUE (session, client_id));
  CREATE TABLE slack_events (id TEXT PRIMARY KEY) WITHOUT ROWID;`);
const sql = {
  addSession: database.prepare("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, NULL, ?)"),
  sessionOfToken: database.prepare("SELECT id, thread FROM sessions WHERE token_hash = ?"),
  session: database.prepare("SELECT * FROM sessions WHERE id = ?"),
  sessionOfThread: database.prepare("SELECT id FROM sessions WHERE thread = ?"),
  setThread: database.prepare("UPDATE sessions SET thread = ? WHERE id = ?"),
  addMessage: database.prepare(
    "INSERT INTO messages (session, author, text, client_id, slack_ts, at) VALUES (?, ?, ?, ?, ?, ?)"),
  setDelivered: database.prepare("UPDATE messages SET slack_ts = ? WHERE id = ?"),
  addEvent: database.prepare("INSERT OR IGNORE INTO slack_events VALUES (?)"),
};

const channel = "C0VIPSALES";
const slack = new WebClient("xoxb-bench", { slackApiUrl: SLACK_API_URL, logLevel: "error" });
const sockets = new Map();
const hashOf = (token) => createHash("sha256").update(token).digest("hex");
const push = (session, frame) => sockets.get(session)?.send(JSON.stringify(frame));

function createSession(body) {
  const { customer = {}, page = {} } = JSON.parse(body);
  const id = `session_${Math.floor(Date.now() / 1000)}_${randomBytes(5).toString("hex")}`;
  const token = `dbs_${randomBytes(32).toString("hex")}`;
  sql.addSession.run(id, hashOf(token), customer.name ?? null, customer.email ?? null, page.url ?? null, Date.now());
  return { session: { id, state: "bot", customer }, token, head: 0 };
}

async function openThread(id) {
  const session = sql.session.get(id);
  const parent = await slack.chat.postMessage({
    channel, text: `New customer ${session.name} (${session.email}), ${session.id}` });
  sql.setThread.run(parent.ts, id);
}

async function customerSaid(id, frame) {
  const row = sql.addMessage.run(id, "customer", frame.text, frame.client_id, null, Date.now()).lastInsertRowid;
  push(id, { type: "ok", re: frame.id, seq: Number(row) });
  const { thread } = sql.session.get(id);
  const post = await slack.chat.postMessage({ channel, thread_ts: thread, text: frame.text });
  sql.setDelivered.run(post.ts, row);
  push(id, { type: "event", event: { kind: "receipt", receipt: { message_id: Number(row), stage: "delivered" } } });
}

function agentSaid(event, eventId) {
  if (event.type !== "message" || event.subtype || event.bot_id || !event.thread_ts) return;
  if (sql.addEvent.run(eventId).changes === 0) return;
  const session = sql.sessionOfThread.get(event.thread_ts);
  if (!session) return;
  const row = sql.addMessage.run(session.id, event.user, event.text, null, event.ts, Date.now()).lastInsertRowid;
  push(session.id, { type: "event", event: { seq: Number(row), kind: "message",
    message: { id: Number(row), author: { role: "agent" }, text: event.text } } });
}

function isSigned(request, body) {
  const at = request.headers["x-slack-request-timestamp"];
  if (Math.abs(Date.now() / 1000 - Number(at)) > 300) return false;
  const mine = Buffer.from(`v0=${createHmac("sha256", SIGNING_SECRET).update(`v0:${at}:${body}`).digest("hex")}`);
  const theirs = Buffer.from(request.headers["x-slack-signature"] ?? "");
  return mine.length === theirs.length && timingSafeEqual(mine, theirs);
}

function answer(request, response, body) {
  if (request.url === "/readyz") return response.end();
  if (request.url === "/v1/sessions") {
    response.statusCode = 201;
    response.setHeader("Content-Type", "application/json");
    return response.end(JSON.stringify(createSession(body)));
  }
  if (request.url !== "/slack/events") return response.writeHead(404).end();
  if (!isSigned(request, body)) return response.writeHead(401).end();
  const envelope = JSON.parse(body);
  agentSaid(envelope.event, envelope.event_id); // stored before it is acknowledged, as Deskbell does
  return response.end();
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => answer(request, response, Buffer.concat(chunks).toString()));
});

new WebSocketServer({ server, path: "/v1/socket" }).on("connection", (socket) => {
  let id;
  socket.on("message", async (data) => {
    const frame = JSON.parse(data.toString());
    if (frame.type === "hello") {
      id = sql.sessionOfToken.get(hashOf(frame.token)).id;
      sockets.set(id, socket);
      return socket.send(JSON.stringify({ type: "welcome", session: { id }, head: 0, heartbeat_s: 20 }));
    }
    if (frame.type === "message") return customerSaid(id, frame).catch((error) => console.error(error.message));
    if (frame.type === "handoff") await openThread(id);
    return socket.send(JSON.stringify({ type: "ok", re: frame.id }));
  });
  socket.on("close", () => sockets.get(id) === socket && sockets.delete(id));
});
server.listen(Number(PORT), "127.0.0.1", 4096);
