// `window.Deskbell`: a queue of commands before the widget is there, the widget's remote control afterwards.

import { optionsOfScript } from './options.ts';
import { Widget } from './widget.ts';

export type Command = (verb: string, ...args: unknown[]) => unknown;

interface Global extends Command {
  q?: ArrayLike<unknown>[];
  version?: string;
}

declare global {
  interface Window {
    Deskbell?: Global;
  }
}

export function install(script: HTMLScriptElement | null): void {
  const before = window.Deskbell;
  if (before?.version) {
    console.info('Deskbell: the widget is already on this page; the second script does nothing.');
    return;
  }
  if (!window.customElements || !('adoptedStyleSheets' in Document.prototype)) {
    console.info('Deskbell: this browser is too old for the chat.');
    return;
  }
  const widget = new Widget(optionsOfScript(script ?? ownScript()));
  const command: Global = (verb, ...args) => {
    try {
      return widget.command(verb, args);
    } catch (error) {
      // A mistake in a command is the page's to see and never the page's to fall over.
      console.error(`Deskbell: "${verb}" failed`, error);
      return undefined;
    }
  };
  command.version = '1';
  window.Deskbell = command;
  const autoStart = (script ?? ownScript())?.dataset.autoStart !== 'false';
  const queued = Array.from(before?.q ?? [], (args) => Array.from(args));
  // A queued boot brings options that everything after it relies on.
  const boots = queued.filter(([verb]) => verb === 'boot');
  const others = queued.filter(([verb]) => verb !== 'boot');
  for (const [verb, ...args] of boots) command(String(verb), ...args);
  if (autoStart && boots.length === 0) whenIdle(() => widget.startUnlessTold());
  for (const [verb, ...args] of others) command(String(verb), ...args);
}

function ownScript(): HTMLScriptElement | null {
  return document.querySelector<HTMLScriptElement>('script[src*="widget.js"]');
}

/** After the page's own load, when the thread has nothing better to do. */
export function whenIdle(work: () => void): void {
  const idle = () => {
    if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: 2000 });
    else setTimeout(work, 200);
  };
  if (document.readyState === 'complete') idle();
  else addEventListener('load', idle, { once: true });
}
