// The sandbox page: a team-chat workspace for one machine, to see and try what agents see.

import { render } from 'preact';
import { App } from './app.tsx';
import { hash_of_permalink } from './route.ts';

const permalink = hash_of_permalink(location.pathname);
if (permalink) history.replaceState(null, '', `/${location.search.replace(/[?&](thread_ts|cid)=[^&]*/g, '')}${permalink}`);

render(<App />, document.getElementById('app')!);
