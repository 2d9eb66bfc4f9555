import type { Snapshot } from '../core/client.ts';
import type { Customer } from '../core/protocol.ts';
import { Icon } from './icons.tsx';
import { wantHuman, type Ui } from './shell.ts';

/** Always in sight while the bot answers: nobody has to ask the bot's leave to reach a person. */
export function HumanButton({ ui }: { ui: Ui }) {
  return (
    <button type="button" class="human pill tint" part="human" data-testid="human" onClick={() => wantHuman(ui)}>
      <Icon name="person" size={18} />
      {ui.texts.human}
    </button>
  );
}

/** Two optional fields and a way past them. Known values are filled in, never asked again. */
export function HumanForm({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { texts, shell, client, options } = ui;
  const wrong = shell.state.emailWrong;

  const ask = (customer?: Customer) => {
    client.askHuman({ ...(customer && { customer }), ...(options.topic && { topic: options.topic }) });
    // The form goes away; focus goes to where the conversation goes on.
    shell.change({ humanForm: false }, 'composer');
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const value = (name: string) => String(form.get(name)).trim();
    const [name, email] = [value('name'), value('email')];
    if (email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return shell.change({ emailWrong: true }, 'email');
    ask(name || email ? { ...(name && { name }), ...(email && { email }) } : undefined);
  };

  return (
    <form
      class="card" noValidate data-testid="human-form" aria-labelledby="db-form" aria-describedby="db-hint" onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation(); // leaves the form, not the chat
        shell.change({ humanForm: false }, 'composer');
      }}
    >
      <h3 id="db-form">{texts.humanFormTitle}</h3>
      <p class="hint" id="db-hint">{texts.humanFormHint}</p>
      <label for="db-name">{texts.name}</label>
      <input id="db-name" name="name" autocomplete="name" dir="auto" maxLength={200} defaultValue={snap.customer.name ?? ''} />
      <label for="db-email">{texts.email}</label>
      <input
        id="db-email" name="email" type="email" autocomplete="email" maxLength={254} defaultValue={snap.customer.email ?? ''}
        aria-invalid={wrong} aria-describedby={wrong ? 'db-wrong' : undefined}
      />
      {wrong && <div class="hint bad" id="db-wrong" role="alert">{texts.emailWrong}</div>}
      <div class="buttons">
        <button type="button" class="pill quiet" data-testid="human-skip" onClick={() => ask()}>{texts.skip}</button>
        <button type="submit" class="pill fill" data-testid="human-submit">{texts.connect}</button>
      </div>
    </form>
  );
}
