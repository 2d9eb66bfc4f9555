// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { install } from './install.ts';
import { baseOf, optionsOfScript } from './options.ts';

const settle = () => new Promise((resolve) => setTimeout(resolve, 40));
const load = () => import('./chat.ts');
await load(); // once, so that the tests do not wait for it
const element = () => document.querySelector<HTMLElement>('deskbell-chat');
const inside = (id: string) => element()?.shadowRoot?.querySelector<HTMLElement>(`[data-testid=${id}]`) ?? null;
const call = (verb: string, ...args: unknown[]) => window.Deskbell!(verb, ...args);

function script(data: Record<string, string> = {}): HTMLScriptElement {
  const tag = document.createElement('script');
  Object.assign(tag.dataset, { server: 'https://chat.example/', autoStart: 'false', ...data });
  return tag;
}

beforeEach(() => {
  delete window.Deskbell;
  localStorage.clear();
  sessionStorage.clear();
  vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('network'))));
});

afterEach(() => {
  window.Deskbell?.('destroy');
});

describe('the script tag', () => {
  it('says where the server is, by its own address or by data-server', () => {
    expect(baseOf('https://host/widget.js')).toBe('https://host');
    expect(baseOf('https://host:8443/chat/widget.js?v=1')).toBe('https://host:8443/chat');
    expect(optionsOfScript(script()).server).toBe('https://chat.example');
    expect(optionsOfScript(script({ site: 'shop', persist: 'false', suggestions: 'a | b|' }))).toMatchObject({
      site: 'shop', persist: false, suggestions: ['a', 'b'],
    });
  });

  it('starts nothing by itself when told not to', async () => {
    install(script(), load);
    await settle();
    expect(element()).toBeNull();
  });

  it('carries out what was queued before it came, in order', async () => {
    const heard: unknown[] = [];
    const queue: unknown[][] = [['on', 'open', () => heard.push('open')], ['open'], ['prefill', 'Hi']];
    window.Deskbell = Object.assign(() => undefined, { q: queue });
    install(script(), load);
    await settle();
    expect(heard).toEqual(['open']);
    expect(inside('composer')).toHaveProperty('value', 'Hi');
  });

  it('twice on a page is once', () => {
    vi.spyOn(console, 'info').mockImplementation(() => {});
    install(script(), load);
    const first = window.Deskbell;
    install(script(), load);
    expect(window.Deskbell).toBe(first);
  });
});

describe('commands', () => {
  beforeEach(() => install(script(), load));

  it('open, close, toggle, hide and show', async () => {
    call('open');
    await settle();
    expect([call('get', 'open'), inside('panel')!.hidden]).toEqual([true, false]);
    expect(inside('launcher')!.getAttribute('aria-expanded')).toBe('true');
    expect(inside('launcher')!.getAttribute('aria-controls')).toBe(inside('panel')!.id);
    call('toggle');
    await settle();
    expect([call('get', 'open'), inside('panel')!.hidden]).toEqual([false, true]);
    call('hide');
    await settle();
    expect(inside('launcher')!.hidden).toBe(true);
    call('show');
    await settle();
    expect(inside('launcher')!.hidden).toBe(false);
  });

  it('send shows the message and tells who listens', async () => {
    const heard: string[] = [];
    const off = call('on', 'link', (state: unknown) => heard.push(String(state))) as () => void;
    expect(call('send', 'hello')).toBe(true);
    call('open');
    await settle();
    expect(inside('message')!.dataset.state).toBe('queued');
    expect(localStorage.getItem('deskbell:default:outbox')).toContain('hello');
    off();
  });

  it('update is remembered, and an absent name erases nothing', () => {
    call('update', { name: 'John', email: 'j@x.com', cookie: 'no' });
    call('update', { name: '', phone: '1' });
    expect(call('get', 'customer')).toEqual({ name: 'John', email: 'j@x.com', phone: '1' });
  });

  it('talkToHuman asks who it is, or asks at once when told', async () => {
    call('talkToHuman');
    await settle();
    expect(inside('human-form')).not.toBeNull();
    call('talkToHuman', { name: 'John', email: 'j@x.com' });
    await settle();
    expect(inside('human-form')).toBeNull();
    expect(localStorage.getItem('deskbell:default:outbox')).toContain('handoff');
  });

  it('shutdown forgets the customer; destroy takes the element away', async () => {
    call('update', { name: 'John' });
    call('send', 'hello');
    await settle();
    call('shutdown');
    await settle();
    expect(localStorage.length).toBe(0);
    expect(call('get', 'customer')).toEqual({});
    call('destroy');
    expect(element()).toBeNull();
  });

  it('a listener that throws, or a command that does not exist, harms nobody', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    call('on', 'open', () => {
      throw new Error('theirs');
    });
    call('open');
    call('dance');
    await settle();
    expect(error).toHaveBeenCalledTimes(2);
    expect(call('get', 'open')).toBe(true);
  });

  it('the element comes back when the page swaps its body', async () => {
    call('open');
    const before = element();
    before!.remove();
    await settle();
    expect(element()).toBe(before);
  });

  it('boot again changes the options', async () => {
    call('boot', { title: 'Ask us', theme: 'dark', accent: '#ff0000' });
    call('open');
    await settle();
    expect(element()!.getAttribute('data-theme')).toBe('dark');
    expect(element()!.shadowRoot!.querySelector('h2')!.textContent).toBe('Ask us');
  });
});

it('before the customer speaks nothing is stored and nobody is asked, even with the panel open', async () => {
  install(script(), load);
  call('open');
  call('update', { name: 'John' });
  call('prefill', 'Hi');
  call('close');
  await settle();
  expect(localStorage.length + sessionStorage.length).toBe(0);
  // The site's own settings are asked for without a word about anybody.
  const asked = vi.mocked(fetch).mock.calls;
  expect(asked.map(([url]) => url)).toEqual(['https://chat.example/v1/config?site=default']);
  expect(asked[0]![1]).toMatchObject({ credentials: 'omit', headers: {} });
  expect(document.cookie).toBe('');
});

it('the chat is fetched when it is wanted and not before; when it cannot be, it is tried again', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const failing = vi.fn<typeof load>().mockRejectedValueOnce(new TypeError('network')).mockImplementation(load);
  install(script({ autoStart: 'true' }), failing);
  call('start');
  expect(failing).not.toHaveBeenCalled();
  inside('launcher')!.click();
  await settle();
  expect(inside('panel')).toBeNull();
  await vi.waitFor(() => expect(inside('panel')).not.toBeNull(), 3_000);
  expect(failing).toHaveBeenCalledTimes(2);
});

it('speaks the page’s language, and another when told', async () => {
  install(script(), load);
  call('locale', 'ar');
  call('open');
  await vi.waitFor(() => expect(inside('human')).not.toBeNull());
  expect([element()!.dir, element()!.lang, inside('human')!.textContent]).toEqual(['rtl', 'ar', 'التحدّث إلى شخص']);
  call('locale', 'de');
  await vi.waitFor(() => expect(inside('human')!.textContent).toBe('Mit einem Menschen sprechen'));
  expect(element()!.dir).toBe('ltr');
});

it('destroy leaves no listener and no timer', async () => {
  const live = new Set<string>();
  const watch = (target: EventTarget, name: string) => {
    const [add, remove] = [target.addEventListener.bind(target), target.removeEventListener.bind(target)];
    vi.spyOn(target, 'addEventListener').mockImplementation((type: string, hear: unknown, how?: unknown) => {
      live.add(`${name}:${type}`);
      (how as AddEventListenerOptions | undefined)?.signal?.addEventListener('abort', () => live.delete(`${name}:${type}`));
      add(type, hear as EventListener, how as AddEventListenerOptions);
    });
    vi.spyOn(target, 'removeEventListener').mockImplementation((type: string, hear: unknown) => {
      live.delete(`${name}:${type}`);
      remove(type, hear as EventListener);
    });
  };
  watch(window, 'window');
  watch(document, 'document');
  install(script(), load);
  call('open');
  await settle();
  call('talkToHuman', { name: 'John' });
  await settle();
  expect(live.size).toBeGreaterThan(5);
  const ended = vi.spyOn(globalThis, 'setTimeout');
  call('destroy');
  expect([...live]).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).not.toHaveBeenCalled();
  expect(element()).toBeNull();
});
