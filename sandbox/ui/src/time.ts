// Slack's timestamps (`seconds.micros`, as text) and the words a person reads instead.

export const date_of = (ts: string) => new Date(Number(ts) * 1000);

export const clock_time = (ts: string) =>
  date_of(ts).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });

export const full_time = (ts: string) => date_of(ts).toLocaleString([], { dateStyle: 'full', timeStyle: 'medium' });

export const exact_time = (ts: string) =>
  date_of(ts).toLocaleTimeString([], { hour12: false, hour: '2-digit', minute: '2-digit', second: '2-digit' });

const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
const day_ms = 86_400_000;

export const same_day = (one: string, other: string) => midnight(date_of(one)) === midnight(date_of(other));

export function day_name(ts: string, now = new Date()): string {
  const date = date_of(ts);
  const days_ago = Math.round((midnight(now) - midnight(date)) / day_ms);
  if (days_ago === 0) return 'Today';
  if (days_ago === 1) return 'Yesterday';
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return date.toLocaleDateString([], { weekday: 'long', month: 'long', day: 'numeric', year });
}

export function time_ago(ts: string, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - date_of(ts).getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const days_ago = Math.round((midnight(now) - midnight(date_of(ts))) / day_ms);
  return days_ago === 0 ? `today at ${clock_time(ts)}` : `${day_name(ts, now)} at ${clock_time(ts)}`;
}
