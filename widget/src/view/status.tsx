import type { Snapshot } from '../core/client.ts';
import { Icon } from './icons.tsx';
import type { Ui } from './shell.ts';
import type { Texts } from './texts.ts';

type Word = [tone: 'calm' | 'warn' | 'wait' | 'quiet' | 'empty', text: string];

export function Status({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const [tone, text] = statusWord(snap, ui.texts, navigator.onLine);
  return (
    <div class={`status is-${tone}`}>
      {tone === 'wait' && <span class="pulse" />}
      {tone === 'warn' && <Icon name="alert" size={16} />}
      <div role="status" data-testid="status" dir="auto">{text}</div>
    </div>
  );
}

/** One thing at a time, the one that matters most to somebody who waits for an answer. */
export function statusWord(snap: Snapshot, texts: Texts, online: boolean): Word {
  const { stopReason, typing } = snap;
  if (stopReason) return [stopReason === 'upgrade' ? 'warn' : 'calm', texts.stopped[stopReason]];
  if (snap.troubled) return ['warn', online ? texts.reconnecting : texts.offline];
  if (snap.humanRefused) return ['warn', texts.humanRefused];
  if (snap.notice) return ['calm', snap.notice];
  if (snap.askingHuman) return ['wait', texts.asking];
  if (snap.state === 'waiting') return ['wait', waitingText(snap, texts)];
  if (typing?.role === 'agent') return ['quiet', texts.typing(typing.name || texts.agentFallback)];
  return ['empty', ''];
}

function waitingText({ session }: Snapshot, texts: Texts): string {
  const { position = 0, estimated_wait_s = 0 } = session?.queue ?? {};
  return [
    texts.waiting,
    position > 0 ? texts.position(position) : '',
    estimated_wait_s > 0 ? texts.estimate(Math.ceil(estimated_wait_s / 60)) : '',
    texts.waitingMore,
  ].filter(Boolean).join(' ');
}
