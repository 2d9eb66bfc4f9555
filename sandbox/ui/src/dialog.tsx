// A question with two answers, over the page. `use_dialog()` gives a function that resolves to true when confirmed.

import { createContext, type ComponentChildren } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';

export interface Question {
  title: string;
  text: string;
  confirm: string;
  deny: string;
}

type Ask = (question: Question) => Promise<boolean>;

const AskContext = createContext<Ask>(async () => false);
export const use_dialog = () => useContext(AskContext);

export function DialogHost({ children }: { children: ComponentChildren }) {
  const [asked, set_asked] = useState<{ question: Question; settle: (yes: boolean) => void } | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const ask = useCallback<Ask>((question) => new Promise((settle) => set_asked({ question, settle })), []);

  useEffect(() => {
    if (asked) dialog.current?.showModal();
  }, [asked]);

  const answer = (yes: boolean) => {
    asked?.settle(yes);
    dialog.current?.close();
    set_asked(null);
  };

  return (
    <AskContext.Provider value={ask}>
      {children}
      {asked && (
        <dialog
          ref={dialog}
          class="question"
          aria-labelledby="question-title"
          onCancel={(event) => {
            event.preventDefault();
            answer(false);
          }}
        >
          <h2 id="question-title">{asked.question.title}</h2>
          {asked.question.text && <p>{asked.question.text}</p>}
          <p class="question-answers">
            <button type="button" class="button" onClick={() => answer(false)}>{asked.question.deny}</button>
            <button type="button" class="button primary" onClick={() => answer(true)}>{asked.question.confirm}</button>
          </p>
        </dialog>
      )}
    </AskContext.Provider>
  );
}
