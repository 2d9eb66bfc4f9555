// A shop's page with the widget on it, on an origin of its own: the built files, any policy, any snippet.
//
//   const site = await startWidgetPage({ server: proxy.url, data: { topic: "prices" }, policy, body, head });
//   await page.goto(site.url); const chat = chatOn(page); await chat.open(); await chat.say("hello");
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const web = join(process.cwd(), "build/web");
export const strictPolicy = (server) =>
  `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: ${server}; connect-src ${server} ${server.replace(/^http/, "ws")}; ` +
  "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

export async function startWidgetPage({ server = "", data = {}, policy, head = "", body = "<h1>A shop</h1><button id='theirs'>Buy</button>", script = "/widget.js" } = {}) {
  const site = { server, data, policy, head, body, requests: [] };
  const types = { ".js": "text/javascript", ".css": "text/css" };
  const http = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    site.requests.push(path);
    const headers = site.policy ? { "content-security-policy": site.policy } : {};
    if (path === "/" || path.startsWith("/page")) {
      const attributes = Object.entries({ server: site.server, ...site.data }).filter(([, value]) => value).map(([name, value]) => ` data-${name}="${value}"`).join("");
      const snippet = script ? `<script async src="${script}"${attributes}></script>` : "";
      return response.writeHead(200, { ...headers, "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>${site.head}${snippet}</head><body>${site.body}</body></html>`);
    }
    const own = site.files?.[path];
    const file = join(web, path);
    const type = types[path.slice(path.lastIndexOf("."))];
    if (own !== undefined) return response.writeHead(200, { "content-type": type ?? "text/plain" }).end(own);
    if (!/^\/widget(\.js$|\/[\w-]+\.js$)/.test(path) || !existsSync(file)) return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": "text/javascript", "access-control-allow-origin": "*" }).end(readFileSync(file));
  });
  await new Promise((resolve) => { http.listen(0, "127.0.0.1", resolve); });
  site.url = `http://127.0.0.1:${http.address().port}`;
  site.end = () => new Promise((resolve) => { http.closeAllConnections(); http.close(resolve); });
  return site;
}

// The widget on a page, as a customer uses it.
export function chatOn(page) {
  const by = (id) => page.locator(`deskbell-chat [data-testid=${id}]`);
  const messages = (role) => page.locator(`deskbell-chat [data-testid=message]${role ? `[data-role=${role}]` : ""}`);
  const chat = {
    by, messages,
    async open() { await by("launcher").click(); await by("panel").waitFor(); },
    async say(text) { await by("composer").fill(text); await by("composer").press("Enter"); },
    bubbles: (role) => messages(role).evaluateAll((all) => all.map((one) => one.querySelector(".bubble")?.textContent ?? one.textContent)),
    states: () => messages("customer").evaluateAll((all) => all.map((one) => one.dataset.state)),
    get: (name) => page.evaluate((wanted) => window.Deskbell("get", wanted), name),
    token: () => page.evaluate(() => JSON.parse(localStorage.getItem("deskbell:default:session") ?? "null")?.token),
    link: (wanted) => page.waitForFunction((state) => window.Deskbell?.("get", "link") === state, wanted),
    settled: (text, states = ["sent", "delivered", "seen"]) => page.waitForFunction(([words, wanted]) => {
      const all = [...(document.querySelector("deskbell-chat")?.shadowRoot?.querySelectorAll("[data-testid=message][data-role=customer]") ?? [])];
      return all.some((one) => one.textContent.includes(words) && wanted.includes(one.dataset.state));
    }, [text, states]),
    hears: (text, role = "agent") => messages(role).filter({ hasText: text }).first().waitFor(),
  };
  return chat;
}
