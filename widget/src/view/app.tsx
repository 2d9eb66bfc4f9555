import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Snapshot } from '../core/client.ts';
import { Icon } from './icons.tsx';
import { Panel } from './panel.tsx';
import type { Ui } from './shell.ts';

/** Everything inside the shadow root. Draws again when the client or the shell says that something changed. */
export function App({ ui }: { ui: Ui }) {
  const { client, shell } = ui;
  const [, redraw] = useState(0);
  useLayoutEffect(() => {
    const again = () => redraw((count) => count + 1);
    const offs = [client.emitter.on('change', again), shell.emitter.on('change', again)];
    again(); // something may have changed between the first drawing and now
    return () => offs.forEach((off) => off());
  }, []);
  const snap = client.snapshot;
  const { state } = shell;
  return (
    <div class={`root ${ui.options.side}`}>
      <Announcer ui={ui} snap={snap} />
      {state.visible && !ui.options.hideLauncher && <Launcher ui={ui} snap={snap} open={state.open} covered={state.small && state.open} />}
      {state.everOpened && <Panel ui={ui} snap={snap} state={{ ...state, open: state.open && state.visible }} />}
    </div>
  );
}

function Launcher({ ui, snap, open, covered }: { ui: Ui; snap: Snapshot; open: boolean; covered: boolean }) {
  const { texts, shell } = ui;
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!open && shell.takeWish('launcher')) button.current?.focus({ preventScroll: true });
  });
  const label = open ? texts.closeChat : snap.unread > 0 ? texts.launcherUnread(snap.unread) : texts.launcher;
  return (
    <button
      type="button" class="launcher" part="launcher" ref={button} aria-label={label} aria-expanded={open}
      aria-controls={shell.state.everOpened ? 'db-panel' : undefined} aria-haspopup="dialog" data-testid="launcher"
      hidden={covered} onClick={() => (open ? shell.close(true) : shell.open(true))}
    >
      <Icon name={open ? 'down' : 'chat'} size={26} />
      {!open && snap.unread > 0 && (
        <span class="badge" data-testid="unread" aria-hidden="true">{snap.unread > 9 ? '9+' : snap.unread}</span>
      )}
    </button>
  );
}

// With the panel closed the log is silent; this line says that somebody wrote, and who, but not what.
function Announcer({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const [words, setWords] = useState('');
  const { open } = ui.shell.state;
  const last = snap.items.findLast((item) => item.kind === 'message' && item.role !== 'customer');
  const name = last?.kind === 'message'
    ? last.name || (last.role === 'bot' ? ui.texts.bot : ui.texts.agentFallback)
    : '';
  useEffect(() => {
    setWords(!open && snap.unread > 0 && !snap.catchingUp ? ui.texts.announce(name) : '');
  }, [open, snap.unread, name]);
  return <div class="sr" role="status" data-testid="announcer">{words}</div>;
}
