// Makes any accent a shop chooses readable: what is written on it, and what it may look like when it is itself the
// text. WCAG 2.2 contrast, 4.5:1 for words. Called once when the widget mounts; never guesses, always computes.

export type Rgb = readonly [number, number, number];

export const defaultAccent = '#4f46e5';
// What words stand on: the panel, and a bubble on it.
export const surfaces = { light: '#ffffff', dark: '#16181d' } as const;
export const bubbles = { light: '#f3f4f7', dark: '#24272f' } as const;
const tinted = { light: 0.92, dark: 0.84 } as const;

export interface AccentColors {
  accent: string;
  /** Words and icons on the accent. */
  on: string;
  /** The accent as text on each theme's surface, and on that surface tinted with the accent. */
  inkLight: string;
  inkDark: string;
  tintLight: string;
  tintDark: string;
}

export function parseColor(text: string | undefined): Rgb | null {
  const hex = /^#?([\da-f]{3}|[\da-f]{6})$/i.exec(text?.trim() ?? '')?.[1];
  if (!hex) return null;
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  const value = parseInt(full, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function luminance(color: Rgb): number {
  const [r, g, b] = color.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const mix = (a: Rgb, b: Rgb, share: number): Rgb =>
  a.map((channel, at) => Math.round(channel + (b[at]! - channel) * share)) as unknown as Rgb;

const hexOf = (color: Rgb): string => `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;

const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];

// Moves the accent towards black or white by small steps until it can be read on both surfaces given.
function inkOn(accent: Rgb, grounds: readonly Rgb[], towards: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.04) {
    const ink = mix(accent, towards, share);
    if (grounds.every((ground) => contrast(ink, ground) >= 4.6)) return ink;
  }
  return towards;
}

export function accentColors(choice: string | undefined): AccentColors {
  const accent = parseColor(choice) ?? parseColor(defaultAccent)!;
  const light = parseColor(surfaces.light)!;
  const dark = parseColor(surfaces.dark)!;
  const tintLight = mix(accent, light, tinted.light);
  const tintDark = mix(accent, dark, tinted.dark);
  return {
    accent: hexOf(accent),
    // One of the two always reaches 4.58:1, whatever the accent.
    on: contrast(accent, white) >= 4.5 ? '#ffffff' : '#000000',
    inkLight: hexOf(inkOn(accent, [light, tintLight, parseColor(bubbles.light)!], black)),
    inkDark: hexOf(inkOn(accent, [dark, tintDark, parseColor(bubbles.dark)!], white)),
    tintLight: hexOf(tintLight),
    tintDark: hexOf(tintDark),
  };
}
