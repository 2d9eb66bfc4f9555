import { useEffect, useState } from 'preact/hooks';
import type { Snapshot } from '../core/client.ts';
import { Icon } from './icons.tsx';
import type { Ui } from './shell.ts';
import type { Texts } from './texts.ts';

// A reconnect that takes a moment is nobody's business; one that takes longer is said.
const patienceMs = 1500;

interface Word {
  text: string;
  tone: 'calm' | 'warn' | 'wait' | 'quiet';
}

export function Status({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const troubled = useTrouble(snap);
  const word = statusWord(snap, ui.texts, troubled, navigator.onLine !== false);
  const replaced = snap.stopReason === 'replaced';
  return (
    <div class="status-frame">
      <div class={`status ${word ? `is-${word.tone}` : 'is-empty'}`}>
        {word?.tone === 'wait' && <span class="pulse" aria-hidden="true" />}
        {word?.tone === 'warn' && <Icon name="alert" size={16} />}
        <div role="status" data-testid="status" dir="auto">{word?.text ?? ''}</div>
        {replaced && (
          <button type="button" class="small" onClick={() => ui.client.reconnect()}>{ui.texts.reconnect}</button>
        )}
      </div>
    </div>
  );
}

function useTrouble(snap: Snapshot): boolean {
  const wrong = snap.link === 'connecting' || snap.link === 'offline';
  const [troubled, setTroubled] = useState(false);
  useEffect(() => {
    if (!wrong) {
      setTroubled(false);
      return;
    }
    const timer = setTimeout(() => setTroubled(true), patienceMs);
    return () => clearTimeout(timer);
  }, [wrong]);
  return wrong && troubled;
}

/** One thing at a time, the one that matters most to somebody who waits for an answer. */
export function statusWord(snap: Snapshot, texts: Texts, troubled: boolean, online: boolean): Word | null {
  if (snap.stopReason === 'token') return { text: texts.stoppedToken, tone: 'calm' };
  if (snap.stopReason === 'upgrade') return { text: texts.stoppedUpgrade, tone: 'warn' };
  if (snap.stopReason === 'replaced') return { text: texts.stoppedReplaced, tone: 'calm' };
  if (troubled || (!online && snap.link !== 'online' && snap.link !== 'idle')) {
    if (!online) return { text: texts.offline, tone: 'warn' };
    return { text: snap.session ? texts.reconnecting : texts.connecting, tone: 'warn' };
  }
  if (snap.humanRefused) return { text: texts.humanRefused, tone: 'warn' };
  if (snap.notice) return { text: snap.notice, tone: 'calm' };
  if (snap.askingHuman) return { text: texts.asking, tone: 'wait' };
  if (snap.state === 'waiting') return { text: waitingText(snap, texts), tone: 'wait' };
  if (snap.typing?.role === 'agent') return { text: texts.typing(snap.typing.name || texts.agentFallback), tone: 'quiet' };
  return null;
}

function waitingText(snap: Snapshot, texts: Texts): string {
  const queue = snap.session?.queue;
  const parts = [texts.waiting];
  if (queue && queue.position > 0) parts.push(texts.position(queue.position));
  if (queue?.estimated_wait_s) parts.push(texts.estimate(Math.ceil(queue.estimated_wait_s / 60)));
  parts.push(texts.waitingMore);
  return parts.join(' ');
}
