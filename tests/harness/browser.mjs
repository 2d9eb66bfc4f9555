// Chromium for stories: one browser a file, a context a person, pictures on request.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { patience } from "./processes.mjs";

export async function launch() {
  const browser = await chromium.launch({
    executablePath: process.env.DESKBELL_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb", "--hide-scrollbars"],
  });
  return browser;
}

// A person's own window: own storage, own theme and size. Errors of the page and CSP violations fail the story.
export async function person(browser, { width = 1280, height = 800, dark = false, ...more } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", locale: "en-US", timezoneId: "UTC", reducedMotion: "reduce", ...more });
  context.setDefaultTimeout(15_000 * patience);
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Refused|Trusted/.test(message.text())) problems.push(message.text());
  });
  return { context, page, problems, close: () => context.close() };
}

const pictures = process.env.DESKBELL_PICTURES;
export async function picture(page, name) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: "disabled", caret: "hide" });
}

// Two pictures side by side, for the README's first screen.
export async function collage(browser, name, parts) {
  if (!pictures) return;
  const { page, close } = await person(browser, { width: 1600, height: 560 });
  const images = parts.map((part) => `data:image/png;base64,${readFileSync(join(pictures, `${part}.png`)).toString("base64")}`);
  await page.setContent(`<style>body{margin:0;display:flex;gap:24px;padding:24px;background:#e9e6f5;box-sizing:border-box}
    img{flex:1;min-width:0;border-radius:10px;box-shadow:0 6px 30px #2223}</style>${images.map((source) => `<img src="${source}">`).join("")}`);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  await close();
}
