// What the small script that every visitor loads hands to the large one that only those load who open the chat.

import type { DeskbellChat } from './element.ts';
import type { Launcher } from './launcher.ts';
import type { Language, Options } from './options.ts';

export interface Host {
  /** As they are now: a page may change them at any time. */
  readonly options: Options;
  language: Language;
  element: DeskbellChat;
  launcher: Launcher;
  visible: boolean;
  /** Tells the page, by its listeners and as `deskbell:<name>` on the element. */
  tell(name: string, detail?: unknown): void;
}

/** The chat as the loader sees it. */
export interface Chat {
  command(verb: string, args: unknown[]): unknown;
  get(name: string): unknown;
  destroy(): void;
}

export interface ChatModule {
  startChat(host: Host): Chat | Promise<Chat>;
}
