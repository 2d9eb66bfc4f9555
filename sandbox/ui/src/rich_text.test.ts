import { describe, expect, it } from 'vitest';
import { from_code_points, parse_markdown, parse_rich_text } from './rich_text.ts';

const section = (...elements: object[]) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }] as never,
});

describe('rich_text', () => {
  it('carries styles, links, people and emoji', () => {
    const block = section(
      { type: 'text', text: 'Sure ', style: { bold: true, italic: true } },
      { type: 'user', user_id: 'U1' },
      { type: 'link', url: 'https://a.example', text: 'here' },
      { type: 'emoji', name: 'wave', unicode: '1f44b' },
      { type: 'text', text: 'x', style: { code: true } },
    );
    expect(parse_rich_text(block)).toEqual([
      {
        t: 'p',
        c: [
          { t: 'bold', c: [{ t: 'italic', c: [{ t: 'text', v: 'Sure ' }] }] },
          { t: 'user', id: 'U1', label: '' },
          { t: 'link', href: 'https://a.example', c: [{ t: 'text', v: 'here' }] },
          { t: 'emoji', name: 'wave', unicode: '👋' },
          { t: 'code', v: 'x' },
        ],
      },
    ]);
  });

  it('never links to a script', () => {
    expect(parse_rich_text(section({ type: 'link', url: 'javascript:alert(1)', text: 'x' }))).toEqual([
      { t: 'p', c: [{ t: 'text', v: 'x' }] },
    ]);
  });

  it('shows the text of an element it does not know', () => {
    expect(parse_rich_text(section({ type: 'hologram', fallback: 'a cube' }))).toEqual([
      { t: 'p', c: [{ t: 'text', v: 'a cube' }] },
    ]);
  });

  it('keeps lists with their numbering and depth', () => {
    const items = [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'a' }] }];
    const list = { type: 'rich_text_list', style: 'ordered', indent: 2, offset: 3, elements: items };
    expect(parse_rich_text({ type: 'rich_text', elements: [list] })).toEqual([
      { t: 'list', ordered: true, indent: 2, start: 4, items: [[{ t: 'text', v: 'a' }]] },
    ]);
  });

  it.each([['1f44b-1f3fc', '👋🏼'], ['zz', ''], ['', ''], ['ffffff', '']])('code points %s', (hex, characters) => {
    expect(from_code_points(hex)).toBe(characters);
  });
});

describe('a markdown block', () => {
  it('has headings, lists, quotes and fences', () => {
    const kinds = parse_markdown('# T\n\ntext\nmore\n\n- a\n- b\n1. c\n\n> q\n> r\n\n```js\ncode *x*\n```').map(({ t }) => t);
    expect(kinds).toEqual(['heading', 'p', 'list', 'list', 'quote', 'pre']);
  });

  it('has bold, italic, code and links, and leaves the rest alone', () => {
    expect(parse_markdown('**b** *i* `c` [l](https://a.example) [x](javascript:alert(1)) 2 \\* 3')[0]).toEqual({
      t: 'p',
      c: [
        { t: 'bold', c: [{ t: 'text', v: 'b' }] },
        { t: 'text', v: ' ' },
        { t: 'italic', c: [{ t: 'text', v: 'i' }] },
        { t: 'text', v: ' ' },
        { t: 'code', v: 'c' },
        { t: 'text', v: ' ' },
        { t: 'link', href: 'https://a.example', c: [{ t: 'text', v: 'l' }] },
        { t: 'text', v: ' [x](javascript:alert(1)) 2 * 3' },
      ],
    });
  });
});
