import { messageCharactersMax, type Snapshot } from '../core/client.ts';
import { Icon } from './icons.tsx';
import type { Ui } from './shell.ts';

const warnBelow = 400;

/** Where the customer writes. Never disabled: what is written without a link is kept and sent later. */
export function Composer({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { texts, shell, client } = ui;
  const { draft } = shell.state;
  const left = messageCharactersMax - draft.trim().length;
  const over = left < 0;
  const sendable = left < messageCharactersMax && !over;

  const submit = (event: Event) => {
    event.preventDefault();
    shell.change(sendable && client.send(draft) ? { draft: '' } : {}, 'composer');
  };
  return (
    <form class="composer" part="composer" onSubmit={submit}>
      <div class={`field ${over ? 'is-over' : ''}`}>
        <textarea
          rows={1} value={draft} dir="auto" aria-label={texts.composer} data-testid="composer"
          placeholder={snap.state === 'closed' ? texts.placeholderClosed : texts.placeholder}
          aria-invalid={over} aria-describedby={left < warnBelow ? 'db-left' : undefined} enterkeyhint="send"
          onInput={(event) => {
            const { value } = event.currentTarget;
            shell.change({ draft: value });
            client.tellTyping(value.trim() !== '');
          }}
          onBlur={() => client.tellTyping(false)}
          onKeyDown={(event) => {
            // While an input method composes, Enter chooses a word (229 is how older Safari says so).
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) submit(event);
          }}
          ref={grow}
        />
        <button type="submit" class="send fill" part="send" aria-label={texts.send} aria-disabled={!sendable} data-testid="send">
          <Icon name="send" />
        </button>
      </div>
      {left < warnBelow && (
        <div class={`count ${over ? 'bad' : ''}`} id="db-left">{over ? texts.over(-left) : texts.left(left)}</div>
      )}
    </form>
  );
}

// `field-sizing: content` does this in CSS where it exists; elsewhere the height follows the text here.
function grow(field: HTMLTextAreaElement | null): void {
  if (!field || CSS.supports('field-sizing:content')) return;
  field.addEventListener('input', () => {
    field.style.height = '0';
    field.style.height = `${field.scrollHeight}px`;
  });
  field.form!.addEventListener('submit', () => (field.style.height = ''));
}
