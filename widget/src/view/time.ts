// Times in the customer's language: the hour for today, the day beside it for anything older. The first Intl object
// costs tens of milliseconds on a slow phone, so none is made before the first message is drawn.

const formats: Record<string, Intl.DateTimeFormat> = {};

export function timeOf(at: number, now = Date.now()): string {
  const today = new Date(at).toDateString() === new Date(now).toDateString();
  const day = today ? {} : ({ weekday: 'short', day: 'numeric', month: 'short' } as const);
  formats[String(today)] ??= new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', ...day });
  return formats[String(today)]!.format(at);
}
