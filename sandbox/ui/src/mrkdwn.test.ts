import { describe, expect, it } from 'vitest';
import { parse_inline, parse_mrkdwn, safe_href, typed_text, unescape_text, type Inline } from './mrkdwn.ts';

const text = (v: string): Inline => ({ t: 'text', v });

describe('inline mrkdwn', () => {
  const cases: [string, string, Inline[]][] = [
    ['plain words stay words', 'hello there', [text('hello there')]],
    ['bold, italic and strike', '*a* _b_ ~c~', [
      { t: 'bold', c: [text('a')] }, text(' '), { t: 'italic', c: [text('b')] }, text(' '), { t: 'strike', c: [text('c')] },
    ]],
    ['marks nest', '*a _b_*', [{ t: 'bold', c: [text('a '), { t: 'italic', c: [text('b')] }] }]],
    ['marks inside words are characters', '2*3*4 snake_case_name', [text('2*3*4 snake_case_name')]],
    ['a mark before a space opens nothing', '* a* and 5 * 6', [text('* a* and 5 * 6')]],
    ['marks do not cross lines', '*a\nb*', [text('*a'), { t: 'br' }, text('b*')]],
    ['code keeps what is in it', '`*a* :x: &lt;b&gt;`', [{ t: 'code', v: '*a* :x: <b>' }]],
    ['escapes are undone once', '5 &lt; 6 &amp;lt; 7', [text('5 < 6 &lt; 7')]],
    ['a link with a label', '<https://a.example/?x=1&amp;y=2|this>', [
      { t: 'link', href: 'https://a.example/?x=1&y=2', c: [text('this')] },
    ]],
    ['a bare link', '<https://a.example>', [{ t: 'link', href: 'https://a.example', c: [text('https://a.example')] }]],
    ['a mail link shows the address', '<mailto:a@b.c>', [{ t: 'link', href: 'mailto:a@b.c', c: [text('a@b.c')] }]],
    ['a user', '<@U0ANA>', [{ t: 'user', id: 'U0ANA', label: '' }]],
    ['a channel', '<#C0ONE|vip>', [{ t: 'channel', id: 'C0ONE', label: 'vip' }]],
    ['a broadcast', '<!here>', [{ t: 'mention', label: '@here' }]],
    ['a group', '<!subteam^S1|@sales>', [{ t: 'mention', label: '@sales' }]],
    ['an unreadable date falls back', '<!date^x^{date}|soon>', [text('soon')]],
    ['an emoji', 'hi :wave:!', [text('hi '), { t: 'emoji', name: 'wave', unicode: '' }, text('!')]],
    ['a skin tone belongs to its emoji', ':wave::skin-tone-3:', [{ t: 'emoji', name: 'wave', unicode: '' }]],
    ['a time of day is no emoji', 'at 10:30:15', [text('at 10:30:15')]],
    ['a lone bracket is a character', 'a < b', [text('a < b')]],
  ];
  it.each(cases)('%s', (_, source, nodes) => expect(parse_inline(source)).toEqual(nodes));
});

describe('dangerous text', () => {
  it.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '//evil', ''])(
    'no link to %s',
    (address) => {
      expect(safe_href(address)).toBeNull();
      expect(parse_inline(`<${address}|click>`).some((node) => node.t === 'link')).toBe(false);
    },
  );

  it('markup stays text', () => {
    expect(parse_mrkdwn('&lt;img src=x onerror=alert(1)&gt;')).toEqual([
      { t: 'p', c: [text('<img src=x onerror=alert(1)>')] },
    ]);
  });

  it('many open marks take no longer than their length allows', () => {
    const started = performance.now();
    parse_mrkdwn('*a _b ~c `d <e '.repeat(2500));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('paragraphs', () => {
  it('a fence is kept as typed, without links', () => {
    expect(parse_mrkdwn('see\n```\n*a* <https://x.example|y>\n  b\n```\nend')).toEqual([
      { t: 'p', c: [text('see')] },
      { t: 'pre', v: '*a* y\n  b' },
      { t: 'p', c: [text('end')] },
    ]);
  });

  it('quoted lines are one quote', () => {
    expect(parse_mrkdwn('&gt; a\n&gt; b\nc')).toEqual([
      { t: 'quote', c: [{ t: 'p', c: [text('a'), { t: 'br' }, text('b')] }] },
      { t: 'p', c: [text('c')] },
    ]);
  });
});

describe('the edit box', () => {
  it('shows a message as its author would type it', () => {
    const stored = 'Hi <@U1>, see <#C1|x> <https://a.example|this> or <https://b.example> <!here> 5 &lt; 6';
    expect(typed_text(stored, (id) => (id === 'U1' ? 'Ben' : ''), () => 'vip')).toBe(
      'Hi @Ben, see #vip [this](https://a.example) or https://b.example @here 5 < 6',
    );
  });

  it('shows list items with the mark that makes them', () => {
    expect(typed_text('• one\n    ◦ deeper\n1. first', () => '', () => '')).toBe('- one\n    - deeper\n1. first');
  });

  it('unescapes the ampersand last', () => expect(unescape_text('&amp;lt;')).toBe('&lt;'));
});
