// The transcript as the customer sees it: what the server has, then what it does not have yet, in the order it was
// said. Remembers what it made, so that an unchanged bubble stays the same object.

import type { ChatItem, ChatMessage, MessageState } from './fold.ts';
import type { Letter } from './outbox.ts';

export class PendingBubbles {
  #made = new Map<string, ChatMessage>();

  /** `accepted` are letters the server confirmed whose event is still on its way. */
  join(
    items: readonly ChatItem[],
    accepted: readonly Letter[],
    letters: readonly Letter[],
    sendingId: string | null,
    online: boolean,
  ): readonly ChatItem[] {
    const made = new Map<string, ChatMessage>();
    const tail: ChatMessage[] = [];
    const push = (letter: Letter, state: MessageState) => {
      if (letter.kind !== 'message') return;
      const bubble = this.#bubble(letter, state);
      made.set(bubble.key, bubble);
      tail.push(bubble);
    };
    for (const letter of accepted) push(letter, 'sent');
    // With a link up, the second in line is as good as under way: only a missing link is worth saying "waiting".
    const unsent: MessageState = online ? 'sending' : 'queued';
    for (const letter of letters) {
      push(letter, letter.failed ? 'failed' : letter.client_id === sendingId ? 'sending' : unsent);
    }
    this.#made = made;
    return tail.length > 0 ? [...items, ...tail] : items;
  }

  #bubble(letter: Letter, state: MessageState): ChatMessage {
    const before = this.#made.get(letter.client_id);
    if (before && before.state === state && before.reason === letter.failed) return before;
    const bubble: ChatMessage = {
      kind: 'message',
      key: letter.client_id,
      clientId: letter.client_id,
      seq: Number.MAX_SAFE_INTEGER,
      order: '\uffff',
      at: letter.at,
      role: 'customer',
      text: String(letter.body.text ?? ''),
      state,
    };
    if (letter.failed) bubble.reason = letter.failed;
    return bubble;
  }
}
