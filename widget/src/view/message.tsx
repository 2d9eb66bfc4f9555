import { Component } from 'preact';
import type { ChatLine, ChatMessage } from '../core/fold.ts';
import { safeHref, safeImage } from '../core/rich.ts';
import type { Attachment } from '../core/protocol.ts';
import { Avatar } from './avatar.tsx';
import { HumanButton } from './human.tsx';
import { Icon, type IconName } from './icons.tsx';
import { RichText } from './rich_view.tsx';
import { nameOf, type Ui } from './shell.ts';
import { timeOf } from './time.ts';

interface MessageProps {
  ui: Ui;
  message: ChatMessage;
  /** First and last of a run by the same author: names stand above a run, time below it. */
  first: boolean;
  last: boolean;
  /** The customer's newest message, the one whose state they look for. */
  newest: boolean;
  offer: boolean;
}

const stateIcons: Record<string, IconName> = {
  queued: 'clock', sending: 'clock', sent: 'check', delivered: 'checks', seen: 'checks', failed: 'alert',
};

// One bubble. Draws again only when its message changed, so a long conversation costs nothing to keep.
export class Message extends Component<MessageProps> {
  override shouldComponentUpdate(next: MessageProps): boolean {
    const now = this.props;
    // A stored message changes only by becoming another object; an unsent one is a new object each time.
    const same = now.message === next.message
      || (!next.message.id && !now.message.id && now.message.state === next.message.state);
    return !same || (['first', 'last', 'newest', 'offer'] as const).some((name) => now[name] !== next[name]);
  }

  override render({ ui, message, first, last, newest, offer }: MessageProps) {
    const { texts } = ui;
    const mine = message.role === 'customer';
    const bot = message.role === 'bot';
    const name = mine ? texts.you : nameOf(ui, message);
    if (message.role === 'system') return <SystemMessage message={message} />;
    return (
      <li
        class={`message ${mine ? 'mine' : 'theirs'} ${first ? 'first' : ''} ${last ? 'last' : ''}`}
        data-testid="message" data-role={message.role} data-state={message.state} data-message-id={message.id}
      >
        {!mine && (
          <div class="face">
            {first && <Avatar ui={ui} name={name} picture={message.avatar} bot={bot && !message.avatar} />}
          </div>
        )}
        <div class="column">
          {!mine && first && (
            <div class="author">
              <span class="author-name">{name}</span>
              {bot && <span class="tag">{texts.botTag}</span>}
            </div>
          )}
          {(mine || !first) && <span class="sr">{name}: </span>}
          <Bubble ui={ui} message={message} />
          {(last || message.state === 'failed') && <Meta ui={ui} message={message} newest={newest} />}
          {offer && <HumanButton ui={ui} part="offer" look="fill" />}
        </div>
      </li>
    );
  }
}

function SystemMessage({ message }: { message: ChatMessage }) {
  return (
    <li class="line" dir="auto" data-testid="message" data-role="system" data-message-id={message.id}>
      <RichText text={message.text} rich={message.rich} />
    </li>
  );
}

function Bubble({ ui, message }: { ui: Ui; message: ChatMessage }) {
  if (message.deleted) {
    return <div class="bubble removed" dir="auto">{ui.texts.deleted}</div>;
  }
  return (
    <div class="bubble" part="bubble" dir="auto">
      {message.text !== '' && <RichText text={message.text} rich={message.rich} />}
      {message.attachments?.map((file) => <File key={file.id} ui={ui} file={file} />)}
    </div>
  );
}

function File({ ui, file }: { ui: Ui; file: Attachment }) {
  const server = ui.options.server;
  const href = safeHref(file.url, server);
  const label = `${file.name}, ${Math.ceil(file.size / 1024)} KB`;
  const picture = file.type.startsWith('image/') ? safeImage(file.url, server) : null;
  if (!href) return <span class="file">{label}</span>;
  return (
    <a class="file" href={href} target="_blank" rel="noopener noreferrer nofollow">
      {picture ? <img class="picture" src={picture} alt={file.name} loading="lazy" /> : label}
    </a>
  );
}

function Meta({ ui, message, newest }: { ui: Ui; message: ChatMessage; newest: boolean }) {
  const { texts, client } = ui;
  const { state } = message;
  const shown = newest || state === 'queued' || state === 'sending' || state === 'failed' ? state : null;
  const reason = texts.reasons[message.reason ?? ''];
  return (
    <div class={`meta ${state === 'failed' ? 'bad' : ''}`}>
      <time dateTime={new Date(message.at).toISOString()}>{timeOf(message.at)}</time>
      {message.edited && !message.deleted && <span>{texts.edited}</span>}
      {shown && (
        <span class={`state state-${shown}`}>
          <Icon name={stateIcons[shown]!} size={14} />
          {texts[shown]}
          {reason && `. ${reason}`}
        </span>
      )}
      {state === 'failed' && (
        <span class="actions">
          <button type="button" class="small" onClick={() => client.retry(message)}>{texts.retry}</button>
          {!message.id && (
            <button type="button" class="small" onClick={() => client.discard(message)}>{texts.remove}</button>
          )}
        </span>
      )}
    </div>
  );
}

export function Line({ ui, line }: { ui: Ui; line: ChatLine }) {
  const name = line.agent?.name || ui.texts.agentFallback;
  return (
    <li class="line" dir="auto" data-testid="line" data-line={line.line}>
      {line.line === 'joined' && <Avatar ui={ui} name={name} picture={line.agent?.avatar} />}
      <span>{ui.texts.lines[line.line](name)}</span>
    </li>
  );
}
