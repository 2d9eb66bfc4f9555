// <deskbell-chat>: the element that holds everything. Open shadow root, constructable stylesheets, no markup strings,
// so that it runs under the strictest policy a page can have. It touches nothing outside itself but `inert`, on a
// phone, while the panel covers the page; and it gives that back exactly as it found it.

import type { Launcher } from './launcher.ts';
import css from './launcher.css?inline';
import type { Language, Options } from './options.ts';
import { tokenSheet } from './view/tokens.ts';

export const tagName = 'deskbell-chat';

// Where there is no page (a server that imports the module) there is nothing to extend, and nobody makes one.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

export class DeskbellChat extends Base {
  #inerted: Element[] = [];
  #root: ShadowRoot | null = null;
  #tokens: CSSStyleSheet | null = null;

  get root(): ShadowRoot {
    return (this.#root ??= this.attachShadow({ mode: 'open' }));
  }

  mount(options: Options, language: Language, launcher: Launcher): void {
    const look = new CSSStyleSheet();
    look.replaceSync(css);
    this.#tokens = new CSSStyleSheet();
    this.root.adoptedStyleSheets = [this.#tokens, look];
    this.dress(options, language);
    this.root.replaceChildren(...launcher.elements);
  }

  /** Colours, side and language; may change at any time. */
  dress({ accent, theme, side }: Options, language: Language): void {
    const rtl = language === 'ar';
    this.#tokens?.replaceSync(tokenSheet(accent));
    this.dataset.theme = theme;
    this.dataset.side = side === 'auto' ? (rtl ? 'left' : 'right') : side;
    this.lang = language;
    this.dir = rtl ? 'rtl' : 'ltr';
  }

  /** One more sheet, below whatever comes later. */
  wear(sheet: CSSStyleSheet): void {
    this.root.adoptedStyleSheets = [...this.root.adoptedStyleSheets, sheet];
  }

  unmount(): void {
    this.coverPage(false);
    this.#root?.replaceChildren();
    if (this.#root) this.#root.adoptedStyleSheets = [];
  }

  /** While a phone's panel lies over everything, nothing else can be reached: at each level up to the body. */
  coverPage(covered: boolean): void {
    if (covered && this.#inerted.length > 0) return;
    for (const element of this.#inerted) element.removeAttribute('inert');
    this.#inerted = [];
    for (let at = this as Element | null; covered && at && at !== document.body; at = at.parentElement) {
      for (const other of at.parentElement?.children ?? []) {
        if (other === at || other.hasAttribute('inert')) continue;
        other.setAttribute('inert', '');
        this.#inerted.push(other);
      }
    }
  }
}
