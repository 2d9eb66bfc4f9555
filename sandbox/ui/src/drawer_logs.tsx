import { exact_time } from './time.ts';
import type { State } from './types.ts';
import { channel_name, use_workspace } from './workspace.ts';

const posts_per_minute_max = 300;
const burst_max = 4;

// Slack's limits as the sandbox keeps them: 1 post a second in a channel with a burst of 4, 300 a minute in all.
export function post_rates(state: State) {
  const now = Number(state.now);
  const posts = state.calls.filter(
    (call) => /^chat\.(postMessage|postEphemeral|meMessage)$/.test(call.method) && now - Number(call.at) < 60,
  );
  const refused = state.calls.filter((call) => call.status === 429 && now - Number(call.at) < 60).length;
  const channels = state.channels.map((channel) => ({
    channel,
    recent: posts.filter((call) => call.channel === channel.id && call.status !== 429 && now - Number(call.at) < burst_max).length,
  }));
  return { minute: posts.length, refused, channels };
}

function Meter({ label, value, max }: { label: string; value: number; max: number }) {
  return (
    <label class="meter">
      <span>{label}</span>
      <meter value={Math.min(value, max)} min={0} max={max} high={max * 0.75} optimum={0}>{value} of {max}</meter>
      <b>{value}/{max}</b>
    </label>
  );
}

export function CallsTab() {
  const { state, act } = use_workspace();
  const rates = post_rates(state);
  return (
    <>
      <section>
        <h3>Rate limits</h3>
        {state.settings['rate_limits'] === false && <p class="quiet">Switched off.</p>}
        <Meter label="Posts in the last minute" value={rates.minute} max={posts_per_minute_max} />
        {rates.channels.map(({ channel, recent }) => (
          <Meter key={channel.id} label={`#${channel.name}, last ${burst_max} s`} value={recent} max={burst_max} />
        ))}
        <p class={rates.refused ? 'problem' : 'quiet'}>{rates.refused} refused with 429 in the last minute.</p>
      </section>
      <section>
        <div class="section-head"><h3>Newest calls</h3><button type="button" class="button" onClick={() => void act('clear_log', {})}>Clear</button></div>
        {state.calls.length === 0 && <p class="quiet">No calls yet.</p>}
        {state.calls.length > 0 && (
          <table class="log">
            <thead><tr><th scope="col">Time</th><th scope="col">Method</th><th scope="col">Answer</th></tr></thead>
            <tbody>
              {state.calls.slice(0, 100).map((call, index) => (
                <tr key={`${call.at}/${index}`} class={call.ok ? '' : 'bad'}>
                  <td><time>{exact_time(call.at)}</time></td>
                  <td>{call.method}{call.channel && <small>#{channel_name(state, call.channel) || call.channel}</small>}</td>
                  <td>
                    {call.ok ? 'ok' : call.error || call.status}
                    {call.retry_after_s > 0 && <small>retry in {call.retry_after_s} s</small>}
                    {call.fault && <small>{call.fault.replace(/_/g, ' ')}</small>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  );
}

const state_words: Record<string, string> = {
  waiting: 'waiting',
  sending: 'sending',
  done: 'delivered',
  retrying: 'will retry',
  given_up: 'given up',
};

export function EventsTab() {
  const { state, act } = use_workspace();
  return (
    <section>
      <div class="section-head"><h3>Newest deliveries</h3><button type="button" class="button" onClick={() => void act('clear_log', {})}>Clear</button></div>
      <p class="quiet">{state.events.url ? <>To <code>{state.events.url}</code></> : 'Nobody listens: no events URL is set.'}</p>
      {state.deliveries.length > 0 && (
        <table class="log">
          <thead><tr><th scope="col">Time</th><th scope="col">Event</th><th scope="col">Outcome</th></tr></thead>
          <tbody>
            {state.deliveries.slice(0, 100).map((delivery) => (
              <tr key={delivery.id} class={delivery.state === 'given_up' || delivery.state === 'retrying' ? 'bad' : ''}>
                <td><time>{exact_time(delivery.at)}</time></td>
                <td>{delivery.type || delivery.kind}{delivery.subtype && <small>{delivery.subtype}</small>}</td>
                <td>
                  {state_words[delivery.state] ?? delivery.state}
                  <small>{delivery.outcome}{delivery.attempt > 1 && ` · attempt ${delivery.attempt}`}</small>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
