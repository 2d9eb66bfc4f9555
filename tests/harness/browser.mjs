// Chromium for stories: one browser a file, a context a person, pictures on request.
import { mkdirSync } from "node:fs";
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
