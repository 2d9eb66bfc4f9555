import { Component, createRef, type VNode } from 'preact';
import type { ChatItem, ChatMessage } from '../core/fold.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { Avatar } from './avatar.tsx';
import { Icon } from './icons.tsx';
import { Line, Message } from './message.tsx';
import { RichText } from './rich_view.tsx';
import { mayAskHuman, nameOf, type Ui } from './shell.ts';
import type { Texts } from './texts.ts';

const nearBottomPx = 48;

interface LogProps {
  ui: Ui;
  snap: Snapshot;
  open: boolean;
}

/** The conversation. Follows its end while the customer is there, and leaves them alone when they read further up. */
export class Log extends Component<LogProps> {
  #log = createRef<HTMLDivElement>();
  #following = true;
  #top = 0;
  #observer: ResizeObserver | undefined;
  // What a row was drawn from, and the row: as long as all of it is the same, the row is, and is not looked at again. A long
  // conversation costs nothing to keep.
  readonly #rows = new WeakMap<ChatItem, { how: string; texts: Texts; row: VNode }>();

  override componentDidMount(): void {
    // The keyboard, a form, a status bar or a late picture may change the room there is at any time.
    this.#observer = new ResizeObserver(() => this.#follow());
    const log = this.#log.current!;
    this.#observer.observe(log);
    this.#observer.observe(log.firstElementChild!);
    this.#follow();
  }

  override componentWillUnmount(): void {
    this.#observer?.disconnect();
  }

  override componentDidUpdate(before: LogProps): void {
    const { snap, open, ui } = this.props;
    if (!open || (before.snap === snap && before.open)) return;
    const last = snap.items.at(-1);
    const grown = last !== before.snap.items.at(-1);
    // What the customer just said themselves is always worth seeing.
    if (grown && last?.kind === 'message' && last.role === 'customer') this.#following = true;
    if (this.#following) this.#follow();
    else if (grown && !ui.shell.state.behind) ui.shell.change({ behind: true });
  }

  #follow(): void {
    const log = this.#log.current;
    if (this.#following && log) log.scrollTop = log.scrollHeight;
    this.#top = log?.scrollTop ?? 0;
  }

  #onScroll = () => {
    if (!this.#log.current) return; // a last event, after the log is gone
    const { scrollTop, scrollHeight, clientHeight } = this.#log.current;
    // Only who scrolls up wants to stay there; a picture that loaded late has moved the end, not the customer.
    if (scrollHeight - scrollTop - clientHeight < nearBottomPx) this.#following = true;
    else if (scrollTop < this.#top - 1) this.#following = false;
    this.#top = scrollTop;
    const { shell } = this.props.ui;
    if (this.#following && shell.state.behind) shell.change({ behind: false });
  };

  #draw(ui: Ui, snap: Snapshot): VNode[] {
    const { items } = snap;
    const newest = items.findLast((item) => item.kind === 'message' && item.role === 'customer');
    const offering = mayAskHuman(snap) ? items.findLast((item) => item.kind === 'message' && item.role !== 'system') : null;
    return items.map((item, at) => {
      if (item.kind === 'line') return <Line key={item.key} ui={ui} line={item} />;
      const place = {
        newest: item === newest, first: !sameRun(items[at - 1], item), last: !sameRun(item, items[at + 1]),
        offer: item === offering && item.offersHuman === true, own: ownOf(ui, snap, item),
      };
      const how = Object.values(place).join();
      const known = this.#rows.get(item);
      // Addresses of files change with time; their rows are always drawn.
      if (known?.how === how && known.texts === ui.texts && !item.attachments?.length) return known.row;
      const row = <Message key={item.key} ui={ui} message={item} {...place} />;
      this.#rows.set(item, { how, texts: ui.texts, row });
      return row;
    });
  }

  override render({ ui, snap }: LogProps) {
    return (
      <div class="log-frame">
        <div
          class="log" part="log" ref={this.#log} role="log" aria-label={ui.texts.say('log')} aria-busy={snap.catchingUp} tabIndex={0}
          data-testid="log" onScroll={this.#onScroll}
        >
          <div class="log-content">
            <Greeting ui={ui} empty={snap.items.length === 0} />
            <ol>{this.#draw(ui, snap)}</ol>
            <Underway ui={ui} snap={snap} />
          </div>
        </div>
        {ui.shell.state.behind && (
          <button
            type="button" class="to-end pill" onClick={() => {
              this.#following = true;
              this.#follow();
              ui.shell.change({ behind: false }, 'log');
            }}
          >
            <Icon name="down" size={16} />
            {ui.texts.say('newMessages')}
          </button>
        )}
      </div>
    );
  }
}

// What the customer wrote stays theirs to change for as long as the site allows, and while somebody may still read it.
function ownOf(ui: Ui, snap: Snapshot, message: ChatMessage): 'fixed' | 'changeable' | 'chosen' {
  const { edit, edit_minutes = 0 } = ui.client.site.features ?? {};
  const may = edit && message.role === 'customer' && message.id && !message.deleted && snap.state !== 'closed' && snap.state !== 'none';
  if (!may || (edit_minutes > 0 && Date.now() - message.at > edit_minutes * 60_000)) return 'fixed';
  return ui.shell.state.chosen === message.key ? 'chosen' : 'changeable';
}

const runMsMax = 5 * 60_000;

function sameRun(a: ChatItem | undefined, b: ChatItem | undefined): boolean {
  if (a?.kind !== 'message' || b?.kind !== 'message') return false;
  if (a.role !== b.role || a.name !== b.name || a.state === 'failed') return false;
  return Math.abs(b.at - a.at) < runMsMax;
}

// An empty conversation is the home screen: a welcome, the hours, what others ask.
function Greeting({ ui, empty }: { ui: Ui; empty: boolean }) {
  const { texts, options, client } = ui;
  const { greeting, hours_hint, quick_topics = [] } = client.site;
  const topics = options.suggestions ?? quick_topics;
  return (
    <div class="greeting">
      <h3 dir="auto">{options.greeting ?? (greeting || texts.say('greeting'))}</h3>
      <p dir="auto">{texts.say('greetingMore')}</p>
      {hours_hint && <p class="hours" dir="auto"><Icon name="clock" size={16} />{texts.say('hours', { hours: hours_hint })}</p>}
      {empty && topics.length > 0 && (
        <div class="suggestions" role="group" aria-label={texts.say('topics')}>
          {topics.map((words) => (
            <button
              type="button" class="chip pill" key={words} dir="auto" data-testid="topic" onClick={() => {
                client.send(words);
                ui.shell.change({}, 'composer'); // the chip goes away; focus must not go with it
              }}
            >
              {words}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

// What is being written right now. Hidden from screen readers: letters arriving one by one are noise when spoken; the
// finished message is announced by the log, and "is typing" by the status line.
function Underway({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { streaming, typing } = snap;
  if (!streaming && !typing) return null;
  const bot = streaming !== null || typing?.role === 'bot';
  const name = nameOf(ui, bot ? { role: 'bot' } : typing!);
  return (
    <div class="message theirs first underway" aria-hidden="true">
      <div class="face">
        <Avatar ui={ui} name={name} picture={bot ? undefined : snap.agent?.avatar} bot={bot} />
      </div>
      <div class="column">
        <div class="author"><span class="author-name">{name}</span></div>
        {streaming
          ? <div class="bubble" dir="auto"><RichText text={streaming.text} /><span class="caret" /></div>
          : <div class="bubble dots"><i /><i /><i /></div>}
      </div>
    </div>
  );
}
