// `window.Deskbell`: a queue of commands before the widget is there, the widget's remote control afterwards.

import { Loader, type LoadChat } from './loader.ts';
import { optionsOfScript } from './options.ts';

export type Command = (verb: string, ...args: unknown[]) => unknown;

interface Global extends Command {
  q?: Iterable<ArrayLike<unknown>>;
  version?: string;
}

declare global {
  interface Window {
    Deskbell?: Global;
  }
}

export function install(current: HTMLScriptElement | null, load: LoadChat): void {
  const before = window.Deskbell;
  if (before?.version || !('adoptedStyleSheets' in Document.prototype)) {
    console.info(`Deskbell: ${before?.version ? 'already on this page' : 'this browser is too old'}`);
    return;
  }
  const script = current ?? ownScript();
  const command = commandOf(new Loader(optionsOfScript(script), load), script?.dataset.autoStart !== 'false');
  window.Deskbell = command;
  for (const args of before?.q ?? []) command(...(Array.from(args) as [string]));
}

/** The function a page calls. A mistake in a command is the page's to see and never the page's to fall over. */
export function commandOf(loader: Loader, autoStart: boolean): Global {
  const command: Global = (verb, ...args) => {
    if (!document.body && verb !== 'on' && verb !== 'get') {
      // From the head of a page that is still being read: there is nowhere to put the element yet.
      return document.addEventListener('DOMContentLoaded', () => command(verb, ...args), { once: true });
    }
    try {
      return loader.command(verb, args);
    } catch (error) {
      console.error(`Deskbell: "${verb}"`, error);
      return undefined;
    }
  };
  command.version = '1';
  if (autoStart) whenIdle(() => loader.startUnlessTold());
  return command;
}

function ownScript(): HTMLScriptElement | null {
  return document.querySelector<HTMLScriptElement>('script[src*="widget.js"]');
}

/** After the page's own load, when the thread has nothing better to do. */
function whenIdle(work: () => void): void {
  const idle = () => {
    if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: 2000 });
    else setTimeout(work, 200);
  };
  if (document.readyState === 'complete') idle();
  else addEventListener('load', idle, { once: true });
}
