// What went over the wire, in words: a line for each frame, with the ids by which nothing is said twice. Pure.

export type Way = 'up' | 'down' | 'note';

export interface WireLine {
  number: number;
  tab: string;
  way: Way;
  kind: string;
  words: string;
  bytes: number;
}

type Frame = Record<string, unknown>;

const short = (id: unknown) => String(id).replace(/^([a-z]+_)?(.{6}).*/, '$1$2…');
const quoted = (text: unknown) => {
  const one_line = String(text).replace(/\s+/g, ' ');
  return one_line === '' ? '' : `“${one_line.length > 60 ? `${one_line.slice(0, 59)}…` : one_line}”`;
};
const joined = (...parts: (string | false | undefined)[]) => parts.filter(Boolean).join('  ');

function event_words(event: Frame): string {
  const message = event['message'] as Frame | undefined;
  const author = message?.['author'] as Frame | undefined;
  return joined(
    `#${event['seq']}`,
    String(event['kind'] ?? ''),
    author && String(author['role']),
    message?.['client_id'] !== undefined && short(message['client_id']),
    event['stage'] !== undefined && String(event['stage']),
    quoted(message?.['text'] ?? event['text'] ?? ''),
  );
}

export function words_of(frame: Frame): { kind: string; words: string } {
  const kind = String(frame['type'] ?? '?');
  const event = (frame['event'] ?? (kind === 'event' ? frame : undefined)) as Frame | undefined;
  if (event) return { kind: 'event', words: event_words(event) };
  const words = joined(
    frame['client_id'] !== undefined && short(frame['client_id']),
    frame['after'] !== undefined && `after #${frame['after']}`,
    frame['head'] !== undefined && `head #${frame['head']}`,
    frame['seq'] !== undefined && `#${frame['seq']}`,
    frame['code'] !== undefined && String(frame['code']),
    frame['text'] !== undefined && quoted(frame['text']),
  );
  return { kind, words };
}

// A frame may hold a token: only what is named above is ever shown.
export function line_of(number: number, tab: string, way: Way, data: string): WireLine {
  if (way === 'note') return { number, tab, way, kind: 'note', words: data, bytes: 0 };
  const bytes = new TextEncoder().encode(data).length;
  try {
    const frame = JSON.parse(data) as unknown;
    if (typeof frame === 'object' && frame !== null) return { number, tab, way, bytes, ...words_of(frame as Frame) };
  } catch {
    // not a frame of ours: its size is all there is to say
  }
  return { number, tab, way, kind: '?', words: '', bytes };
}
