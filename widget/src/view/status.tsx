import type { Snapshot } from '../core/snapshot.ts';
import { Icon } from './icons.tsx';
import { reasonOf, type Ui } from './shell.ts';
import { Waiting } from './waiting.tsx';

type Word = [tone: 'calm' | 'warn' | 'quiet' | 'empty', text: string];

export function Status({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const [tone, text] = statusWord(snap, ui, navigator.onLine);
  const waiting = tone !== 'warn' && (snap.askingHuman || snap.state === 'waiting') && !snap.stopReason;
  if (waiting) return <Waiting ui={ui} snap={snap} />;
  return (
    <div class={`status is-${tone}`}>
      {tone === 'warn' && <Icon name="alert" size={16} />}
      <div role="status" data-testid="status" dir={text === snap.notice?.text ? 'auto' : undefined}>{text}</div>
    </div>
  );
}

/** One thing at a time, the one that matters most to somebody who waits for an answer. */
export function statusWord(snap: Snapshot, ui: Ui, online: boolean): Word {
  const { texts } = ui;
  const { stopReason, typing } = snap;
  const stops = { token: 'stoppedToken', upgrade: 'stoppedUpgrade', replaced: 'stoppedReplaced' } as const;
  if (stopReason) return [stopReason === 'upgrade' ? 'warn' : 'calm', texts.say(stops[stopReason])];
  if (snap.troubled) return ['warn', texts.say(online ? 'reconnecting' : 'offline')];
  if (snap.humanRefused) return ['warn', texts.say('humanRefused')];
  if (snap.trouble) return ['warn', reasonOf(ui, snap.trouble, 'code_other')];
  if (snap.notice) return ['calm', snap.notice.text];
  if (typing?.role === 'agent') return ['quiet', texts.say('typing', { name: typing.name || texts.say('agentFallback') })];
  return ['empty', ''];
}
