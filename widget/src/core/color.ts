// Makes any accent a shop chooses readable: what is written on it, and what it may look like when it is itself the
// text. WCAG 2.2 contrast, 4.5:1 for words. Called once when the widget mounts; never guesses, always computes.

export type Rgb = readonly [number, number, number];

export const defaultAccent = '#4f46e5';

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

export const hexDigits = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const hexOf = (color: Rgb): string => `#${hexDigits(color)}`;

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

/** The accent, and what is written on it: black or white always reaches 4.58:1. */
export function accentColors(choice: string | undefined): { accent: Rgb; on: string } {
  const accent = parseColor(choice) ?? parseColor(defaultAccent)!;
  return { accent, on: contrast(accent, white) >= 4.5 ? '#fff' : '#000' };
}

/** The accent as a soft ground (`tint`), and as words (`ink`) on that, on the surface and on a bubble. */
export function accentOn(accent: Rgb, surface: string, bubble: string, dark: boolean): { ink: string; tint: string } {
  const ground = parseColor(surface)!;
  const tint = mix(accent, ground, dark ? 0.84 : 0.92);
  const ink = inkOn(accent, [ground, tint, parseColor(bubble)!], dark ? white : black);
  return { ink: hexOf(ink), tint: hexOf(tint) };
}
