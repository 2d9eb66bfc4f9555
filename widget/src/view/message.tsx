import type { ChatLine, ChatMessage } from '../core/fold.ts';
import { Avatar } from './avatar.tsx';
import { File } from './file.tsx';
import { HumanButton } from './human.tsx';
import { Icon, type IconName } from './icons.tsx';
import { RichText } from './rich_view.tsx';
import { nameOf, reasonOf, type Ui } from './shell.ts';
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
  /** It may still be changed, and its small menu is (or is not) open. */
  own: 'fixed' | 'changeable' | 'chosen';
}

const stateIcons: Record<string, IconName> = {
  queued: 'clock', sending: 'clock', sent: 'check', delivered: 'checks', seen: 'checks', failed: 'alert',
};

// One bubble, with what stands around it.
export function Message({ ui, message, first, last, newest, offer, own }: MessageProps) {
  const { texts } = ui;
  const mine = message.role === 'customer';
  const bot = message.role === 'bot';
  const name = mine ? texts.say('you') : nameOf(ui, message);
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
            {bot && <span class="tag">{texts.say('botTag')}</span>}
          </div>
        )}
        {(mine || !first) && <span class="sr">{name}: </span>}
        <div class="bubble-row">
          {own !== 'fixed' && <Change ui={ui} message={message} chosen={own === 'chosen'} />}
          <Bubble ui={ui} message={message} />
        </div>
        {(last || message.state === 'failed' || (message.id && message.state === 'queued')) && <Meta ui={ui} message={message} newest={newest} />}
        {offer && <HumanButton ui={ui} part="offer" look="fill" />}
      </div>
    </li>
  );
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
    return <div class="bubble removed" dir="auto">{ui.texts.say('deleted')}</div>;
  }
  const onlyPictures = message.text === '' && message.attachments?.every(({ type, state }) => type.startsWith('image/') && (state ?? 'ready') === 'ready');
  return (
    <div class={`bubble ${onlyPictures ? 'is-picture' : ''}`} part="bubble" dir="auto">
      {message.text !== '' && <RichText text={message.text} rich={message.rich} />}
      {message.attachments?.map((file) => <File key={file.id} ui={ui} file={file} />)}
    </div>
  );
}

// Change one's own words while that is allowed. The button shows itself to whoever points at the message, or tabs there.
function Change({ ui, message, chosen }: { ui: Ui; message: ChatMessage; chosen: boolean }) {
  const { texts, shell, client } = ui;
  return (
    <div
      class={`change ${chosen ? 'is-chosen' : ''}`} onKeyDown={(event) => {
        if (event.key !== 'Escape' || !chosen) return;
        event.stopPropagation();
        shell.change({ chosen: null });
      }}
    >
      {chosen && (
        <>
          <button
            type="button" class="small" data-testid="edit-message"
            onClick={() => shell.change({ chosen: null, editing: message.key, draft: message.text }, 'composer')}
          >
            {texts.say('edit')}
          </button>
          <button
            type="button" class="small" data-testid="delete-message" onClick={() => {
              client.withdraw(message);
              shell.change({ chosen: null }, 'composer');
            }}
          >
            {texts.say('remove')}
          </button>
        </>
      )}
      <button
        type="button" class="round small-round change-button" aria-label={texts.say('messageMenu')} aria-expanded={chosen} data-testid="change"
        onClick={() => shell.change({ chosen: chosen ? null : message.key })}
      >
        <Icon name="more" size={16} />
      </button>
    </div>
  );
}

function Meta({ ui, message, newest }: { ui: Ui; message: ChatMessage; newest: boolean }) {
  const { texts, client } = ui;
  const { state } = message;
  const shown = newest || state === 'queued' || state === 'sending' || state === 'failed' ? state : null;
  const reason = state === 'failed' ? reasonOf(ui, message.reason) : '';
  return (
    <div class={`meta ${state === 'failed' ? 'bad' : ''}`}>
      <time dateTime={new Date(message.at).toISOString()}>{timeOf(message.at, texts.language)}</time>
      {message.edited && !message.deleted && <span>{texts.say('edited')}</span>}
      {shown && (
        <span class={`state state-${shown}`}>
          <Icon name={stateIcons[shown]!} size={14} />
          {texts.say(shown)}
          {reason && `. ${reason}`}
        </span>
      )}
      {state === 'failed' && (
        <span class="actions">
          {message.reason !== 'customer_blocked' && <button type="button" class="small" onClick={() => client.retry(message)}>{texts.say('retry')}</button>}
          {!message.id && (
            <button type="button" class="small" onClick={() => client.discard(message)}>{texts.say('remove')}</button>
          )}
        </span>
      )}
    </div>
  );
}

const lineWords = { asked: 'lineAsked', joined: 'lineJoined', closed: 'lineClosed', reopened: 'lineReopened' } as const;

export function Line({ ui, line }: { ui: Ui; line: ChatLine }) {
  const name = line.agent?.name || ui.texts.say('agentFallback');
  return (
    <li class="line" data-testid="line" data-line={line.line}>
      {line.line === 'joined' && <Avatar ui={ui} name={name} picture={line.agent?.avatar} />}
      <span>{ui.texts.say(lineWords[line.line], { name })}</span>
    </li>
  );
}
