// `rich_text` blocks (what people's messages carry) and `markdown` blocks into the same tree as mrkdwn text.

import { format_date, safe_href, type Inline, type Paragraph } from './mrkdwn.ts';
import type { Block, Json } from './types.ts';

const list_of = (value: Json | undefined): Block[] => (Array.isArray(value) ? (value as Block[]) : []);
const text_of = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const number_of = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);

export function parse_rich_text(block: Block): Paragraph[] {
  return list_of(block['elements']).map((element): Paragraph => {
    switch (element['type']) {
      case 'rich_text_list':
        return {
          t: 'list',
          ordered: element['style'] === 'ordered',
          indent: Math.min(8, number_of(element['indent'])),
          start: number_of(element['offset']) + 1,
          items: list_of(element['elements']).map((item) => parse_elements(list_of(item['elements']))),
        };
      case 'rich_text_quote':
        return { t: 'quote', c: [{ t: 'p', c: parse_elements(list_of(element['elements'])) }] };
      case 'rich_text_preformatted':
        return { t: 'pre', v: list_of(element['elements']).map(plain_of).join('') };
      default:
        return { t: 'p', c: parse_elements(list_of(element['elements'])) };
    }
  });
}

const plain_of = (element: Block) => text_of(element['text']) || text_of(element['url']);

function parse_elements(elements: Block[]): Inline[] {
  return elements.flatMap((element) => styled(parse_element(element), element['style']));
}

function with_breaks(text: string): Inline[] {
  return text.split('\n').flatMap((line, index): Inline[] => {
    const words: Inline[] = line ? [{ t: 'text', v: line }] : [];
    return index === 0 ? words : [{ t: 'br' }, ...words];
  });
}

function parse_element(element: Block): Inline[] {
  const text = text_of(element['text']);
  switch (element['type']) {
    case 'link': {
      const url = text_of(element['url']);
      const href = safe_href(url);
      const words: Inline[] = [{ t: 'text', v: text || url }];
      return href ? [{ t: 'link', href, c: words }] : words;
    }
    case 'emoji':
      return [{ t: 'emoji', name: text_of(element['name']), unicode: from_code_points(text_of(element['unicode'])) }];
    case 'user':
      return [{ t: 'user', id: text_of(element['user_id']), label: '' }];
    case 'channel':
      return [{ t: 'channel', id: text_of(element['channel_id']), label: '' }];
    case 'usergroup':
      return [{ t: 'mention', label: '@group' }];
    case 'broadcast':
      return [{ t: 'mention', label: `@${text_of(element['range'])}` }];
    case 'date': {
      const date = new Date(number_of(element['timestamp']) * 1000);
      return [{ t: 'text', v: format_date(date, text_of(element['format'])) || text_of(element['fallback']) }];
    }
    case 'color':
      return [{ t: 'code', v: text_of(element['value']) }];
    default:
      return with_breaks(text || text_of(element['fallback']));
  }
}

function styled(nodes: Inline[], style: Json | undefined): Inline[] {
  if (!style || typeof style !== 'object' || Array.isArray(style)) return nodes;
  let result = nodes;
  if (style['code'] === true) result = result.map((node) => (node.t === 'text' ? { t: 'code', v: node.v } : node));
  for (const [key, tag] of [['underline', 'underline'], ['strike', 'strike'], ['italic', 'italic'], ['bold', 'bold']] as const) {
    if (style[key] === true) result = [{ t: tag, c: result }];
  }
  return result;
}

export function from_code_points(unicode: string): string {
  if (!/^[0-9a-f]{2,6}(-[0-9a-f]{2,6})*$/i.test(unicode)) return '';
  const points = unicode.split('-').map((hex) => Number.parseInt(hex, 16));
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : '';
}

// The Markdown of a `markdown` block: headings, lists, quotes, fences, and inline marks.
export function parse_markdown(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let lines: string[] = [];
  const flush = () => {
    if (lines.length) paragraphs.push({ t: 'p', c: with_lines(lines) });
    lines = [];
  };
  text.split(/^```[^\n]*\n([\s\S]*?)\n?^```$/m).forEach((piece, index) => {
    if (index % 2 === 1) {
      paragraphs.push({ t: 'pre', v: piece });
      return;
    }
    for (const line of piece.split('\n')) {
      const heading = /^#{1,6} +(.*)$/.exec(line);
      const item = /^( *)(?:[-*+]|(\d+)[.)]) +(.*)$/.exec(line);
      const quote = /^> ?(.*)$/.exec(line);
      if (heading || item || quote || !line.trim()) flush();
      if (heading) paragraphs.push({ t: 'heading', c: markdown_inline(heading[1]!) });
      else if (item) append_item(paragraphs, item[1]!.length >> 1, item[2], markdown_inline(item[3]!));
      else if (quote) append_quote(paragraphs, markdown_inline(quote[1]!));
      else if (line.trim()) lines.push(line);
    }
    flush();
  });
  return paragraphs;
}

const with_lines = (lines: string[]) =>
  lines.flatMap((line, index): Inline[] => (index ? [{ t: 'br' }, ...markdown_inline(line)] : markdown_inline(line)));

function append_item(paragraphs: Paragraph[], indent: number, number: string | undefined, item: Inline[]) {
  const last = paragraphs.at(-1);
  const ordered = number !== undefined;
  if (last?.t === 'list' && last.ordered === ordered && last.indent === indent) last.items.push(item);
  else paragraphs.push({ t: 'list', ordered, indent, start: Number(number ?? 1), items: [item] });
}

function append_quote(paragraphs: Paragraph[], words: Inline[]) {
  const last = paragraphs.at(-1);
  const inner = last?.t === 'quote' ? last.c[0] : undefined;
  if (inner?.t === 'p') inner.c.push({ t: 'br' }, ...words);
  else paragraphs.push({ t: 'quote', c: [{ t: 'p', c: words }] });
}

const markdown_marks: [RegExp, (match: RegExpExecArray) => Inline | null][] = [
  [/^`([^`]+)`/, (match) => ({ t: 'code', v: match[1]! })],
  [/^\*\*(?=\S)(.+?)\*\*/, (match) => ({ t: 'bold', c: markdown_inline(match[1]!) })],
  [/^~~(?=\S)(.+?)~~/, (match) => ({ t: 'strike', c: markdown_inline(match[1]!) })],
  [/^\*(?=\S)([^*]+?)\*/, (match) => ({ t: 'italic', c: markdown_inline(match[1]!) })],
  [/^_(?=\S)([^_]+?)_(?!\w)/, (match) => ({ t: 'italic', c: markdown_inline(match[1]!) })],
  [/^:([a-z0-9_+-]{2,60}):/, (match) => ({ t: 'emoji', name: match[1]!, unicode: '' })],
  [
    /^\[([^\]]+)\]\(([^()\s]+)\)/,
    (match) => {
      const href = safe_href(match[2]!);
      return href ? { t: 'link', href, c: markdown_inline(match[1]!) } : null;
    },
  ],
  [/^https?:\/\/[^\s<>]*[^\s<>.,;:!?)]/, (match) => ({ t: 'link', href: match[0], c: [{ t: 'text', v: match[0] }] })],
];

function markdown_inline(text: string): Inline[] {
  const nodes: Inline[] = [];
  let plain = '';
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const escape = /^\\([\\`*_~[\]()#>-])/.exec(rest);
    let node: Inline | null = null;
    let length = 1;
    if (!escape) {
      for (const [mark, make] of markdown_marks) {
        const match = mark.exec(rest);
        node = match && make(match);
        if (node) {
          length = match![0].length;
          break;
        }
      }
    }
    if (node) {
      if (plain) nodes.push({ t: 'text', v: plain });
      plain = '';
      nodes.push(node);
    } else {
      plain += escape ? escape[1]! : text[at]!;
      if (escape) length = 2;
    }
    at += length;
  }
  if (plain) nodes.push({ t: 'text', v: plain });
  return nodes;
}
