// Where the keyboard is: nothing that disappears may take the focus with it.

import { useEffect } from 'preact/hooks';

// Focuses the first of these that is there and visible; false when none is.
export function focus_first(...selectors: string[]): boolean {
  for (const selector of selectors) {
    const element = document.querySelector<HTMLElement>(selector);
    if (!element || element.getClientRects().length === 0 || getComputedStyle(element).visibility === 'hidden') continue;
    element.focus({ preventScroll: true });
    return true;
  }
  return false;
}

// A soft keyboard that jumps up would hide half of what was just opened.
export const types_with_keys = () => matchMedia('(hover: hover)').matches;

// A message or reaction that someone deletes while it has the focus hands it to its list.
export function use_focus_kept_in_lists(change: unknown) {
  useEffect(() => {
    const on_focus = (event: FocusEvent) => {
      const target = event.target as HTMLElement;
      last = { target, list: target.closest<HTMLElement>('[role=log]') };
    };
    document.addEventListener('focusin', on_focus);
    return () => document.removeEventListener('focusin', on_focus);
  }, []);
  useEffect(() => {
    if (document.activeElement !== document.body || last.target?.isConnected) return;
    if (last.list?.isConnected) last.list.focus({ preventScroll: true });
  }, [change]);
}

let last: { target: HTMLElement | null; list: HTMLElement | null } = { target: null, list: null };
