// The sample shop's own behaviour. The chat is the widget's: this page reaches it only by the public `Deskbell(…)`.

interface Queue {
  (...call: unknown[]): unknown;
  q?: unknown[];
}

const page = window as unknown as { Deskbell?: Queue };

const by_id = <Kind extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as Kind | null;

// Calls made before the widget has loaded wait in its queue.
function waiting_queue(): Queue {
  const queue: Queue = (...call) => (queue.q ??= []).push(call);
  return queue;
}

function deskbell(command: string, ...values: unknown[]) {
  page.Deskbell ??= waiting_queue();
  page.Deskbell(command, ...values);
}

function offer_questions() {
  for (const button of document.querySelectorAll<HTMLElement>('[data-ask]')) {
    button.addEventListener('click', () => {
      by_id<HTMLDialogElement>('order')?.close();
      deskbell('open');
      if (button.dataset['ask']) deskbell('prefill', button.dataset['ask']);
    });
  }
  by_id('guide-ask')?.addEventListener('click', () => deskbell('open'));
}

function offer_orders() {
  const dialog = by_id<HTMLDialogElement>('order');
  for (const button of document.querySelectorAll('[data-order]')) {
    button.addEventListener('click', () => dialog?.showModal());
  }
  by_id('order-close')?.addEventListener('click', () => dialog?.close());
}

function run_calculator() {
  const count = by_id<HTMLInputElement>('count');
  const dollars = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: 'USD',
    trailingZeroDisplay: 'stripIfInteger',
  } as Intl.NumberFormatOptions);
  const show = () => {
    const photos = Number(count?.value ?? 0);
    const cents_each = photos > 1000 ? 40 : 50;
    const total = (photos * cents_each) / 100;
    const kit = total > 50 ? 'kit and shipping included' : 'shipping included, kit $9';
    by_id('count-out')!.textContent = `${photos.toLocaleString('en-US')} photos`;
    by_id('total')!.textContent = dollars.format(total);
    by_id('sum-note')!.textContent = `${photos.toLocaleString('en-US')} × $0.${cents_each}, ${kit}`;
    count?.setAttribute('aria-valuetext', `${photos} photos, ${dollars.format(total)}`);
  };
  count?.addEventListener('input', show);
  by_id('calculator')?.addEventListener('submit', (event) => event.preventDefault());
  show();
}

function run_compare() {
  const range = by_id<HTMLInputElement>('compare-range');
  const show = () => {
    by_id('compare')?.style.setProperty('--before', `${range?.value ?? 50}%`);
    range?.setAttribute('aria-valuetext', `${range?.value} percent before`);
  };
  range?.addEventListener('input', show);
  show();
}

// The strip on top: what to do, as whom, and where the other side of the conversation is.
function guide_the_newcomer() {
  const hidden_key = 'shoebox.guide.hidden';
  const guide = by_id('guide');
  const again = by_id('guide-again');
  const show = (visible: boolean) => {
    if (guide) guide.hidden = !visible;
    if (again) again.hidden = visible;
    remember(hidden_key, visible ? '' : '1');
  };
  show(recall(hidden_key) !== '1');
  by_id('guide-close')?.addEventListener('click', () => {
    show(false);
    by_id('main')?.focus({ preventScroll: true });
  });
  again?.addEventListener('click', () => {
    show(true);
    by_id('guide-ask')?.focus();
    window.scrollTo({ top: 0 });
  });

  const current = document.documentElement.dataset['customer'];
  const who = by_id('guide-who');
  if (current && who) who.textContent = 'You are';
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.guide [data-customer]')) {
    const key = link.dataset['customer'];
    if (key === current) link.setAttribute('aria-current', 'true');
    link.addEventListener('click', (event) => {
      if (key !== current && (event.ctrlKey || event.metaKey || event.shiftKey)) return; // a tab of its own is as good
      event.preventDefault();
      if (key === current) return;
      // A browser that blocks the window still gets the customer, in this one.
      if (!window.open(link.href, `shoebox-${key}`, 'width=1100,height=800')) location.assign(link.href);
    });
  }
}

async function link_the_sandbox() {
  const step = by_id('guide-answer');
  try {
    const answer = await fetch('/demo/config.json');
    if (!answer.ok || !step) return;
    const { sandbox_url } = (await answer.json()) as { sandbox_url?: string };
    const url = new URL(sandbox_url ?? '', location.href);
    if (!sandbox_url || !/^https?:$/.test(url.protocol)) return;
    const link = document.createElement('a');
    link.href = url.href;
    link.target = 'deskbell-sandbox';
    link.textContent = 'Answer in #vip-sales →';
    step.replaceChildren(link);
  } catch {
    // Without the sandbox the step stays plain text.
  }
}

// Storage may be forbidden; the strip then simply comes back.
function remember(key: string, value: string) {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    return;
  }
}

function recall(key: string) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

offer_questions();
offer_orders();
run_calculator();
run_compare();
guide_the_newcomer();
void link_the_sandbox();
