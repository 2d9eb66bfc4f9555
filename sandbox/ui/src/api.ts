// Talks to the sandbox: fetches its state, hears when it changed, and asks it to do things.

import type { State } from './types.ts';

export interface Refusal {
  error: string;
  detail: string;
}

export type Outcome = { ok: true; body: Record<string, unknown> } | ({ ok: false } & Refusal);

const unreachable: Refusal = { error: 'unreachable', detail: 'The sandbox did not answer. Is it still running?' };

export async function act(action: string, body: Record<string, unknown>): Promise<Outcome> {
  try {
    const answer = await fetch(`/sandbox/api/${action}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const said = (await answer.json()) as Record<string, unknown>;
    if (said['ok'] === true) return { ok: true, body: said };
    return { ok: false, error: String(said['error'] ?? answer.status), detail: String(said['detail'] ?? '') };
  } catch {
    return { ok: false, ...unreachable };
  }
}

export async function fetch_state(): Promise<State> {
  const answer = await fetch('/sandbox/api/state', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`state: HTTP ${answer.status}`);
  return (await answer.json()) as State;
}

export async function fetch_emoji(): Promise<Record<string, string>> {
  const answer = await fetch('/sandbox/api/emoji');
  return ((await answer.json()) as { emoji: Record<string, string> }).emoji;
}

export interface Live {
  refresh(): void;
  stop(): void;
}

const reconnect_delay_ms = 1500;

// Keeps `on_state` up to date until stopped. One fetch is under way at a time; a change heard meanwhile makes one more.
export function follow(on_state: (state: State) => void, on_connected: (connected: boolean) => void): Live {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let fetching = false;
  let again = false;
  let stopped = false;

  const later = () => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(connect, reconnect_delay_ms);
  };

  async function refresh() {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    try {
      const state = await fetch_state();
      if (!stopped) {
        on_state(state);
        on_connected(true);
      }
    } catch {
      on_connected(false);
      source?.close();
      later();
    } finally {
      fetching = false;
      if (again && !stopped) {
        again = false;
        void refresh();
      }
    }
  }

  function connect() {
    source?.close();
    source = new EventSource('/sandbox/api/stream');
    source.onmessage = () => void refresh();
    source.onerror = () => {
      on_connected(false);
      source?.close();
      later();
    };
  }

  connect();
  void refresh();
  return {
    refresh: () => void refresh(),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      source?.close();
    },
  };
}
