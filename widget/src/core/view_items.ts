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
  return [
    ...items,
    ...accepted.map((letter) => bubbleOf(letter, 'sent')),
    ...letters.filter((letter) => letter.kind === 'message').map((letter) => bubbleOf(letter, stateOf(letter))),
  ];
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
