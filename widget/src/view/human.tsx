import type { Customer } from '../core/protocol.ts';
import { DetailsForm } from './form.tsx';
import { Icon } from './icons.tsx';
import { handoffFields, prechatFields, wantHuman, type Ui } from './shell.ts';

/** `human` is always in sight while the bot answers: nobody has to ask the bot's leave to reach a person. `offer` stands
 * below the bot's own words. */
export function HumanButton({ ui, part, look }: { ui: Ui; part: 'human' | 'offer'; look: string }) {
  return (
    <button
      type="button" class={`${part} pill ${look}`} part={part} data-testid={part === 'offer' ? 'offer-human' : part}
      onClick={() => wantHuman(ui)}
    >
      <Icon name="person" size={18} />
      {ui.texts.say('human')}
    </button>
  );
}

/** A few fields and, where the site requires none of them, a way past. Known values are filled in, never asked again. */
export function HumanForm({ ui }: { ui: Ui }) {
  const { texts, shell, client, options } = ui;
  const fields = handoffFields(ui);
  const free = !fields.some(({ required }) => required);
  const ask = (customer?: Customer) => {
    client.askHuman({ customer: customer && Object.keys(customer).length > 0 ? customer : undefined, topic: options.topic });
    // The form goes away; focus goes to where the conversation goes on.
    shell.change({ humanForm: false }, 'composer');
  };
  return (
    <DetailsForm
      ui={ui} testid="human-form" fields={fields} title="formTitle" hint={free ? texts.say('formHint') : options.consentText ?? ''}
      submit="connect" onDone={ask} onLeave={() => shell.change({ humanForm: false }, 'composer')}
      {...(free ? { skip: 'skip' as const, onSkip: () => ask() } : {
        skip: 'cancel' as const, onSkip: () => shell.change({ humanForm: false }, 'composer'),
      })}
    />
  );
}

/** Before the first word, where the site wants to know first. It stands where the composer will. */
export function Prechat({ ui }: { ui: Ui }) {
  const { texts, shell, client, options } = ui;
  const fields = prechatFields(ui);
  const pass = () => shell.change({ prechatSkipped: true }, 'composer');
  const free = !fields.some(({ required }) => required);
  return (
    <DetailsForm
      ui={ui} testid="prechat-form" fields={fields} title="prechatTitle" hint={options.consentText ?? texts.say('prechatHint')} submit="begin"
      onDone={(customer) => {
        client.updateCustomer(customer);
        pass();
      }}
      {...(free && { skip: 'skip' as const, onSkip: pass })}
    />
  );
}
