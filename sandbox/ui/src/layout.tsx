// Sidebar, channel, thread and drawer, by the address; what has been read; and where the keyboard is.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ChannelView, ThreadPane } from './channel_view.tsx';
import { Drawer } from './drawer.tsx';
import { focus_first, use_focus_kept_in_lists } from './focus.ts';
import { HomeView } from './home_view.tsx';
import { ModalHost } from './modal.tsx';
import { load_marks, marked, save_marks, unread_in_threads, unread_messages, type Marks } from './read_marks.ts';
import { find_channel, find_root, first_channel, hash_of, home_place, parse_hash } from './route.ts';
import { Sidebar } from './sidebar.tsx';
import type { Channel, Message, User } from './types.ts';
import { use_workspace } from './workspace.ts';

function use_route() {
  const [route, set_route] = useState(() => parse_hash(location.hash));
  useEffect(() => {
    const on_change = () => set_route(parse_hash(location.hash));
    addEventListener('hashchange', on_change);
    return () => removeEventListener('hashchange', on_change);
  }, []);
  return route;
}

// What is on the screen while the tab is looked at has been read.
function use_marks(channel: Channel | undefined, root: Message | undefined): Marks {
  const { state, me } = use_workspace();
  const [marks, set_marks] = useState(load_marks);
  const [visible, set_visible] = useState(() => document.visibilityState === 'visible');

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
    (sum, each) => sum + unread_messages(marks, me, each) + unread_in_threads(marks, me, each),
    0,
  );
  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ''}#${channel?.name ?? ''} · Sandbox workspace`;
  }, [unread, channel?.name]);
  return marks;
}

// Focuses one of the named elements as soon as a render has brought it.
function use_focus_after_render() {
  const wanted = useRef<string[]>([]);
  useEffect(() => {
    if (wanted.current.length && focus_first(...wanted.current)) wanted.current = [];
  });
  return useCallback((...selectors: string[]) => {
    wanted.current = selectors;
  }, []);
}

function use_escape(close_top: () => void) {
  useEffect(() => {
    const on_key = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open]')) close_top();
    };
    addEventListener('keydown', on_key);
    return () => removeEventListener('keydown', on_key);
  }, [close_top]);
}

function MissingThread({ channel, close }: { channel: Channel; close(): void }) {
  return (
    <section class="thread missing" aria-label="Thread">
      <p>That message is not in #{channel.name} any more.</p>
      <p><button type="button" class="button" onClick={close}>Close</button></p>
    </section>
  );
}

export function Layout({ become }: { become(user: User): void }) {
  const { state } = use_workspace();
  const route = use_route();
  const [sidebar_open, set_sidebar_open] = useState(false);
  const [drawer_open, set_drawer_open] = useState(false);
  const focus_later = use_focus_after_render();
  const opened_by_hand = useRef(false); // a deep link does not move the focus, a click on a thread does
  useEffect(() => {
    opened_by_hand.current = true;
  }, []);

  const channel = find_channel(state.channels, route.channel) ?? first_channel(state.channels);
  const root = channel && find_root(channel, route.ts);
  const marks = use_marks(channel, root);
  use_focus_kept_in_lists(state);

  const close_thread = () => {
    if (channel) location.hash = hash_of(channel.name);
    focus_later(`.channel [data-testid=open-thread][data-ts="${root?.ts}"]`, '[data-testid=channel-composer]');
  };
  const show_sidebar = (open: boolean) => {
    if (open === sidebar_open) return;
    set_sidebar_open(open);
    focus_later(open ? '.sidebar [aria-label="Close channels"]' : '[data-testid=menu]');
  };
  const show_drawer = (open: boolean) => {
    set_sidebar_open(false);
    set_drawer_open(open);
    if (!open) focus_later('[data-testid=break-things]', '[data-testid=menu]', '.thread [aria-label^=Back]');
  };
  use_escape(() => {
    if (sidebar_open) show_sidebar(false);
    else if (drawer_open) show_drawer(false);
    else if (route.ts) close_thread();
  });

  const at_home = route.channel === home_place;
  if (!channel) return <main class="loading"><h1>Sandbox workspace</h1><p>This workspace has no channels.</p></main>;
  return (
    <div class={root ? 'layout with-thread' : 'layout'}>
      <Sidebar
        current={at_home ? undefined : channel}
        marks={marks}
        open={sidebar_open}
        close={() => show_sidebar(false)}
        become={become}
        drawer_open={drawer_open}
        toggle_drawer={() => show_drawer(!drawer_open)}
      />
      {sidebar_open && <div class="scrim" onClick={() => show_sidebar(false)} />}
      <main class="panes">
        <h1 class="visually-hidden">Sandbox workspace, {at_home ? state.app.name : `#${channel.name}`}</h1>
        {at_home
          ? <HomeView open_sidebar={() => show_sidebar(true)} />
          : (
            <ChannelView
              key={channel.id}
              channel={channel}
              marks={marks}
              highlight={root ? root.ts : route.ts}
              open_sidebar={() => show_sidebar(true)}
            />
          )}
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
        {route.ts && !root && <MissingThread channel={channel} close={close_thread} />}
      </main>
      <ModalHost />
      {drawer_open && <Drawer channel={channel} root={root} close={() => show_drawer(false)} />}
    </div>
  );
}
