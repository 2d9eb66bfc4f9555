import { describe, expect, it } from 'vitest';
import { themes } from '../view/tokens.ts';
import { accentColors, contrast, parseColor, type Rgb } from './color.ts';

const rgb = (text: string): Rgb => parseColor(text)!;
const accents = [
  undefined, '#4f46e5', '#000', '#fff', '#ffff00', '#00ff00', '#ff0000', '#0000ff', '#777777', '#808080', '#ffc107', '#00bcd4',
  '#e91e63', '#8bc34a', '#ff9800', '#123456', '#abcdef', '#c0ffee', '#7f7f00', '#fa8072', 'not a colour',
];

describe.each(accents)('the accent %s', (accent) => {
  const colors = accentColors(accent);
  const pairs: [string, string, string][] = [
    ['words on the accent', colors.on, colors.accent],
    ['the accent as words, light', colors.inkLight, themes.light.surface],
    ['the accent as words on its tint, light', colors.inkLight, colors.tintLight],
    ['the accent as words on a bubble, light', colors.inkLight, themes.light.raised],
    ['the accent as words, dark', colors.inkDark, themes.dark.surface],
    ['the accent as words on its tint, dark', colors.inkDark, colors.tintDark],
    ['the accent as words on a bubble, dark', colors.inkDark, themes.dark.raised],
    ['text on the tint, light', themes.light.text, colors.tintLight],
    ['text on the tint, dark', themes.dark.text, colors.tintDark],
    ['small words on the tint, light', themes.light.muted, colors.tintLight],
    ['small words on the tint, dark', themes.dark.muted, colors.tintDark],
  ];
  it.each(pairs)('%s can be read', (_name, ink, ground) => {
    expect(contrast(rgb(ink), rgb(ground))).toBeGreaterThanOrEqual(4.5);
  });
});

describe.each(['light', 'dark'] as const)('the %s theme', (name) => {
  const theme = themes[name];
  const words: [keyof typeof theme, keyof typeof theme][] = [
    ['text', 'surface'], ['text', 'raised'], ['muted', 'surface'], ['muted', 'raised'],
    ['danger', 'surface'], ['text', 'danger-soft'], ['warn', 'warn-soft'],
  ];
  it.each(words)('%s on %s can be read', (ink, ground) => {
    expect(contrast(rgb(theme[ink]), rgb(theme[ground]))).toBeGreaterThanOrEqual(4.5);
  });
  it.each(['field', 'star', 'good', 'danger'] as const)('%s can be seen', (mark) => {
    expect(contrast(rgb(theme[mark]), rgb(theme.surface))).toBeGreaterThanOrEqual(3);
  });
});

it('reads short and long hex and nothing else', () => {
  expect(parseColor('#abc')).toEqual([170, 187, 204]);
  expect(parseColor('aabbcc')).toEqual([170, 187, 204]);
  for (const bad of ['red', '#abcd', '', undefined]) expect(parseColor(bad)).toBeNull();
});
