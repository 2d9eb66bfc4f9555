// What goes over the wire: frames between the browser and Deskbell, calls between Deskbell and Slack.

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Stage } from './stage.ts';

const arrow = { up: '→', down: '←', note: '·' };
const way_words = { up: 'sent', down: 'received', note: '' };

export function WirePanel({ stage }: { stage: Stage }) {
  const list = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [stage.wire.length]);
  return (
    <section class="wire" aria-label="The wire" data-testid="wire">
      <div>
        <h3>Browser ⇄ Deskbell</h3>
        <ol ref={list} tabIndex={0} aria-label="Frames between the browser and Deskbell, the newest last">
          {stage.wire.map((line) => (
            <li key={line.number} class={line.way}>
              <span aria-hidden="true">{arrow[line.way]}</span><span class="visually-hidden">{way_words[line.way]}</span>
              {stage.tiles.length > 1 && <i>{line.tab}</i>}
              {line.way !== 'note' && <b>{line.kind}</b>} <span class="what" dir="auto">{line.words}</span>
              {line.bytes > 0 && <small>{line.bytes} B</small>}
            </li>
          ))}
        </ol>
      </div>
      <div>
        <h3>Deskbell → Slack</h3>
        <ol tabIndex={0} aria-label="Calls from Deskbell to Slack, the newest first">
          {stage.calls.slice(0, 60).map((call, index) => (
            <li key={`${call.at}${call.method}${index}`} class={call.ok ? 'up' : 'bad'}>
              <b>{call.method}</b> <span class="what">{call.ok ? 'ok' : call.error || call.status}{call.fault && `  ${call.fault}`}{call.retry_after_s > 0 && `  retry after ${call.retry_after_s} s`}</span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
