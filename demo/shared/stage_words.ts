// What the stage (the demo's page with both sides) and the agents' page say to each other, by postMessage: they come from
// two addresses, as they would in life.

import type { Call, Channel } from '../../sandbox/ui/src/types.ts';

export type Scheme = 'auto' | 'light' | 'dark';

export type DeskOrder =
  | { do: 'act'; action: string; body: Record<string, unknown> } // what a person does there, see sandbox/http/API.md
  | { do: 'show'; channel: string; ts: string }
  | { do: 'type'; text: string; character_ms: number } // into the open thread, as by hand
  | { do: 'wear'; scheme: Scheme }
  | { do: 'focus' };

export type FromStage = { deskbell: 'stage'; call: number } & DeskOrder;

export interface DeskState {
  channels: Channel[];
  calls: Call[]; // newest first
}

export type FromDesk =
  | { deskbell: 'desk'; news: 'state'; state: DeskState }
  | { deskbell: 'desk'; news: 'other_pane' } // F6 was pressed
  | { deskbell: 'desk'; news: 'answer'; call: number; ok: boolean; detail: string; body: Record<string, unknown> };
