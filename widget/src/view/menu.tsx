import type { Snapshot } from '../core/snapshot.ts';
import { Icon, type IconName } from './icons.tsx';
import type { Ui } from './shell.ts';
import type { Key } from './texts.ts';
import { downloadTranscript } from './transcript.ts';

/** What is wanted seldom: behind one button, as plain buttons that Tab and Escape know. */
export function Menu({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { texts, shell, client } = ui;
  const { menu, sound } = shell.state;
  const { features } = client.site;
  const leave = () => shell.change({ menu: false }, 'menuButton');
  const entry = (name: string, icon: IconName, words: Key, act: () => void) => (
    <button
      type="button" class="entry" data-testid={name} onClick={() => {
        leave();
        act();
      }}
    >
      <Icon name={icon} size={18} />
      {texts.say(words)}
    </button>
  );
  const running = snap.state === 'waiting' || snap.state === 'open' || snap.state === 'bot';
  return (
    <div
      class="menu-holder" onKeyDown={(event) => {
        if (event.key !== 'Escape' || !menu) return;
        event.stopPropagation();
        leave();
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget as Node | null;
        if (menu && next && !event.currentTarget.contains(next)) shell.change({ menu: false });
      }}
    >
      <button
        type="button" class="round menu-button" aria-label={texts.say('menu')} aria-expanded={menu} aria-controls="db-menu" data-testid="menu"
        onClick={() => shell.change({ menu: !menu }, menu ? null : 'menu')}
      >
        <Icon name="more" />
      </button>
      <div class="menu" id="db-menu" hidden={!menu} role="group" aria-label={texts.say('menu')}>
        {entry('sound', sound ? 'sound' : 'mute', sound ? 'soundOn' : 'soundOff', () => shell.change({ sound: !sound }))}
        {features?.transcript && client.hasSession && entry('menu-transcript', 'download', 'transcript', () => void downloadTranscript(client))}
        {client.hasSession && running && entry('end', 'end', 'end', () => client.close())}
        {client.hasSession && features?.forget && entry('forget', 'trash', 'forget', () => shell.change({ forgetting: true }, 'confirm'))}
      </div>
    </div>
  );
}

/** Asked once, because nothing brings it back. */
export function ConfirmForget({ ui }: { ui: Ui }) {
  const { texts, shell, client } = ui;
  const leave = () => shell.change({ forgetting: false }, 'composer');
  return (
    <div
      class="card confirm" role="alertdialog" aria-labelledby="db-forget" data-testid="confirm-forget" onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        leave();
      }}
    >
      <div id="db-forget">{texts.say('forgetAsk')}</div>
      <div class="buttons">
        <button type="button" class="pill quiet" onClick={leave}>{texts.say('cancel')}</button>
        <button
          type="button" class="pill fill" data-testid="forget-yes" onClick={() => {
            void client.forget();
            shell.change({ forgetting: false, draft: '', editing: null, prechatSkipped: false }, 'composer');
          }}
        >
          {texts.say('forgetYes')}
        </button>
      </div>
    </div>
  );
}
