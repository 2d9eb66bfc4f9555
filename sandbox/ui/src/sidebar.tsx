import { Icon } from './icons.tsx';
import { unread_in_threads, unread_messages, type Marks } from './read_marks.ts';
import { hash_of, home_place } from './route.ts';
import { Avatar } from './avatar.tsx';
import { shop_url } from './channel_view.tsx';
import type { Channel, User } from './types.ts';
import { people_of, use_workspace } from './workspace.ts';

interface Props {
  current: Channel | undefined; // none: the app's Home tab
  marks: Marks;
  open: boolean;
  close(): void;
  become(user: User): void;
  drawer_open: boolean;
  toggle_drawer(): void;
}

export function Sidebar({ current, marks, open, close, become, drawer_open, toggle_drawer }: Props) {
  const { state, me } = use_workspace();
  const shop = shop_url(state.events.url);
  // A weather counts once, whatever it consists of; a rule that is used up no longer counts.
  const own = state.faults.filter((fault) => !fault.by_weather && (fault.times === 0 || fault.hits < fault.times));
  const broken = own.length + (state.faults.some((fault) => fault.by_weather) ? 1 : 0);
  return (
    <aside class={open ? 'sidebar open' : 'sidebar'} aria-label="Workspace" id="sidebar">
      <div class="sidebar-head">
        <p class="workspace-name">Sandbox workspace</p>
        <button type="button" class="tool only-narrow" aria-label="Close channels" onClick={close}><Icon name="close" /></button>
      </div>
      <nav aria-label="Channels">
        <h2>Channels</h2>
        <ul>
          {state.channels.map((channel) => (
            <ChannelLink key={channel.id} channel={channel} marks={marks} current={channel === current} close={close} />
          ))}
        </ul>
        {state.manifest?.features.app_home.home_tab_enabled && (
          <>
            <h2>Apps</h2>
            <ul>
              <li>
                <a href={hash_of(home_place)} class="side-channel" aria-current={current ? undefined : 'page'} data-testid="app-home" onClick={close}>
                  <Icon name="home" /><span class="side-name">{state.app.name}</span>
                </a>
              </li>
            </ul>
          </>
        )}
      </nav>
      <AsSwitcher me={me} become={become} />
      <div class="sidebar-foot">
        {shop && <a class="side-link" href={shop} target="deskbell-shop">Open the shop page</a>}
        <button
          type="button"
          class="side-button"
          aria-expanded={drawer_open}
          data-testid="break-things"
          onClick={toggle_drawer}
        >
          <Icon name="bolt" /> Break things
          {broken > 0 && <span class="count warn" aria-label={`${broken} active`}>{broken}</span>}
        </button>
      </div>
    </aside>
  );
}

function ChannelLink({ channel, marks, current, close }: { channel: Channel; marks: Marks; current: boolean; close(): void }) {
  const { me } = use_workspace();
  const unread = unread_messages(marks, me, channel) + unread_in_threads(marks, me, channel);
  const state_words = [unread && `${unread} unread`, channel.is_archived && 'archived'].filter(Boolean).join(', ');
  return (
    <li>
      <a
        href={hash_of(channel.name)}
        class={unread ? 'side-channel unread' : 'side-channel'}
        aria-current={current ? 'page' : undefined}
        data-testid="channel"
        data-channel={channel.name}
        data-unread={unread}
        onClick={close}
      >
        {channel.is_private ? <Icon name="lock" /> : <span class="hash" aria-hidden="true">#</span>}
        <span class="side-name">{channel.name}</span>
        {state_words && <span class="visually-hidden">, {state_words}</span>}
        {channel.is_archived && <span class="side-note" aria-hidden="true">archived</span>}
        {unread > 0 && <span class="count" aria-hidden="true">{unread > 99 ? '99+' : unread}</span>}
      </a>
    </li>
  );
}

const short_kinds: Record<string, string> = { guest: 'guest', single_channel_guest: 'guest', outsider: 'other company', stranger: 'other company' };

function AsSwitcher({ me, become }: { me: User; become(user: User): void }) {
  const { state } = use_workspace();
  return (
    <fieldset class="as" data-testid="as-switcher">
      <legend>You are posting as</legend>
      <div class="as-people">
        {people_of(state).map((user) => (
          <label key={user.id} class="as-person" data-testid={`as-${user.name}`}>
            <input type="radio" name="as" value={user.name} checked={user.id === me.id} onChange={() => become(user)} />
            <Avatar author={{ name: user.display_name, avatar: user.avatar }} size="small" />
            <span>{user.display_name}</span>
            {short_kinds[user.kind ?? 'member'] && <span class="side-note">{short_kinds[user.kind ?? 'member']}</span>}
            <i class={`presence ${user.presence}`} title={user.presence} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}
