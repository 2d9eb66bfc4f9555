// The app as Slack knows it: its manifest, its sockets, its files.

import { useState } from 'preact/hooks';
import type { Manifest, ModeSocket } from './types.ts';
import { use_workspace, words_of } from './workspace.ts';

function use_run() {
  const { act, tell } = use_workspace();
  return async (action: string, body: Record<string, unknown>, done: string) => {
    const outcome = await act(action, body);
    tell(outcome.ok ? done : words_of(outcome));
  };
}

export function PlatformTab() {
  return (
    <>
      <SocketSection />
      <FileSection />
      <ManifestSection />
      <OAuthSection />
    </>
  );
}

function Switch({ name, label }: { name: string; label: string }) {
  const { state } = use_workspace();
  const run = use_run();
  return (
    <label class="switch">
      <input
        type="checkbox"
        checked={state.settings[name] === true}
        data-testid={`setting-${name}`}
        onChange={(event) => void run('settings', { [name]: event.currentTarget.checked }, `${label}: ${event.currentTarget.checked ? 'on' : 'off'}`)}
      />
      <span>{label}</span>
    </label>
  );
}

function NumberSetting({ name, label }: { name: string; label: string }) {
  const { state } = use_workspace();
  const run = use_run();
  return (
    <label>
      {label}
      <input
        type="number"
        value={Number(state.settings[name] ?? 0)}
        onChange={(event) => void run('settings', { [name]: Math.round(Number(event.currentTarget.value)) }, `${label}: ${event.currentTarget.value}`)}
      />
    </label>
  );
}

const socket_acts: [act: string, words: string, title: string][] = [
  ['warn', 'Warn', 'Ten seconds before it is refreshed'],
  ['refresh', 'Refresh', 'The app is asked to connect again'],
  ['stall', 'Stall', 'Looks open and delivers nothing'],
  ['ghost', 'Break', 'The connection ends and Slack does not notice'],
];

function SocketSection() {
  const { state } = use_workspace();
  const sockets = state.sockets ?? [];
  return (
    <section>
      <h3>Socket Mode</h3>
      <Switch name="socket_mode" label="Events and interactions go to sockets, to no URL" />
      {sockets.length > 0
        ? <ul class="sockets">{sockets.map((socket) => <OneSocket key={socket.id} socket={socket} />)}</ul>
        : state.settings['socket_mode'] === true && <p class="quiet">No socket is connected: events wait for their retries.</p>}
      <div class="grid-form">
        <NumberSetting name="socket_lifetime_s" label="Seconds until a refresh" />
        <NumberSetting name="socket_ghost_s" label="Seconds a ghost stays" />
      </div>
    </section>
  );
}

function OneSocket({ socket }: { socket: ModeSocket }) {
  const run = use_run();
  const acts = socket_acts.map(([act, words, title]) => (act === 'stall' && socket.state === 'stalled' ? ['resume', 'Resume', 'Delivers again'] as const : [act, words, title] as const));
  return (
    <li data-testid="socket" data-state={socket.state}>
      <span>
        <b>Socket {socket.id}</b> <span class={socket.state === 'open' ? 'badge' : 'badge odd'}>{socket.state}</span>
        <small>{socket.sent} sent, {socket.acknowledged} acknowledged, {socket.waiting} waiting</small>
      </span>
      <span class="button-list">
        {acts.map(([act, words, title]) => (
          <button key={act} type="button" class="button" title={title} disabled={socket.state === 'ghost'} onClick={() => void run('socket', { do: act, id: socket.id }, `${words}: socket ${socket.id}`)}>{words}</button>
        ))}
      </span>
    </li>
  );
}

function FileSection() {
  return (
    <section>
      <h3>Files</h3>
      <Switch name="file_uploads" label="Uploads are allowed" />
      <Switch name="check_file_info" label="Messages name files and say no more" />
      <div class="grid-form">
        <NumberSetting name="file_share_delay_ms" label="Share delay, ms (-1: never)" />
        <NumberSetting name="file_bytes_max" label="Largest file, bytes" />
      </div>
    </section>
  );
}

const example: Manifest['features'] = {
  app_home: { home_tab_enabled: true, messages_tab_enabled: false },
  slash_commands: [{ command: '/deskbell', description: 'Status and settings', usage_hint: 'status | pause | resume', url: 'http://127.0.0.1:8080/slack/commands' }],
  shortcuts: [{ name: 'Close customer chat', type: 'message', callback_id: 'close_conversation', description: 'Ends the conversation of this thread' }],
};

function ManifestSection() {
  const { state, act, tell } = use_workspace();
  const [text, set_text] = useState(() => {
    const features = state.manifest?.features;
    const has_any = features && (features.slash_commands.length > 0 || features.shortcuts.length > 0 || features.app_home.home_tab_enabled);
    return JSON.stringify({ features: has_any ? features : example }, null, 2);
  });
  const [problem, set_problem] = useState('');
  const apply = async () => {
    set_problem('');
    let manifest: unknown;
    try {
      manifest = JSON.parse(text);
    } catch (error) {
      return set_problem(`Not JSON: ${(error as Error).message}`);
    }
    const outcome = await act('manifest', { manifest });
    if (outcome.ok) tell('The manifest is applied');
    else set_problem(words_of(outcome));
    return undefined;
  };
  return (
    <section>
      <h3>Manifest</h3>
      <p class="quiet">Commands, shortcuts and the Home tab, as in the app’s manifest on Slack.</p>
      <textarea class="manifest" rows={12} spellcheck={false} aria-label="Manifest" data-testid="manifest" value={text} onInput={(event) => set_text(event.currentTarget.value)} />
      {problem && <p class="problem" role="alert">{problem}</p>}
      <p><button type="button" class="button" data-testid="manifest-apply" onClick={() => void apply()}>Apply</button></p>
    </section>
  );
}

function OAuthSection() {
  const { state } = use_workspace();
  if (!state.oauth) return null;
  return (
    <section>
      <h3>OAuth</h3>
      <p class="quiet">Client <code>{state.oauth.client_id}</code>, secret <code>{state.oauth.client_secret}</code></p>
      <Switch name="token_rotation" label="Tokens end after twelve hours and are refreshed" />
    </section>
  );
}
