// The app's own place: its Home tab, as it publishes it for whoever is posting.

import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import type { View } from './types.ts';
import { initial_values, ViewForm, type Value, type Values } from './view_form.tsx';
import { use_workspace, words_of } from './workspace.ts';

export function HomeView({ open_sidebar }: { open_sidebar(): void }) {
  const { state, me, act, tell } = use_workspace();
  const view = state.views?.homes[me.id];
  // Every visit is told to the app, which then may publish something newer.
  useEffect(() => {
    void act('home', { user: me.id, tab: 'home' }).then((outcome) => {
      if (!outcome.ok) tell(words_of(outcome));
    });
  }, [me.id]);
  return (
    <section class="channel home" aria-label={`${state.app.name}, Home`} data-testid="home">
      <header class="pane-head">
        <button type="button" class="tool only-narrow" aria-label="Channels" data-testid="menu" onClick={open_sidebar}><Icon name="menu" /></button>
        <div class="pane-title">
          <h2><img class="home-face" src={state.app.avatar} alt="" /> {state.app.name}</h2>
          <p>Home · what the app shows to {me.display_name}</p>
        </div>
      </header>
      <div class="home-body">
        {view ? <HomeBlocks key={view.id} view={view} /> : <p class="quiet">{state.app.name} has published nothing for {me.display_name} yet.</p>}
      </div>
    </section>
  );
}

function HomeBlocks({ view }: { view: View }) {
  const [values, set_values] = useState<Values>(() => initial_values(view));
  const change = (block_id: string, action_id: string, value: Value) =>
    set_values((mine) => ({ ...mine, [block_id]: { ...mine[block_id], [action_id]: value } }));
  return <div class="blocks"><ViewForm view={view} values={values} change={change} /></div>;
}
