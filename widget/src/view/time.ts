// Dates in the customer's language. The first Intl object costs tens of milliseconds on a slow phone, so none is made
// before the first message is drawn.

let clock: Intl.DateTimeFormat | undefined;
let calendar: Intl.DateTimeFormat | undefined;

export function clockTime(at: number): string {
  clock ??= new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
  return clock.format(at);
}

export function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

export function dayName(at: number, now: number, words: { today: string; yesterday: string }): string {
  const day = dayOf(at);
  if (day === dayOf(now)) return words.today;
  if (day === dayOf(now - 86_400_000)) return words.yesterday;
  calendar ??= new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
  return calendar.format(at);
}
