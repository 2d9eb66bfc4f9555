// The file a page loads. Finds its own script tag, puts `Deskbell(…)` on the window, takes over what was queued before
// it came, and starts when the page has finished its own work. The chat itself comes later, when somebody wants it.

import { install } from './install.ts';

declare const chatFile: string;

install(document.currentScript as HTMLScriptElement | null, ({ assets }) => import(/* @vite-ignore */ `${assets}/widget/${chatFile}`));
