// The modal that the app has opened for whoever is posting: the top of their stack.

import { useEffect, useRef, useState } from 'preact/hooks';
import { PlainText } from './block_text.tsx';
import { label_of } from './controls.tsx';
import { focus_first } from './focus.ts';
import { Icon } from './icons.tsx';
import type { View } from './types.ts';
import { initial_values, ViewForm, type Value, type Values } from './view_form.tsx';
import { use_workspace, words_of } from './workspace.ts';

export function ModalHost() {
  const { state, me } = use_workspace();
  const stack = state.views?.modals[me.id] ?? [];
  const top = stack.at(-1);
  return top ? <Modal key={`${me.id} ${top.id}`} view={top} depth={stack.length} /> : null;
}

function Modal({ view, depth }: { view: View; depth: number }) {
  const { act, me, state, tell } = use_workspace();
  const dialog = useRef<HTMLDialogElement>(null);
  const [values, set_values] = useState<Values>(() => initial_values(view));
  const [problem, set_problem] = useState('');

  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>('.modal-body input, .modal-body textarea, .modal-body select')?.focus();
    return () => {
      if (before?.isConnected) before.focus({ preventScroll: true });
      else focus_first('[data-testid=thread-composer]', '[data-testid=channel-composer]');
    };
  }, []);
  // An update may bring inputs that were not there before.
  useEffect(() => set_values((mine) => ({ ...initial_values(view), ...mine })), [view.blocks]);

  const change = (block_id: string, action_id: string, value: Value) =>
    set_values((mine) => ({ ...mine, [block_id]: { ...mine[block_id], [action_id]: value } }));
  const close = async () => {
    const outcome = await act('close_view', { user: me.id, view: view.id });
    if (!outcome.ok) tell(words_of(outcome));
  };
  const submit = async () => {
    if (view.waiting) return;
    set_problem('');
    const shown = Object.fromEntries(Object.entries(values).filter(([id]) => view.blocks.some((block) => block['block_id'] === id)));
    const outcome = await act('submit_view', { user: me.id, view: view.id, values: shown });
    if (!outcome.ok && outcome.error !== 'missing_input') set_problem(words_of(outcome));
  };

  const submit_words = label_of(view.submit);
  const failure = problem || view.failure;
  return (
    <dialog
      ref={dialog}
      class="modal"
      data-testid="modal"
      aria-labelledby="modal-title"
      onCancel={(event) => {
        event.preventDefault();
        void close();
      }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <header class="modal-head">
          <span class="modal-app" aria-hidden="true"><img src={state.app.avatar} alt="" /></span>
          <h2 id="modal-title"><PlainText text={label_of(view.title)} /></h2>
          <button type="button" class="tool" aria-label={depth > 1 ? 'Back' : 'Close'} onClick={() => void close()}>
            <Icon name={depth > 1 ? 'back' : 'close'} />
          </button>
        </header>
        <div class="modal-body" tabIndex={-1}>
          {failure && <p class="modal-failure" role="alert">{failure}</p>}
          <ViewForm view={view} values={values} change={change} />
        </div>
        <footer class="modal-foot">
          <button type="button" class="button" data-testid="modal-close" onClick={() => void close()}>{label_of(view.close) || (submit_words ? 'Cancel' : 'Close')}</button>
          {submit_words && (
            <button type="submit" class="button primary" data-testid="modal-submit" aria-disabled={view.waiting}>
              {view.waiting ? <span class="spinner" role="status" aria-label="Waiting for the app" /> : <PlainText text={submit_words} />}
            </button>
          )}
        </footer>
      </form>
    </dialog>
  );
}
