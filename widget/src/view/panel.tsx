import type { Snapshot } from '../core/snapshot.ts';
import { Avatar } from './avatar.tsx';
import { attach, Composer, takesFiles } from './composer.tsx';
import { Ended } from './ended.tsx';
import { HumanButton, HumanForm, Prechat } from './human.tsx';
import { Icon } from './icons.tsx';
import { Log } from './log.tsx';
import { ConfirmForget, Menu } from './menu.tsx';
import { mayAskHuman, wantsPrechat, type Ui } from './shell.ts';
import { Status } from './status.tsx';

/** The conversation's window: beside the page on a desktop, over all of it on a phone. */
export function Panel({ ui, snap, open }: { ui: Ui; snap: Snapshot; open: boolean }) {
  const { shell, texts } = ui;
  const { small, dropping } = shell.state;
  const carriesFiles = (event: DragEvent) => takesFiles(ui) && (event.dataTransfer?.types.includes('Files') ?? false);
  return (
    <section
      class="panel" part="panel" id="db-panel" role="dialog" aria-labelledby="db-title" hidden={!open}
      aria-modal={small || undefined} data-testid="panel"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.isComposing) shell.close(true);
        else if (event.key === 'Tab' && small) keepFocusInside(event);
      }}
      onDragOver={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        if (!dropping) shell.change({ dropping: true });
      }}
      onDragLeave={(event) => {
        if (dropping && !event.currentTarget.contains(event.relatedTarget as Node | null)) shell.change({ dropping: false });
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        attach(ui, [...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <Header ui={ui} snap={snap} />
      <Status ui={ui} snap={snap} />
      <Log ui={ui} snap={snap} open={open} />
      <Foot ui={ui} snap={snap} />
      {dropping && <div class="drop"><Icon name="clip" size={28} />{texts.say('dropHere')}</div>}
    </section>
  );
}

function Foot({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { humanForm, forgetting } = ui.shell.state;
  if (forgetting) return <div class="foot"><ConfirmForget ui={ui} /></div>;
  const human = mayAskHuman(snap);
  const prechat = wantsPrechat(ui, snap);
  return (
    <div class="foot">
      {human && humanForm && <HumanForm ui={ui} />}
      {human && !humanForm && !prechat && <HumanButton ui={ui} part="human" look="tint" />}
      {snap.state === 'closed' && !snap.askingHuman && <Ended ui={ui} snap={snap} />}
      {prechat && !humanForm ? <Prechat ui={ui} /> : <Composer ui={ui} snap={snap} />}
    </div>
  );
}

function Header({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { options, texts, shell, client } = ui;
  const { agent } = snap;
  const title = agent ? agent.name || texts.say('agentFallback') : (options.title ?? (client.site.title || texts.say('title')));
  const subtitles = {
    none: 'subtitleNone', bot: 'subtitleBot', waiting: 'subtitleWaiting', open: 'subtitleOpen', closed: 'subtitleClosed',
  } as const;
  return (
    <div class="header" part="header">
      <div class={`who ${agent ? 'is-here' : ''}`} data-testid={agent ? 'agent' : undefined}>
        <Avatar ui={ui} name={title} picture={agent?.avatar} bot={!agent} />
        <div class="who-words">
          <h2 id="db-title" dir="auto">{title}</h2>
          <div class="subtitle" dir="auto">{texts.say(subtitles[snap.askingHuman ? 'waiting' : snap.state])}</div>
        </div>
      </div>
      <Menu ui={ui} snap={snap} />
      <button type="button" class="round" aria-label={texts.say('closeChat')} data-testid="close" onClick={() => shell.close(true)}>
        <Icon name="close" />
      </button>
    </div>
  );
}

// On a phone the page behind is inert, so Tab would leave for the browser's own bars: it goes round instead.
function keepFocusInside(event: KeyboardEvent): void {
  const panel = event.currentTarget as HTMLElement;
  const stops = [...panel.querySelectorAll<HTMLElement>('button,a,input,textarea,[tabindex]')].filter((one) => one.checkVisibility?.() ?? true);
  if (event.shiftKey) stops.reverse();
  if ((panel.getRootNode() as ShadowRoot).activeElement !== stops.at(-1)) return;
  event.preventDefault();
  stops[0]?.focus();
}
