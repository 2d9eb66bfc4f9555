import { useEffect, useRef } from 'preact/hooks';
import type { Snapshot } from '../core/client.ts';
import { Avatar } from './avatar.tsx';
import { Composer } from './composer.tsx';
import { HumanBar, HumanForm } from './human.tsx';
import { Icon } from './icons.tsx';
import { Log } from './log.tsx';
import { Rating } from './rating.tsx';
import { Status } from './status.tsx';
import type { ShellState, Ui } from './shell.ts';

/** The conversation's window: beside the page on a desktop, over all of it on a phone. */
export function Panel({ ui, snap, state }: { ui: Ui; snap: Snapshot; state: ShellState }) {
  const { shell } = ui;
  const panel = useRef<HTMLElement>(null);
  const withBot = (snap.state === 'bot' || snap.state === 'none') && !snap.askingHuman;

  useReadMarker(ui, snap, state.open);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.isComposing) {
      event.stopPropagation();
      shell.close(true);
    } else if (event.key === 'Tab' && state.small) {
      keepFocusInside(event, panel.current!);
    }
  };

  return (
    <section
      class="panel" part="panel" id="db-panel" ref={panel} role="dialog" aria-labelledby="db-title" hidden={!state.open}
      aria-modal={state.small ? true : undefined} data-testid="panel" onKeyDown={onKeyDown}
    >
      <Header ui={ui} snap={snap} />
      <Status ui={ui} snap={snap} />
      <Log ui={ui} snap={snap} open={state.open} />
      <div class="foot">
        {withBot && !state.humanForm && <HumanBar ui={ui} />}
        {withBot && state.humanForm && <HumanForm ui={ui} snap={snap} />}
        {snap.state === 'closed' && !snap.askingHuman && <Rating ui={ui} snap={snap} />}
        <Composer ui={ui} snap={snap} draft={state.draft} />
      </div>
    </section>
  );
}

function Header({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { options, texts, shell } = ui;
  const { agent } = snap;
  const title = options.title ?? texts.title;
  return (
    <header class="header" part="header">
      <div class="who" data-testid={agent ? 'agent' : undefined}>
        <span class={`face-frame ${agent ? 'is-here' : ''}`}>
          <Avatar name={agent?.name ?? title} picture={agent?.avatar} server={options.server} bot={!agent} />
        </span>
        <div class="who-words">
          <h2 id="db-title" dir="auto">{agent ? agent.name || texts.agentFallback : title}</h2>
          <div class="subtitle" dir="auto">{subtitle(ui, snap)}</div>
        </div>
      </div>
      <button
        type="button" class="round" aria-label={texts.closeChat} data-testid="close" onClick={() => shell.close(true)}
      >
        <Icon name="close" />
      </button>
    </header>
  );
}

// Read means: the panel is open and the page is in front of somebody.
function useReadMarker({ client }: Ui, snap: Snapshot, open: boolean): void {
  useEffect(() => {
    if (!open || snap.unread === 0) return;
    const mark = () => {
      if (document.visibilityState === 'visible') client.markRead();
    };
    mark();
    document.addEventListener('visibilitychange', mark);
    return () => document.removeEventListener('visibilitychange', mark);
  }, [open, snap.unread, snap.items]);
}

function subtitle({ texts }: Ui, snap: Snapshot): string {
  if (snap.askingHuman || snap.state === 'waiting') return texts.subtitleWaiting;
  if (snap.state === 'open') return texts.subtitleOpen;
  return snap.state === 'closed' ? texts.subtitleClosed : texts.subtitleBot;
}

// On a phone the page behind is inert, so Tab would leave for the browser's own bars: it goes round instead.
function keepFocusInside(event: KeyboardEvent, panel: HTMLElement): void {
  const stops = [...panel.querySelectorAll<HTMLElement>('button,a[href],input,textarea,[tabindex="0"]')];
  const root = panel.getRootNode() as ShadowRoot;
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (root.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
}
