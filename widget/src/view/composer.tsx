import { useLayoutEffect, useRef } from 'preact/hooks';
import { messageCharactersMax, type Snapshot } from '../core/client.ts';
import { Icon } from './icons.tsx';
import type { Ui } from './shell.ts';

const warnBelow = 400;
const heightPxMax = 132;

/** Where the customer writes. Never disabled: what is written without a link is kept and sent later. */
export function Composer({ ui, snap, draft }: { ui: Ui; snap: Snapshot; draft: string }) {
  const { texts, shell, client } = ui;
  const field = useRef<HTMLTextAreaElement>(null);
  const left = messageCharactersMax - draft.trim().length;
  const sendable = draft.trim().length > 0 && left >= 0;

  useLayoutEffect(() => {
    if (shell.takeWish('composer')) field.current?.focus({ preventScroll: true });
  });
  useLayoutEffect(() => grow(field.current), [draft]);

  const submit = () => {
    if (sendable && client.send(draft)) shell.change({ draft: '' });
    field.current?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses a word (229 is how older Safari says so).
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  };

  return (
    <form
      class="composer" part="composer" onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div class={`field ${left < 0 ? 'is-over' : ''}`}>
        <textarea
          ref={field} rows={1} value={draft} dir="auto" aria-label={texts.composer} data-testid="composer"
          placeholder={snap.state === 'closed' ? texts.placeholderClosed : texts.placeholder}
          aria-invalid={left < 0} aria-describedby={left < warnBelow ? 'db-left' : undefined}
          enterkeyhint="send" autocomplete="off"
          onInput={(event) => {
            shell.change({ draft: event.currentTarget.value });
            client.tellTyping(event.currentTarget.value.trim() !== '');
          }}
          onBlur={() => client.tellTyping(false)} onKeyDown={onKeyDown}
        />
        <button type="submit" class="send" part="send" aria-label={texts.send} aria-disabled={!sendable} data-testid="send">
          <Icon name="send" />
        </button>
      </div>
      {left < warnBelow && (
        <div class={`count ${left < 0 ? 'bad' : ''}`} id="db-left">{left < 0 ? texts.over(-left) : texts.left(left)}</div>
      )}
    </form>
  );
}

// `field-sizing: content` does this in CSS where it exists; elsewhere the height follows the text here.
function grow(field: HTMLTextAreaElement | null): void {
  if (!field || globalThis.CSS?.supports?.('field-sizing', 'content')) return;
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, heightPxMax)}px`;
}
