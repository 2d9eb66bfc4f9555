// "Break things": faults, the workspace's switches, and what the server asked and was told.

import { useEffect, useRef, useState } from 'preact/hooks';
import { FaultsTab } from './drawer_faults.tsx';
import { CallsTab, EventsTab } from './drawer_logs.tsx';
import { PlatformTab } from './drawer_platform.tsx';
import { WorkspaceTab } from './drawer_workspace.tsx';
import { Icon } from './icons.tsx';
import type { Channel, Message } from './types.ts';

const tabs = ['Faults', 'Workspace', 'App', 'API calls', 'Events'] as const;
type Tab = (typeof tabs)[number];

interface Props {
  channel: Channel;
  root: Message | undefined;
  close(): void;
}

export function Drawer({ channel, root, close }: Props) {
  const [tab, set_tab] = useState<Tab>('Faults');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);

  const on_key = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]!;
    set_tab(next);
    document.getElementById(tab_id(next))?.focus();
  };

  return (
    <aside class="drawer" aria-labelledby="drawer-title" data-testid="drawer">
      <header class="pane-head">
        <div class="pane-title"><h2 id="drawer-title" ref={heading} tabIndex={-1}>Break things</h2></div>
        <button type="button" class="tool" aria-label="Close" title="Close (Esc)" onClick={close}><Icon name="close" /></button>
      </header>
      <div class="tabs" role="tablist" aria-label="Break things" onKeyDown={on_key}>
        {tabs.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={tab_id(name)}
            aria-selected={name === tab}
            aria-controls="drawer-panel"
            tabIndex={name === tab ? 0 : -1}
            onClick={() => set_tab(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div key={tab} class="drawer-panel" role="tabpanel" id="drawer-panel" aria-labelledby={tab_id(tab)} tabIndex={0}>
        {tab === 'Faults' && <FaultsTab />}
        {tab === 'Workspace' && <WorkspaceTab channel={channel} root={root} />}
        {tab === 'App' && <PlatformTab />}
        {tab === 'API calls' && <CallsTab />}
        {tab === 'Events' && <EventsTab />}
      </div>
    </aside>
  );
}

const tab_id = (name: Tab) => `tab-${name.toLowerCase().replace(' ', '-')}`;
