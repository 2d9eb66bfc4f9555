// What admins, other people and Slack itself can do to the channel, to people and to the app.

import type { ComponentChildren } from 'preact';
import { use_dialog } from './dialog.tsx';
import type { Channel, Message, User } from './types.ts';
import { people_of, use_workspace, words_of } from './workspace.ts';

interface Where {
  channel: Channel;
  root: Message | undefined;
}

function use_run() {
  const { act, tell } = use_workspace();
  return async (action: string, body: Record<string, unknown>, done: string) => {
    const outcome = await act(action, body);
    const refused = outcome.ok && outcome.body['verified'] === false;
    tell(outcome.ok && !refused ? done : refused ? `The URL did not answer its challenge. ${String(outcome.body['detail'] ?? '')}` : words_of(outcome as never));
  };
}

export function WorkspaceTab({ channel, root }: Where) {
  const { state } = use_workspace();
  const run = use_run();
  return (
    <>
      <ChannelSection channel={channel} root={root} />
      <AppSection />
      <BotPost channel={channel} root={root} />
      <People channel={channel} />
      <section>
        <h3>Another channel</h3>
        <OneField label="Name" button="Create" initial="" submit={(name) => run('create_channel', { name, invite_bot: true }, `#${name} created`)} />
      </section>
      <section>
        <h3>Where the sandbox calls</h3>
        <p class="quiet">Events: {event_words[state.events.state] ?? state.events.state}, {state.events.pending} waiting, {state.events.failed_last_hour} failed in the last hour.</p>
        <OneField label="Events URL" button="Set" initial={state.events.url} optional submit={(url) => run('events_url', { url }, url ? 'Events go there now' : 'Events are switched off')} />
        <OneField label="Interactivity URL" button="Set" initial={state.events.interactivity_url} optional submit={(url) => run('interactivity_url', { url }, 'Set')} />
      </section>
    </>
  );
}

function ChannelSection({ channel, root }: Where) {
  const { state } = use_workspace();
  const run = use_run();
  const ask = use_dialog();
  const of_channel = { channel: channel.id };
  const no_root = !root || root.kind === 'tombstone';
  const delete_parent = async () => {
    if (!root || no_root) return;
    const text = 'Slack leaves “This message was deleted” in its place when it has replies.';
    if (await ask({ title: 'Delete the parent message as an admin?', text, confirm: 'Delete', deny: 'Cancel' })) {
      await run('delete', { ...of_channel, ts: root.ts }, 'Parent deleted');
    }
  };
  const vanish = async () => {
    if (!root) return;
    const text = 'The message and its replies go, as by retention. Nobody is told: no event is sent.';
    if (await ask({ title: 'Make the thread vanish?', text, confirm: 'Make it vanish', deny: 'Cancel' })) {
      await run('vanish', { ...of_channel, ts: root.ts }, 'The thread is gone');
    }
  };
  return (
    <section>
      <h3>#{channel.name}{channel.is_private ? ', private' : ''}{channel.is_ext_shared ? ', shared with another company' : ''}</h3>
      <div class="button-list">
        {channel.is_archived
          ? <Press run={() => run('unarchive', of_channel, `#${channel.name} is open again`)}>Unarchive the channel</Press>
          : <Press run={() => run('archive', of_channel, `#${channel.name} archived`)}>Archive the channel</Press>}
        {channel.bot_is_member
          ? <Press run={() => run('kick', of_channel, `${state.app.name} kicked out`)}>Kick the bot out</Press>
          : <Press run={() => run('invite', of_channel, `${state.app.name} invited`)}>Invite the bot back</Press>}
        {channel.is_private
          ? <Press run={() => run('make_public', of_channel, `#${channel.name} is public`)}>Make it public</Press>
          : <Press run={() => run('make_private', of_channel, `#${channel.name} is private`)}>Make it private</Press>}
        <button type="button" class="button danger" aria-disabled={no_root} onClick={() => void delete_parent()}>
          Delete the open thread’s parent, as admin
        </button>
        <button type="button" class="button danger" aria-disabled={!root} onClick={() => void vanish()}>
          Make the open thread vanish
        </button>
      </div>
      {!root && <p class="quiet">Open a thread to delete its parent or to make it vanish.</p>}
      <OneField label="Rename to" button="Rename" initial={channel.name} submit={(name) => run('rename', { ...of_channel, name }, `Now #${name}`)} />
    </section>
  );
}

function Press({ run, children }: { run(): Promise<void>; children: ComponentChildren }) {
  return <button type="button" class="button" onClick={() => void run()}>{children}</button>;
}

function AppSection() {
  const { state } = use_workspace();
  const run = use_run();
  const { app, settings, events } = state;
  const revoked = settings['token_revoked'] === true;
  const expired = settings['token_expired'] === true;
  const state_words = !app.installed ? 'uninstalled' : revoked ? 'token revoked' : expired ? 'token expired' : 'installed';
  return (
    <section>
      <h3>{app.name}, {state_words}</h3>
      <div class="button-list" data-testid="app-acts">
        {revoked || expired
          ? <Press run={() => run('restore_token', {}, 'The token works again')}>Restore the token</Press>
          : (
            <>
              <Press run={() => run('revoke_token', {}, 'The token is revoked')}>Revoke the token</Press>
              <Press run={() => run('expire_token', {}, 'The token has expired')}>Let the token expire</Press>
            </>
          )}
        {app.installed
          ? <Press run={() => run('uninstall', {}, `${app.name} is uninstalled`)}>Uninstall the app</Press>
          : <Press run={() => run('reinstall', {}, `${app.name} is installed again`)}>Install it again</Press>}
        {events.state === 'disabled'
          ? <Press run={() => run('enable_events', {}, 'Events are on again')}>Enable its events</Press>
          : <Press run={() => run('disable_events', {}, 'Events are disabled; what waited is lost')}>Disable its events</Press>}
        <Press run={() => run('limit_events', {}, 'app_rate_limited is sent, once a minute at most')}>Say “too many events”</Press>
      </div>
      <details class="scopes">
        <summary>Scopes</summary>
        <OneField label="Take away or give" button="Change" initial="" list={app.scopes} submit={(scope) => run('scope', { scope, on: !app.scopes.includes(scope) }, app.scopes.includes(scope) ? `${scope} taken away` : `${scope} given`)} />
        <p class="quiet">{app.scopes.join(', ')}</p>
      </details>
    </section>
  );
}

function BotPost({ channel, root }: Where) {
  const run = use_run();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const body = { channel: channel.id, name: data.get('name'), text: data.get('text'), classic: data.get('classic') !== null, ...(root ? { thread_ts: root.ts } : {}) };
    await run('bot_post', body, 'Posted');
  };
  return (
    <section>
      <h3>Another app’s bot posts {root ? 'into the open thread' : `in #${channel.name}`}</h3>
      <form class="grid-form" onSubmit={(event) => void submit(event)}>
        <label>Its name<input name="name" defaultValue="CRM" required autocomplete="off" /></label>
        <label>Its text<input name="text" defaultValue="New deal: 200 prints" required autocomplete="off" /></label>
        <label class="switch wide"><input type="checkbox" name="classic" defaultChecked /><span>As old integrations look: no user</span></label>
        <button type="submit" class="button wide">Post as the bot</button>
      </form>
    </section>
  );
}

const kind_words: Record<NonNullable<User['kind']>, string> = {
  member: 'Member',
  guest: 'Guest',
  single_channel_guest: 'Guest of one channel',
  outsider: 'Of another company',
  stranger: 'Of another company, unknown',
};

function People({ channel }: { channel: Channel }) {
  const { state } = use_workspace();
  const run = use_run();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const display_name = String(data.get('name') ?? '');
    await run('add_person', { display_name, kind: data.get('kind'), channels: [channel.id] }, `${display_name} is in #${channel.name}`);
  };
  return (
    <section>
      <h3>People</h3>
      {people_of(state).map((user) => (
        <label class="switch" key={user.id}>
          <input
            type="checkbox"
            checked={user.presence === 'active'}
            onChange={(event) => void run('presence', { user: user.id, presence: event.currentTarget.checked ? 'active' : 'away' }, `${user.display_name} is ${event.currentTarget.checked ? 'active' : 'away'}`)}
          />
          <span>{user.display_name} is active</span>
          {user.kind && user.kind !== 'member' && <span class="quiet">{kind_words[user.kind].toLowerCase()}</span>}
        </label>
      ))}
      <form class="grid-form" onSubmit={(event) => void submit(event)}>
        <label>Name<input name="name" required autocomplete="off" placeholder="Olga" /></label>
        <label>Kind
          <select name="kind" defaultValue="guest">
            {Object.entries(kind_words).map(([kind, words]) => <option key={kind} value={kind}>{words}</option>)}
          </select>
        </label>
        <button type="submit" class="button wide">Add to #{channel.name}</button>
      </form>
    </section>
  );
}

const event_words: Record<string, string> = {
  none: 'nobody listens yet',
  on: 'on',
  off: 'switched off',
  disabled: 'disabled after too many failures; enable them, or set the URL again',
};

interface FieldProps {
  label: string;
  button: string;
  initial: string;
  optional?: boolean;
  list?: string[];
  submit(value: string): Promise<void>;
}

function OneField({ label, button, initial, optional, list, submit }: FieldProps) {
  const list_id = list && `list-${label.toLowerCase().replace(/\W+/g, '-')}`;
  return (
    <form
      class="one-field"
      key={initial}
      onSubmit={(event) => {
        event.preventDefault();
        const value = String(new FormData(event.currentTarget).get('value') ?? '').trim();
        void submit(value);
      }}
    >
      <label>{label}<input name="value" defaultValue={initial} required={!optional} autocomplete="off" spellcheck={false} list={list_id} /></label>
      {list && <datalist id={list_id}>{list.map((value) => <option key={value} value={value} />)}</datalist>}
      <button type="submit" class="button">{button}</button>
    </form>
  );
}
