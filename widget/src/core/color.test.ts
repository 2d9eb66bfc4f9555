import { describe, expect, it } from 'vitest';
import { themes } from '../view/tokens.ts';
import { accentColors, accentOn, contrast, parseColor, type Rgb } from './color.ts';

const rgb = (text: string): Rgb => parseColor(text)!;
const accents = [
  undefined, '#4f46e5', '#000', '#fff', '#ffff00', '#00ff00', '#ff0000', '#0000ff', '#777777', '#808080', '#ffc107', '#00bcd4',
  '#e91e63', '#8bc34a', '#ff9800', '#123456', '#abcdef', '#c0ffee', '#7f7f00', '#fa8072', 'not a colour',
];

describe.each(accents)('the accent %s', (choice) => {
  const { accent, on } = accentColors(choice);
  it('carries readable words', () => expect(contrast(rgb(on), accent)).toBeGreaterThanOrEqual(4.5));

  it.each(['light', 'dark'] as const)('can be read as words on every ground of the %s theme, and its tint carries words', (name) => {
    const theme = themes[name];
    const { ink, tint } = accentOn(accent, theme.surface, theme.raised, name === 'dark');
    const pairs = [[ink, theme.surface], [ink, theme.raised], [ink, tint], [theme.text, tint], [theme.muted, tint]];
    for (const [words, ground] of pairs) expect(contrast(rgb(words!), rgb(ground!))).toBeGreaterThanOrEqual(4.5);
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
