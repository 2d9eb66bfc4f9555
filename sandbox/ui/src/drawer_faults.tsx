import { useState } from 'preact/hooks';
import { effects, presets, setting_words } from './fault_presets.ts';
import type { Fault } from './types.ts';
import { use_workspace, words_of } from './workspace.ts';

export function FaultsTab() {
  const { state, act, tell } = use_workspace();
  const add = async (rule: Record<string, string | number>) => {
    const outcome = await act('fault', rule);
    if (!outcome.ok) tell(words_of(outcome));
  };
  return (
    <>
      <section>
        <h3>Active now</h3>
        {state.faults.length === 0 && <p class="quiet">Nothing is broken.</p>}
        <ul class="rules" data-testid="faults">
          {state.faults.map((fault) => (
            <li key={fault.id}>
              <span><b>{effects[fault.effect] ?? fault.effect}</b><small>{describe(fault)}</small></span>
              <button type="button" class="button" aria-label={`Remove: ${effects[fault.effect] ?? fault.effect}`} onClick={() => void act('clear_faults', { id: fault.id })}>Remove</button>
            </li>
          ))}
        </ul>
        {state.faults.length > 1 && <button type="button" class="button" onClick={() => void act('clear_faults', {})}>Remove all</button>}
      </section>
      <section>
        <h3>Break something</h3>
        <div class="presets">
          {presets.map((preset) => (
            <button key={preset.name} type="button" class="preset" onClick={() => void add(preset.rule)}>
              <b>{preset.name}</b><small>{preset.explain}</small>
            </button>
          ))}
        </div>
      </section>
      <RuleForm add={add} />
      <section>
        <h3>Switches</h3>
        <Switches />
      </section>
    </>
  );
}

function describe(fault: Fault): string {
  const parts = [
    fault.method || 'any method',
    fault.channel,
    fault.delay_ms > 0 && `${fault.delay_ms} ms`,
    fault.probability < 1 && `${Math.round(fault.probability * 100)} %`,
    fault.nth > 0 && `only number ${fault.nth}`,
    fault.times > 0 ? `${fault.hits} of ${fault.times} done` : `${fault.hits} done, until removed`,
  ];
  return parts.filter(Boolean).join(' · ');
}

const number_fields: [string, string, string][] = [
  ['times', 'Times (0: always)', '1'],
  ['delay_ms', 'Delay, ms', '0'],
  ['probability', 'Probability, 0 to 1', '1'],
  ['nth', 'Only the nth', '0'],
  ['status', 'HTTP status', '500'],
  ['retry_after_s', 'Retry-After, s', '30'],
];

function RuleForm({ add }: { add(rule: Record<string, string | number>): Promise<void> }) {
  const { state } = use_workspace();
  const [effect, set_effect] = useState('answer_delay');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const rule: Record<string, string | number> = { effect };
    for (const key of ['method', 'channel', 'error']) {
      const value = String(form.get(key) ?? '').trim();
      if (value) rule[key] = value;
    }
    for (const [key] of number_fields) rule[key] = Number(form.get(key) ?? 0);
    void add(rule);
  };
  return (
    <details class="more">
      <summary>A rule of your own</summary>
      <form class="grid-form" onSubmit={submit}>
        <label class="wide">What happens
          <select name="effect" value={effect} onChange={(event) => set_effect(event.currentTarget.value)}>
            {Object.entries(effects).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
          </select>
        </label>
        <label>{effect.startsWith('event_') ? 'Event type' : 'Method'}
          <input name="method" placeholder="any" autocomplete="off" />
        </label>
        <label>Channel
          <select name="channel">
            <option value="">any</option>
            {state.channels.map(({ id, name }) => <option key={id} value={id}>#{name}</option>)}
          </select>
        </label>
        {number_fields.map(([key, words, initial]) => (
          <label key={key}>{words}<input name={key} type="number" min="0" step={key === 'probability' ? '0.01' : '1'} value={initial} /></label>
        ))}
        {effect === 'api_error' && <label class="wide">Error code<input name="error" placeholder="internal_error" required /></label>}
        <button type="submit" class="button primary wide">Add the rule</button>
      </form>
    </details>
  );
}

function Switches() {
  const { state, act, tell } = use_workspace();
  const change = async (key: string, value: boolean | number) => {
    const outcome = await act('settings', { [key]: value });
    if (!outcome.ok) tell(words_of(outcome));
  };
  return (
    <>
      {setting_words.filter(([key]) => key in state.settings).map(([key, words]) => (
        <label class="switch" key={key}>
          <input type="checkbox" checked={state.settings[key] === true} data-setting={key} onChange={(event) => void change(key, event.currentTarget.checked)} />
          <span>{words}</span>
        </label>
      ))}
      <label class="switch">
        <select value={String(state.settings['retry_scale'] ?? 1)} onChange={(event) => void change('retry_scale', Number(event.currentTarget.value))}>
          <option value="1">0, 1 and 5 minutes</option>
          <option value="0.1">0, 6 and 30 seconds</option>
          <option value="0.01">0, 0.6 and 3 seconds</option>
        </select>
        <span>between event retries</span>
      </label>
    </>
  );
}
