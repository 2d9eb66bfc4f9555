// The colours of both themes in one place, so that a test can compute their contrast and the stylesheet cannot drift.

import { accentColors, bubbles, surfaces } from '../core/color.ts';

export const themes = {
  light: {
    surface: surfaces.light,
    raised: bubbles.light,
    text: '#191c22',
    muted: '#596170',
    line: '#e4e7ec',
    field: '#858d9a',
    danger: '#b3261e',
    'danger-soft': '#fdeceb',
    warn: '#7a4b00',
    'warn-soft': '#fff3d9',
    good: '#1a7f47',
    star: '#b26a00',
  },
  dark: {
    surface: surfaces.dark,
    raised: bubbles.dark,
    text: '#eceef2',
    muted: '#a6aebb',
    line: '#2f333d',
    field: '#737c8a',
    danger: '#ff9d94',
    'danger-soft': '#3a1f1e',
    warn: '#f5c66f',
    'warn-soft': '#352a14',
    good: '#4fc383',
    star: '#f2b13c',
  },
} as const;

const declare = (values: Record<string, string>) =>
  Object.entries(values).map(([name, value]) => `--${name}:${value}`).join(';');

/** The rules that hang on the accent; a sheet of their own, replaced when the accent changes. */
export function tokenSheet(accentChoice: string | undefined): string {
  const accent = accentColors(accentChoice);
  const light = declare({ ...themes.light, ink: accent.inkLight, tint: accent.tintLight });
  const dark = declare({ ...themes.dark, ink: accent.inkDark, tint: accent.tintDark });
  return (
    `:host{color-scheme:light;--accent:${accent.accent};--on:${accent.on};${light}}` +
    `@media(prefers-color-scheme:dark){:host(:not([data-theme=light])){color-scheme:dark;${dark}}}` +
    `:host([data-theme=dark]){color-scheme:dark;${dark}}`
  );
}
