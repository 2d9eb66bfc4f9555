// The troubles one is most likely to try, a click each. Every other one can be made in the form below them.

export interface Preset {
  name: string;
  explain: string;
  rule: Record<string, string | number>;
}

export interface PresetGroup {
  name: string;
  presets: Preset[];
}

const next_post = { method: 'chat.postMessage', times: 1 };

export const preset_groups: PresetGroup[] = [
  {
    name: 'The next post',
    presets: [
      {
        name: 'Reset after it is applied',
        explain: 'The message appears; the connection breaks.',
        rule: { effect: 'apply_then_reset', ...next_post },
      },
      {
        name: 'Lose the answer',
        explain: 'The message appears, but the server is never told.',
        rule: { effect: 'apply_then_no_answer', ...next_post },
      },
      {
        name: 'Reset before it is applied',
        explain: 'No message; the connection breaks.',
        rule: { effect: 'reset', ...next_post },
      },
      {
        name: 'Swallow it',
        explain: 'No message and no answer.',
        rule: { effect: 'no_answer', ...next_post },
      },
      {
        name: 'A zombie',
        explain: 'A reset now; the message lands 20\u00a0s later.',
        rule: { effect: 'reset_apply_late', delay_ms: 20_000, ...next_post },
      },
      {
        name: 'Half an answer',
        explain: 'Applied; the body ends in the middle.',
        rule: { effect: 'half_body', ...next_post },
      },
      {
        name: 'ok:true, and discarded',
        explain: 'Answered well; the message is nowhere.',
        rule: { effect: 'discard', ...next_post },
      },
      {
        name: 'Out of its thread',
        explain: 'The next reply lands in the channel.',
        rule: { effect: 'unthread', ...next_post },
      },
    ],
  },
  {
    name: 'Answers',
    presets: [
      {
        name: 'Error page for the next 3 calls',
        explain: 'HTTP 500 with a page instead of JSON.',
        rule: { effect: 'error_page', status: 500, times: 3 },
      },
      {
        name: 'Too many requests, 5\u00a0s',
        explain: 'The next post answers 429.',
        rule: { effect: 'rate_limited', retry_after_s: 5, ...next_post },
      },
      {
        name: 'A storm of 429s, 30\u00a0s',
        explain: 'Every call is refused from the next on.',
        rule: { effect: 'rate_limit_storm', delay_ms: 30_000, scope: 'team', times: 1 },
      },
      {
        name: 'Every answer 2\u00a0s late',
        explain: 'Until removed.',
        rule: { effect: 'answer_delay', delay_ms: 2000 },
      },
      {
        name: 'Reads lag 5\u00a0s behind',
        explain: 'Threads are shown as they were, until removed.',
        rule: { effect: 'stale_read', delay_ms: 5000 },
      },
      {
        name: 'Every third call breaks',
        explain: 'A reset before or after: nobody can tell.',
        rule: { effect: 'apply_then_reset', probability: 0.33 },
      },
    ],
  },
  {
    name: 'Events',
    presets: [
      {
        name: 'Lose the next message event',
        explain: 'The server must find the message by itself.',
        rule: { effect: 'event_drop', method: 'message', times: 1 },
      },
      {
        name: 'Every event twice',
        explain: 'The second half a second later, until removed.',
        rule: { effect: 'event_duplicate', delay_ms: 500 },
      },
      {
        name: 'Shuffle events',
        explain: 'Each up to 3\u00a0s late, so that they overtake each other.',
        rule: { effect: 'event_shuffle', delay_ms: 3000 },
      },
      {
        name: 'Ten minutes late',
        explain: 'The next message event, much too late.',
        rule: { effect: 'event_delay', method: 'message', delay_ms: 600_000, times: 1 },
      },
      {
        name: 'A phantom',
        explain: 'What is typed next comes again under another ts.',
        rule: { effect: 'event_phantom', method: 'message', times: 1, delay_ms: 200 },
      },
      {
        name: 'A preview',
        explain: 'The next message changes without an edit.',
        rule: { effect: 'event_unfurl', method: 'message', times: 1, delay_ms: 1000 },
      },
      {
        name: 'Deaf to an answer',
        explain: 'Slack sends the next event again for nothing.',
        rule: { effect: 'event_answer_lost', times: 1 },
      },
      {
        name: 'A stray event',
        explain: 'The next message also comes from elsewhere.',
        rule: { effect: 'event_stray', method: 'message', times: 1 },
      },
      {
        name: 'Forge the next event',
        explain: 'Signed with another secret: it must be refused.',
        rule: { effect: 'event_bad_signature', times: 1 },
      },
      {
        name: 'Replay an old event',
        explain: 'Signed ten minutes ago: it must be refused.',
        rule: { effect: 'event_old_timestamp', times: 1 },
      },
    ],
  },
];

// What a rule of the effect may say beside whom it strikes.
export type RuleField = 'delay' | 'status' | 'error' | 'retry_after_s' | 'scope';

export interface EffectWords {
  words: string;
  fields: RuleField[];
}

export const effects: Record<string, EffectWords> = {
  answer_delay: { words: 'Answered late', fields: ['delay'] },
  no_answer: { words: 'No answer, not applied', fields: [] },
  apply_then_no_answer: { words: 'Applied, but no answer', fields: [] },
  apply_late: { words: 'No answer, applied later', fields: ['delay'] },
  reset: { words: 'Connection reset, not applied', fields: [] },
  apply_then_reset: { words: 'Applied, then connection reset', fields: [] },
  reset_apply_late: { words: 'Connection reset, applied later', fields: ['delay'] },
  error_page: { words: 'Error page, not applied', fields: ['status'] },
  apply_then_error_page: { words: 'Applied, but an error page', fields: ['status'] },
  error_page_apply_late: { words: 'Error page, applied later', fields: ['status', 'delay'] },
  api_error: { words: 'Refused with a code', fields: ['error'] },
  apply_then_api_error: { words: 'Applied, but refused with a code', fields: ['error'] },
  rate_limited: { words: 'Too many requests', fields: ['retry_after_s'] },
  rate_limit_storm: { words: 'A storm of 429s', fields: ['delay', 'scope'] },
  truncated_answer: { words: 'Applied, half of the JSON', fields: [] },
  half_body: { words: 'Applied, connection ends in the body', fields: [] },
  stale_read: { words: 'Reads show the past', fields: ['delay'] },
  discard: { words: 'ok:true, and discarded', fields: [] },
  unthread: { words: 'Reply lands in the channel', fields: [] },
  event_drop: { words: 'Event lost', fields: [] },
  event_duplicate: { words: 'Event twice', fields: ['delay'] },
  event_delay: { words: 'Event late', fields: ['delay'] },
  event_shuffle: { words: 'Events out of order', fields: ['delay'] },
  event_bad_signature: { words: 'Event signed wrongly', fields: [] },
  event_old_timestamp: { words: 'Event signed long ago', fields: ['delay'] },
  event_first_lost: { words: 'Only the event’s retry arrives', fields: ['delay'] },
  event_answer_lost: { words: 'Answer to the event not heard', fields: [] },
  event_phantom: { words: 'Phantom event', fields: ['delay'] },
  event_phantom_kept: { words: 'Phantom event and message', fields: ['delay'] },
  event_unfurl: { words: 'Preview after the message', fields: ['delay'] },
  event_stray: { words: 'Event of a stranger', fields: ['delay'] },
  event_over_limit: { words: 'Over the event limit', fields: [] },
};

export const is_event_effect = (effect: string) => effect.startsWith('event_');

export const weathers: { name: string; words: string; explain: string }[] = [
  { name: '', words: 'Fair', explain: 'Only what you break yourself.' },
  { name: 'drizzle', words: 'Drizzle', explain: 'A little of everything, as on a usual bad day.' },
  { name: 'fog', words: 'Fog', explain: 'Slack works, and tells the server next to nothing.' },
  { name: 'flood', words: 'Flood', explain: 'Too many requests, late answers, one read a minute.' },
  { name: 'storm', words: 'Storm', explain: 'Everything at once, often.' },
];

export const setting_words: [string, string][] = [
  ['rate_limits', 'Keep Slack’s rate limits'],
  ['history_limited', 'History: 1 call a minute, 15 items'],
  ['strip_metadata', 'Reads show no metadata'],
  ['strip_block_ids', 'Reads show no block_id'],
  ['strip_from_events', 'Events carry neither of them'],
  ['unfurl_links', 'People’s links get a preview'],
  ['split_long_text', 'Split posts over 4,000 characters'],
  ['thread_under_tombstone', 'Replies under a deleted parent stay in its thread'],
  ['client_msg_id_dedupe', 'Refuse a repeated client_msg_id'],
  ['events_enabled', 'Send events'],
  ['interactivity_enabled', 'Deliver button presses'],
];

export const skew_words: [string, string][] = [
  ['date_skew_s', 'Clock of the answers'],
  ['signature_skew_s', 'Clock of the signatures'],
];

export const skews: [number, string][] = [
  [-3600, '1 h behind'],
  [-600, '10 min behind'],
  [-30, '30 s behind'],
  [0, 'right'],
  [30, '30 s ahead'],
  [600, '10 min ahead'],
  [3600, '1 h ahead'],
];
