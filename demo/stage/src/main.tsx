// The demo's first page: the shop and the team that answers beside each other, and what can be shown off between them.

import { render } from 'preact';
import { App } from './app.tsx';
import { Stage } from './stage.ts';
import type { TapHost } from './tile.ts';

const stage = new Stage();
// The shop's page looks for it while it loads, before its widget does.
(window as unknown as { deskbellStage: TapHost }).deskbellStage = stage;
void stage.open_desk();
render(<App stage={stage} />, document.getElementById('stage')!);
