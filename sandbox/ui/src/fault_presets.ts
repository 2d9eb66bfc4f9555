// The troubles one is most likely to try, a click each. Every other one can be made in the form below them.

export interface Preset {
  name: string;
  explain: string;
  rule: Record<string, string | number>;
}

export const presets: Preset[] = [
  {
    name: 'Lose the answer of the next post',
    explain: 'The message appears, but the server is never told.',
    rule: { effect: 'apply_then_no_answer', method: 'chat.postMessage', times: 1 },
  },
  {
    name: 'Swallow the next post',
    explain: 'No message and no answer.',
    rule: { effect: 'no_answer', method: 'chat.postMessage', times: 1 },
  },
  {
    name: 'Error page for the next 3 calls',
    explain: 'HTTP 500 with a page instead of JSON.',
    rule: { effect: 'error_page', status: 500, times: 3 },
  },
  {
    name: 'Too many requests, 5\u00a0s',
    explain: 'The next post answers 429.',
    rule: { effect: 'rate_limited', method: 'chat.postMessage', retry_after_s: 5, times: 1 },
  },
  {
    name: 'Every answer 2\u00a0s late',
    explain: 'Until removed.',
    rule: { effect: 'answer_delay', delay_ms: 2000 },
  },
  {
    name: 'Half an answer',
    explain: 'The next post is applied; its JSON is cut off.',
    rule: { effect: 'truncated_answer', method: 'chat.postMessage', times: 1 },
  },
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
    explain: 'Each up to 3 s late, so that they overtake each other.',
    rule: { effect: 'event_shuffle', delay_ms: 3000 },
  },
  {
    name: 'Forge the next event',
    explain: 'Signed with another secret: it must be refused.',
    rule: { effect: 'event_bad_signature', times: 1 },
  },
];

export const effects: Record<string, string> = {
  answer_delay: 'Answer late',
  no_answer: 'No answer, not applied',
  apply_then_no_answer: 'Applied, but no answer',
  apply_late: 'No answer, applied later',
  error_page: 'Error page, not applied',
  apply_then_error_page: 'Applied, but an error page',
  rate_limited: 'Too many requests',
  api_error: 'Refused with a code',
  truncated_answer: 'Applied, answer cut off',
  event_drop: 'Event lost',
  event_duplicate: 'Event twice',
  event_delay: 'Event late',
  event_shuffle: 'Events out of order',
  event_bad_signature: 'Event signed wrongly',
};

export const setting_words: [string, string][] = [
  ['rate_limits', 'Keep Slack’s rate limits'],
  ['history_limited', 'History: 1 call a minute, 15 items'],
  ['events_enabled', 'Send events'],
  ['interactivity_enabled', 'Deliver button presses'],
  ['split_long_text', 'Split posts over 4,000 characters'],
  ['thread_under_tombstone', 'Replies under a deleted parent stay in its thread'],
  ['client_msg_id_dedupe', 'Refuse a repeated client_msg_id'],
  ['token_revoked', 'Revoke the bot’s token'],
];
