// What is broken now, what can be broken by a click, and the rules and switches for everything else.

import { useRef, useState } from 'preact/hooks';
import {
  effects, is_event_effect, preset_groups, setting_words, skew_words, skews, weathers, type RuleField,
} from './fault_presets.ts';
import type { Fault, State } from './types.ts';
import { channel_name, use_workspace, words_of } from './workspace.ts';

type Rule = Record<string, string | number>;
const words_for = (effect: string) => effects[effect]?.words ?? effect.replace(/_/g, ' ');

function use_run() {
  const { act, tell } = use_workspace();
  return async (action: string, body: Record<string, unknown>, done = '') => {
    const outcome = await act(action, body);
    if (!outcome.ok) tell(words_of(outcome));
    else if (done) tell(done);
  };
}

export function FaultsTab() {
  const run = use_run();
  const add = (rule: Rule) => run('fault', rule);
  return (
    <>
      <ActiveNow />
      <Weather />
      {preset_groups.map((group) => (
        <section key={group.name}>
          <h3>{group.name}</h3>
          <div class="presets">
            {group.presets.map((preset) => (
              <button key={preset.name} type="button" class="preset" onClick={() => void add(preset.rule)}>
                <b>{preset.name}</b><small>{preset.explain}</small>
              </button>
            ))}
          </div>
        </section>
      ))}
      <RuleForm add={add} />
      <section>
        <h3>Switches</h3>
        <Switches />
      </section>
      <Met />
    </>
  );
}

// Whether anything is out of order at all.
function is_broken(state: State) {
  const { faults, settings, app, events } = state;
  return faults.length > 0 || !app.installed || events.state === 'disabled' || (state.trouble?.storms.length ?? 0) > 0
    || ['history_limited', 'strip_metadata', 'strip_block_ids', 'strip_from_events', 'token_revoked', 'token_expired'].some((key) => settings[key] === true)
    || ['rate_limits', 'events_enabled', 'interactivity_enabled', 'thread_under_tombstone'].some((key) => settings[key] === false)
    || skew_words.some(([key]) => Boolean(settings[key]));
}

function ActiveNow() {
  const { state } = use_workspace();
  const run = use_run();
  const heading = useRef<HTMLHeadingElement>(null);
  const own = state.faults.filter((fault) => !fault.by_weather);
  const trouble = state.trouble ?? { weather: '', late_calls: 0, storms: [], met: {} };
  // The button goes away with what it clears: the focus must not fall to the page's top.
  const keep_focus = () => heading.current?.focus();
  const clear = async (action: string, body: Record<string, unknown>, done = '') => {
    await run(action, body, done);
    keep_focus();
  };
  return (
    <section>
      <div class="section-head">
        <h3 ref={heading} tabIndex={-1}>Active now</h3>
        {is_broken(state) && (
          <button type="button" class="button" data-testid="clear-all" onClick={() => void clear('clear_all', {}, 'Everything works again')}>Clear all</button>
        )}
      </div>
      {!is_broken(state) && trouble.late_calls === 0 && <p class="quiet">Nothing is broken.</p>}
      <ul class="rules" data-testid="faults">
        {own.map((fault) => (
          <li key={fault.id} class={fault.times > 0 && fault.hits >= fault.times ? 'done' : ''}>
            <span><b>{words_for(fault.effect)}</b><small>{describe(state, fault)}</small></span>
            <span class="hits" title="How often it struck">{fault.hits}×</span>
            <button type="button" class="button" aria-label={`Remove: ${words_for(fault.effect)}`} onClick={() => void clear('clear_faults', { id: fault.id })}>Remove</button>
          </li>
        ))}
        {trouble.storms.map((storm) => (
          <li key={`${storm.method}/${storm.channel}`}>
            <span>
              <b>429 for {storm.method || 'every method'}</b>
              <small>{storm.channel ? `#${channel_name(state, storm.channel)} · ` : ''}ends within {Math.ceil(storm.ends_in_ms / 1000)} s</small>
            </span>
          </li>
        ))}
        {trouble.late_calls > 0 && (
          <li>
            <span>
              <b>{trouble.late_calls === 1 ? 'One zombie call' : `${trouble.late_calls} zombie calls`}</b>
              <small>Nobody waits any more; applied when due.</small>
            </span>
          </li>
        )}
      </ul>
    </section>
  );
}

function describe(state: State, fault: Fault): string {
  const fields = effects[fault.effect]?.fields ?? [];
  const parts = [
    fault.method || (is_event_effect(fault.effect) ? 'any event' : 'any method'),
    fault.channel && `#${channel_name(state, fault.channel) || fault.channel}`,
    fields.includes('delay') && (fault.delay_ms > 0 || fault.jitter_ms > 0) && duration(fault),
    fields.includes('error') && fault.error,
    fields.includes('status') && String(fault.status),
    fields.includes('scope') && `by ${fault.scope}`,
    fault.probability < 1 && `${Math.round(fault.probability * 100)} %`,
    fault.nth > 0 && `only number ${fault.nth}`,
    fault.times > 0 ? (fault.hits >= fault.times ? 'done' : `${fault.times - fault.hits} to come`) : 'until removed',
  ];
  return parts.filter(Boolean).join(' · ');
}

function duration({ delay_ms, jitter_ms }: Fault): string {
  const text = (ms: number) => (ms % 60_000 === 0 && ms > 0 ? `${ms / 60_000} min` : ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`);
  return jitter_ms > 0 ? `${delay_ms > 0 ? `${text(delay_ms)} to ` : 'up to '}${text(delay_ms + jitter_ms)}` : text(delay_ms);
}

function Weather() {
  const { state } = use_workspace();
  const run = use_run();
  const of_weather = state.faults.filter((fault) => fault.by_weather);
  const hits = of_weather.reduce((sum, fault) => sum + fault.hits, 0);
  const current = state.trouble?.weather ?? '';
  const shown = weathers.find(({ name }) => name === current);
  return (
    <section>
      <h3>Weather</h3>
      <div class="weathers" role="group" aria-label="Weather">
        {weathers.map(({ name, words }) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === current}
            data-weather={name || 'fair'}
            onClick={() => void run('weather', { name })}
          >
            {words}
          </button>
        ))}
      </div>
      <p class="quiet">
        {shown?.explain}
        {of_weather.length > 0 && ` ${of_weather.length === 1 ? 'One rule' : `${of_weather.length} rules`}, struck ${hits}×.`}
      </p>
    </section>
  );
}

const field_words: Record<Exclude<RuleField, 'error' | 'scope' | 'delay'>, [string, string, string]> = {
  status: ['HTTP status', '500', '1'],
  retry_after_s: ['Retry-After, s', '30', '1'],
};

function RuleForm({ add }: { add(rule: Rule): Promise<void> }) {
  const { state } = use_workspace();
  const [effect, set_effect] = useState('answer_delay');
  const fields = effects[effect]?.fields ?? [];
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const rule: Rule = { effect };
    for (const [key, value] of new FormData(event.currentTarget as HTMLFormElement)) {
      const text = String(value).trim();
      if (text === '' || key === 'effect') continue;
      rule[key] = number_keys.has(key) ? Number(text) : text;
    }
    void add(rule);
  };
  return (
    <details class="more" data-testid="own-rule">
      <summary>A rule of your own</summary>
      <form class="grid-form" onSubmit={submit}>
        <label class="wide">What happens
          <select name="effect" value={effect} onChange={(event) => set_effect(event.currentTarget.value)}>
            <optgroup label="To calls">{options(false)}</optgroup>
            <optgroup label="To events">{options(true)}</optgroup>
          </select>
        </label>
        <label>{is_event_effect(effect) ? 'Event type' : 'Method'}
          <input name="method" list={is_event_effect(effect) ? 'event-types' : 'api-methods'} placeholder={is_event_effect(effect) ? 'any' : 'any; chat.* works'} autocomplete="off" />
        </label>
        <label>Channel
          <select name="channel">
            <option value="">any</option>
            {state.channels.map(({ id, name }) => <option key={id} value={id}>#{name}</option>)}
          </select>
        </label>
        {fields.includes('delay') && (
          <>
            <NumberField name="delay_ms" words={effect === 'rate_limit_storm' ? 'Lasts, ms' : 'Delay, ms'} initial={effect === 'rate_limit_storm' ? '30000' : '2000'} />
            <NumberField name="jitter_ms" words="and up to, ms more" initial="0" />
          </>
        )}
        {fields.includes('error') && <label class="wide">Error code<input name="error" placeholder="internal_error" required autocomplete="off" list="error-codes" /></label>}
        {(['status', 'retry_after_s'] as const).filter((key) => fields.includes(key)).map((key) => (
          <NumberField key={key} name={key} words={field_words[key][0]} initial={field_words[key][1]} />
        ))}
        {fields.includes('scope') && (
          <label>Concerns
            <select name="scope">
              <option value="method">the method</option>
              <option value="channel">the method in the channel</option>
              <option value="team">everything</option>
            </select>
          </label>
        )}
        <fieldset class="wide trio">
          <legend>When</legend>
          <NumberField name="times" words="Times (0: always)" initial="1" />
          <NumberField name="nth" words="Only the nth" initial="0" />
          <label>Probability<input name="probability" type="number" min="0" max="1" step="0.01" defaultValue="1" /></label>
        </fieldset>
        <button type="submit" class="button primary wide">Add the rule</button>
        <Suggestions />
      </form>
    </details>
  );
}

const number_keys = new Set(['delay_ms', 'jitter_ms', 'status', 'retry_after_s', 'times', 'nth', 'probability']);

const options = (events: boolean) =>
  Object.entries(effects)
    .filter(([effect]) => is_event_effect(effect) === events)
    .map(([effect, { words }]) => <option key={effect} value={effect}>{words}</option>);

function NumberField({ name, words, initial }: { name: string; words: string; initial: string }) {
  return <label>{words}<input name={name} type="number" min="0" step="1" defaultValue={initial} /></label>;
}

function Suggestions() {
  const lists = {
    'api-methods': ['chat.postMessage', 'chat.update', 'chat.delete', 'chat.*', 'conversations.replies', 'conversations.history', 'conversations.*', 'reactions.add', 'users.info', 'auth.test'],
    'event-types': ['message', 'message_changed', 'message_deleted', 'bot_message', 'thread_broadcast', 'file_share', 'reaction_added', 'member_left_channel'],
    'error-codes': ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'channel_not_found', 'not_in_channel', 'is_archived', 'restricted_action', 'msg_too_long', 'invalid_blocks', 'token_revoked', 'missing_scope'],
  };
  return (
    <>
      {Object.entries(lists).map(([id, values]) => (
        <datalist key={id} id={id}>{values.map((value) => <option key={value} value={value} />)}</datalist>
      ))}
    </>
  );
}

function Switches() {
  const { state } = use_workspace();
  const run = use_run();
  const change = (key: string, value: boolean | number) => void run('settings', { [key]: value });
  return (
    <>
      {setting_words.filter(([key]) => key in state.settings).map(([key, words]) => (
        <label class="switch" key={key}>
          <input type="checkbox" checked={state.settings[key] === true} data-setting={key} onChange={(event) => change(key, event.currentTarget.checked)} />
          <span>{words}</span>
        </label>
      ))}
      {skew_words.filter(([key]) => key in state.settings).map(([key, words]) => {
        const now = Number(state.settings[key] ?? 0);
        const choices: [number, string][] = skews.some(([seconds]) => seconds === now) ? skews : [...skews, [now, `${now} s off`]];
        return (
          <label class="switch" key={key}>
            <select value={String(now)} data-setting={key} onChange={(event) => change(key, Number(event.currentTarget.value))}>
              {choices.map(([seconds, text]) => <option key={seconds} value={seconds}>{text}</option>)}
            </select>
            <span>{words}</span>
          </label>
        );
      })}
      <label class="switch">
        <select value={String(state.settings['retry_scale'] ?? 1)} onChange={(event) => change('retry_scale', Number(event.currentTarget.value))}>
          <option value="1">0, 1 and 5 minutes</option>
          <option value="0.1">0, 6 and 30 seconds</option>
          <option value="0.01">0, 0.6 and 3 seconds</option>
        </select>
        <span>between event retries</span>
      </label>
    </>
  );
}

function Met() {
  const { state } = use_workspace();
  const met = Object.entries(state.trouble?.met ?? {}).sort(([, a], [, b]) => b - a);
  if (met.length === 0) return null;
  return (
    <details class="more">
      <summary>Met so far</summary>
      <ul class="met">
        {met.map(([name, count]) => <li key={name}><span>{effects[name]?.words ?? name}</span><b>{count}</b></li>)}
      </ul>
    </details>
  );
}
