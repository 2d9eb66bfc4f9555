// Puts the widget into each of its states, looks at it (build/shots/*.png) and lets axe look too.
// `npm run build:widget && node widget/dev/shots.mjs [name-pattern]`; exits 1 on any accessibility violation, policy
// violation or page error.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { startFakeServer } from './fake_server.mjs';
import { scenes, tid } from './scenes.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const out = new URL('../../build/shots/', import.meta.url).pathname;
mkdirSync(out, { recursive: true });
const filter = new RegExp(process.argv[2] ?? '');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const looks = [
  { name: 'light', viewport: { width: 900, height: 760 }, colorScheme: 'light' },
  { name: 'dark', viewport: { width: 900, height: 760 }, colorScheme: 'dark' },
  { name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, deviceScaleFactor: 2 },
  { name: 'phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, deviceScaleFactor: 2 },
  { name: 'forced', viewport: { width: 900, height: 760 }, colorScheme: 'light', forcedColors: 'active' },
  { name: 'arabic', viewport: { width: 900, height: 760 }, colorScheme: 'light', locale: 'ar' },
  { name: 'arabic-phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, deviceScaleFactor: 2, locale: 'ar' },
  { name: 'zoomed', viewport: { width: 320, height: 256 }, colorScheme: 'light' },
];

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--font-render-hinting=none', '--disable-lcd-text',
    '--force-color-profile=srgb', '--hide-scrollbars'],
});
let bad = 0;
for (const { name: look, ...options } of looks) {
  for (const [scene, play] of Object.entries(scenes)) {
    const name = `${look}-${scene}`;
    if (!filter.test(name)) continue;
    const fake = await startFakeServer();
    const context = await browser.newContext({ locale: 'en-GB', ...options, timezoneId: 'UTC', reducedMotion: 'reduce' });
    const page = await context.newPage();
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !/ERR_INTERNET_DISCONNECTED|WebSocket connection/.test(text)) complaints.push(text);
    });
    try {
      await page.goto(fake.url);
      await tid(page, 'launcher').waitFor();
      if (options.locale) await page.evaluate((locale) => window.Deskbell('locale', locale), options.locale);
      await play(page, fake, context);
      await page.waitForTimeout(150);
      await page.screenshot({ path: `${out}${name}.png`, caret: 'hide' });
      await page.evaluate(axe);
      const { violations } = await page.evaluate((runOnly) => window.axe.run({ include: [['deskbell-chat']] }, { runOnly }), tags);
      for (const { id, nodes } of violations) {
        complaints.push(`axe ${id}: ${nodes.map((node) => node.target.flat().join(' ') + ' ' + (node.any[0]?.message ?? '')).join('; ')}`);
      }
    } catch (error) {
      complaints.push(String(error));
    }
    console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
    for (const complaint of complaints) console.log(`       ${complaint}`);
    bad += complaints.length;
    await context.close();
    fake.stop();
  }
}
for (const { name, viewport: { width, height } } of looks) await contactSheet(name, width, height);
await browser.close();
process.exit(bad > 0 ? 1 : 0);

// All states of one look on one picture: a glance finds what a test does not.
async function contactSheet(look, width, height) {
  const pictures = Object.keys(scenes).map((scene) => `${look}-${scene}`).filter((name) => filter.test(name) && existsSync(`${out}${name}.png`));
  if (pictures.length < 2) return;
  const shown = Math.min(width, 440);
  const cells = pictures.map((name) => `<figure><img src="data:image/png;base64,${readFileSync(`${out}${name}.png`, 'base64')}"><figcaption>${name}</figcaption></figure>`);
  const page = await browser.newPage({ viewport: { width: (shown / 2 + 12) * 7 + 24, height: 600 } });
  await page.setContent(`<style>body{margin:12px;display:flex;flex-wrap:wrap;gap:12px;background:#d8d8e0;font:12px sans-serif}figure{margin:0}
    img{width:${shown / 2}px;height:${height / 2}px;object-fit:cover;object-position:${/arabic/.test(look) ? 'left' : 'right'};border-radius:6px}</style>${cells.join('')}`);
  await page.screenshot({ path: `${out}sheet-${look}.png`, fullPage: true });
  await page.close();
}
