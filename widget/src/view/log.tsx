import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Snapshot } from '../core/client.ts';
import type { ChatItem } from '../core/fold.ts';
import { Avatar } from './avatar.tsx';
import { Icon } from './icons.tsx';
import { Line, Message } from './message.tsx';
import { RichText } from './rich_view.tsx';
import { wantHuman, type Ui } from './shell.ts';
import { dayName, dayOf } from './time.ts';

const nearBottomPx = 48;

/** The conversation. Follows its end while the customer is there, and leaves them alone when they read further up. */
export function Log({ ui, snap, open }: { ui: Ui; snap: Snapshot; open: boolean }) {
  const log = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [behind, setBehind] = useState(false);
  const { texts } = ui;

  const toEnd = () => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  };
  // What the customer just said themselves is always worth seeing.
  const last = snap.items.at(-1);
  const saidKey = last?.kind === 'message' && last.role === 'customer' ? last.key : '';
  useLayoutEffect(() => {
    if (saidKey) following.current = true;
  }, [saidKey]);
  useLayoutEffect(() => {
    if (!open) return;
    if (following.current) toEnd();
    else setBehind(true);
  }, [open, snap.items.length, snap.streaming, snap.typing !== null, snap.askingHuman]);
  // The keyboard, a form or a status bar may take room away at any time.
  useEffect(() => {
    const observer = new ResizeObserver(() => following.current && toEnd());
    for (const element of [log.current, log.current?.firstElementChild]) if (element) observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = log.current!;
    following.current = scrollHeight - scrollTop - clientHeight < nearBottomPx;
    if (following.current) setBehind(false);
  };

  return (
    <div class="log-frame">
      <div
        class="log" part="log" ref={log} role="log" aria-label={texts.log} aria-busy={snap.catchingUp} tabIndex={0}
        data-testid="log" onScroll={onScroll}
      >
        <div class="log-content">
          <Greeting ui={ui} empty={snap.items.length === 0} />
          <ol class="items">{rows(ui, snap)}</ol>
          <Underway ui={ui} snap={snap} />
        </div>
      </div>
      {behind && (
        <button
          type="button" class="to-end" onClick={() => {
            following.current = true;
            setBehind(false);
            toEnd();
            log.current?.focus({ preventScroll: true });
          }}
        >
          <Icon name="down" size={16} />
          {texts.newMessages}
        </button>
      )}
    </div>
  );
}

function rows(ui: Ui, snap: Snapshot) {
  const { items } = snap;
  const now = Date.now();
  const newest = items.findLast((item) => item.kind === 'message' && item.role === 'customer');
  const offering = canOffer(snap) ? items.findLast((item) => item.kind === 'message' && item.role !== 'system') : null;
  const drawn = [];
  let day = '';
  for (const [at, item] of items.entries()) {
    const itsDay = dayOf(item.at);
    const newDay = itsDay !== day;
    // Today needs no headline at the top: it would only push the greeting away.
    if (newDay && !(day === '' && itsDay === dayOf(now))) {
      drawn.push(<li key={`day-${itsDay}`} class="day"><span>{dayName(item.at, now, ui.texts)}</span></li>);
    }
    day = itsDay;
    if (item.kind === 'line') {
      drawn.push(<Line key={item.key} ui={ui} line={item} />);
      continue;
    }
    drawn.push(
      <Message
        key={item.key} ui={ui} message={item} newest={item === newest}
        first={newDay || !sameRun(items[at - 1], item)} last={!sameRun(item, items[at + 1])}
        offer={item === offering && item.offersHuman === true} onHuman={() => wantHuman(ui)}
      />,
    );
  }
  return drawn;
}

const canOffer = (snap: Snapshot) => (snap.state === 'bot' || snap.state === 'none') && !snap.askingHuman;

const runMsMax = 5 * 60_000;

function sameRun(a: ChatItem | undefined, b: ChatItem | undefined): boolean {
  if (a?.kind !== 'message' || b?.kind !== 'message') return false;
  if (a.role !== b.role || a.name !== b.name || a.state === 'failed') return false;
  return Math.abs(b.at - a.at) < runMsMax;
}

function Greeting({ ui, empty }: { ui: Ui; empty: boolean }) {
  const { texts, options, client } = ui;
  return (
    <div class={`greeting ${empty ? 'is-empty' : ''}`}>
      <span class="greeting-mark" aria-hidden="true"><Icon name="bell" size={26} /></span>
      <h3 dir="auto">{options.greeting ?? texts.greeting}</h3>
      <p dir="auto">{texts.greetingMore}</p>
      {empty && options.suggestions && options.suggestions.length > 0 && (
        <ul class="suggestions" aria-label={texts.suggestions}>
          {options.suggestions.map((words) => (
            <li key={words}>
              <button
                type="button" class="chip" onClick={() => {
                  client.send(words);
                  ui.shell.change({}, 'composer'); // the chip goes away; focus must not go with it
                }}
              >
                {words}
              </button>
            </li>
          ))}
        </ul>
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
  const name = bot ? ui.texts.bot : typing?.name || ui.texts.agentFallback;
  return (
    <div class="message theirs first underway" aria-hidden="true">
      <div class="face">
        <Avatar name={name} picture={bot ? undefined : snap.agent?.avatar} server={ui.options.server} bot={bot} />
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
