// <deskbell-chat>: the element that holds everything. Open shadow root, constructable stylesheets, no markup strings,
// so that it runs under the strictest policy a page can have. It touches nothing outside itself but `inert`, on a
// phone, while the panel covers the page; and it gives that back exactly as it found it.

import { render } from 'preact';
import { App } from './app.tsx';
import type { Shell, Ui } from './shell.ts';
import { tokenSheet } from './tokens.ts';
import css from './widget.css?inline';

export const tagName = 'deskbell-chat';
const smallScreen = '(max-width: 480px), (max-height: 420px)';

export class DeskbellChat extends HTMLElement {
  #ending: AbortController | null = null;
  #inerted: Element[] = [];

  /** Draws the widget into this element; `unmount` takes everything back. */
  mount(ui: Ui): void {
    this.unmount();
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const [look, screen] = [new CSSStyleSheet(), new CSSStyleSheet()];
    look.replaceSync(tokenSheet(ui.options.accent) + css);
    root.adoptedStyleSheets = [look, screen];
    this.setAttribute('data-theme', ui.options.theme);
    this.setAttribute('lang', 'en');
    this.#ending = new AbortController();
    this.#watchScreen(ui.shell, screen, this.#ending.signal);
    render(<App ui={ui} />, root);
  }

  unmount(): void {
    this.#ending?.abort();
    this.#ending = null;
    this.#freeThePage();
    if (this.shadowRoot) render(null, this.shadowRoot);
  }

  #watchScreen(shell: Shell, screen: CSSStyleSheet, signal: AbortSignal): void {
    const small = matchMedia(smallScreen);
    const onSmall = () => shell.change({ small: small.matches });
    small.addEventListener('change', onSmall, { signal });
    onSmall();

    // The on-screen keyboard shrinks only the visual viewport; the panel must stay inside it.
    const viewport = window.visualViewport;
    let written = '';
    const follow = () => {
      const rule = shell.coversPage && viewport?.scale === 1
        ? `:host{--screen-height:${viewport.height}px;--screen-top:${viewport.offsetTop}px}`
        : '';
      if (rule !== written) screen.replaceSync((written = rule));
    };
    viewport?.addEventListener('resize', follow, { signal });
    viewport?.addEventListener('scroll', follow, { signal });
    const off = shell.emitter.on('change', () => {
      follow();
      if (!shell.coversPage) this.#freeThePage();
      else if (this.#inerted.length === 0) this.#quietThePage();
    });
    signal.addEventListener('abort', off);
  }

  // Everything beside us, at each level up to the body, until the panel closes.
  #quietThePage(): void {
    for (let at = this as Element | null; at && at !== document.body; at = at.parentElement) {
      for (const other of at.parentElement?.children ?? []) {
        if (other === at || other.hasAttribute('inert')) continue;
        other.setAttribute('inert', '');
        this.#inerted.push(other);
      }
    }
  }

  #freeThePage(): void {
    for (const element of this.#inerted) element.removeAttribute('inert');
    this.#inerted = [];
  }
}
