// For bundlers: the same widget as a module. Importing it does nothing at all, so it may be imported on a server; the
// chat is a part of its own that loads when somebody wants it, like in the script.

import { commandOf } from './install.ts';
import { Loader } from './loader.ts';
import { optionsOfScript, withOverrides } from './options.ts';
import type { BootOptions, Deskbell } from './public.ts';

export type * from './public.ts';

/** Starts the widget in this page. One at a time: what an earlier call started should be destroyed first. */
export function boot(options: BootOptions): Deskbell {
  const loader = new Loader(withOverrides(optionsOfScript(null), options), () => import('./chat.ts'));
  const command = commandOf(loader, false);
  command('start');
  const say = (verb: string) => (...args: unknown[]) => command(verb, ...args);
  const verbs = [
    'open', 'close', 'toggle', 'show', 'hide', 'send', 'prefill', 'talkToHuman', 'update', 'identify', 'page', 'theme', 'locale',
    'consent', 'shutdown', 'forget', 'destroy', 'on', 'get',
  ];
  return Object.fromEntries(verbs.map((verb) => [verb, say(verb)])) as unknown as Deskbell;
}
