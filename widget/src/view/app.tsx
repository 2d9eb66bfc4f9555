import { Component, createRef } from 'preact';
import type { Snapshot } from '../core/client.ts';
import { Icon } from './icons.tsx';
import { Panel } from './panel.tsx';
import { nameOf, type Ui } from './shell.ts';

/** Everything inside the shadow root: a pure drawing of two pictures, the client's and the shell's. The few things
 * that are not drawing (where focus goes next) happen here, after it. */
export class App extends Component<{ ui: Ui }> {
  #root = createRef<HTMLDivElement>();
  #offs: (() => void)[] = [];

  override componentDidMount(): void {
    const { client, shell } = this.props.ui;
    const again = () => this.forceUpdate();
    // News may come in hundreds (a long history): one drawing a frame. What the customer does is drawn at once, because
    // a phone opens its keyboard only while it still counts as their gesture.
    let frame = 0;
    const soon = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        again();
      });
    };
    this.#offs = [client.emitter.on('change', soon), shell.emitter.on('change', again), () => cancelAnimationFrame(frame)];
    again(); // something may have changed between the first drawing and now
  }

  override componentWillUnmount(): void {
    for (const off of this.#offs) off();
  }

  override componentDidUpdate(): void {
    const place = this.props.ui.shell.takeWish();
    if (place) this.#root.current!.querySelector<HTMLElement>(place)?.focus({ preventScroll: true });
  }

  override render({ ui }: { ui: Ui }) {
    const { state } = ui.shell;
    const snap = ui.client.snapshot;
    const open = state.open && state.visible;
    return (
      <div class={ui.options.side} ref={this.#root}>
        <div class="sr" role="status" data-testid="announcer">{announcement(ui, snap)}</div>
        {state.visible && !ui.options.hideLauncher && <Launcher ui={ui} unread={snap.unread} />}
        {state.everOpened && <Panel ui={ui} snap={snap} open={open} />}
      </div>
    );
  }
}

function Launcher({ ui: { texts, shell }, unread }: { ui: Ui; unread: number }) {
  const { open, everOpened, small } = shell.state;
  const label = open ? texts.closeChat : unread > 0 ? texts.launcherUnread(unread) : texts.launcher;
  return (
    <button
      type="button" class="launcher fill" part="launcher" aria-label={label} aria-expanded={open} aria-haspopup="dialog"
      aria-controls={everOpened ? 'db-panel' : undefined} data-testid="launcher" hidden={open && small}
      onClick={() => (open ? shell.close(true) : shell.open(true))}
    >
      <Icon name={open ? 'down' : 'chat'} size={26} />
      {!open && unread > 0 && (
        <span class="badge" data-testid="unread" aria-hidden="true">{unread > 9 ? '9+' : unread}</span>
      )}
    </button>
  );
}

// With the panel closed the log is silent; this line says that somebody wrote, and who, but not what.
function announcement(ui: Ui, snap: Snapshot): string {
  if (ui.shell.state.open || snap.unread === 0 || snap.catchingUp) return '';
  const last = snap.items.findLast((item) => item.kind === 'message' && item.role !== 'customer');
  return last?.kind === 'message' ? ui.texts.announce(nameOf(ui, last)) : '';
}
