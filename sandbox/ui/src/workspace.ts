// What every view needs: the state as last heard, who is posting, and how to ask for something.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Outcome } from './api.ts';
import type { Message, State, User } from './types.ts';

export interface Workspace {
  state: State;
  me: User;
  emoji: Record<string, string>;
  act(action: string, body: Record<string, unknown>): Promise<Outcome>;
  tell(text: string): void; // a short note at the bottom, also read out
  open_thread(channel: string, ts: string): void;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

export function use_workspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('a view outside the workspace');
  return workspace;
}

export const user_name = (state: State, id: string) => {
  const user = state.users.find((candidate) => candidate.id === id);
  return user?.display_name || user?.real_name || (id === state.app.user_id ? state.app.name : '');
};

export const channel_name = (state: State, id: string) =>
  state.channels.find((candidate) => candidate.id === id || candidate.name === id.replace(/^#/, ''))?.name ?? '';

export const people_of = (state: State) => state.users.filter((user) => !user.is_bot);

export const is_visible_to = (message: Message, user: User) =>
  message.kind !== 'ephemeral' || !message.ephemeral_for || message.ephemeral_for === user.id;

const words: Record<string, string> = {
  cant_update_message: 'Only the author can edit this message.',
  cant_delete_message: 'Only the author can delete this message.',
  is_archived: 'This channel is archived. Unarchive it under “Break things”.',
  message_not_found: 'That message is gone.',
  not_configured: 'Nobody listens to buttons: no interactivity URL is set (see “Break things”, Workspace).',
  not_enabled: 'The app has no such tab.',
  file_uploads_disabled: 'The workspace takes no files at the moment.',
  file_upload_size_restricted: 'That file is too large for this workspace.',
  already_reacted: 'You reacted with that already.',
  msg_too_long: 'That message is too long.',
  no_text: 'There is nothing to send.',
};

export const words_of = (refusal: { error: string; detail: string }) =>
  words[refusal.error] ?? (refusal.detail || refusal.error.replace(/_/g, ' '));
