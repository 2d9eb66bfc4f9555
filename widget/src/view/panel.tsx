import type { Snapshot } from '../core/client.ts';
import { Avatar } from './avatar.tsx';
import { Composer } from './composer.tsx';
import { HumanButton, HumanForm } from './human.tsx';
import { Icon } from './icons.tsx';
import { Log } from './log.tsx';
import { Rating } from './rating.tsx';
import { Status } from './status.tsx';
import { mayAskHuman, type Ui } from './shell.ts';

/** The conversation's window: beside the page on a desktop, over all of it on a phone. */
export function Panel({ ui, snap, open }: { ui: Ui; snap: Snapshot; open: boolean }) {
  const { shell } = ui;
  const { small, humanForm } = shell.state;
  return (
    <section
      class="panel" part="panel" id="db-panel" role="dialog" aria-labelledby="db-title" hidden={!open}
      aria-modal={small || undefined} data-testid="panel"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.isComposing) shell.close(true);
        else if (event.key === 'Tab' && small) keepFocusInside(event);
      }}
    >
      <Header ui={ui} snap={snap} />
      <Status ui={ui} snap={snap} />
      <Log ui={ui} snap={snap} open={open} />
      <div class="foot">
        {mayAskHuman(snap) && (humanForm ? <HumanForm ui={ui} snap={snap} /> : <HumanButton ui={ui} part="human" look="tint" />)}
        {snap.state === 'closed' && !snap.askingHuman && <Rating ui={ui} score={snap.rating ?? 0} />}
        <Composer ui={ui} snap={snap} />
      </div>
    </section>
  );
}

function Header({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { options, texts, shell } = ui;
  const { agent } = snap;
  const title = agent ? agent.name || texts.agentFallback : (options.title ?? texts.title);
  return (
    <div class="header" part="header">
      <div class={`who ${agent ? 'is-here' : ''}`} data-testid={agent ? 'agent' : undefined}>
        <Avatar ui={ui} name={title} picture={agent?.avatar} bot={!agent} />
        <div class="who-words">
          <h2 id="db-title" dir="auto">{title}</h2>
          <div class="subtitle" dir="auto">{texts.subtitles[snap.askingHuman ? 'waiting' : snap.state]}</div>
        </div>
      </div>
      <button type="button" class="round" aria-label={texts.closeChat} data-testid="close" onClick={() => shell.close(true)}>
        <Icon name="close" />
      </button>
    </div>
  );
}

// On a phone the page behind is inert, so Tab would leave for the browser's own bars: it goes round instead.
function keepFocusInside(event: KeyboardEvent): void {
  const panel = event.currentTarget as HTMLElement;
  const stops = [...panel.querySelectorAll<HTMLElement>('button,a,input,textarea,[tabindex]')];
  if (event.shiftKey) stops.reverse();
  if ((panel.getRootNode() as ShadowRoot).activeElement !== stops.at(-1)) return;
  event.preventDefault();
  stops[0]?.focus();
}
