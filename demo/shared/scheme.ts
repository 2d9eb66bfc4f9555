// Light or dark by hand, for a page whose sheets only ask the system: the media rules are turned, so that no rule is
// written twice. Works under a policy without inline styles.

import type { Scheme } from './stage_words.ts';

const originals = new WeakMap<CSSMediaRule, string>();

export function wear_scheme(page: Document, scheme: Scheme): void {
  page.documentElement.style.colorScheme = scheme === 'auto' ? '' : scheme;
  for (const sheet of page.styleSheets) for (const rule of sheet.cssRules) {
    if (!('media' in rule) || !('conditionText' in rule)) continue;
    const media_rule = rule as CSSMediaRule;
    const asked = originals.get(media_rule) ?? media_rule.media.mediaText;
    if (!asked.includes('prefers-color-scheme: dark')) continue;
    originals.set(media_rule, asked);
    media_rule.media.mediaText = { auto: asked, dark: 'all', light: 'not all' }[scheme];
  }
}
