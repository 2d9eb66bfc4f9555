// Inside the demo's stage this page is shown in a frame, and the page around it may act here: show a thread, type, press.
// Only the page of the app itself may, told by where the app receives interactions; to everybody else this page is silent.

import { wear_scheme } from '../../../demo/shared/scheme.ts';
import type { FromDesk, FromStage } from '../../../demo/shared/stage_words.ts';
import { act, type Outcome } from './api.ts';
import { hash_of } from './route.ts';
import type { State } from './types.ts';

// One machine has two names; which of them stands in the address bar is chance.
const one_name = (url: string): string => {
  try {
    return new URL(url).origin.replace('//localhost', '//127.0.0.1');
  } catch {
    return '';
  }
};

export function is_own_app(origin: string, state: State | null): boolean {
  const app = one_name(state?.events.interactivity_url ?? '');
  return app !== '' && one_name(origin) === app;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const done: Outcome = { ok: true, body: {} };

// As by hand: the page's own composer does the rest.
async function type(text: string, character_ms: number): Promise<Outcome> {
  const box = document.querySelector<HTMLTextAreaElement>('[data-testid=thread-composer]');
  if (!box) return { ok: false, error: 'no_thread', detail: 'No thread is open.' };
  for (let length = character_ms > 0 ? 1 : text.length; length <= text.length; length += 1) {
    box.value = text.slice(0, length);
    box.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await pause(character_ms);
  }
  box.form?.requestSubmit();
  return done;
}

async function carry_out(order: FromStage): Promise<Outcome> {
  switch (order.do) {
    case 'act':
      return act(order.action, order.body);
    case 'show':
      location.hash = hash_of(order.channel, order.ts);
      return done;
    case 'type':
      return type(order.text, order.character_ms);
    case 'wear':
      wear_scheme(document, order.scheme);
      return done;
    case 'focus':
      document.querySelector<HTMLElement>('[data-testid=thread-composer], [data-testid=channel-composer]')?.focus();
      return done;
  }
}

export interface StageLink {
  tell(state: State): void;
  end(): void;
}

/** null when this page is not shown in a frame. */
export function link_to_stage(): StageLink | null {
  if (window.parent === window) return null;
  let state: State | null = null;
  let stage = ''; // the origin of the page around this one, once it has proved to be the app's

  const say = (news: FromDesk) => {
    if (stage) window.parent.postMessage(news, stage);
  };
  const tell_all = () => {
    if (state) say({ deskbell: 'desk', news: 'state', state: { channels: state.channels, calls: state.calls } });
  };
  const hear = async ({ source, origin, data }: MessageEvent<FromStage | null>) => {
    if (source !== window.parent || data?.deskbell !== 'stage' || !is_own_app(origin, state)) return;
    if (!stage) {
      stage = origin;
      tell_all();
    }
    const outcome = await carry_out(data);
    const detail = outcome.ok ? '' : outcome.detail || outcome.error;
    say({ deskbell: 'desk', news: 'answer', call: data.call, ok: outcome.ok, detail, body: outcome.ok ? outcome.body : {} });
  };
  const on_key = (event: KeyboardEvent) => {
    if (event.key !== 'F6' || !stage) return;
    event.preventDefault();
    say({ deskbell: 'desk', news: 'other_pane' });
  };
  addEventListener('message', hear);
  addEventListener('keydown', on_key);
  return {
    tell(now) {
      state = now;
      tell_all();
    },
    end() {
      removeEventListener('message', hear);
      removeEventListener('keydown', on_key);
    },
  };
}
