// Where Ana or Ben types. Enter sends, Shift+Enter makes a line; what was not sent stays, also across channels.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Outcome } from './api.ts';
import { Icon } from './icons.tsx';
import { QuickMenu } from './quick_menu.tsx';
import { read_files, size_words, type WaitingFile } from './shared_files.tsx';
import { use_workspace, words_of } from './workspace.ts';

interface Draft {
  text: string;
  broadcast: boolean;
  files: WaitingFile[];
}

const drafts = new Map<string, Draft>();
const empty: Draft = { text: '', broadcast: false, files: [] };

interface Props {
  place: string; // one draft for each
  label: string;
  as: string; // whose name the message will carry
  broadcast_to?: string;
  kind: 'channel' | 'thread';
  channel: string;
  thread_ts?: string;
  edit_last?(): boolean;
}

// Said, uploaded, or a command for the app: by what is in the box.
function use_send({ channel, thread_ts }: Props) {
  const { act, me, state } = use_workspace();
  return ({ text, broadcast, files }: Draft): Promise<Outcome> => {
    const body = { user: me.id, channel, text: text.trim(), ...(thread_ts && { thread_ts }), ...(broadcast && { broadcast }) };
    const first = /^\/\S+/.exec(body.text)?.[0].toLowerCase();
    const known = state.manifest?.features.slash_commands.some(({ command }) => command === first);
    if (files.length) return act('upload', { ...body, files: files.map(({ name, content_base64 }) => ({ name, content_base64 })) });
    return act(known ? 'command' : 'post', body);
  };
}

export function Composer(props: Props) {
  const { place, label, as, broadcast_to, kind, edit_last } = props;
  const { act, me, state, tell } = use_workspace();
  const send = use_send(props);
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

  const features = state.manifest?.features;
  const commands = kind === 'channel' && /^\/\S*$/.test(draft.text) ? (features?.slash_commands ?? []).filter(({ command }) => command.startsWith(draft.text.toLowerCase())) : [];
  const shortcuts = (features?.shortcuts ?? []).filter(({ type }) => type === 'global');
  const attach = async (list: Iterable<File>) => {
    try {
      const files = await read_files(list);
      change({ ...draft, files: [...draft.files, ...files].slice(0, 10) });
    } catch {
      tell('That file could not be read.');
    }
    box.current?.focus({ preventScroll: true });
  };
  const run_shortcut = async (callback_id: string) => {
    const outcome = await act('shortcut', { user: me.id, callback_id });
    if (!outcome.ok) tell(words_of(outcome));
  };

  const has_content = draft.text.trim() !== '' || draft.files.length > 0;
  const submit = async () => {
    if (!has_content || sending) return;
    set_sending(true);
    set_problem('');
    const outcome = await send(draft);
    set_sending(false);
    if (outcome.ok) change(empty);
    else set_problem(words_of(outcome));
    box.current?.focus({ preventScroll: true });
  };

  const on_key = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'Tab' && !event.shiftKey && commands.length === 1 && draft.text !== `${commands[0]!.command} `) {
      event.preventDefault();
      change({ ...draft, text: `${commands[0]!.command} ` });
    } else if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.altKey) {
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
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        if (event.dataTransfer?.files.length) void attach(event.dataTransfer.files);
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {problem && <p class="problem" id={problem_id} role="alert">{problem}</p>}
      {commands.length > 0 && (
        <ul class="commands" aria-label="Commands">
          {commands.map(({ command, usage_hint, description }) => (
            <li key={command}>
              <button
                type="button"
                data-testid="command"
                onClick={() => {
                  change({ ...draft, text: `${command} ` });
                  box.current?.focus();
                }}
              >
                <b>{command}</b> <span>{usage_hint}</span><small>{description}</small>
              </button>
            </li>
          ))}
        </ul>
      )}
      {draft.files.length > 0 && (
        <ul class="waiting-files" aria-label="Files to send">
          {draft.files.map((file, index) => (
            <li key={`${file.name} ${index}`} data-testid="waiting-file">
              <Icon name="file" /><span>{file.name} <small>{size_words(file.size)}</small></span>
              <button type="button" class="tool" aria-label={`Do not send ${file.name}`} onClick={() => change({ ...draft, files: draft.files.filter((other) => other !== file) })}><Icon name="close" /></button>
            </li>
          ))}
        </ul>
      )}
      <div class="composer-box">
        <label class="tool attach" title="Attach files">
          <input
            type="file"
            multiple
            class="visually-hidden"
            aria-label="Attach files"
            data-testid={`${kind}-attach`}
            onChange={(event) => {
              const input = event.currentTarget;
              if (input.files?.length) void attach([...input.files]);
              input.value = '';
            }}
          />
          <Icon name="attach" />
        </label>
        {shortcuts.length > 0 && (
          <QuickMenu
            label="Shortcuts"
            title={`Shortcuts of ${state.app.name}`}
            button={<Icon name="bolt" />}
            testid={`${kind}-shortcuts`}
            above
            items={shortcuts.map(({ callback_id, name, description }) => ({ key: callback_id, label: name, note: description, choose: () => void run_shortcut(callback_id) }))}
          />
        )}
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
          onPaste={(event) => {
            if (!event.clipboardData?.files.length) return;
            event.preventDefault();
            void attach(event.clipboardData.files);
          }}
        />
        <button
          type="submit"
          class="send"
          aria-label={`Send as ${as}`}
          aria-disabled={!has_content || sending}
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
