import { describe, expect, it } from 'vitest';
import type { RichNode } from './protocol.ts';
import { piecesOfPlain, piecesOfRich, plainText, safeHref, safeImage, type Piece } from './rich.ts';

const text = (v: string): RichNode => ({ t: 'text', v });
const links = (pieces: readonly Piece[]): string[] =>
  pieces.flatMap((piece) => {
    if (typeof piece === 'string' || !('children' in piece)) return [];
    return 'href' in piece ? [piece.href, ...links(piece.children)] : links(piece.children);
  });

describe('addresses', () => {
  it.each(['https://a.example/x', 'http://a.example/', 'mailto:j@x.com', 'tel:+123'])('%s may be followed', (href) => {
    expect(safeHref(href)).toBe(href);
  });

  it.each([
    'javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', '\u0001javascript:alert(1)',
    'data:text/html,<script>', 'vbscript:x', 'file:///etc/passwd', 'blob:https://x/1', 'about:blank', '//evil.example', '/path',
    'ftp://x/y', '', 'not an address', null, undefined, 7, {},
  ])('%j may not', (href) => {
    expect(safeHref(href)).toBeNull();
  });

  it('pictures come from the server, over https, or inline; SVG never inline', () => {
    const server = 'http://chat.local:8080';
    expect(safeImage('/v1/files/1', server)).toBe('http://chat.local:8080/v1/files/1');
    expect(safeImage('https://x.example/a.png', server)).toBe('https://x.example/a.png');
    expect(safeImage('data:image/png;base64,AA', server)).toBe('data:image/png;base64,AA');
    expect(safeImage('http://x.example/a.png', server)).toBe('http://x.example/a.png');
    expect(safeImage('http://x.example/a.png', 'https://chat.example')).toBeNull();
    for (const bad of ['data:image/svg+xml,<svg/>', 'javascript:1', '', null]) {
      expect(safeImage(bad, server)).toBeNull();
    }
  });
});

describe('a rich tree', () => {
  it('becomes elements of a closed list', () => {
    expect(piecesOfRich([{ t: 'p', c: [text('Hi '), { t: 'b', c: [text('you')] }, { t: 'br' }] }])).toEqual([
      { tag: 'p', children: ['Hi ', { tag: 'strong', children: ['you'] }, { tag: 'br' }] },
    ]);
  });

  it.each(['script', 'img', 'iframe', 'style', '__proto__', 'constructor', 'toString'])('never makes a <%s>', (t) => {
    expect(piecesOfRich([{ t, c: [text('words')] }])).toEqual(['words']);
  });

  it('keeps the label of a link it will not make', () => {
    expect(piecesOfRich([{ t: 'link', href: 'javascript:alert(1)', c: [text('click')] }])).toEqual(['click']);
  });

  it('says the real host when the label reads like another address', () => {
    const piece = (href: string, label: string) => piecesOfRich([{ t: 'link', href, c: [text(label)] }])[0];
    expect(piece('https://evil.example/x', 'www.bank.example')).toMatchObject({ host: 'evil.example' });
    expect(piece('https://www.bank.example/x', 'bank.example')).toMatchObject({ host: '' });
    expect(piece('https://shop.example/x', 'See the album')).toMatchObject({ host: '' });
  });

  it('shows markup inside text as text', () => {
    expect(piecesOfRich([text('<img src=x onerror=alert(1)>')])).toEqual(['<img src=x onerror=alert(1)>']);
  });

  it('survives nonsense, and trees too deep', () => {
    let deep: RichNode = text('bottom');
    for (let n = 0; n < 5000; n++) deep = { t: 'b', c: [deep] };
    expect(() => piecesOfRich([deep])).not.toThrow();
    expect(piecesOfRich([null, 7, 'x', {}, { t: 'p', c: 'no list' }] as unknown as RichNode[])).toEqual([
      { tag: 'p', children: [] },
    ]);
  });
});

describe('plain text', () => {
  const cases: [string, string[]][] = [
    ['see https://a.example/x.', ['https://a.example/x']],
    ['(https://a.example/w_(b))', ['https://a.example/w_(b)']],
    ['www.a.example, ok?', ['https://www.a.example/']],
    ['write to j.smith+x@mail.example!', ['mailto:j.smith+x@mail.example']],
    ['http://a.example http://b.example', ['http://a.example/', 'http://b.example/']],
    ['javascript:alert(1)', []],
    ['https://', []],
    ['3.14 and e.g. this', []],
  ];
  it.each(cases)('%s', (words, expected) => {
    const pieces = piecesOfPlain(words);
    expect(links(pieces)).toEqual(expected);
    expect(plainText(pieces)).toBe(words);
  });

  it('of any sort is read in reasonable time', () => {
    const started = Date.now();
    for (const hard of ['a'.repeat(8000), 'www.'.repeat(2000), 'a@'.repeat(4000), 'https://(('.repeat(800)]) piecesOfPlain(hard);
    expect(Date.now() - started).toBeLessThan(500);
  });
});
