import { Component } from 'preact';
import type { Customer, DetailField } from '../core/protocol.ts';
import { customerFrom, detailOf } from '../core/site.ts';
import type { Ui } from './shell.ts';
import type { Key } from './texts.ts';

interface FormProps {
  ui: Ui;
  testid: string;
  fields: readonly DetailField[];
  title: Key;
  hint?: string;
  submit: Key;
  /** A way past the form; absent when there is none. */
  skip?: Key;
  onDone(customer: Customer): void;
  onSkip?(): void;
  onLeave?(): void;
}

const kinds: Record<string, { type: 'text' | 'email' | 'tel'; autocomplete: string; maxLength: number }> = {
  name: { type: 'text', autocomplete: 'name', maxLength: 200 },
  email: { type: 'email', autocomplete: 'email', maxLength: 254 },
  phone: { type: 'tel', autocomplete: 'tel', maxLength: 40 },
};

/** Details of the customer: labelled, filled in where known, never more than asked for, each error beside its field. */
export class DetailsForm extends Component<FormProps, { wrong: Record<string, Key> }> {
  override state = { wrong: {} as Record<string, Key> };

  #submit = (event: Event) => {
    event.preventDefault();
    const { fields, ui, onDone } = this.props;
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const values = new Map(fields.map(({ name }) => [name, String(data.get(name) ?? '').trim()]));
    const wrong: Record<string, Key> = {};
    for (const { name, required } of fields) {
      const value = values.get(name)!;
      if (required && !value) wrong[name] = 'fieldMissing';
      else if (name === 'email' && value && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) wrong[name] = 'emailWrong';
    }
    this.setState({ wrong });
    const first = fields.find(({ name }) => wrong[name]);
    if (first) return form.querySelector<HTMLInputElement>(`[name="${CSS.escape(first.name)}"]`)?.focus();
    onDone(customerFrom(values, ui.client.snapshot.customer));
  };

  override render({ ui, testid, fields, title, hint, submit, skip, onSkip, onLeave }: FormProps) {
    const { texts } = ui;
    return (
      <form
        class="card" noValidate data-testid={testid} aria-labelledby={`db-${testid}`} aria-describedby={hint && `db-${testid}-hint`}
        onSubmit={this.#submit} onKeyDown={(event) => {
          if (event.key !== 'Escape' || !onLeave) return;
          event.stopPropagation(); // leaves the form, not the chat
          onLeave();
        }}
      >
        <h3 id={`db-${testid}`}>{texts.say(title)}</h3>
        {hint && <p class="hint" id={`db-${testid}-hint`}>{hint}</p>}
        {fields.map((field) => this.#field(field))}
        <div class="buttons">
          {skip && onSkip && (
            <button type="button" class="pill quiet" data-testid={`${testid.replace('-form', '')}-skip`} onClick={onSkip}>{texts.say(skip)}</button>
          )}
          <button type="submit" class="pill fill" data-testid={`${testid.replace('-form', '')}-submit`}>{texts.say(submit)}</button>
        </div>
      </form>
    );
  }

  #field({ name, label, required }: DetailField) {
    const { ui, testid, fields } = this.props;
    const id = `db-${testid}-${name}`;
    const wrong = this.state.wrong[name];
    const kind = kinds[name] ?? { type: 'text' as const, autocomplete: 'off', maxLength: 500 };
    // Where some must be filled in and some need not be, the free ones say so.
    const free = !required && fields.some((one) => one.required);
    return (
      <div key={name}>
        <label for={id}>
          <span dir="auto">{label || name}</span>
          {free && <span class="hint"> ({ui.texts.say('optional')})</span>}
        </label>
        <input
          id={id} name={name} type={kind.type as 'text'} autocomplete={kind.autocomplete} maxLength={kind.maxLength} defaultValue={detailOf(ui.client.snapshot.customer, name)} dir="auto" required={required}
          aria-invalid={wrong ? true : undefined} aria-describedby={wrong ? `${id}-wrong` : undefined}
        />
        {wrong && <div class="hint bad" id={`${id}-wrong`} role="alert">{ui.texts.say(wrong)}</div>}
      </div>
    );
  }
}
