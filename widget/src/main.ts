// The file a page loads. Finds its own script tag, puts `Deskbell(…)` on the window, takes over what was queued before
// it came, and starts when the page has finished its own work.

import { install } from './install.ts';

install(document.currentScript as HTMLScriptElement | null);
