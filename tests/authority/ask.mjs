// Requests as an adversary sends them: paths and headers exactly as given, every answer kept with all its bytes.
import { createHmac } from "node:crypto";
import { request } from "node:http";
import WebSocket from "ws";
import { deadline } from "../harness/processes.mjs";

// Of an event stream the first events are read, then it is left.
export function ask(server, method, path, { headers = {}, body } = {}) {
  const { hostname, port } = new URL(server.url);
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const answered = new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers: { ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }), ...headers } }, (answer) => {
      let got = "";
      const end = () => resolve({ status: answer.statusCode, headers: answer.headers, text: got, all: `${answer.rawHeaders.join("\n")}\n${got}`, code: codeOf(got) });
      answer.setEncoding("utf8");
      answer.on("data", (data) => {
        got += data;
        if (!/^text\/event-stream/.test(answer.headers["content-type"] ?? "") || !got.includes("\n\n")) return;
        end();
        asked.destroy();
      });
      answer.on("end", end);
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(text);
  });
  return deadline(answered, 15_000, `an answer to ${method} ${path}`);
}

function codeOf(text) {
  try {
    return JSON.parse(text).code;
  } catch {
    return undefined;
  }
}

// A socket whose first frame is `hello` (none: undefined); resolves when it was welcomed, closed or refused.
export function knock(server, hello, { origin, protocol = "deskbell.v1", path = "/v1/socket", headers = {} } = {}) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}${path}`, protocol, { origin, headers });
  const link = { socket, frames: [], closed: undefined, refused: undefined };
  const waiters = new Set();
  const tell = () => { for (const look of waiters) look(); };
  socket.on("open", () => { if (hello !== undefined) socket.send(typeof hello === "string" ? hello : JSON.stringify(hello)); });
  socket.on("message", (data) => { link.frames.push(JSON.parse(String(data))); tell(); });
  socket.on("close", (code, reason) => { link.closed = { code, reason: String(reason) }; tell(); });
  socket.on("unexpected-response", (asked, answer) => {
    link.refused = answer.statusCode;
    answer.resume();
    asked.destroy();
    tell();
  });
  socket.on("error", tell);
  link.waitFor = (what, look) => {
    let check;
    const found = new Promise((resolve) => {
      check = () => { const value = look(link); if (value) resolve(value); };
      waiters.add(check);
      check();
    });
    return deadline(found, 10_000, `${what}; frames: ${JSON.stringify(link.frames).slice(-600)} closed: ${JSON.stringify(link.closed)}`).finally(() => waiters.delete(check));
  };
  link.outcome = () => link.waitFor("welcome, close or refusal", () => link.frames.find((frame) => frame.type === "welcome") || link.closed || link.refused);
  let last = 0;
  link.request = async (type, fields) => {
    const id = `r${++last}`;
    socket.send(JSON.stringify({ type, id, ...fields }));
    return link.waitFor(`an answer to ${type}`, () => link.frames.find((frame) => frame.re === id) || link.closed);
  };
  link.end = () => socket.terminate();
  return link;
}

export const signed = (secret, body, at = Math.floor(Date.now() / 1000)) => ({
  "x-slack-request-timestamp": String(at),
  "x-slack-signature": `v0=${createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex")}`,
});
