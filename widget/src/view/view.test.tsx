// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../core/client.ts';
import { at, jsonAnswer, makeWorld, messageEvent, sessionAnswer, sessionIn, type World } from '../core/testing.ts';
import { optionsOfScript } from '../options.ts';
import { App } from './app.tsx';
import { initials } from './avatar.tsx';
import { Shell, type Ui } from './shell.ts';
import { english, Texts } from './texts.ts';

let world: World;
let ui: Ui;
let root: HTMLElement;

const settle = () => new Promise((resolve) => setTimeout(resolve, 25));
const all = (id: string) => [...root.querySelectorAll<HTMLElement>(`[data-testid=${id}]`)];
const one = (id: string) => all(id)[0];
const words = (id: string) => one(id)?.textContent ?? null;

async function click(element: HTMLElement | undefined): Promise<void> {
  element!.click();
  await settle();
}

async function type(text: string): Promise<void> {
  const field = one('composer') as HTMLTextAreaElement;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
}

async function press(key: string, more: KeyboardEventInit = {}): Promise<KeyboardEvent> {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
  one('composer')!.dispatchEvent(event);
  await settle();
  return event;
}

/** A customer who has said hello to the bot. */
async function talking(): Promise<void> {
  world.answers = [sessionAnswer()];
  ui.shell.open(true);
  await settle();
  await type('hello');
  await press('Enter');
  world.socket().welcome();
  await settle();
  const request = world.socket().requests('message')[0]!;
  world.socket().ok(request, { seq: 1 });
  world.socket().event(messageEvent(1, 'hello', { author: { role: 'customer' }, client_id: String(request.client_id) }));
  await settle();
}

beforeEach(() => {
  world = makeWorld();
  root = document.createElement('div');
  document.body.append(root);
  const options = { ...optionsOfScript(null), server: 'https://chat.example' };
  const client = new Client(options.server, world);
  ui = { client, shell: new Shell(), texts: new Texts('en'), options };
  render(<App ui={ui} />, root);
});

afterEach(() => {
  render(null, root);
  ui.client.destroy();
  root.remove();
});

describe('the panel', () => {
  it('opens with the caret in the composer, and closes with Escape', async () => {
    expect(one('panel')).toBeUndefined();
    ui.shell.open(true);
    await settle();
    expect(one('panel')!.hidden).toBe(false);
    expect(document.activeElement).toBe(one('composer'));
    await press('Escape');
    expect(one('panel')!.hidden).toBe(true);
  });

  it('leaves focus alone when the page opens it without a person asking', async () => {
    ui.shell.open(false);
    await settle();
    expect(document.activeElement).toBe(document.body);
  });

  it('closed, it says who wrote, and not what', async () => {
    await talking();
    ui.shell.close(false);
    world.socket().event(messageEvent(2, 'hi', { author: { role: 'agent', name: 'Ana' } }));
    await settle();
    expect(words('announcer')).toBe('New message from Ana');
  });
});

describe('the composer', () => {
  it('sends on Enter, not on Shift+Enter, and never while an input method composes', async () => {
    ui.shell.open(true);
    await settle();
    await type('hello');
    expect((await press('Enter', { shiftKey: true })).defaultPrevented).toBe(false);
    await press('Enter', { isComposing: true });
    expect(all('message')).toEqual([]);
    expect((await press('Enter')).defaultPrevented).toBe(true);
    expect(all('message').map((bubble) => [bubble.dataset.role, bubble.dataset.state])).toEqual([['customer', 'queued']]);
    expect((one('composer') as HTMLTextAreaElement).value).toBe('');
  });

  it('counts near the limit, and keeps what is too long', async () => {
    ui.shell.open(true);
    await settle();
    await type('x'.repeat(3990));
    expect(root.textContent).toContain('10 characters left');
    await type('x'.repeat(4010));
    await press('Enter');
    expect(all('message')).toEqual([]);
    expect((one('composer') as HTMLTextAreaElement).value.length).toBe(4010);
    expect(one('send')!.getAttribute('aria-disabled')).toBe('true');
  });
});

describe('the conversation', () => {
  it('keeps the same bubble from queued to seen', async () => {
    await talking();
    const bubble = one('message')!;
    expect(bubble.dataset).toMatchObject({ state: 'sent', messageId: 'msg_1' });
    for (const [n, stage] of (['delivered', 'seen'] as const).entries()) {
      world.socket().event({ seq: 2 + n, at, kind: 'receipt', message_id: 'msg_1', stage });
      await settle();
      expect(one('message')).toBe(bubble);
      expect(bubble.dataset.state).toBe(stage);
    }
  });

  it('is a log that is only added to', async () => {
    await talking();
    const added: number[] = [];
    const observer = new MutationObserver((changes) => added.push(...changes.map((change) => change.addedNodes.length)));
    observer.observe(one('log')!.querySelector('ol')!, { childList: true });
    for (let seq = 2; seq < 5; seq++) world.socket().event(messageEvent(seq, `m${seq}`));
    await settle();
    world.socket().end(1006);
    ui.client.wake();
    world.socket().welcome(4);
    await settle();
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(one('log')!.getAttribute('role')).toBe('log');
    observer.disconnect();
  });

  it('draws rich text as elements, and hostile text as text', async () => {
    await talking();
    const rich = [
      { t: 'b', c: [{ t: 'text', v: '$100' }] },
      { t: 'link', href: 'javascript:alert(1)', c: [{ t: 'text', v: 'bad' }] },
      { t: 'link', href: 'https://shop.example/a', c: [{ t: 'text', v: 'good' }] },
    ];
    world.socket().event(messageEvent(2, 'x', { rich }));
    world.socket().event(messageEvent(3, '<img src=x onerror=alert(1)> https://a.example'));
    await settle();
    const [, first, second] = all('message');
    expect(first!.querySelector('strong')!.textContent).toBe('$100');
    const links = [...first!.querySelectorAll('a')];
    expect(links.map((link) => [link.href, link.rel])).toEqual([['https://shop.example/a', 'noopener noreferrer nofollow']]);
    expect(first!.textContent).toContain('bad');
    expect(second!.querySelector('.bubble img')).toBeNull();
    expect(second!.querySelector('a')!.href).toBe('https://a.example/');
  });

  it('says so when a message was edited or removed', async () => {
    await talking();
    world.socket().event(messageEvent(2, '$90'));
    world.socket().event({ seq: 3, at, kind: 'message_edited', message_id: 'msg_2', text: '$100' });
    await settle();
    expect(all('message')[1]!.textContent).toMatch(/\$100.*edited/);
    world.socket().event({ seq: 4, at, kind: 'message_deleted', message_id: 'msg_2' });
    await settle();
    expect(all('message')[1]!.textContent).toContain(english.deleted);
  });
});

describe('the road to a human', () => {
  it('asks who it is, can be skipped, and leaves focus in the composer', async () => {
    await talking();
    await click(one('human'));
    expect(document.activeElement!.id).toBe('db-human-form-name');
    await click(one('human-skip'));
    expect(one('human-form')).toBeUndefined();
    expect(document.activeElement).toBe(one('composer'));
    expect(world.socket().requests('handoff')).toMatchObject([{ type: 'handoff' }]);
    expect(words('status')).toContain(english.asking);
    expect(one('human')).toBeUndefined();
  });

  it('does not take a broken address, and says why', async () => {
    await talking();
    await click(one('human'));
    const email = root.querySelector<HTMLInputElement>('#db-human-form-email')!;
    email.value = 'john@';
    await click(one('human-submit'));
    expect(root.querySelector('[role=alert]')!.textContent).toBe(english.emailWrong);
    expect(document.activeElement).toBe(email);
    expect(email.value).toBe('john@');
    email.value = 'john@email.com';
    await click(one('human-submit'));
    expect(world.socket().requests('handoff')).toMatchObject([{ customer: { email: 'john@email.com' } }]);
  });

  it('asks nothing that is known', async () => {
    ui.client.updateCustomer({ name: 'John', email: 'john@email.com' });
    await talking();
    await click(one('human'));
    expect(one('human-form')).toBeUndefined();
    expect(world.socket().requests('handoff').length).toBe(1);
  });

  it('is offered under the bot’s last message, and shown as it goes on', async () => {
    await talking();
    world.socket().event({ ...messageEvent(2, 'Shall I?', { author: { role: 'bot' } }), offers: ['human'] });
    await settle();
    expect(one('offer-human')).toBeDefined();
    world.socket().event({ seq: 3, at: new Date().toISOString(), kind: 'session', session: sessionIn('waiting', { queue: { position: 2, estimated_wait_s: 150 } }) });
    await settle();
    expect(one('offer-human')).toBeUndefined();
    expect(words('status')).toContain('You are number 2 in line. About 3 minutes.');
    world.socket().event({ seq: 4, at, kind: 'session', session: sessionIn('open', { agent: { name: 'Ana Duarte' } }) });
    await settle();
    expect(words('agent')).toContain('Ana Duarte');
    expect(words('line')).toContain('You asked for a person');
    expect(one('waiting')).toBeUndefined();
    world.socket().event({ seq: 5, at, kind: 'session', session: sessionIn('closed') });
    await settle();
    const stars = one('rating')!.querySelectorAll('button');
    await click(stars[3]);
    expect(world.socket().requests('rating')).toMatchObject([{ score: 4 }]);
    expect(one('rating')!.textContent).toContain(english.ratingThanks);
    const comment = one('comment') as HTMLInputElement;
    comment.value = 'quick and kind';
    comment.form!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    world.socket().ok(world.socket().requests('rating')[0]!);
    await settle();
    expect(world.socket().requests('rating').at(-1)).toMatchObject({ score: 4, comment: 'quick and kind' });
  });

  it('while waiting, an answer by email can be had from the start', async () => {
    await talking();
    world.socket().event({ seq: 2, at: new Date().toISOString(), kind: 'session', session: sessionIn('waiting') });
    await settle();
    await click(one('leave-email'));
    root.querySelector<HTMLInputElement>('input[name=email]')!.value = 'john@email.com';
    await click(one('email-submit'));
    expect(world.socket().requests('customer')).toMatchObject([{ email: 'john@email.com' }]);
    expect(one('waiting')!.textContent).toContain('john@email.com');
    expect(document.activeElement).toBe(one('composer'));
  });
});

it('when nobody is there it says so, and a call or a mail will do', async () => {
  await talking();
  const session = sessionIn('waiting', { offer: { reason: 'closed', ways: ['email', 'callback'] } });
  world.socket().event({ seq: 2, at: new Date().toISOString(), kind: 'session', session });
  await settle();
  expect(words('status')).toContain(english.away);
  await click(one('leave-email'));
  root.querySelector<HTMLInputElement>('input[name=phone]')!.value = '+351 1';
  await click(one('email-submit'));
  expect(world.socket().requests('customer')).toMatchObject([{ phone: '+351 1' }]);
});

it('a blocked customer is told so, and nothing is kept waiting', async () => {
  await talking();
  for (const text of ['one', 'two']) {
    await type(text);
    await press('Enter');
  }
  world.socket().refuse(world.socket().requests('message').at(-1)!, { code: 'customer_blocked' });
  await settle();
  const states = all('message').slice(1).map((message) => message.dataset.state);
  expect(states).toEqual(['failed', 'failed']);
  expect(all('message').at(-1)!.textContent).toContain(english.code_customer_blocked);
  expect(all('message').at(-1)!.querySelectorAll('.actions button').length).toBe(1);
});

describe('what the site wants to know first', () => {
  const fields = [{ name: 'email', label: 'Email', required: true }, { name: 'attributes.order', label: 'Order', required: false }];

  it('stands where the composer will, is asked once, and travels with the session', async () => {
    ui.client.configure({ pre_chat: { when: 'start', fields } });
    ui.shell.open(true);
    await settle();
    expect([one('composer'), one('human')]).toEqual([undefined, undefined]);
    await click(one('prechat-submit'));
    expect(root.querySelector('[role=alert]')!.textContent).toBe(english.fieldMissing);
    root.querySelector<HTMLInputElement>('input[name=email]')!.value = 'j@x.com';
    root.querySelector<HTMLInputElement>('[name="attributes.order"]')!.value = '4711';
    await click(one('prechat-submit'));
    expect(document.activeElement).toBe(one('composer'));
    world.answers = [sessionAnswer()];
    await type('hello');
    await press('Enter');
    expect(world.calls[0]!.body.customer).toEqual({ email: 'j@x.com', attributes: { order: '4711' } });
  });

  it('is asked when the server says that something is missing', async () => {
    ui.shell.open(true);
    ui.client.configure({ pre_chat: { when: 'start', fields: [{ name: 'name', label: 'Name', required: false }] } });
    await settle();
    await click(one('prechat-skip'));
    world.answers = [() => jsonAnswer(400, { code: 'pre_chat_incomplete' })];
    await type('hello');
    await press('Enter');
    expect(one('prechat-form')).toBeDefined();
    expect(one('message')!.dataset.state).toBe('failed');
  });
});

describe('files', () => {
  const file = (name: string, type: string, bytes = 3) => new File(['x'.repeat(bytes)], name, { type });
  const rules = { enabled: true, bytes_max: 10, per_message_max: 2, types: ['image/*'] };

  it('travel when picked, and go with the message', async () => {
    ui.client.configure({ files: rules });
    await talking();
    ui.client.attach([file('a.png', 'image/png')]);
    await settle();
    expect(all('upload').map((upload) => upload.dataset.state)).toEqual(['done']);
    await type('look');
    await press('Enter');
    expect(world.socket().requests('message').at(-1)).toMatchObject({ text: 'look', attachments: ['file_1'] });
    expect(all('upload')).toEqual([]);
    expect(all('message').at(-1)!.textContent).toContain('look');
  });

  it('that do not fit say why, and can be taken out', async () => {
    ui.client.configure({ files: rules });
    await talking();
    expect(ui.client.attach([file('a.exe', 'application/x-dosexec'), file('b.png', 'image/png', 11), file('c.png', 'image/png')])).toBe(2);
    await settle();
    expect(all('upload').map((upload) => upload.textContent)).toEqual([
      expect.stringContaining('kind of file'), expect.stringContaining('Too large'),
    ]);
    expect(world.uploads).toEqual([]);
    await click(all('upload-cancel')[0]);
    expect(all('upload').length).toBe(1);
    expect(document.activeElement).toBe(one('composer'));
  });

  it('that failed on the way are tried again by hand', async () => {
    ui.client.configure({ files: rules });
    await talking();
    world.fileAnswers = [{ status: 422, body: {}, reply: { ok: false, code: 'files_quota_exceeded', retry: false } }];
    ui.client.attach([file('a.png', 'image/png')]);
    await settle();
    expect(one('upload')!.dataset.state).toBe('failed');
    await click(one('upload-retry'));
    expect(one('upload')!.dataset.state).toBe('done');
  });
});

it('what was said can be changed and withdrawn where the site allows it', async () => {
  ui.client.configure({ features: { edit: true } });
  await talking();
  await click(one('change'));
  await click(one('edit-message'));
  expect((one('composer') as HTMLTextAreaElement).value).toBe('hello');
  await type('hello there');
  await press('Enter');
  expect(world.socket().requests('edit')).toMatchObject([{ message_id: 'msg_1', text: 'hello there' }]);
  // It shows at once, stays so while the answer and the event are on their way, and is said to be changed.
  const shown = () => [all('message')[0]!.querySelector('.bubble')!.textContent, /edited/.test(all('message')[0]!.textContent!)];
  expect(shown()).toEqual(['hello there', true]);
  world.socket().ok(world.socket().requests('edit')[0]!);
  await settle();
  expect(shown()).toEqual(['hello there', true]);
  world.socket().event({ seq: 2, at, kind: 'message_edited', message_id: 'msg_1', text: 'hello there' });
  await click(one('change'));
  await click(one('delete-message'));
  expect(shown()).toEqual([english.deleted, false]);
  expect(document.activeElement).toBe(one('composer'));
  expect(world.socket().requests('delete')).toMatchObject([{ message_id: 'msg_1' }]);
  world.socket().refuse(world.socket().requests('delete')[0]!, { code: 'edit_too_late' });
  await settle();
  expect(words('status')).toBe(english.code_edit_too_late);
  expect(shown()).toEqual(['hello there', true]); // refused: as it was
});

it('a long conversation is not drawn again for one more message, and all of it is for another language', async () => {
  await talking();
  for (let seq = 2; seq < 102; seq += 1) world.socket().event(messageEvent(seq, `number ${seq}`, { attachments: [] }));
  await settle();
  expect(all('message').length).toBe(101);
  const say = vi.spyOn(ui.texts, 'say');
  world.socket().event(messageEvent(102, 'one more', { attachments: [] }));
  await settle();
  expect(all('message').length).toBe(102);
  expect(say.mock.calls.length).toBeLessThan(60); // a row says several words
  ui.texts = new Texts('de', {}, undefined, { sent: 'Gesendet', you: 'Sie' });
  ui.shell.change({});
  await settle();
  expect(all('message')[0]!.textContent).toContain('Gesendet');
});

it('a refused message can be deleted or tried again', async () => {
  await talking();
  await type('no');
  await press('Enter');
  world.socket().refuse(world.socket().requests('message').at(-1)!, { code: 'message_too_long' });
  await settle();
  const failed = all('message').at(-1)!;
  expect(failed.dataset.state).toBe('failed');
  expect(failed.textContent).toContain('The message is too long.');
  await click(failed.querySelectorAll<HTMLElement>('.actions button')[1]);
  expect(all('message').length).toBe(1);
});

it('names are shortened to what fits into a circle', () => {
  expect(['Ana Duarte', 'ana', ' Jean  Luc Picard ', '', '李 小龙', '👩‍🚀'].map(initials).slice(0, 5)).toEqual(['AD', 'A', 'JP', '?', '李小']);
});

it('time stands still for nobody: no timer is left when the widget goes', async () => {
  vi.useFakeTimers();
  ui.client.send('x');
  await vi.advanceTimersByTimeAsync(0);
  render(null, root);
  ui.client.destroy();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
