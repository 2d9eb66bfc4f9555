// One message with everything one can do to it.

import { memo } from 'preact/compat';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Avatar } from './avatar.tsx';
import { Attachments, Blocks } from './blocks.tsx';
import { Icon } from './icons.tsx';
import { parse_mrkdwn, typed_text } from './mrkdwn.ts';
import { Emoji, Paragraphs } from './rich.tsx';
import { QuickMenu } from './quick_menu.tsx';
import { hash_of } from './route.ts';
import { SharedFiles } from './shared_files.tsx';
import { clock_time, full_time, time_ago } from './time.ts';
import type { Channel, Message, Reaction } from './types.ts';
import { channel_name, use_workspace, user_name, words_of } from './workspace.ts';

const palette: [name: string, picture: string, words: string][] = [
  ['+1', '👍', 'thumbs up'],
  ['eyes', '👀', 'eyes'],
  ['white_check_mark', '✅', 'check mark'],
  ['heart', '❤️', 'heart'],
  ['tada', '🎉', 'party popper'],
  ['joy', '😂', 'tears of joy'],
  ['pray', '🙏', 'thank you'],
  ['rocket', '🚀', 'rocket'],
];

export interface MessageProps {
  message: Message;
  channel: Channel;
  in_thread: boolean;
  compact: boolean; // same author as just above: no face and no name again
  highlighted: boolean;
  unread_replies: number;
  edit_requested: boolean;
}

export function MessageRow(props: MessageProps) {
  const { message, channel, in_thread, compact, highlighted, edit_requested } = props;
  const { me, state } = use_workspace();
  const [editing, set_editing] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  const mine = message.author.id === me.id && message.kind === 'message';
  useEffect(() => set_editing(edit_requested), [edit_requested]);

  const stop_editing = () => {
    set_editing(false);
    setTimeout(() => row.current?.querySelector<HTMLElement>('[data-testid=edit]')?.focus());
  };

  const marks = [highlighted && (in_thread ? 'highlighted' : 'opened'), compact && 'compact', message.kind].filter(Boolean).join(' ');
  return (
    <div
      ref={row}
      class={`message ${marks}`}
      data-testid={in_thread ? 'thread-message' : 'message'}
      data-ts={message.ts}
      data-kind={message.kind}
      role="article"
      tabIndex={-1}
      aria-label={`${message.author.name}, ${clock_time(message.ts)}`}
    >
      <div class="message-side">
        {compact ? <Time ts={message.ts} channel={channel} /> : <Avatar author={message.author} />}
      </div>
      <div class="message-main">
        {!compact && <Byline message={message} channel={channel} />}
        {message.broadcast && (
          <p class="message-note">
            {in_thread ? `Also sent to #${channel.name}` : 'Replied to a thread: '}
            {!in_thread && message.thread_ts && <ThreadLink channel={channel} ts={message.thread_ts} />}
          </p>
        )}
        {message.kind === 'ephemeral' && <p class="message-note">Only visible to you</p>}
        {editing
          ? <EditBox message={message} channel={channel} close={stop_editing} />
          : <Body message={message} channel={channel} />}
        <Reactions message={message} channel={channel} />
        {!in_thread && !message.broadcast && <ReplyLine {...props} />}
        {in_thread && message.status && <p class="thread-status" data-testid="status">{state.app.name} {message.status}</p>}
      </div>
      {!editing && message.kind !== 'service' && message.kind !== 'ephemeral' && (
        <Toolbar {...props} mine={mine} edit={() => set_editing(true)} />
      )}
    </div>
  );
}

function Time({ ts, channel }: { ts: string; channel: Channel }) {
  return (
    <a class="message-time" href={hash_of(channel.name, ts)} title={full_time(ts)}>
      <time dateTime={new Date(Number(ts) * 1000).toISOString()}>{clock_time(ts)}</time>
    </a>
  );
}

function Byline({ message, channel }: { message: Message; channel: Channel }) {
  return (
    <div class="byline">
      <span class="author" dir="auto">{message.author.name}</span>
      {message.author.is_bot && <span class="badge">APP</span>}
      <Time ts={message.ts} channel={channel} />
    </div>
  );
}

function ThreadLink({ channel, ts }: { channel: Channel; ts: string }) {
  const root = channel.messages.find((message) => message.ts === ts);
  const words = root ? `${root.author.name}’s message` : 'open it';
  return <a href={hash_of(channel.name, ts)}>{words}</a>;
}

const Body = memo(function Body({ message, channel }: { message: Message; channel: Channel }) {
  if (message.kind === 'tombstone') return <p class="tombstone-words">This message was deleted.</p>;
  const place = { channel: channel.id, ts: message.ts };
  return (
    <div class="message-body">
      {message.blocks?.length
        ? <Blocks blocks={message.blocks} place={place} />
        : <Paragraphs nodes={parse_mrkdwn(message.text)} />}
      <SharedFiles message={message} />
      {message.attachments?.length ? <Attachments attachments={message.attachments} place={place} /> : null}
      {message.edited && (
        <span class="edited" title={full_time(message.edited.ts)} data-testid="edited">(edited)</span>
      )}
    </div>
  );
});

function EditBox({ message, channel, close }: { message: Message; channel: Channel; close(): void }) {
  const { act, me, state, tell } = use_workspace();
  const [text, set_text] = useState(() =>
    typed_text(message.text, (id) => user_name(state, id), (id) => channel_name(state, id)),
  );
  const [saving, set_saving] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(text.length, text.length);
  }, []);

  const save = async () => {
    if (!text.trim() || saving) return;
    set_saving(true);
    const outcome = await act('edit', { user: me.id, channel: channel.id, ts: message.ts, text: text.trim() });
    set_saving(false);
    if (!outcome.ok) tell(words_of(outcome));
    else close();
  };
  return (
    <div class="edit">
      <textarea
        ref={box}
        value={text}
        rows={Math.min(8, text.split('\n').length + 1)}
        aria-label="Edit message"
        data-testid="edit-box"
        dir="auto"
        onInput={(event) => set_text(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === 'Escape') {
            event.stopPropagation();
            close();
          } else if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            void save();
          }
        }}
      />
      <p class="edit-foot">
        <button type="button" class="button primary" data-testid="edit-save" aria-disabled={!text.trim() || saving} onClick={() => void save()}>Save</button>
        <button type="button" class="button" onClick={close}>Cancel</button>
      </p>
    </div>
  );
}

function use_react(message: Message, channel: Channel) {
  const { act, me, tell } = use_workspace();
  return async (name: string, mine: boolean) => {
    const outcome = await act(mine ? 'unreact' : 'react', { user: me.id, channel: channel.id, ts: message.ts, name });
    if (!outcome.ok) tell(words_of(outcome));
  };
}

function Reactions({ message, channel }: { message: Message; channel: Channel }) {
  const react = use_react(message, channel);
  const { me, state } = use_workspace();
  if (!message.reactions?.length) return null;
  const names = (reaction: Reaction) =>
    reaction.users.map((id) => user_name(state, id) || id).join(', ');
  return (
    <div class="reactions" role="group" aria-label="Reactions">
      {message.reactions.map((reaction) => {
        const mine = reaction.users.includes(me.id);
        return (
          <button
            key={reaction.name}
            type="button"
            class="reaction"
            aria-pressed={mine}
            aria-label={`${reaction.name.replace(/_/g, ' ')}, ${reaction.count}: ${names(reaction)}`}
            title={`${names(reaction)} · :${reaction.name}:`}
            data-testid="reaction"
            data-name={reaction.name}
            onClick={() => void react(reaction.name, mine)}
          >
            <Emoji name={reaction.name} unicode={reaction.unicode} /> <span>{reaction.count}</span>
          </button>
        );
      })}
    </div>
  );
}

function ReplyLine({ message, channel, unread_replies }: MessageProps) {
  const { open_thread, state } = use_workspace();
  const count = message.reply_count ?? 0;
  if (!count) return null;
  const authors = new Map((message.replies ?? []).map((reply) => [reply.author.name + reply.author.avatar, reply.author]));
  return (
    <button
      type="button"
      class="reply-line"
      data-testid="open-thread"
      data-ts={message.ts}
      onClick={() => open_thread(channel.name, message.ts)}
    >
      <span class="faces">
        {[...authors.values()].slice(0, 5).map((author) => <Avatar key={author.name} author={author} size="small" />)}
      </span>
      <strong>{count} {count === 1 ? 'reply' : 'replies'}</strong>
      {unread_replies > 0 && <span class="new-badge">{unread_replies} new</span>}
      {message.latest_reply && (
        <span class="reply-when">Last reply {time_ago(message.latest_reply, new Date(Number(state.now) * 1000))}</span>
      )}
    </button>
  );
}

function Toolbar(props: MessageProps & { mine: boolean; edit(): void }) {
  const { message, channel, in_thread, mine, edit } = props;
  const { act, me, open_thread, state, tell } = use_workspace();
  const [picking, set_picking] = useState(false);
  const [choosing, set_choosing] = useState(false);
  const shortcuts = (state.manifest?.features.shortcuts ?? []).filter(({ type }) => type === 'message');
  const run = async (callback_id: string) => {
    const outcome = await act('shortcut', { user: me.id, callback_id, channel: channel.id, ts: message.ts });
    if (!outcome.ok) tell(words_of(outcome));
  };
  const remove = async () => {
    const outcome = await act('delete', { user: me.id, channel: channel.id, ts: message.ts });
    if (!outcome.ok) tell(words_of(outcome));
  };
  const can_touch = message.kind === 'message';
  const can_thread = !in_thread && !message.broadcast;
  return (
    <div class={picking || choosing ? 'toolbar open' : 'toolbar'}>
      {can_touch && <ReactButton {...props} picking={picking} set_picking={set_picking} />}
      {can_thread && (
        <button
          type="button"
          class="tool"
          aria-label="Reply in thread"
          title="Reply in thread"
          data-testid={message.reply_count ? 'reply-in-thread' : 'open-thread'}
          data-ts={message.ts}
          onClick={() => open_thread(channel.name, message.ts)}
        >
          <Icon name="thread" />
        </button>
      )}
      {mine && (
        <button type="button" class="tool" aria-label="Edit message" title="Edit" data-testid="edit" onClick={edit}>
          <Icon name="edit" />
        </button>
      )}
      {mine && (
        <button type="button" class="tool danger" aria-label="Delete message" title="Delete" data-testid="delete" onClick={() => void remove()}>
          <Icon name="trash" />
        </button>
      )}
      {can_touch && shortcuts.length > 0 && (
        <QuickMenu
          label="More actions"
          title="Message shortcuts"
          button={<Icon name="more" />}
          testid="message-shortcuts"
          on_open={set_choosing}
          items={shortcuts.map(({ callback_id, name, description }) => ({ key: callback_id, label: name, note: description, choose: () => void run(callback_id) }))}
        />
      )}
    </div>
  );
}

function ReactButton(props: MessageProps & { picking: boolean; set_picking(picking: boolean): void }) {
  const { message, channel, picking, set_picking } = props;
  const react = use_react(message, channel);
  const { me } = use_workspace();
  const group = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!picking) return undefined;
    group.current?.querySelector('button')?.focus();
    const outside = (event: Event) => {
      if (!group.current?.contains(event.target as Node) && !button.current?.contains(event.target as Node)) set_picking(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [picking]);

  const close = () => {
    set_picking(false);
    button.current?.focus();
  };
  const mine = (name: string) =>
    message.reactions?.some((reaction) => reaction.name === name && reaction.users.includes(me.id)) ?? false;

  return (
    <>
      <button
        ref={button}
        type="button"
        class="tool"
        aria-label="React"
        aria-expanded={picking}
        title="React"
        data-testid="react"
        onClick={() => set_picking(!picking)}
      >
        <Icon name="react" />
      </button>
      {picking && (
        <div
          ref={group}
          class="palette"
          role="group"
          aria-label="Choose a reaction"
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            close();
          }}
        >
          {palette.map(([name, picture, words]) => (
            <button
              key={name}
              type="button"
              aria-label={words}
              aria-pressed={mine(name)}
              data-testid="react-pick"
              data-name={name}
              onClick={() => {
                void react(name, mine(name));
                close();
              }}
            >
              <Emoji name={name} unicode={picture} />
            </button>
          ))}
        </div>
      )}
    </>
  );
}
