import { useEffect, useRef, useState } from 'preact/hooks';
import { Composer } from './composer.tsx';
import { types_with_keys } from './focus.ts';
import { Icon } from './icons.tsx';
import { MessageList } from './message_list.tsx';
import { unread_replies, type Marks } from './read_marks.ts';
import type { Channel, Message } from './types.ts';
import { is_visible_to, use_workspace, user_name } from './workspace.ts';

interface Props {
  channel: Channel;
  marks: Marks;
  highlight: string;
  open_sidebar(): void;
}

// The shop of the demo stands where the events go.
export function shop_url(events_url: string): string {
  try {
    return new URL('/demo/', events_url).href;
  } catch {
    return '';
  }
}

function Welcome({ channel }: { channel: Channel }) {
  const { state, me } = use_workspace();
  const shop = shop_url(state.events.url);
  return (
    <div class="welcome">
      <h3>This is #{channel.name}</h3>
      <p>It is quiet here: no customer has asked for a human yet. To see what happens when one does:</p>
      <ol>
        <li>{shop ? <>Open <a href={shop} target="deskbell-shop">the shop page</a> and ask its bot something.</> : <>Point a Deskbell server at this sandbox, or run <code>deskbell demo</code>, and ask the bot something.</>}</li>
        <li>Press <strong>Talk to a human</strong> there. A request appears here, with a thread for this one customer.</li>
        <li>Open the thread and answer as {me.display_name}. Your words appear in the customer’s chat.</li>
      </ol>
      <p class="quiet">Nothing leaves this machine, and there is no account. Break whatever you like.</p>
    </div>
  );
}

export function ChannelView({ channel, marks, highlight, open_sidebar }: Props) {
  const { state, me } = use_workspace();
  const [edit_ts, set_edit_ts] = useState('');
  const messages = channel.messages.filter((message) => is_visible_to(message, me));
  const conversation = messages.some((message) => message.kind !== 'service');
  const members = channel.members.map((id) => user_name(state, id)).filter(Boolean).join(', ');

  const edit_last = () => {
    const last = messages.findLast((message) => message.author.id === me.id && message.kind === 'message');
    set_edit_ts('');
    if (last) setTimeout(() => set_edit_ts(last.ts));
    return last !== undefined;
  };

  return (
    <section class="channel" aria-label={`Channel ${channel.name}`}>
      <header class="pane-head">
        <button type="button" class="tool only-narrow" aria-label="Channels" data-testid="menu" onClick={open_sidebar}><Icon name="menu" /></button>
        <div class="pane-title">
          <h2>{channel.is_private ? <Icon name="lock" /> : <span aria-hidden="true">#</span>}{channel.name}</h2>
          <p title={members}>{channel.topic || `${channel.members.length} members: ${members}`}</p>
        </div>
      </header>
      {!channel.bot_is_member && <p class="banner warn">{state.app.name} is not in this channel, so it hears nothing here.</p>}
      <MessageList
        messages={messages}
        channel={channel}
        in_thread={false}
        place={channel.id}
        label={`Messages in #${channel.name}`}
        highlight={highlight}
        edit_ts={edit_ts}
        unread_replies={(message: Message) => unread_replies(marks, me, channel, message)}
        before={
          conversation
            ? channel.has_more && <p class="quiet older">Older messages are not shown here.</p>
            : <Welcome channel={channel} />
        }
      />
      {channel.is_archived
        ? <p class="banner">#{channel.name} is archived. Nobody can write here until it is unarchived.</p>
        : (
          <Composer
            key={`${channel.id}/${me.id}`}
            kind="channel"
            place={`${channel.id}/${me.id}`}
            label={`Message #${channel.name}`}
            as={me.display_name}
            edit_last={edit_last}
            channel={channel.id}
          />
        )}
    </section>
  );
}

interface ThreadProps {
  channel: Channel;
  root: Message;
  highlight: string;
  autofocus: boolean;
  close(): void;
}

export function ThreadPane({ channel, root, highlight, autofocus, close }: ThreadProps) {
  const { me, tell } = use_workspace();
  const [edit_ts, set_edit_ts] = useState('');
  const replies = (root.replies ?? []).filter((message) => is_visible_to(message, me));

  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!autofocus) return;
    const box = types_with_keys() ? pane.current?.querySelector<HTMLElement>('[data-testid=thread-composer]') : null;
    (box ?? pane.current)?.focus({ preventScroll: true });
  }, []);

  const copy_link = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      tell('Link copied');
    } catch {
      tell('The browser did not allow copying; the link is in the address bar.');
    }
  };
  const edit_last = () => {
    const last = replies.findLast((message) => message.author.id === me.id && message.kind === 'message');
    set_edit_ts('');
    if (last) setTimeout(() => set_edit_ts(last.ts));
    return last !== undefined;
  };

  return (
    <section ref={pane} tabIndex={-1} class="thread" aria-label="Thread" data-testid="thread" data-ts={root.ts}>
      <header class="pane-head">
        <button type="button" class="tool only-narrow" aria-label={`Back to #${channel.name}`} onClick={close}><Icon name="back" /></button>
        <div class="pane-title">
          <h2>Thread</h2>
          <p>#{channel.name}</p>
        </div>
        <button type="button" class="tool" aria-label="Copy link to thread" title="Copy link" onClick={() => void copy_link()}><Icon name="link" /></button>
        <button type="button" class="tool not-narrow" aria-label="Close thread" title="Close (Esc)" data-testid="thread-close" onClick={close}><Icon name="close" /></button>
      </header>
      <MessageList
        messages={[root, ...replies]}
        channel={channel}
        in_thread
        place={`${channel.id}/${root.ts}`}
        label="Replies"
        highlight={highlight === root.ts ? '' : highlight}
        edit_ts={edit_ts}
        unread_replies={() => 0}
      />
      {channel.is_archived
        ? <p class="banner">#{channel.name} is archived.</p>
        : (
          <Composer
            key={`${channel.id}/${root.ts}/${me.id}`}
            kind="thread"
            place={`${channel.id}/${root.ts}/${me.id}`}
            label="Reply…"
            as={me.display_name}
            broadcast_to={channel.name}
            edit_last={edit_last}
            channel={channel.id}
            thread_ts={root.ts}
          />
        )}
    </section>
  );
}
