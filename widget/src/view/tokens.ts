// The colours of both themes in one place, so that a test can compute their contrast and the stylesheet cannot drift.

import { accentColors, accentOn, hexOf, type Rgb } from '../core/color.ts';

const colors = {
  surface: ['#fff', '#16181d'],
  raised: ['#f3f4f7', '#24272f'],
  text: ['#191c22', '#eceef2'],
  muted: ['#596170', '#a6aebb'],
  line: ['#e4e7ec', '#2f333d'],
  field: ['#858d9a', '#737c8a'],
  danger: ['#b3261e', '#ff9d94'],
  'danger-soft': ['#fdeceb', '#3a1f1e'],
  warn: ['#7a4b00', '#f5c66f'],
  'warn-soft': ['#fff3d9', '#352a14'],
  good: ['#1a7f47', '#4fc383'],
  star: ['#b26a00', '#f2b13c'],
} as const;

type Theme = Record<keyof typeof colors, string>;

const themeAt = (at: 0 | 1) => Object.fromEntries(Object.entries(colors).map(([name, both]) => [name, both[at]])) as Theme;

export const themes = { light: themeAt(0), dark: themeAt(1) };

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
