// The page as a whole: hears the state, keeps the route, and lays out sidebar, channel, thread and drawer.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { act, fetch_emoji, follow, type Live } from './api.ts';
import { ChannelView, ThreadPane } from './channel_view.tsx';
import { DialogHost } from './dialog.tsx';
import { Drawer } from './drawer.tsx';
import { load_marks, marked, save_marks, unread_in_threads, unread_messages } from './read_marks.ts';
import { find_channel, find_root, hash_of, parse_hash } from './route.ts';
import { Sidebar } from './sidebar.tsx';
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

function use_route() {
  const [route, set_route] = useState(() => parse_hash(location.hash));
  useEffect(() => {
    const on_change = () => set_route(parse_hash(location.hash));
    addEventListener('hashchange', on_change);
    return () => removeEventListener('hashchange', on_change);
  }, []);
  return route;
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

const no_emoji: Record<string, string> = {};

export function App() {
  const { state, connected, refresh } = use_state_of_sandbox();
  const [emoji, set_emoji] = useState(no_emoji);
  const { toast, tell } = use_toast();
  const [me, become] = use_me(state ? people_of(state) : []);

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
            <DialogHost><Layout become={become} workspace={workspace} /></DialogHost>
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

function Layout({ workspace, become }: { workspace: Workspace; become(user: User): void }) {
  const { state, me } = workspace;
  const route = use_route();
  const [sidebar_open, set_sidebar_open] = useState(false);
  const [drawer_open, set_drawer_open] = useState(false);
  const [marks, set_marks] = useState(load_marks);
  const [visible, set_visible] = useState(() => document.visibilityState === 'visible');
  const opened_by_hand = useRef(false);

  const channel = find_channel(state.channels, route.channel) ?? state.channels[0];
  const root = channel && find_root(channel, route.ts);

  useEffect(() => {
    const on_change = () => set_visible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', on_change);
    return () => document.removeEventListener('visibilitychange', on_change);
  }, []);

  useEffect(() => {
    if (!channel || !visible) return;
    set_marks((before) => {
      const after = marked(before, me, channel, root);
      if (after !== before) save_marks(after);
      return after;
    });
  }, [channel, root, me, visible]);

  const unread = state.channels.reduce(
    (sum, each) => sum + unread_messages(marks, me, each) + unread_in_threads(marks, me, each), 0);
  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ''}#${channel?.name ?? ''} · Sandbox workspace`;
  }, [unread, channel?.name]);

  const close_thread = () => {
    const opener = document.querySelector<HTMLElement>(`.channel [data-testid=open-thread][data-ts="${root?.ts}"]`);
    if (channel) location.hash = hash_of(channel.name);
    (opener ?? document.querySelector<HTMLElement>('[data-testid=channel-composer]'))?.focus({ preventScroll: true });
  };

  // Esc closes what is on top: the channel list, the drawer, the thread.
  useEffect(() => {
    const on_key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      if (sidebar_open) set_sidebar_open(false);
      else if (drawer_open) close_drawer();
      else if (root) close_thread();
    };
    addEventListener('keydown', on_key);
    return () => removeEventListener('keydown', on_key);
  });
  useEffect(() => {
    opened_by_hand.current = true; // the thread of a deep link does not take the focus, one that was clicked does
  }, []);

  const close_drawer = () => {
    set_drawer_open(false);
    document.querySelector<HTMLElement>('[data-testid=break-things]')?.focus();
  };

  if (!channel) return <main class="loading"><h1>Sandbox workspace</h1><p>This workspace has no channels.</p></main>;
  const classes = ['layout', root && 'with-thread', drawer_open && 'with-drawer'].filter(Boolean).join(' ');
  return (
    <div class={classes}>
      <Sidebar
        current={channel}
        marks={marks}
        open={sidebar_open}
        close={() => set_sidebar_open(false)}
        become={become}
        drawer_open={drawer_open}
        toggle_drawer={() => {
          set_sidebar_open(false);
          set_drawer_open(!drawer_open);
        }}
      />
      {sidebar_open && <div class="scrim" onClick={() => set_sidebar_open(false)} />}
      <main class="panes">
        <h1 class="visually-hidden">Sandbox workspace, #{channel.name}</h1>
        <ChannelView
          key={channel.id}
          channel={channel}
          marks={marks}
          highlight={root ? root.ts : route.ts}
          open_sidebar={() => set_sidebar_open(true)}
        />
        {root && (
          <ThreadPane
            key={`${channel.id}/${root.ts}`}
            channel={channel}
            root={root}
            highlight={route.ts}
            autofocus={opened_by_hand.current}
            close={close_thread}
          />
        )}
        {route.ts && !root && (
          <section class="thread missing" aria-label="Thread">
            <p>That message is not in #{channel.name} any more.</p>
            <p><button type="button" class="button" onClick={close_thread}>Close</button></p>
          </section>
        )}
      </main>
      {drawer_open && <Drawer channel={channel} root={root} close={close_drawer} />}
    </div>
  );
}
