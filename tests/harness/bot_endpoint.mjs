// An endpoint for bots under test: what it is asked is written down, what it answers the test says.
import { createServer } from "node:http";
import { deadline } from "./processes.mjs";

export async function startBotEndpoint() {
  const asked = [];
  const waiters = new Set();
  let behave = (ask) => ask.json({ text: "An answer." });
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => { body += bytes; });
    request.on("end", () => {
      let closed = false;
      const gone = new Promise((resolve) => response.on("close", () => { closed = true; resolve(); }));
      const ask = {
        method: request.method, path: request.url, headers: request.headers, raw: body, body: body && JSON.parse(body), response, gone,
        get closed() { return closed; },
        json: (value, status = 200) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value)),
        // A stream: event() says one, end() ends the connection, cut() tears it.
        stream() {
          response.writeHead(200, { "content-type": "text/event-stream" });
          return {
            event: (data, name) => response.write(`${name ? `event: ${name}\n` : ""}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`),
            end: () => response.end(),
            cut: () => response.destroy(),
          };
        },
      };
      asked.push(ask);
      for (const look of waiters) look();
      behave(ask);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    behave: (how) => { behave = how; },
    // The n-th question, as soon as it is asked.
    question(n = asked.length) {
      const came = new Promise((resolve) => {
        const look = () => {
          if (!asked[n]) return;
          waiters.delete(look);
          resolve(asked[n]);
        };
        waiters.add(look);
        look();
      });
      return deadline(came, 10_000, `question ${n} at the bot's endpoint`);
    },
    end: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
}
