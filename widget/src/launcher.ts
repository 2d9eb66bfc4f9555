// The round button, and the one line that says the chat could not be loaded. Made of plain elements: it is all that a
// visitor who never opens the chat pays for.

import type { Language } from './options.ts';

const words: Record<Language, [launcher: string, busy: string]> = {
  en: ['Chat with us', 'The chat could not be loaded. Trying again…'],
  ar: ['تحدّث معنا', 'تعذّر تحميل المحادثة. نحاول مرة أخرى…'],
  de: ['Mit uns chatten', 'Der Chat konnte nicht geladen werden. Neuer Versuch…'],
  es: ['Chatear con nosotros', 'No se pudo cargar el chat. Reintentando…'],
  fr: ['Discuter avec nous', 'Le chat n’a pas pu être chargé. Nouvel essai…'],
  ja: ['チャットで相談', 'チャットを読み込めませんでした。再試行しています…'],
};

const pictures = { chat: 'M9 19a9 8 0 1 0-5-4c0 2 0 4-1 5 2 0 4 0 6-1Z', down: 'm6 9 6 6 6-6' };

export interface LauncherLook {
  open?: boolean;
  hidden?: boolean;
  unread?: number;
  label?: string;
  panel?: boolean;
}

export class Launcher {
  readonly button = document.createElement('button');
  readonly #path: SVGPathElement;
  readonly #badge = document.createElement('span');
  readonly #status = document.createElement('div');
  readonly #words: [string, string];
  #look: LauncherLook = {};

  constructor(language: Language, press: () => void, want: () => void) {
    this.#words = words[language];
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.#path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    svg.append(this.#path);
    attributes(svg, { class: 'icon', viewBox: '0 0 24 24', width: 26, height: 26, 'aria-hidden': true });
    attributes(this.button, {
      type: 'button', class: 'launcher', part: 'launcher', 'aria-haspopup': 'dialog', 'data-testid': 'launcher',
    });
    attributes(this.#badge, { class: 'badge', 'data-testid': 'unread', 'aria-hidden': true });
    attributes(this.#status, { class: 'load-status', role: 'status' });
    this.button.append(svg);
    this.button.addEventListener('click', press);
    // A hand that comes near will press in a moment: by then the chat is here.
    for (const sign of ['pointerenter', 'focus', 'touchstart']) this.button.addEventListener(sign, want, { passive: true });
    this.show({});
  }

  get elements(): HTMLElement[] {
    return [this.button, this.#status];
  }

  show(look: LauncherLook): void {
    this.#look = { ...this.#look, ...look };
    const { open = false, hidden = false, unread = 0, label = this.#words[0], panel = false } = this.#look;
    this.#path.setAttribute('d', pictures[open ? 'down' : 'chat']);
    this.#path.classList.toggle('solid', !open);
    this.button.hidden = hidden;
    attributes(this.button, { 'aria-label': label, 'aria-expanded': open });
    if (panel) this.button.setAttribute('aria-controls', 'db-panel');
    this.#badge.textContent = unread > 9 ? '9+' : String(unread);
    if (!open && unread > 0) this.button.append(this.#badge);
    else this.#badge.remove();
  }

  busy(busy: boolean, failed = false): void {
    this.button.setAttribute('aria-busy', String(busy));
    this.#status.textContent = failed ? this.#words[1] : '';
  }
}

function attributes(element: Element, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
}
