import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faq_entries, faq_html } from './faq.ts';

const faq = readFileSync(new URL('../faq.md', import.meta.url), 'utf8');

describe('the shop’s faq', () => {
  it('has an answer under every question', () => {
    const entries = faq_entries(faq);
    expect(entries.length).toBeGreaterThanOrEqual(12);
    for (const { question, answer } of entries) {
      expect(question).toContain('?');
      expect(answer.length).toBeGreaterThan(40);
    }
  });

  it('answers what 200 photos cost', () => {
    const entry = faq_entries(faq).find(({ question }) => question === 'How much for 200 photos?');
    expect(entry?.answer).toContain('$0.50');
    expect(entry?.answer).toContain('$100');
  });

  it('is escaped on the page', () => {
    expect(faq_html('## Is 1 < 2? And?\n\n<b>yes</b>\n& so\n', ['Is'])).toBe(
      '<details><summary>Is 1 &lt; 2?</summary><p>&lt;b&gt;yes&lt;/b&gt; &amp; so</p></details>',
    );
  });

  it('fails the build when a shown question is gone', () => {
    expect(() => faq_html(faq, ['Do you sell cheese'])).toThrow('Do you sell cheese');
  });
});
