// The transcript as the customer sees it: what the server has, then what it does not have yet, in the order it was said.

import type { ChatItem, ChatMessage, MessageState } from './fold.ts';
import type { Letter, Outbox } from './outbox.ts';

/** `accepted` are letters the server confirmed whose event is still on its way. */
export function withPending(
  items: readonly ChatItem[],
  accepted: readonly Letter[],
  { letters, sendingId }: Outbox,
  online: boolean,
): readonly ChatItem[] {
  // With a link up, the second in line is as good as under way: only a missing link is worth saying "waiting".
  const stateOf = (letter: Letter): MessageState =>
    letter.failed ? 'failed' : online || letter.client_id === sendingId ? 'sending' : 'queued';
  const said = (letter: Letter) => letter.kind === 'message';
  return [
    ...changed(items, accepted, letters, stateOf),
    ...accepted.filter(said).map((letter) => bubbleOf(letter, 'sent')),
    ...letters.filter(said).map((letter) => bubbleOf(letter, stateOf(letter))),
  ];
}

// What the customer has changed shows at once; a refusal takes the letter away, and with it what it did.
function changed(
  items: readonly ChatItem[], accepted: readonly Letter[], underWay: readonly Letter[], stateOf: (letter: Letter) => MessageState,
): readonly ChatItem[] {
  const newest = new Map<unknown, Letter>();
  for (const letter of [...accepted, ...underWay]) {
    if (/^(edit|delete)$/.test(letter.kind) && !letter.failed) newest.set(letter.body.message_id, letter);
  }
  if (newest.size === 0) return items;
  return items.map((item) => {
    const letter = item.kind === 'message' && newest.get(item.id);
    if (!letter) return item;
    const { attachments, ...rest } = item;
    const state = accepted.includes(letter) ? item.state : stateOf(letter);
    if (letter.kind === 'delete') return { ...rest, state, text: '', rich: undefined, deleted: true };
    return { ...rest, attachments, state, text: String(letter.body.text ?? ''), rich: undefined, edited: true };
  });
}

function bubbleOf(letter: Letter, state: MessageState): ChatMessage {
  return {
    kind: 'message',
    key: letter.client_id,
    seq: Infinity,
    order: '\uffff',
    at: letter.at,
    role: 'customer',
    text: String(letter.body.text ?? ''),
    attachments: letter.files,
    state,
    reason: letter.failed,
  };
}
