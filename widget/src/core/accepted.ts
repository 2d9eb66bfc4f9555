// What the server has confirmed and whose event is still on its way: it is shown meanwhile as it will be. The event may also
// have been there before the answer; then nothing is kept.

import type { Letter } from './outbox.ts';

export class Accepted {
  letters: readonly Letter[] = [];
  readonly #told = new Set<string>();

  add(letter: Letter): void {
    if (!this.#told.has(letter.client_id)) this.letters = [...this.letters, letter];
  }

  /** The event of what was said under this id has come. */
  said(clientId: string): void {
    this.#told.add(clientId);
    this.letters = this.letters.filter((letter) => letter.client_id !== clientId);
  }

  /** A message is now what an event says: whatever of ours is under way for it has had its turn. */
  changed(messageId: string | undefined, underWay: readonly Letter[]): void {
    for (const { body, client_id } of [...underWay, ...this.letters]) if (messageId && body.message_id === messageId) this.said(client_id);
  }

  clear(): void {
    this.letters = [];
    this.#told.clear();
  }
}
