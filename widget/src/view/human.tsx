import type { InputHTMLAttributes } from 'preact';
import type { Snapshot } from '../core/client.ts';
import { customerOf, type Customer } from '../core/protocol.ts';
import { Icon } from './icons.tsx';
import { wantHuman, type Ui } from './shell.ts';

/** `human` is always in sight while the bot answers: nobody has to ask the bot's leave to reach a person. `offer` stands
 * below the bot's own words. */
export function HumanButton({ ui, part, look }: { ui: Ui; part: 'human' | 'offer'; look: string }) {
  return (
    <button
      type="button" class={`${part} pill ${look}`} part={part} data-testid={part === 'offer' ? 'offer-human' : part}
      onClick={() => wantHuman(ui)}
    >
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
    client.askHuman({ customer, topic: options.topic });
    // The form goes away; focus goes to where the conversation goes on.
    shell.change({ humanForm: false }, 'composer');
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const value = (name: string) => String(form.get(name)).trim();
    const email = value('email');
    if (email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return shell.change({ emailWrong: true }, 'email');
    ask(customerOf({ name: value('name'), email }));
  };

  const field = (name: 'name' | 'email', more: InputHTMLAttributes) => [
    <label for={`db-${name}`}>{texts[name]}</label>,
    <input id={`db-${name}`} name={name} autocomplete={name} defaultValue={snap.customer[name] ?? ''} {...more} />,
  ];

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
      {field('name', { maxLength: 200, dir: 'auto' })}
      {field('email', {
        maxLength: 254, type: 'email', 'aria-invalid': wrong, 'aria-describedby': wrong ? 'db-wrong' : undefined,
      })}
      {wrong && <div class="hint bad" id="db-wrong" role="alert">{texts.emailWrong}</div>}
      <div class="buttons">
        <button type="button" class="pill quiet" data-testid="human-skip" onClick={() => ask()}>{texts.skip}</button>
        <button type="submit" class="pill fill" data-testid="human-submit">{texts.connect}</button>
      </div>
    </form>
  );
}
