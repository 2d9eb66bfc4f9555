// Text → a tree of nodes that the view turns into elements. There is no HTML anywhere on this path: a node the widget
// does not know becomes its plain text, and a link whose address is not one of four schemes becomes its label.

import type { RichNode } from './protocol.ts';

const depthMax = 12;

// A Map, because an object would also answer to `constructor`.
const tags = new Map(Object.entries({
  p: 'p', pre: 'pre', quote: 'blockquote', ul: 'ul', ol: 'ol', li: 'li', b: 'strong', i: 'em', s: 's', code: 'code',
}));

/** What the view draws: either text or an element from a closed list. */
export type Piece =
  | string
  | { tag: string; children: Piece[] }
  | { tag: 'a'; href: string; host: string; children: Piece[] }
  | { tag: 'br' };

/** The address if it is one a customer may follow, else null. Without a base, a relative address means nothing here. */
export function safeHref(href: unknown, base?: string): string | null {
  if (typeof href !== 'string') return null;
  try {
    const url = new URL(href.trim(), base);
    return /^(https?|mailto|tel):$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A picture's address if it may be shown: the server's own, https, or an inline image. */
export function safeImage(src: unknown, server: string): string | null {
  if (typeof src !== 'string' || !src) return null;
  if (/^data:image\/(png|jpeg|gif|webp);/i.test(src)) return src;
  try {
    const url = new URL(src, server);
    // Plain http only where the server itself is plain: a page over https would block it anyway.
    return url.protocol === 'https:' || url.protocol === new URL(server).protocol ? url.href : null;
  } catch {
    return null;
  }
}

export function piecesOfRich(nodes: unknown, depth = 0): Piece[] {
  if (!Array.isArray(nodes) || depth > depthMax) return [];
  return nodes.flatMap((node: RichNode | null) => (node && typeof node === 'object' ? piecesOf(node, depth) : []));
}

function piecesOf(node: RichNode, depth: number): Piece[] {
  if (node.t === 'br') return [{ tag: 'br' }];
  const children = [...(node.v === undefined ? [] : [String(node.v)]), ...piecesOfRich(node.c, depth + 1)];
  if (node.t === 'link') return linkPiece(node.href, children);
  const tag = tags.get(node.t);
  return tag ? [{ tag, children }] : children;
}

function linkPiece(href: unknown, children: Piece[]): Piece[] {
  const safe = safeHref(href);
  if (!safe) return children;
  const label = children.length > 0 ? children : [safe];
  return [{ tag: 'a', href: safe, host: disguisedHost(safe, label), children: label }];
}

// A label that reads like another address than the one it opens is how people are fooled: then the real host is shown.
function disguisedHost(href: string, label: Piece[]): string {
  const url = new URL(href);
  const words = plainText(label);
  if (!url.hostname || !/[\p{L}\d-]+\.\p{L}{2,}/u.test(words)) return '';
  return words.toLowerCase().includes(url.hostname.replace(/^www\./, '')) ? '' : url.hostname;
}

export function plainText(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => (typeof piece === 'string' ? piece : 'children' in piece ? plainText(piece.children) : '\n'))
    .join('');
}

const linkPattern = /\bhttps?:\/\/[^\s<>"'`]+|\bwww\.[^\s<>"'`]+\.[^\s<>"'`]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;

/** Plain text with the addresses in it made into links; newlines are kept by the view's `white-space`. */
export function piecesOfPlain(text: string): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(linkPattern)) {
    const shown = trimmedLink(match[0]);
    const address = /^https?:/i.test(shown) ? shown : shown.includes('@') ? `mailto:${shown}` : `https://${shown}`;
    const href = safeHref(address);
    if (!href) continue;
    if (match.index > from) out.push(text.slice(from, match.index));
    out.push({ tag: 'a', href, host: '', children: [shown] });
    from = match.index + shown.length;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}

// "(see https://example.com/a_(b).)" ends with the sentence's own punctuation, but a balanced bracket belongs to the link.
function trimmedLink(found: string): string {
  const link = found.replace(/[.,;:!?\]}*_~…]+$/, '');
  const unbalanced = link.endsWith(')') && link.split('(').length < link.split(')').length;
  return unbalanced ? trimmedLink(link.slice(0, -1)) : link;
}
