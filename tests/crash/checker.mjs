// What must hold when the trouble is over, over plain data: what customers were told, their logs, what stands in Slack, the
// rows of the database. Gives every violation as a line; none means that the promises of docs/reliability.md were kept.
import { ownersIn, tokensIn } from "./words.mjs";

const isAgents = (event) => event.kind === "message" && event.message.author.role === "agent";
const isIntroduction = (reply) => reply.text.includes("Customer requesting human support");
const shown = (list) => (list.length > 12 ? `…${list.slice(-12).join(" ")}` : list.join(" "));

// All threads of the workspace: {channel, parent, replies}, and what stands in the channels themselves.
export function threadsOf(channels) {
  const roots = channels.flatMap((channel) => channel.messages.filter((message) => !message.broadcast).map((parent) => ({ channel: channel.id, parent, replies: parent.replies ?? [] })));
  return { threads: roots.filter(({ parent }) => parent.kind !== "service"), broadcasts: channels.flatMap((channel) => channel.messages.filter((message) => message.broadcast)) };
}
export const isAlive = ({ parent }) => parent.kind !== "tombstone";
export const threadsOfSession = (channels, id) => threadsOf(channels).threads.filter(({ parent, replies }) => (parent.author.is_bot || parent.kind === "tombstone") && JSON.stringify([parent, replies[0] ?? null]).includes(id));

// The log folded as a widget does: messages in their order, with their last text.
export function fold(log) {
  const messages = new Map();
  for (const { kind, ...event } of log) {
    if (kind === "message") messages.set(event.message.id, { ...event.message, seq: event.seq, receipts: [] });
    const target = messages.get(event.message_id);
    if (kind === "message_edited" && target) target.text = event.text;
    if (kind === "message_deleted") messages.delete(event.message_id);
    if (kind === "receipt" && target) target.receipts.push(event.stage);
  }
  return [...messages.values()].sort((a, b) => (a.order < b.order ? -1 : 1));
}

function checkLog(visitor, restored, wrong) {
  const name = `customer ${visitor.index}`;
  for (const words of visitor.wrong) wrong("answers", `${name}: ${words}`);
  visitor.log.forEach((event, at) => { if (event.seq !== at + 1) wrong("log", `${name}: event ${at + 1} has seq ${event.seq}`); });
  const own = visitor.log.filter((event) => event.kind === "message" && event.message.author.role === "customer");
  if (restored) {
    for (const { text, tokens } of visitor.said) {
      const times = own.filter((event) => event.message.text === text).length;
      if (times !== 1) wrong("acknowledged", `${name}: ${tokens[0]} was acknowledged and is in the restored log ${times} times`);
    }
  } else {
    checkSeen(visitor, name, own, wrong);
  }
  const asked = visitor.log.find((event) => event.kind === "session" && event.session.state === "waiting")?.seq;
  const late = visitor.log.find((event) => event.kind === "message" && event.message.author.role === "bot" && event.seq > (asked ?? Infinity));
  if (late) wrong("one voice", `${name}: the bot spoke in event ${late.seq}, a human was asked for in ${asked}`);
  return { own, asked };
}

function checkSeen(visitor, name, own, wrong) {
  // What the sockets brought: each number once, in order, and the same as it is now.
  visitor.seen.forEach((event, at) => {
    if (event.seq !== at + 1) wrong("socket", `${name}: event ${at + 1} on the sockets has seq ${event.seq}`);
    const now = visitor.log[event.seq - 1];
    if (JSON.stringify(now) !== JSON.stringify(event)) wrong("log", `${name}: event ${event.seq} was ${JSON.stringify(event)} and is ${JSON.stringify(now)}`);
  });
  if (visitor.seen.length !== visitor.log.length) wrong("socket", `${name}: ${visitor.seen.length} of ${visitor.log.length} events came over the sockets`);
  for (const { clientId, text, seq, tokens } of visitor.said) {
    const same = own.filter((event) => event.message.client_id === clientId);
    if (same.length !== 1) wrong("acknowledged", `${name}: ${tokens[0]} was acknowledged as ${seq} and is in the log ${same.length} times`);
    else if (same[0].seq !== seq || same[0].message.text !== text) wrong("acknowledged", `${name}: ${tokens[0]} was acknowledged as ${seq} and is ${JSON.stringify(same[0]).slice(0, 300)}`);
  }
}

// The customer's words in their thread: each once, in order.
function checkThread(visitor, { own, asked }, threads, { lostParents, refusals }, wrong) {
  const name = `customer ${visitor.index}`;
  const alive = threads.filter(isAlive);
  if (asked === undefined) return threads.length > 0 && wrong("one thread", `${name}: did not ask for a human and has a thread`);
  if (alive.length !== 1 || (!lostParents && threads.length !== 1)) wrong("one thread", `${name}: has ${alive.length} parents, and ${threads.length - alive.length} deleted ones`);
  // Refused for good, and both sides were told.
  const refused = new Set(visitor.log.filter((event) => event.kind === "receipt" && event.stage === "failed").map((event) => event.message_id));
  if (refused.size > 0 && !refusals) wrong("receipts", `${name}: ${refused.size} lines failed, and nobody refused them`);
  const due = own.filter((event) => event.seq > asked && !refused.has(event.message.id)).flatMap((event) => tokensIn(event.message.text, "me").map(({ token }) => token));
  const posts = threads.flatMap(({ replies }) => replies).filter((reply) => reply.author.is_bot && !isIntroduction(reply)).sort((a, b) => (a.ts < b.ts ? -1 : 1));
  const there = posts.flatMap((reply) => tokensIn(reply.text, "me").map(({ token }) => token));
  if (there.join() !== due.join()) {
    const at = due.findIndex((token, i) => token !== there[i]);
    wrong("thread", `${name}: from ${at} on the thread says ${shown(there.slice(at))}, due is ${shown(due.slice(at))}`);
  }
  const markers = posts.map((reply) => reply.metadata?.event_payload?.post).filter(Boolean);
  if (new Set(markers).size !== markers.length) wrong("thread", `${name}: a post stands there twice`);
  const introductions = threads.flatMap(({ replies }) => replies).filter((reply) => reply.author.is_bot && isIntroduction(reply)).length;
  if (introductions !== threads.length) wrong("thread", `${name}: ${introductions} introductions in ${threads.length} threads`);
  for (const message of fold(visitor.log)) {
    if (message.author.role !== "customer" || message.seq < asked || refused.has(message.id)) continue;
    if (!message.receipts.includes("delivered")) wrong("receipts", `${name}: ${message.text.slice(0, 12)} is in the thread and not called delivered: ${message.receipts}`);
  }
}

// Agents' words: what stands in the thread is in the log, once, in Slack's order, as it was said last. Corrections and
// withdrawals of which Slack did not tell (`unheard`) are not looked for.
function checkAgents(visitor, threads, ledger, wrong) {
  const name = `customer ${visitor.index}`;
  const unheard = new Set(ledger.filter((each) => each.unheard).map((each) => each.token));
  const tokenIn = (text) => tokensIn(text, "a")[0]?.token;
  // What was said in a thread that was then deleted may or may not have been heard.
  const perhaps = new Set(threads.filter((thread) => !isAlive(thread)).flatMap(({ replies }) => replies.map((reply) => tokenIn(reply.text))).filter(Boolean));
  const words = (text) => (unheard.has(tokenIn(text)) ? `${tokenIn(text)} perhaps changed` : text);
  const standing = threads.filter(isAlive).flatMap(({ replies }) => replies).filter((reply) => !reply.author.is_bot && reply.kind === "message").sort((a, b) => (a.ts < b.ts ? -1 : 1));
  const wanted = standing.map((reply) => words(reply.text));
  const there = fold(visitor.log).filter((message) => message.author.role === "agent").map((message) => words(message.text)).filter((text) => wanted.includes(text) || (!unheard.has(tokenIn(text)) && !perhaps.has(tokenIn(text))));
  if (there.join("\n") !== wanted.join("\n")) {
    const missing = wanted.filter((text) => !there.includes(text)), extra = there.filter((text) => !wanted.includes(text));
    wrong("agents", `${name}: of ${wanted.length} answers ${there.length} are in the log; missing: ${missing.join("; ") || "none"}; more: ${extra.join("; ") || "none"}${missing.length + extra.length === 0 ? "; the order or the number differs" : ""}`);
  }
  const tokens = visitor.log.filter(isAgents).map((event) => tokenIn(event.message.text));
  const doubled = tokens.filter((token, at) => tokens.indexOf(token) !== at);
  if (doubled.length > 0) wrong("agents", `${name}: came twice: ${shown(doubled)}`);
}

function checkStrangers(visitors, channels, wrong) {
  const expectOnly = (index, text, what) => {
    const others = ownersIn(text).filter((owner) => owner !== index);
    if (others.length > 0) wrong("strangers", `${what} of customer ${index} holds words of ${others}`);
  };
  for (const visitor of visitors) {
    for (const frame of visitor.heard) expectOnly(visitor.index, frame, "a frame");
    expectOnly(visitor.index, JSON.stringify(visitor.log), "the log");
    for (const { parent, replies } of threadsOfSession(channels, visitor.id)) expectOnly(visitor.index, JSON.stringify([parent, replies]), "the thread");
  }
  for (const { parent } of threadsOf(channels).threads) {
    const own = parent.author.is_bot && /NEW CUSTOMER SUPPORT REQUEST/.test(parent.text);
    if (parent.kind === "message" && parent.author.is_bot && !own) wrong("strangers", `in the open channel stands ${JSON.stringify(parent.text).slice(0, 120)}`);
  }
}

// What the sandbox was told to keep must be there, or the test itself is at fault.
function checkSandbox(ledger, channels, wrong) {
  const all = new Map(threadsOf(channels).threads.flatMap(({ replies }) => replies).map((reply) => [reply.ts, reply]));
  for (const { token, ts, text, deleted, doubtful } of ledger) {
    const now = all.get(ts);
    if (!doubtful && (deleted ? now && now.kind === "message" : now?.text !== text)) wrong("the sandbox itself", `${token} was ${deleted ? "deleted" : `"${text}"`} and is ${JSON.stringify(now?.text)}`);
  }
}

// What a run allowed: `lostParents` were deleted by people, `refusals` are Slack's, after `restored` logs were numbered anew.
export function violations({ visitors, channels, ledger = [], lostParents = false, refusals = false, restored = false }) {
  const found = [];
  const wrong = (kind, words) => found.push(`${kind}: ${words}`);
  for (const visitor of visitors) {
    const threads = threadsOfSession(channels, visitor.id);
    checkThread(visitor, checkLog(visitor, restored, wrong), threads, { lostParents, refusals }, wrong);
    checkAgents(visitor, threads, ledger, wrong);
  }
  checkStrangers(visitors, channels, wrong);
  checkSandbox(ledger, channels, wrong);
  return found;
}

// The rows: sound, gapless, each session's own, and (at the end) nothing left to send.
export function violationsInDatabase(database, visitors, { drained = false, restored = false } = {}) {
  const found = [];
  const wrong = (words) => found.push(`database: ${words}`);
  for (const { integrity_check: says } of database.rows("PRAGMA integrity_check")) if (says !== "ok") wrong(says);
  for (const row of database.rows("SELECT e.session, count(*) AS events, max(e.seq) AS last, p.head FROM event e JOIN progress p ON p.session = e.session GROUP BY e.session")) {
    if (row.events !== row.last || row.last !== row.head) wrong(`session ${row.session} has ${row.events} events, the last is ${row.last}, its head ${row.head}`);
  }
  for (const row of database.rows("SELECT session, client_id, count(*) AS times FROM message WHERE client_id <> '' GROUP BY session, client_id HAVING times > 1")) wrong(`${row.client_id} of ${row.session} is there ${row.times} times`);
  const indexOf = new Map(visitors.map((visitor) => [visitor.id, visitor.index]));
  for (const table of ["event(session, json)", "message(session, text)", "letter(session, text)"]) {
    const [, name, column] = table.match(/^(\w+)\(session, (\w+)\)/);
    for (const row of database.rows(`SELECT session, ${column} AS words FROM ${name}`)) {
      const others = ownersIn(row.words).filter((owner) => indexOf.has(row.session) && owner !== indexOf.get(row.session));
      if (others.length > 0) wrong(`${name} of customer ${indexOf.get(row.session)} holds words of ${others}`);
    }
  }
  for (const visitor of restored ? [] : visitors) {
    const kept = new Map(database.rows(`SELECT client_id, seq, text FROM message WHERE session = '${visitor.id}' AND client_id <> ''`).map((row) => [row.client_id, row]));
    for (const { clientId, seq, text, tokens } of visitor.said) {
      const row = kept.get(clientId);
      if (row?.seq !== seq || row?.text !== text) wrong(`${tokens[0]} was acknowledged as ${seq} and is ${JSON.stringify(row)?.slice(0, 200)}`);
    }
  }
  if (drained) for (const row of database.rows("SELECT session, kind, state FROM letter WHERE state < 3")) wrong(`a letter of ${row.session} waits: kind ${row.kind}, state ${row.state}`);
  return found;
}
