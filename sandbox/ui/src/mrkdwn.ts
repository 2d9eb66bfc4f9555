// Slack's text into a small tree. Text of people and apps is untrusted: it becomes nodes here and elements in
// rich.tsx, and never passes through HTML.

export type Inline =
  | { t: 'text'; v: string }
  | { t: 'br' }
  | { t: 'bold' | 'italic' | 'strike' | 'underline'; c: Inline[] }
  | { t: 'code'; v: string }
  | { t: 'link'; href: string; c: Inline[] }
  | { t: 'user'; id: string; label: string }
  | { t: 'channel'; id: string; label: string }
  | { t: 'mention'; label: string }
  | { t: 'emoji'; name: string; unicode: string };

export type Paragraph =
  | { t: 'p'; c: Inline[] }
  | { t: 'heading'; c: Inline[] }
  | { t: 'pre'; v: string }
  | { t: 'quote'; c: Paragraph[] }
  | { t: 'list'; ordered: boolean; indent: number; start: number; items: Inline[][] };

const safe_schemes = new Set(['http:', 'https:', 'mailto:', 'tel:']);

// The address when a click on it can do no harm, else null.
export function safe_href(address: string): string | null {
  try {
    return safe_schemes.has(new URL(address).protocol) ? address : null;
  } catch {
    return null;
  }
}

// `&amp;` last: otherwise `&amp;lt;` would become `<`.
export function unescape_text(text: string): string {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}

const emphasis = { '*': 'bold', _: 'italic', '~': 'strike' } as const;
type Mark = keyof typeof emphasis;

const is_word = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}]/u.test(character);
const is_space = (character: string | undefined) => character === undefined || /\s/.test(character);

const emphasis_length_max = 2000; // further on nobody looks for the other end, so that odd text costs little

// A mark opens when it stands before a word and closes when it stands after one, as in Slack: `2*3*4` stays as typed.
function end_of_emphasis(text: string, start: number, mark: Mark): number {
  if (is_word(text[start - 1]) || is_space(text[start + 1]) || text[start + 1] === mark) return -1;
  const end = Math.min(text.length, start + emphasis_length_max);
  for (let at = start + 1; at < end && text[at] !== '\n'; ++at) {
    if (text[at] === mark && !is_space(text[at - 1]) && !is_word(text[at + 1])) return at;
  }
  return -1;
}

export function parse_inline(text: string): Inline[] {
  const nodes: Inline[] = [];
  let plain = '';
  const flush = () => {
    if (plain) nodes.push({ t: 'text', v: unescape_text(plain) });
    plain = '';
  };
  const push = (node: Inline) => {
    flush();
    nodes.push(node);
  };

  for (let at = 0; at < text.length; ++at) {
    const character = text[at]!;
    if (character === '\n') {
      push({ t: 'br' });
      continue;
    }
    if (character === '<') {
      const end = text.indexOf('>', at);
      if (end > at + 1) {
        push(parse_control(text.slice(at + 1, end)));
        at = end;
        continue;
      }
    }
    if (character === '`') {
      const end = text.indexOf('`', at + 1);
      const code = end > at + 1 ? text.slice(at + 1, end) : '';
      if (code && !code.includes('\n')) {
        push({ t: 'code', v: unescape_text(code.replace(/<(?:[^|>]*\|)?([^>]*)>/g, '$1')) });
        at = end;
        continue;
      }
    }
    if (character === '*' || character === '_' || character === '~') {
      const end = end_of_emphasis(text, at, character);
      if (end > 0) {
        push({ t: emphasis[character], c: parse_inline(text.slice(at + 1, end)) });
        at = end;
        continue;
      }
    }
    if (character === ':') {
      const name = /^:([a-z0-9_+'-]{1,60})(?:::skin-tone-[2-6])?:/.exec(text.slice(at, at + 80));
      if (name && !is_word(text[at - 1])) {
        push({ t: 'emoji', name: name[1]!, unicode: '' });
        at += name[0].length - 1;
        continue;
      }
    }
    plain += character;
  }
  flush();
  return nodes;
}

// What stands between `<` and `>`.
function parse_control(inside: string): Inline {
  const bar = inside.indexOf('|');
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? '' : unescape_text(inside.slice(bar + 1));
  if (/^@[UW]/.test(target)) return { t: 'user', id: target.slice(1), label };
  if (/^#[CG]/.test(target)) return { t: 'channel', id: target.slice(1), label };
  if (target.startsWith('!subteam^')) return { t: 'mention', label: label || '@group' };
  if (target.startsWith('!date^')) return parse_date(target, label);
  if (target.startsWith('!')) return { t: 'mention', label: `@${target.slice(1)}` };
  const href = safe_href(unescape_text(target));
  const words = label || unescape_text(target).replace(/^(mailto|tel):/, '');
  if (!href) return { t: 'text', v: words };
  return { t: 'link', href, c: [{ t: 'text', v: words }] };
}

function parse_date(target: string, fallback: string): Inline {
  const [, seconds, format] = target.split('^');
  const date = new Date(Number(seconds) * 1000);
  if (!format || Number.isNaN(date.getTime())) return { t: 'text', v: fallback };
  return { t: 'text', v: format_date(date, format) };
}

export function format_date(date: Date, format: string): string {
  return format.replace(/\{(\w+)\}/g, (token, name: string) => {
    if (name === 'time') return date.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });
    if (name === 'ago') return ago(date);
    if (name === 'time_secs') return date.toLocaleTimeString();
    if (name.startsWith('date_long')) return date.toLocaleDateString([], { dateStyle: 'full' });
    if (name.startsWith('date_short')) return date.toLocaleDateString([], { dateStyle: 'medium' });
    if (name.startsWith('date')) return date.toLocaleDateString([], { dateStyle: 'long' });
    return token;
  });
}

// As of now; Slack's client says it anew while time passes, this page when it is drawn.
function ago(date: Date): string {
  const words = new Intl.RelativeTimeFormat([], { numeric: 'auto' });
  const minutes = Math.round((date.getTime() - Date.now()) / 60_000);
  if (Math.abs(minutes) < 60) return words.format(minutes, 'minute');
  if (Math.abs(minutes) < 24 * 60) return words.format(Math.round(minutes / 60), 'hour');
  return words.format(Math.round(minutes / (24 * 60)), 'day');
}

export function parse_mrkdwn(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  const pieces = text.split(/```\n?([\s\S]*?)\n?```/);
  pieces.forEach((piece, index) => {
    if (index % 2 === 1) paragraphs.push({ t: 'pre', v: unescape_text(piece.replace(/<(?:[^|>]*\|)?([^>]*)>/g, '$1')) });
    else paragraphs.push(...parse_lines(piece));
  });
  return paragraphs;
}

function parse_lines(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let plain: string[] = [];
  let quoted: string[] = [];
  const flush = () => {
    const body = plain.join('\n').replace(/^\n+|\n+$/g, '');
    if (body) paragraphs.push({ t: 'p', c: parse_inline(body) });
    if (quoted.length) paragraphs.push({ t: 'quote', c: [{ t: 'p', c: parse_inline(quoted.join('\n')) }] });
    plain = [];
    quoted = [];
  };
  for (const line of text.split('\n')) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quote && plain.length) flush();
    if (!quote && quoted.length) flush();
    (quote ? quoted : plain).push(quote ? quote[1]! : line);
  }
  flush();
  return paragraphs;
}

// A message's text as its author would type it again: for the edit box.
export function typed_text(
  text: string,
  name_of_user: (id: string) => string,
  name_of_channel: (id: string) => string,
): string {
  const typed = text.replace(/<([^<>]+)>/g, (_, inside: string) => {
    const bar = inside.indexOf('|');
    const target = bar < 0 ? inside : inside.slice(0, bar);
    const label = bar < 0 ? '' : inside.slice(bar + 1);
    if (target.startsWith('@')) return `@${name_of_user(target.slice(1)) || label}`;
    if (target.startsWith('#')) return `#${name_of_channel(target.slice(1)) || label}`;
    if (target.startsWith('!')) return `@${target.slice(1)}`;
    return label && label !== target ? `[${label}](${target})` : target;
  });
  return unescape_text(typed.replace(/^( *)[•◦▪] +/gm, '$1- '));
}
