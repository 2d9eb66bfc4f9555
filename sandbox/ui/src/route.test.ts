import { describe, expect, it } from 'vitest';
import { find_root, hash_of, hash_of_permalink, parse_hash } from './route.ts';
import { day_name } from './time.ts';
import type { Channel } from './types.ts';

describe('routes', () => {
  it('a hash names a channel and a message', () => {
    expect(parse_hash('#/vip-sales/1763800105.000300')).toEqual({ channel: 'vip-sales', ts: '1763800105.000300' });
    expect(parse_hash('#/vip-sales')).toEqual({ channel: 'vip-sales', ts: '' });
    expect(parse_hash('')).toEqual({ channel: '', ts: '' });
    expect(parse_hash('#/%zz/"><x')).toEqual({ channel: '%zz', ts: '' });
  });

  it('survives the way there and back', () => {
    expect(parse_hash(hash_of('a/b c', '1.2'))).toEqual({ channel: 'a/b c', ts: '1.2' });
  });

  it('a permalink leads to its message', () => {
    expect(hash_of_permalink('/archives/C0ONE/p1763800105000300')).toBe('#/C0ONE/1763800105.000300');
    expect(hash_of_permalink('/archives/C0ONE')).toBe('#/C0ONE');
    expect(hash_of_permalink('/')).toBeNull();
  });

  it('a reply, broadcast or not, leads to its root', () => {
    const reply = { ts: '2.0', broadcast: true };
    const root = { ts: '1.0', replies: [reply] };
    const channel = { messages: [root, reply] } as unknown as Channel;
    expect(find_root(channel, '2.0')).toBe(root);
    expect(find_root(channel, '1.0')).toBe(root);
    expect(find_root(channel, '9.0')).toBeUndefined();
  });
});

describe('day names', () => {
  const now = new Date(2026, 2, 1, 0, 5);
  const ts = (date: Date) => `${date.getTime() / 1000}.000100`;
  it('goes by the calendar and not by 24 hours', () => {
    expect(day_name(ts(new Date(2026, 2, 1, 0, 1)), now)).toBe('Today');
    expect(day_name(ts(new Date(2026, 1, 28, 23, 59)), now)).toBe('Yesterday');
    expect(day_name(ts(new Date(2026, 1, 27, 12)), now)).toContain('27');
  });
});
