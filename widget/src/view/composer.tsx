import type { Snapshot } from '../core/snapshot.ts';
import { Icon } from './icons.tsx';
import type { Ui } from './shell.ts';
import { Tray } from './tray.tsx';

const warnBelow = 400;

/** Where the customer writes. Never disabled: what is written without a link is kept and sent later. */
export function Composer({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { texts, shell, client } = ui;
  const { draft, editing } = shell.state;
  const left = client.charactersMax - draft.trim().length;
  const over = left < 0;
  const files = snap.uploads.some(({ state }) => state === 'done');
  const busy = snap.uploads.some(({ state }) => state === 'queued' || state === 'sending');
  const sendable = (draft.trim() !== '' || (files && !editing)) && !over && !busy;

  const submit = (event: Event) => {
    event.preventDefault();
    if (editing) return finishEditing();
    shell.change(sendable && client.send(draft) ? { draft: '', tooManyFiles: false, prechatSkipped: true } : {}, 'composer');
  };
  const finishEditing = () => {
    const message = snap.items.find((item) => item.key === editing);
    if (message?.kind === 'message' && sendable) client.edit(message, draft);
    shell.change({ editing: null, draft: '' }, 'composer');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses a word (229 is how older Safari says so).
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) submit(event);
    if (event.key !== 'Escape' || !editing) return;
    event.stopPropagation();
    shell.change({ editing: null, draft: '' }, 'composer');
  };
  return (
    <form class="composer" part="composer" onSubmit={submit}>
      {editing && (
        <div class="editing" role="status">
          <Icon name="pencil" size={16} />
          <span>{texts.say('editing')}</span>
          <button type="button" class="link" onClick={() => shell.change({ editing: null, draft: '' }, 'composer')}>{texts.say('cancel')}</button>
        </div>
      )}
      <Tray ui={ui} snap={snap} />
      <div class={`field ${over ? 'is-over' : ''}`}>
        {takesFiles(ui) && !editing && <AttachButton ui={ui} />}
        <textarea
          rows={1} value={draft} dir={draft ? 'auto' : undefined} aria-label={texts.say('composer')} data-testid="composer"
          placeholder={texts.say(snap.state === 'closed' ? 'placeholderClosed' : 'placeholder')}
          aria-invalid={over || undefined} aria-describedby={left < warnBelow ? 'db-left' : undefined} enterkeyhint="send"
          onInput={(event) => {
            const { value } = event.currentTarget;
            shell.change({ draft: value });
            client.tellTyping(value.trim() !== '');
          }}
          onPaste={(event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (files.length === 0 || !takesFiles(ui)) return;
            event.preventDefault();
            attach(ui, files);
          }}
          onBlur={() => client.tellTyping(false)} onKeyDown={onKeyDown} ref={grow}
        />
        <button
          type="submit" class="send fill" part="send" aria-label={texts.say(editing ? 'save' : 'send')} aria-disabled={!sendable} data-testid="send"
        >
          <Icon name={editing ? 'check' : 'send'} />
        </button>
      </div>
      {left < warnBelow && (
        <div class={`count ${over ? 'bad' : ''}`} id="db-left">{texts.say(over ? 'over' : 'left', { n: Math.abs(left) })}</div>
      )}
    </form>
  );
}

export const takesFiles = ({ client, options }: Ui): boolean =>
  options.files && client.site.features?.files !== false && client.site.files?.enabled === true;

export function attach(ui: Ui, files: readonly File[]): void {
  const taken = ui.client.attach(files);
  ui.shell.change({ tooManyFiles: taken < files.length, dropping: false }, 'composer');
}

// The browser's own file field, out of sight; the button stands for it.
function AttachButton({ ui }: { ui: Ui }) {
  const { texts, client } = ui;
  return (
    <>
      <input
        type="file" class="file-field" multiple hidden data-testid="file-field" accept={client.uploads.rules.types.join(',') || undefined}
        onChange={(event) => {
          const field = event.currentTarget;
          if (field.files?.length) attach(ui, [...field.files]);
          field.value = ''; // the same file may be picked again
        }}
      />
      <button
        type="button" class="round" aria-label={texts.say('attach')} data-testid="attach"
        onClick={(event) => (event.currentTarget.previousElementSibling as HTMLInputElement).click()}
      >
        <Icon name="clip" />
      </button>
    </>
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
