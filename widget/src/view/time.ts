// Times and sizes in the customer's language: the hour for today, the day beside it for anything older. The first Intl
// object costs tens of milliseconds on a slow phone, so none is made before the first message is drawn.

const formats: Record<string, Intl.DateTimeFormat> = {};

export function timeOf(at: number, language?: string, now = Date.now()): string {
  const today = new Date(at).toDateString() === new Date(now).toDateString();
  const day = today ? {} : ({ weekday: 'short', day: 'numeric', month: 'short' } as const);
  // English is written in many ways: there the browser's own region knows better than the two letters.
  const region = language === navigator.language.split('-')[0] ? undefined : language;
  const format = (formats[`${region} ${today}`] ??= new Intl.DateTimeFormat(region, { hour: '2-digit', minute: '2-digit', ...day }));
  return format.format(at);
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function sizeOf(bytes: number, language?: string): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return value.toLocaleString(language, { style: 'unit', unit: units[power]!, unitDisplay: 'short', maximumFractionDigits: value < 10 ? 1 : 0 });
}
