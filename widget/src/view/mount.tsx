// Where the chat's drawing meets the element: its sheet, its place in the shadow root, and the size of the screen.

import { render } from 'preact';
import type { DeskbellChat } from '../element.ts';
import { App } from './app.tsx';
import type { Shell, Ui } from './shell.ts';
import css from './widget.css?inline';

const smallScreen = '(max-width: 480px), (max-height: 420px)';
const holders = new WeakMap<DeskbellChat, HTMLElement>();

export function draw(element: DeskbellChat, ui: Ui): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  element.wear(sheet);
  const holder = document.createElement('div');
  holders.set(element, holder);
  element.root.append(holder);
  render(<App ui={ui} />, holder);
}

export function undraw(element: DeskbellChat): void {
  const holder = holders.get(element);
  if (holder) render(null, holder);
  holder?.remove();
}

export function watchScreen(element: DeskbellChat, shell: Shell, signal: AbortSignal): void {
  const small = matchMedia(smallScreen);
  const onSmall = () => shell.change({ small: small.matches });
  small.addEventListener('change', onSmall, { signal });
  onSmall();

  // The on-screen keyboard shrinks only the visual viewport; the panel must stay inside it.
  const screen = new CSSStyleSheet();
  element.wear(screen);
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
    element.coverPage(shell.coversPage);
  });
  signal.addEventListener('abort', off);
}
