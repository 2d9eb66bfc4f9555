// A workspace in the middle of a day: what the page must be able to show, in the shape of the page API.

const ana = { id: 'U0ANA', name: 'Ana', avatar: '/avatars/ana.svg', is_bot: false };
const ben = { id: 'U0BEN', name: 'Ben', avatar: '/avatars/ben.svg', is_bot: false };
const bot = { id: 'U0BOT', name: 'Deskbell', avatar: '/avatars/deskbell.svg', is_bot: true };
const visitor = (name) => ({ ...bot, name, avatar: '', emoji: ':bust_in_silhouette:' });

const base_s = Math.floor(Date.now() / 1000) - 5400;
let tick = 0;
const at = (minutes) => `${base_s + minutes * 60}.${String((tick += 100)).padStart(6, '0')}`;
const mrkdwn = (text) => ({ type: 'mrkdwn', text });
const button = (action_id, text, style) => ({ type: 'button', action_id, text: { type: 'plain_text', text }, ...(style && { style }) });

function request(minutes, name, email, session, status) {
  return {
    ts: at(minutes), kind: 'message', author: bot, text: `New customer support request from ${name}`, reactions: [],
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: ':rotating_light: NEW CUSTOMER SUPPORT REQUEST' } },
      { type: 'section', fields: [mrkdwn(`*Customer*\n${name}`), mrkdwn(`*Email*\n<mailto:${email}|${email}>`), mrkdwn(`*Session*\n\`${session}\``), mrkdwn(`*Status*\n${status}`)] },
      { type: 'actions', block_id: 'work', elements: [button('claim', 'Claim', 'primary'), button('resolve', 'Resolve'), { type: 'overflow', action_id: 'more', options: [{ text: { type: 'plain_text', text: 'Hand back to the bot' }, value: 'bot' }, { text: { type: 'plain_text', text: 'Block this visitor' }, value: 'block' }] }] },
      { type: 'context', elements: [mrkdwn('Click the thread below to start the conversation :point_down:')] },
    ],
  };
}

function with_replies(root, replies) {
  const all = replies.map((reply) => ({ kind: 'message', blocks: [], reactions: [], text: '', ...reply, thread_ts: root.ts }));
  return { ...root, thread_ts: root.ts, replies: all, reply_count: all.length, latest_reply: all.at(-1)?.ts, reply_users: [...new Set(all.map(({ author }) => author.id))] };
}

function first_reply(minutes, name, email) {
  return {
    ts: at(minutes), author: bot,
    blocks: [
      { type: 'section', text: mrkdwn(':rotating_light: *Customer requesting human support*') },
      { type: 'section', fields: [mrkdwn(`*Email*\n${email}`), mrkdwn(`*Name*\n${name}`), mrkdwn('*Phone*\nNot provided'), mrkdwn('*Page*\n<http://127.0.0.1:8080/#prices|Prices>')] },
      { type: 'divider' },
      { type: 'markdown', text: '**Recent conversation**\n\n> 👤 **Customer:** How much for 200 photos?\n> 🤖 **Bot:** Our price is $0.50 per photo. For 200 photos the total is **$100**.' },
      { type: 'context', elements: [mrkdwn('Action required: please respond in this thread')] },
    ],
  };
}

function rich(text) {
  return [{ type: 'rich_text', elements: [
    { type: 'rich_text_section', elements: [{ type: 'text', text }, { type: 'emoji', name: 'wave', unicode: '1f44b' }, { type: 'text', text: '\nTwo things I need:' }] },
    { type: 'rich_text_list', style: 'bullet', elements: [
      { type: 'rich_text_section', elements: [{ type: 'text', text: 'your ' }, { type: 'text', text: 'order number', style: { bold: true } }] },
      { type: 'rich_text_section', elements: [{ type: 'text', text: 'the ' }, { type: 'link', url: 'https://example.com/track', text: 'tracking page' }, { type: 'text', text: ' you saw' }] },
    ] },
  ] }];
}

export function invented_state(empty) {
  const john = with_replies(request(1, 'John Smith', 'john@email.com', 'session_1753056789_k3v9q2mx', 'open · Ana'), [
    first_reply(1, 'John Smith', 'john@email.com'),
    { ts: at(3), author: ana, text: 'Hi John! :wave:', blocks: rich('Hi John! '), reactions: [{ name: 'eyes', unicode: '👀', count: 1, users: ['U0BEN'] }] },
    { ts: at(4), author: visitor('John Smith'), text: 'It is SB-20418. The tracking page says &lt;pending&gt; since *Monday*' },
    { ts: at(4), author: visitor('John Smith'), text: 'Is it lost?' },
    { ts: at(6), author: ana, text: 'No, it is here: shelf `B-12`. <@U0BEN> is scanning it now :tada:', edited: { user: 'U0ANA', ts: at(7) }, broadcast: true },
    { ts: at(9), author: ben, text: '```\nbox SB-20418\n200 prints, 3 rolls\n```\nReady on Friday.' },
  ]);
  const maria = with_replies(request(42, 'Maria Garcia', 'maria@email.com', 'session_1753059249_p8d1c4zz', 'waiting · asked 10:42'), [first_reply(42, 'Maria Garcia', 'maria@email.com')]);
  const broadcast = { ...john.replies[4] };
  const gone = with_replies({ ts: at(20), kind: 'tombstone', author: bot, text: 'This message was deleted.', blocks: [], reactions: [] }, [{ ts: at(21), author: ben, text: 'Who deleted this?' }]);
  const messages = [
    { ts: `${base_s - 86400}.000100`, kind: 'service', author: ben, text: '<@U0BEN> has joined the channel', blocks: [] },
    john, broadcast, gone,
    { ts: at(25), kind: 'message', author: ana, text: 'Lunch at 12? _My treat_, see <#C0TWO|vip-sales-2>', blocks: [], reactions: [{ name: '+1', unicode: '👍', count: 2, users: ['U0ANA', 'U0BEN'] }, { name: 'tada', unicode: '🎉', count: 1, users: ['U0BEN'] }] },
    maria,
    with_replies(request(80, 'Sam Lee', 'sam@email.com', 'session_1753061529_a0b7n3qe', 'waiting · asked 11:20'), [first_reply(80, 'Sam Lee', 'sam@email.com'), { ts: at(82), author: visitor('Sam Lee'), text: 'Hello? Do you scan Super 8 film?' }]),
  ];
  const call = (minutes, method, more = {}) => ({ at: at(minutes), method, channel: 'C0ONE', status: 200, ok: true, error: '', fault: '', retry_after_s: 0, ...more });
  return {
    version: 1,
    team: { id: 'T0TEAM', name: 'Deskbell Sandbox', domain: 'deskbell-sandbox' },
    app: { app_id: 'A0APP', bot_id: 'B0BOT', user_id: 'U0BOT', name: 'Deskbell', avatar: '/avatars/deskbell.svg', installed: true, scopes: ['chat:write', 'channels:history', 'channels:read', 'users:read'] },
    users: [
      { id: 'U0ANA', name: 'ana', display_name: 'Ana', real_name: 'Ana Silva', avatar: ana.avatar, is_bot: false, kind: 'member', presence: 'active' },
      { id: 'U0BEN', name: 'ben', display_name: 'Ben', real_name: 'Ben Okoro', avatar: ben.avatar, is_bot: false, kind: 'member', presence: 'away' },
      { id: 'U0BOT', name: 'deskbell', display_name: 'Deskbell', real_name: 'Deskbell', avatar: bot.avatar, is_bot: true, presence: 'active' },
    ],
    channels: [
      { id: 'C0ONE', name: 'vip-sales', is_private: false, is_archived: false, bot_is_member: true, members: ['U0ANA', 'U0BEN', 'U0BOT'], topic: '', has_more: false, messages: empty ? [] : messages },
      { id: 'C0TWO', name: 'vip-sales-2', is_private: false, is_archived: false, bot_is_member: true, members: ['U0ANA', 'U0BEN', 'U0BOT'], topic: '', has_more: false, messages: empty ? [] : [{ ts: at(50), kind: 'message', author: ben, text: 'Overflow goes here', blocks: [] }] },
    ],
    settings: { rate_limits: true, history_limited: false, events_enabled: true, retry_scale: 1, split_long_text: false, client_msg_id_dedupe: false, thread_under_tombstone: true, token_revoked: false, token_expired: false, interactivity_enabled: true, strip_metadata: false, strip_block_ids: false, strip_from_events: false, unfurl_links: false, date_skew_s: 0, signature_skew_s: 0 },
    events: { url: 'http://127.0.0.1:8080/slack/events', interactivity_url: '', state: 'on', pending: 0, failed_last_hour: 1 },
    faults: [],
    trouble: { weather: '', late_calls: 0, storms: [], met: empty ? {} : { apply_then_no_answer: 1, ratelimited: 1 } },
    calls: empty ? [] : [call(89, 'chat.postMessage'), call(89, 'chat.postMessage', { status: 429, ok: false, error: 'ratelimited', retry_after_s: 1 }), call(88, 'chat.postMessage', { fault: 'apply_then_no_answer' }), call(80, 'users.info'), call(79, 'auth.test')],
    deliveries: empty ? [] : [
      { id: 3, at: at(89), kind: 'event', type: 'message', subtype: '', event_id: 'Ev03', attempt: 1, outcome: '200', state: 'done' },
      { id: 2, at: at(88), kind: 'event', type: 'message', subtype: 'message_changed', event_id: 'Ev02', attempt: 2, outcome: 'http_timeout', state: 'retrying' },
      { id: 1, at: at(1), kind: 'event', type: 'message', subtype: '', event_id: 'Ev01', attempt: 1, outcome: '200', state: 'done' },
    ],
  };
}
