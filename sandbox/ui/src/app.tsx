// The page as a whole: hears the state, knows who is posting, and hands both to the views.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { act, fetch_emoji, follow, type Live } from './api.ts';
import { DialogHost } from './dialog.tsx';
import { Layout } from './layout.tsx';
import { hash_of } from './route.ts';
import { link_to_stage, type StageLink } from './stage_link.ts';
import type { State, User } from './types.ts';
import { people_of, WorkspaceContext, type Workspace } from './workspace.ts';

const toast_ms = 5000;

function use_state_of_sandbox() {
  const [state, set_state] = useState<State | null>(null);
  const [connected, set_connected] = useState(true);
  const live = useRef<Live | null>(null);
  useEffect(() => {
    live.current = follow(set_state, set_connected);
    return () => live.current?.stop();
  }, []);
  const refresh = useCallback(() => live.current?.refresh(), []);
  return { state, connected, refresh };
}

// Who is posting: `?as=ben`, else who it was in this tab, else the first person.
function use_me(people: User[]): [User | undefined, (user: User) => void] {
  const [name, set_name] = useState(() => {
    const asked = new URLSearchParams(location.search).get('as');
    try {
      return asked ?? sessionStorage.getItem('sandbox.as') ?? '';
    } catch {
      return asked ?? '';
    }
  });
  const become = useCallback((user: User) => {
    set_name(user.name);
    const url = new URL(location.href);
    if (url.searchParams.has('as')) {
      url.searchParams.set('as', user.name); // so that a reload keeps the choice
      history.replaceState(null, '', url);
    }
    try {
      sessionStorage.setItem('sandbox.as', user.name);
    } catch {
      return;
    }
  }, []);
  return [people.find((user) => user.name === name.toLowerCase()) ?? people[0], become];
}

function use_toast() {
  const [toast, set_toast] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const tell = useCallback((text: string) => {
    clearTimeout(timer.current);
    set_toast(text);
    timer.current = setTimeout(() => set_toast(''), toast_ms);
  }, []);
  return { toast, tell };
}

// An app that does not answer what this person did is told of once.
function use_failures(state: State | null, me: User | undefined, tell: (text: string) => void) {
  const told = useRef<Set<number> | null>(null);
  useEffect(() => {
    const failed = (state?.interactions ?? []).filter((known) => known.state === 'failed');
    const news = told.current ? failed.filter((known) => known.user === me?.id && !told.current?.has(known.delivery)) : [];
    if (state) told.current = new Set(failed.map((known) => known.delivery));
    // Submissions say it in their modal, commands in the channel.
    const words = news.find((known) => known.kind === 'action' || known.kind === 'shortcut')?.detail;
    if (words) tell(words);
  }, [state]);
}

// In the demo, the page around this one sees what happens here.
function use_stage(state: State | null) {
  const link = useRef<StageLink | null>(null);
  useEffect(() => {
    link.current = link_to_stage();
    return () => link.current?.end();
  }, []);
  useEffect(() => {
    if (state) link.current?.tell(state);
  }, [state]);
}

const no_emoji: Record<string, string> = {};

export function App() {
  const { state, connected, refresh } = use_state_of_sandbox();
  const [emoji, set_emoji] = useState(no_emoji);
  const { toast, tell } = use_toast();
  const [me, become] = use_me(state ? people_of(state) : []);

  use_failures(state, me, tell);
  use_stage(state);

  useEffect(() => {
    fetch_emoji().then(set_emoji, () => set_emoji(no_emoji));
  }, []);

  const workspace = useMemo<Workspace | null>(
    () =>
      state && me
        ? {
            state,
            me,
            emoji,
            tell,
            act: async (action, body) => {
              const outcome = await act(action, body);
              refresh();
              return outcome;
            },
            open_thread: (channel, ts) => {
              location.hash = hash_of(channel, ts);
            },
          }
        : null,
    [state, me, emoji, tell, refresh],
  );

  return (
    <>
      {workspace
        ? (
          <WorkspaceContext.Provider value={workspace}>
            <DialogHost><Layout become={become} /></DialogHost>
          </WorkspaceContext.Provider>
        )
        : <main class="loading"><h1>Sandbox workspace</h1><p>{connected ? 'Opening…' : 'The sandbox does not answer. Trying again…'}</p></main>}
      <div class="notes" role="status">
        {!connected && workspace && <p class="note warn">Connection lost. Trying again…</p>}
        {toast && <p class="note" data-testid="toast">{toast}</p>}
      </div>
    </>
  );
}
