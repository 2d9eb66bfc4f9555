// Where Ana or Ben types. Enter sends, Shift+Enter makes a line; what was not sent stays, also across channels.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Outcome } from './api.ts';
import { Icon } from './icons.tsx';
import { words_of } from './workspace.ts';

interface Draft {
  text: string;
  broadcast: boolean;
}

const drafts = new Map<string, Draft>();
const empty: Draft = { text: '', broadcast: false };

interface Props {
  place: string; // one draft for each
  label: string;
  as: string; // whose name the message will carry
  broadcast_to?: string;
  kind: 'channel' | 'thread';
  send(text: string, broadcast: boolean): Promise<Outcome>;
  edit_last?(): boolean;
}

export function Composer({ place, label, as, broadcast_to, kind, send, edit_last }: Props) {
  const [draft, set_draft] = useState<Draft>(() => drafts.get(place) ?? empty);
  const [sending, set_sending] = useState(false);
  const [problem, set_problem] = useState('');
  const box = useRef<HTMLTextAreaElement>(null);
  const change = (next: Draft) => {
    set_draft(next);
    drafts.set(place, next);
  };

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight + 2, 220)}px`;
  }, [draft.text]);

  const submit = async () => {
    const text = draft.text.trim();
    if (!text || sending) return;
    set_sending(true);
    set_problem('');
    const outcome = await send(text, draft.broadcast);
    set_sending(false);
    if (outcome.ok) change(empty);
    else set_problem(words_of(outcome));
    box.current?.focus({ preventScroll: true });
  };

  const on_key = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      void submit();
    } else if (event.key === 'ArrowUp' && !draft.text && edit_last?.()) {
      event.preventDefault();
    }
  };

  const problem_id = `${kind}-composer-problem`;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {problem && <p class="problem" id={problem_id} role="alert">{problem}</p>}
      <div class="composer-box">
        <textarea
          ref={box}
          rows={1}
          value={draft.text}
          aria-label={label}
          aria-describedby={problem ? problem_id : undefined}
          placeholder={label}
          enterkeyhint="send"
          dir="auto"
          readOnly={sending}
          data-testid={`${kind}-composer`}
          onInput={(event) => change({ ...draft, text: event.currentTarget.value })}
          onKeyDown={on_key}
        />
        <button
          type="submit"
          class="send"
          aria-label={`Send as ${as}`}
          aria-disabled={!draft.text.trim() || sending}
          data-testid={`${kind}-send`}
        >
          <Icon name="send" />
        </button>
      </div>
      <div class="composer-foot">
        {broadcast_to && (
          <label class="check">
            <input
              type="checkbox"
              checked={draft.broadcast}
              data-testid="also-send"
              onChange={(event) => change({ ...draft, broadcast: event.currentTarget.checked })}
            />
            Also send to #{broadcast_to}
          </label>
        )}
        <span class="composer-hint">
          As <b>{as}</b> · Enter sends, Shift+Enter makes a new line
          {kind === 'channel' && ' · Customers see only what is said in their thread'}
        </span>
      </div>
    </form>
  );
}
