import { Component, createRef } from 'preact';
import type { Snapshot } from '../core/snapshot.ts';
import { Panel } from './panel.tsx';
import { nameOf, type Ui } from './shell.ts';

/** Everything of the chat inside the shadow root: a pure drawing of two pictures, the client's and the shell's. The few
 * things that are not drawing (where focus goes next) happen here, after it. */
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

  override getSnapshotBeforeUpdate(): boolean {
    return this.#focused() !== null;
  }

  override componentDidUpdate(_props: object, _state: object, hadFocus: boolean): void {
    const place = this.props.ui.shell.takeWish();
    // What had the focus may be gone (a card, a button): it must not fall to the page, where Escape means nothing.
    const lost = hadFocus && !this.#focused() && this.props.ui.shell.state.open;
    const target = place ?? (lost ? 'textarea,.card input,.card button,.log' : null);
    const root = this.#root.current!.getRootNode() as ParentNode;
    // The first in the list that is there, wherever it stands.
    const found = target?.split(',').map((one) => root.querySelector<HTMLElement>(one)).find((one) => one);
    found?.focus({ preventScroll: true });
  }

  #focused(): Element | null {
    const active = (this.#root.current?.getRootNode() as ShadowRoot | undefined)?.activeElement ?? null;
    return active === document.body ? null : active;
  }

  override render({ ui }: { ui: Ui }) {
    const { state } = ui.shell;
    const snap = ui.client.snapshot;
    return (
      <div class="chat" ref={this.#root}>
        <div class="sr" role="status" data-testid="announcer">{announcement(ui, snap)}</div>
        {state.everOpened && <Panel ui={ui} snap={snap} open={state.open && state.visible} />}
      </div>
    );
  }
}

// With the panel closed the log is silent; this line says that somebody wrote, and who, but not what.
function announcement(ui: Ui, snap: Snapshot): string {
  if (ui.shell.state.open || snap.unread === 0 || snap.catchingUp) return '';
  const last = snap.items.findLast((item) => item.kind === 'message' && item.role !== 'customer');
  return last?.kind === 'message' ? ui.texts.say('announce', { name: nameOf(ui, last) }) : '';
}
