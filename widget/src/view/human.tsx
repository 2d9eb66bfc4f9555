import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Snapshot } from '../core/client.ts';
import type { Customer } from '../core/protocol.ts';
import { Icon } from './icons.tsx';
import { wantHuman, type Ui } from './shell.ts';

/** Always in sight while the bot answers: nobody has to ask the bot's leave to reach a person. */
export function HumanBar({ ui }: { ui: Ui }) {
  return (
    <div class="human-bar">
      <button type="button" class="human" part="human" data-testid="human" onClick={() => wantHuman(ui)}>
        <Icon name="person" size={18} />
        {ui.texts.human}
      </button>
    </div>
  );
}

/** Two optional fields and a way past them. Known values are filled in, never asked again. */
export function HumanForm({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { texts, shell, client, options } = ui;
  const [name, setName] = useState(snap.customer.name ?? '');
  const [email, setEmail] = useState(snap.customer.email ?? '');
  const [wrong, setWrong] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const emailField = useRef<HTMLInputElement>(null);

  useLayoutEffect(() => {
    if (shell.takeWish('form')) (name ? emailField : nameField).current?.focus({ preventScroll: true });
  });

  const ask = (customer: Customer) => {
    const known = Object.keys(customer).length > 0;
    client.askHuman({ ...(known && { customer }), ...(options.topic && { topic: options.topic }) });
    // The form goes away; focus goes to where the conversation goes on.
    shell.change({ humanForm: false }, 'composer');
  };
  const submit = () => {
    const trimmed = email.trim();
    if (trimmed && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(trimmed)) {
      setWrong(true);
      emailField.current?.focus();
      return;
    }
    ask({ ...(name.trim() && { name: name.trim() }), ...(trimmed && { email: trimmed }) });
  };

  return (
    <form
      class="card human-form" noValidate data-testid="human-form" aria-labelledby="db-form-title" aria-describedby="db-form-hint"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation(); // leaves the form, not the chat
        shell.change({ humanForm: false }, 'composer');
      }}
    >
      <h3 id="db-form-title">{texts.humanFormTitle}</h3>
      <p id="db-form-hint">{texts.humanFormHint}</p>
      <label for="db-name">{texts.name}</label>
      <input
        id="db-name" ref={nameField} type="text" autocomplete="name" dir="auto" maxLength={200} value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <label for="db-email">{texts.email}</label>
      <input
        id="db-email" ref={emailField} type="email" autocomplete="email" maxLength={254} value={email}
        aria-invalid={wrong} aria-describedby={wrong ? 'db-email-wrong' : undefined}
        onInput={(event) => {
          setEmail(event.currentTarget.value);
          setWrong(false);
        }}
      />
      {wrong && <div class="wrong" id="db-email-wrong" role="alert">{texts.emailWrong}</div>}
      <div class="buttons">
        <button type="button" class="plain-button" data-testid="human-skip" onClick={() => ask({})}>{texts.skip}</button>
        <button type="submit" class="main-button" data-testid="human-submit">{texts.connect}</button>
      </div>
    </form>
  );
}
