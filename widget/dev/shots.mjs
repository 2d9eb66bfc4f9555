// Puts the widget into each of its states, looks at it (build/shots/*.png) and lets axe look too.
// `npm run build:widget && node widget/dev/shots.mjs [name-pattern]`; exits 1 on any accessibility violation, policy
// violation or page error.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { startFakeServer } from './fake_server.mjs';

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
  { name: 'zoomed', viewport: { width: 320, height: 256 }, colorScheme: 'light' },
];

const richAnswer = {
  format: 'markdown',
  rich: [
    { t: 'p', c: [{ t: 'text', v: 'Hi John! For ' }, { t: 'b', c: [{ t: 'text', v: '200 photos' }] },
      { t: 'text', v: ' I would take the large album:' }] },
    { t: 'ul', c: [
      { t: 'li', c: [{ t: 'b', c: [{ t: 'text', v: '$100' }] }, { t: 'text', v: ', lay-flat, ' }, { t: 'i', c: [{ t: 'text', v: 'matte' }] }] },
      { t: 'li', c: [{ t: 'text', v: 'code ' }, { t: 'code', c: [{ t: 'text', v: 'ALBUM10' }] }, { t: 'text', v: ' saves ten percent' }] },
    ] },
    { t: 'p', c: [{ t: 'link', href: 'https://shop.example/albums/large', c: [{ t: 'text', v: 'See the large album' }] }] },
  ],
};

const tid = (page, id) => page.locator(`deskbell-chat [data-testid=${id}]`);
const say = async (page, text) => {
  await tid(page, 'composer').fill(text);
  await page.keyboard.press('Enter');
};
const open = (page) => tid(page, 'launcher').click();
const state = (page, wanted) => page.waitForFunction((s) => window.Deskbell('get', 'state') === s, wanted);
const history = async (page, fake) => {
  await open(page);
  await say(page, 'Do you print on canvas?');
  await state(page, 'bot');
  const room = fake.last;
  room.quiet = true;
  await page.waitForTimeout(900);
  return room;
};

// Each scene starts from a fresh customer and a fresh server.
const scenes = {
  launcher: async () => {},
  unread: async (page, fake) => {
    const room = await history(page, fake);
    await tid(page, 'close').click();
    room.agent('Are you still there?');
    await tid(page, 'unread').waitFor();
  },
  greeting: (page) => open(page),
  bot: async (page, fake) => {
    const room = await history(page, fake);
    room.bot('I am not sure about that size. A colleague can tell you.', {}, { offers: ['human'] });
    await tid(page, 'offer-human').waitFor();
  },
  form: async (page, fake) => {
    await history(page, fake);
    await tid(page, 'human').click();
    await page.locator('deskbell-chat input[type=email]').fill('john@');
    await tid(page, 'human-submit').click();
  },
  waiting: async (page, fake) => {
    await history(page, fake);
    await tid(page, 'human').click();
    await tid(page, 'human-skip').click();
    await state(page, 'waiting');
    await say(page, 'It is about order 4711, for a wedding on Saturday.');
  },
  agent: async (page, fake) => {
    const room = await history(page, fake);
    room.become('waiting');
    room.become('open');
    room.agent('Hi John! For **200 photos** …', richAnswer);
    await say(page, 'Perfect, thank you! Can it be here by Friday?');
    await page.waitForTimeout(200);
    room.push('receipt', { message_id: room.events.findLast((e) => e.message?.author.role === 'customer').message.id, stage: 'seen' });
    room.live({ type: 'typing', role: 'agent', name: 'Ana', on: true });
    await page.waitForTimeout(300);
  },
  edited: async (page, fake) => {
    const room = await history(page, fake);
    room.become('open');
    const first = room.agent('It costs $90.').message.id;
    const second = room.agent('Wrong window, sorry').message.id;
    room.push('message_edited', { message_id: first, text: 'It costs $100.', format: 'markdown' });
    room.push('message_deleted', { message_id: second });
    await page.waitForTimeout(300);
  },
  streaming: async (page, fake) => {
    const room = await history(page, fake);
    room.live({ type: 'bot_delta', message_id: 'm', text: 'Photo books take about four ' });
    await page.waitForTimeout(200);
  },
  notice: async (page, fake) => {
    const room = await history(page, fake);
    room.become('open');
    room.live({ type: 'notice', code: 'desk_delayed', text: 'Our team gets your messages with a short delay right now.' });
    await page.waitForTimeout(300);
  },
  offline: async (page, fake, context) => {
    const room = await history(page, fake);
    await context.setOffline(true);
    room.sockets.forEach((socket) => socket.terminate());
    await say(page, 'Are you there?');
    await say(page, 'I will be back in the tunnel’s end.');
    await page.waitForTimeout(2000);
  },
  failed: async (page, fake) => {
    await history(page, fake);
    fake.nack = { code: 'message_too_long', detail: '' };
    await say(page, 'This one the server refuses.');
    await page.locator('deskbell-chat [data-state=failed]').waitFor();
  },
  long: async (page, fake) => {
    const room = await history(page, fake);
    room.agent('Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft https://shop.example/a/very/long/address/that/goes/on/and/on/forever/and/a/day?with=parameters&and=more');
    room.agent('مرحبا، كيف يمكنني مساعدتك؟');
    await tid(page, 'composer').fill('word '.repeat(790));
    await page.waitForTimeout(300);
  },
  closed: async (page, fake) => {
    const room = await history(page, fake);
    room.become('open');
    room.agent('Glad to help. Have a lovely wedding!');
    room.become('closed');
    await tid(page, 'rating').waitFor();
  },
  rated: async (page, fake) => {
    const room = await history(page, fake);
    room.become('open');
    room.become('closed');
    await tid(page, 'rating').locator('button').nth(3).click();
    await page.waitForTimeout(300);
  },
};

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
    const context = await browser.newContext({ ...options, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' });
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
await browser.close();
process.exit(bad > 0 ? 1 : 0);
