import { use_dialog } from './dialog.tsx';
import type { Channel, Message } from './types.ts';
import { people_of, use_workspace, words_of } from './workspace.ts';

export function WorkspaceTab({ channel, root }: { channel: Channel; root: Message | undefined }) {
  const { state, act, tell } = use_workspace();
  const ask = use_dialog();
  const run = async (action: string, body: Record<string, unknown>, done: string) => {
    const outcome = await act(action, body);
    const refused = outcome.ok && outcome.body['verified'] === false;
    tell(outcome.ok && !refused ? done : refused ? `The URL did not answer its challenge. ${String(outcome.body['detail'] ?? '')}` : words_of(outcome as never));
  };
  const delete_parent = async () => {
    if (!root) return;
    const text = 'Slack leaves “This message was deleted” in its place when it has replies.';
    if (await ask({ title: 'Delete the parent message as an admin?', text, confirm: 'Delete', deny: 'Cancel' })) {
      await run('delete', { channel: channel.id, ts: root.ts }, 'Parent deleted');
    }
  };
  return (
    <>
      <section>
        <h3>#{channel.name}</h3>
        <div class="button-list">
          {channel.is_archived
            ? <button type="button" class="button" onClick={() => void run('unarchive', { channel: channel.id }, `#${channel.name} is open again`)}>Unarchive the channel</button>
            : <button type="button" class="button" onClick={() => void run('archive', { channel: channel.id }, `#${channel.name} archived`)}>Archive the channel</button>}
          {channel.bot_is_member
            ? <button type="button" class="button" onClick={() => void run('kick', { channel: channel.id }, `${state.app.name} kicked out`)}>Kick the bot out</button>
            : <button type="button" class="button" onClick={() => void run('invite', { channel: channel.id }, `${state.app.name} invited`)}>Invite the bot back</button>}
          <button type="button" class="button danger" aria-disabled={!root || root.kind === 'tombstone'} onClick={() => void delete_parent()}>
            Delete the open thread’s parent, as admin
          </button>
        </div>
        {!root && <p class="quiet">Open a thread to delete its parent.</p>}
        <OneField label="Rename to" button="Rename" initial={channel.name} submit={(name) => run('rename', { channel: channel.id, name }, `Now #${name}`)} />
      </section>
      <section>
        <h3>Another channel</h3>
        <OneField label="Name" button="Create" initial="" submit={(name) => run('create_channel', { name, invite_bot: true }, `#${name} created`)} />
      </section>
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
          </label>
        ))}
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

const event_words: Record<string, string> = {
  none: 'nobody listens yet',
  on: 'on',
  off: 'switched off',
  disabled: 'disabled after too many failures; set the URL again',
};

interface FieldProps {
  label: string;
  button: string;
  initial: string;
  optional?: boolean;
  submit(value: string): Promise<void>;
}

function OneField({ label, button, initial, optional, submit }: FieldProps) {
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
      <label>{label}<input name="value" defaultValue={initial} required={!optional} autocomplete="off" spellcheck={false} /></label>
      <button type="submit" class="button">{button}</button>
    </form>
  );
}
