// Messages with day lines between them, kept at the newest one while the reader is there.

import { Fragment, type ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { MessageRow } from './message.tsx';
import { day_name, same_day } from './time.ts';
import type { Channel, Message } from './types.ts';

const near_bottom_px = 80;
const same_run_s = 300;

interface Props {
  messages: Message[];
  channel: Channel;
  in_thread: boolean;
  place: string; // another place starts at its newest message
  label: string;
  highlight: string;
  edit_ts: string;
  unread_replies(message: Message): number;
  before?: ComponentChildren;
}

const continues = (message: Message, above: Message | undefined) =>
  above !== undefined &&
  above.kind === 'message' &&
  message.kind === 'message' &&
  above.author.id === message.author.id &&
  above.author.name === message.author.name &&
  !message.broadcast &&
  !above.reply_count &&
  Number(message.ts) - Number(above.ts) < same_run_s &&
  same_day(message.ts, above.ts);

export function MessageList(props: Props) {
  const { messages, channel, in_thread, place, label, highlight, edit_ts, unread_replies, before } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const at_bottom = useRef(true);
  const [news_below, set_news_below] = useState(false);
  const newest = messages.at(-1)?.ts ?? '';

  const to_bottom = () => {
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
    at_bottom.current = true;
    set_news_below(false);
  };
  const near_bottom = (element: HTMLElement) =>
    element.scrollHeight - element.scrollTop - element.clientHeight < near_bottom_px;

  // What is highlighted comes into view; what is there already does not jump.
  const to_highlight = () => {
    const element = scroller.current;
    const target = highlight && element?.querySelector(`.message[data-ts="${highlight}"]`);
    if (!element || !target) return false;
    const box = target.getBoundingClientRect();
    const frame = element.getBoundingClientRect();
    if (box.top < frame.top || box.bottom > frame.bottom) target.scrollIntoView({ block: 'center' });
    at_bottom.current = near_bottom(element);
    return true;
  };

  useLayoutEffect(() => {
    if (!to_highlight()) to_bottom();
  }, [place]);
  useLayoutEffect(() => {
    if (highlight) to_highlight();
  }, [highlight]);

  const newest_seen = useRef(newest);
  useLayoutEffect(() => {
    if (newest === newest_seen.current) return;
    newest_seen.current = newest;
    if (at_bottom.current) to_bottom();
    else set_news_below(true);
  }, [newest]);

  // Pictures, reactions and the soft keyboard change heights: who is at the bottom stays there.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      if (at_bottom.current) element.scrollTo({ top: element.scrollHeight });
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [place]);

  const on_scroll = () => {
    const element = scroller.current;
    if (!element) return;
    at_bottom.current = near_bottom(element);
    if (at_bottom.current) set_news_below(false);
  };

  return (
    <div class="list-frame">
      <div class="list" ref={scroller} onScroll={on_scroll} role="log" aria-label={label} tabIndex={0}>
        <div class="list-inner">
          {before}
          {messages.map((message, index) => {
            const above = messages[index - 1];
            const new_day = !in_thread && (!above || !same_day(message.ts, above.ts));
            return (
              <Fragment key={message.ts}>
                {new_day && <div class="day"><span>{day_name(message.ts)}</span></div>}
                <MessageRow
                  message={message}
                  channel={channel}
                  in_thread={in_thread}
                  compact={continues(message, above)}
                  highlighted={message.ts === highlight}
                  unread_replies={unread_replies(message)}
                  edit_requested={message.ts === edit_ts}
                />
                {in_thread && index === 0 && messages.length > 1 && (
                  <div class="day start"><span>{messages.length - 1} {messages.length === 2 ? 'reply' : 'replies'}</span></div>
                )}
              </Fragment>
            );
          })}
        </div>
      </div>
      {news_below && (
        <button type="button" class="news-below" onClick={to_bottom}><Icon name="down" /> New messages</button>
      )}
    </div>
  );
}
