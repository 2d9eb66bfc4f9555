// Every state of the widget, each reached as a customer reaches it, from a fresh page on the fake server. Looked at by shots.mjs,
// examined by tests/browser.
import { readFileSync } from 'node:fs';

const picture = readFileSync(new URL('./ana.png', import.meta.url));
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

export const tid = (page, id) => page.locator(`deskbell-chat [data-testid=${id}]`);
export const say = async (page, text) => {
  await tid(page, 'composer').fill(text);
  await page.keyboard.press('Enter');
};
export const open = async (page) => {
  await tid(page, 'launcher').click();
  await tid(page, 'panel').waitFor();
};
export const state = (page, wanted) => page.waitForFunction((s) => window.Deskbell('get', 'state') === s, wanted);
const shown = (page, text) => page.locator('deskbell-chat [data-testid=message]').filter({ hasText: text }).first().waitFor();
export const history = async (page, fake) => {
  await open(page);
  await say(page, 'Do you print on canvas?');
  await state(page, 'bot');
  // The bot's answer belongs to it: whoever counts what comes afterwards must not be surprised by it.
  await shown(page, 'three answers');
  const room = fake.last;
  room.quiet = true;
  return room;
};

// Each scene starts from a fresh customer and a fresh server.
export const scenes = {
  launcher: async () => {},
  unread: async (page, fake) => {
    const room = await history(page, fake);
    await tid(page, 'close').click();
    room.agent('Are you still there?');
    await tid(page, 'unread').waitFor();
  },
  greeting: (page) => open(page),
  home: async (page, fake) => {
    Object.assign(fake.config, { quick_topics: ['Prices', 'How long does it take?', 'Do you scan negatives?'], hours_hint: 'Mon–Fri 9–18' });
    await open(page);
    await tid(page, 'topic').first().waitFor();
  },
  prechat: async (page, fake) => {
    fake.config.pre_chat = { when: 'start', fields: [
      { name: 'name', label: 'Your name', required: true }, { name: 'email', label: 'Email', required: true },
      { name: 'attributes.order', label: 'Order number', required: false }] };
    await open(page);
    await tid(page, 'prechat-submit').click();
  },
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
  'waiting-email': async (page, fake) => {
    await scenes.waiting(page, fake);
    await tid(page, 'leave-email').click();
  },
  'waiting-known': async (page, fake) => {
    await scenes['waiting-email'](page, fake);
    await page.locator('deskbell-chat input[type=email]').fill('john@email.com');
    await tid(page, 'email-submit').click();
    await tid(page, 'change-email').waitFor();
  },
  away: async (page, fake) => {
    fake.config.hours_hint = 'Mon–Fri 9–18';
    await scenes.waiting(page, fake);
    fake.last.live({ type: 'notice', code: 'desk_unavailable', text: 'Nobody is there.' });
    await tid(page, 'waiting').filter({ hasText: 'Mon–Fri 9–18' }).waitFor();
  },
  agent: async (page, fake) => {
    const room = await history(page, fake);
    room.become('waiting');
    room.become('open');
    room.agent('Hi John! For **200 photos** …', richAnswer);
    await say(page, 'Perfect, thank you! Can it be here by Friday?');
    await page.locator('deskbell-chat [data-testid=message][data-state=delivered]').filter({ hasText: 'by Friday' }).waitFor();
    room.push('receipt', { message_id: room.events.findLast((e) => e.message?.author.role === 'customer').message.id, stage: 'seen' });
    room.live({ type: 'typing', role: 'agent', name: 'Ana', on: true });
    await page.locator('deskbell-chat [data-testid=message][data-state=seen]').filter({ hasText: 'by Friday' }).waitFor();
    await page.locator('deskbell-chat .underway').waitFor();
  },
  menu: async (page, fake) => {
    await history(page, fake);
    await tid(page, 'menu').click();
  },
  forget: async (page, fake) => {
    await scenes.menu(page, fake);
    await tid(page, 'forget').click();
  },
  tray: async (page, fake) => {
    await history(page, fake);
    await tid(page, 'file-field').setInputFiles([
      { name: 'photo.png', mimeType: 'image/png', buffer: picture }, { name: 'notes.zip', mimeType: 'application/zip', buffer: Buffer.from('x') }]);
    await page.locator('deskbell-chat [data-testid=upload][data-state=done]').waitFor();
    fake.holdFiles = true;
    await tid(page, 'file-field').setInputFiles([{ name: 'a very long name of a scanned contract.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(90_000) }]);
    await tid(page, 'composer').fill('Here is the picture.');
  },
  files: async (page, fake) => {
    const room = await history(page, fake);
    await tid(page, 'file-field').setInputFiles([{ name: 'photo.png', mimeType: 'image/png', buffer: picture }]);
    await page.locator('deskbell-chat [data-testid=upload][data-state=done]').waitFor();
    await say(page, 'This is the one.');
    room.become('open');
    for (const [id, name, type, bytes, state] of [['file_a', 'offer.pdf', 'application/pdf', Buffer.alloc(284_000), 'ready'], ['file_b', 'face.png', 'image/png', picture, 'ready'], ['file_c', 'film.mp4', 'video/mp4', Buffer.alloc(9), 'coming'], ['file_d', 'old.pdf', 'application/pdf', Buffer.alloc(9), 'gone']]) {
      room.files.set(id, { id, name, type, size: bytes.length, state, bytes });
    }
    const known = (id) => { const { bytes: _bytes, ...rest } = room.files.get(id); return rest; };
    room.agent('', { attachments: [known('file_b')] });
    room.agent('And here is our offer.', { attachments: [known('file_a'), known('file_c'), known('file_d')] });
    await page.locator('deskbell-chat img.picture').first().waitFor();
    await shown(page, 'old.pdf');
  },
  change: async (page, fake) => {
    await history(page, fake);
    await tid(page, 'change').first().focus();
    await page.keyboard.press('Enter');
    await tid(page, 'edit-message').waitFor();
  },
  editing: async (page, fake) => {
    await scenes.change(page, fake);
    await tid(page, 'edit-message').click();
  },
  edited: async (page, fake) => {
    const room = await history(page, fake);
    room.become('open');
    const first = room.agent('It costs $90.').message.id;
    const second = room.agent('Wrong window, sorry').message.id;
    room.push('message_edited', { message_id: first, text: 'It costs $100.', format: 'markdown' });
    room.push('message_deleted', { message_id: second });
    await page.locator('deskbell-chat .bubble.removed').waitFor();
  },
  streaming: async (page, fake) => {
    const room = await history(page, fake);
    room.live({ type: 'bot_delta', message_id: 'm', offset: 0, text: 'Photo books take about four ' });
    await page.locator('deskbell-chat .underway').filter({ hasText: 'about four' }).waitFor();
  },
  notice: async (page, fake) => {
    const room = await history(page, fake);
    room.become('open');
    room.live({ type: 'notice', code: 'desk_delayed', text: 'Our team gets your messages with a short delay right now.' });
    await page.locator('deskbell-chat').getByText('with a short delay').first().waitFor();
  },
  offline: async (page, fake, context) => {
    const room = await history(page, fake);
    await context.setOffline(true);
    room.sockets.forEach((socket) => socket.terminate());
    await say(page, 'Are you there?');
    await say(page, 'I will be back in the tunnel’s end.');
    await page.waitForFunction(() => window.Deskbell('get', 'link') === 'offline');
    await page.locator('deskbell-chat [data-testid=message][data-state=queued]').nth(1).waitFor();
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
    await shown(page, 'كيف');
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
    await tid(page, 'comment').waitFor();
  },
};
