import { Component } from 'preact';
import type { Snapshot } from '../core/snapshot.ts';
import { DetailsForm } from './form.tsx';
import type { Ui } from './shell.ts';

const lookAgainMs = 10_000;
// Nobody is kept hoping: after this long we say that it takes longer, and then that nobody is there.
const longMs = 120_000;
const awayMs = 600_000;

interface WaitingProps {
  ui: Ui;
  snap: Snapshot;
}

/** While nobody has answered yet: where one stands, how long it takes, and from the start another way to get an answer. */
export class Waiting extends Component<WaitingProps> {
  #timer: ReturnType<typeof setInterval> | undefined;

  override componentDidMount(): void {
    this.#timer = setInterval(() => this.forceUpdate(), lookAgainMs);
  }

  override componentWillUnmount(): void {
    clearInterval(this.#timer);
  }

  override render({ ui, snap }: WaitingProps) {
    const { texts, shell, client } = ui;
    const { position = 0, estimated_wait_s = 0 } = snap.session?.queue ?? {};
    const waited = snap.waitingSince > 0 ? Date.now() - snap.waitingSince : 0;
    const { offer } = snap.session ?? {};
    const away = waited > awayMs || snap.notice?.code === 'desk_unavailable' || offer?.reason === 'closed' || offer?.reason === 'away';
    const long = waited > Math.max(longMs, estimated_wait_s * 2000) || offer?.reason === 'nobody_yet';
    const { hours_hint } = client.site;
    const { email, phone } = snap.customer;
    const callback = offer?.ways?.includes('callback') ?? false;
    const asked = snap.state !== 'waiting';
    const title = texts.say(asked ? 'asking' : away ? 'away' : long ? 'waitingLong' : 'waiting');
    const place = asked || away ? [] : [
      position > 0 ? texts.say('position', { n: position }) : '',
      // An estimate that has passed is a broken promise: it is not repeated.
      estimated_wait_s > 0 && !long ? texts.say('estimate', { n: Math.ceil(estimated_wait_s / 60) }) : '',
    ];
    const form = shell.state.emailForm;
    return (
      <div class="waiting" data-testid="waiting">
        <div class="waiting-line">
          <span class="pulse" />
          <div role="status" data-testid="status">
            <strong>{title}</strong>
            <div>{[...place, texts.say(away && !email && !phone ? 'awayMore' : 'waitingMore')].filter(Boolean).join(' ')}</div>
            {away && hours_hint && <div>{texts.say('hours', { hours: hours_hint })}</div>}
          </div>
        </div>
        {!form && !asked && (email || (callback && phone)
          ? (
            <p class="email-left">
              <span>{texts.say('emailLeft', { email: email || phone || '' })}</span>{' '}
              <button type="button" class="link" data-testid="change-email" onClick={() => shell.change({ emailForm: true }, 'form')}>
                {texts.say('changeEmail')}
              </button>
            </p>
          )
          : (
            <button type="button" class="link" data-testid="leave-email" onClick={() => shell.change({ emailForm: true }, 'form')}>
              {texts.say('leaveEmail')}
            </button>
          ))}
        {form && <EmailForm ui={ui} callback={callback} />}
      </div>
    );
  }
}

function EmailForm({ ui, callback }: { ui: Ui; callback: boolean }) {
  const { texts, client, shell } = ui;
  // Where a call is offered, too, either will do.
  const fields = [{ name: 'email', label: texts.say('email'), required: !callback }];
  if (callback) fields.push({ name: 'phone', label: texts.say('phone'), required: false });
  const leave = () => shell.change({ emailForm: false }, 'composer');
  return (
    <DetailsForm
      ui={ui} testid="email-form" fields={fields} title="leaveEmailTitle"
      hint={texts.say('leaveEmailHint')} submit="save" skip="cancel" onSkip={leave} onLeave={leave}
      onDone={(customer) => {
        if (Object.keys(customer).length > 0) client.updateCustomer(customer);
        leave();
      }}
    />
  );
}
