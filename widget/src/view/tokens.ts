// The colours of both themes in one place, so that a test can compute their contrast and the stylesheet cannot drift.

import { accentColors, accentOn, hexOf, type Rgb } from '../core/color.ts';

export const themes = {
  light: {
    surface: '#ffffff',
    raised: '#f3f4f7',
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
    surface: '#16181d',
    raised: '#24272f',
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

function rulesOf(name: keyof typeof themes, accent: Rgb): string {
  const theme = themes[name];
  const values = { ...theme, ...accentOn(accent, theme.surface, theme.raised, name === 'dark') };
  return `color-scheme:${name};${Object.entries(values).map(([key, value]) => `--${key}:${value}`).join(';')}`;
}

/** The rules that hang on the accent, in a sheet of their own. */
export function tokenSheet(choice: string | undefined): string {
  const { accent, on } = accentColors(choice);
  const dark = rulesOf('dark', accent);
  return (
    `:host{--accent:${hexOf(accent)};--on:${on};${rulesOf('light', accent)}}` +
    `@media(prefers-color-scheme:dark){:host(:not([data-theme=light])){${dark}}}:host([data-theme=dark]){${dark}}`
  );
}
