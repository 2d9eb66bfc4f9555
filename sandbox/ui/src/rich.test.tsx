// @vitest-environment happy-dom
import { render } from 'preact';
import { describe, expect, it } from 'vitest';
import { parse_mrkdwn } from './mrkdwn.ts';
import { Paragraphs } from './rich.tsx';
import type { State, User } from './types.ts';
import { WorkspaceContext, type Workspace } from './workspace.ts';

const ana = { id: 'U1', name: 'ana', display_name: 'Ana', real_name: 'Ana Silva' } as User;
const workspace = {
  state: { users: [ana], channels: [{ id: 'C1', name: 'vip' }], app: { user_id: 'U9', name: 'Deskbell' } } as unknown as State,
  me: ana,
  emoji: { wave: '👋' },
} as unknown as Workspace;

function rendered(text: string): HTMLElement {
  const root = document.createElement('div');
  render(
    <WorkspaceContext.Provider value={workspace}><Paragraphs nodes={parse_mrkdwn(text)} /></WorkspaceContext.Provider>,
    root,
  );
  return root;
}

describe('text on the page', () => {
  it('makes no element out of typed markup', () => {
    const root = rendered('<b>&lt;script&gt;alert(1)&lt;/script&gt; <img src=x onerror=alert(1)>');
    expect(root.querySelector('script, img, b')).toBeNull();
    expect(root.textContent).toContain('<script>alert(1)</script>');
  });

  it('names people and channels, and knows who is reading', () => {
    const root = rendered('<@U1> in <#C1> <@U404|gone>');
    expect(root.textContent).toBe('@Ana in #vip @gone');
    expect(root.querySelector('.mention.mine')?.textContent).toBe('@Ana');
    expect(root.querySelector('a.mention')?.getAttribute('href')).toBe('#/vip');
  });

  it('opens links elsewhere and tells them nothing', () => {
    const link = rendered('<https://a.example|a>').querySelector('a');
    expect(link?.getAttribute('rel')).toContain('noopener');
    expect(link?.getAttribute('target')).toBe('_blank');
  });

  it('shows known emoji, named for readers, and leaves unknown ones as typed', () => {
    const root = rendered(':wave: :nope:');
    expect(root.querySelector('[role=img]')?.getAttribute('aria-label')).toBe('wave');
    expect(root.textContent).toBe('👋 :nope:');
  });
});
