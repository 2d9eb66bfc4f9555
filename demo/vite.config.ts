import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { faq_html } from './src/faq.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The questions on the page are the ones the bot answers from: one file, so that the two never disagree.
function questions_from_faq(): Plugin {
  const shown = [
    'How long does it take?',
    'How do I send my photos',
    'Are my photos safe?',
    'Which file formats',
    'Do I get my originals back?',
    'What is your refund policy?',
  ];
  return {
    name: 'questions-from-faq',
    transformIndexHtml: (html) =>
      html.replace('<!-- faq -->', () => faq_html(readFileSync(here('faq.md'), 'utf8'), shown)),
  };
}

export default defineConfig({
  root: here('.'),
  base: '/demo/',
  publicDir: here('public'),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [questions_from_faq()],
  build: {
    outDir: here('../build/web/demo'),
    emptyOutDir: true,
    rolldownOptions: { input: { shop: here('index.html'), stage: here('stage/index.html') } },
    target: ['chrome105', 'firefox115', 'safari16.4'],
    assetsInlineLimit: 0, // the page runs under a strict content policy: every picture is a file of its own
    modulePreload: false,
    reportCompressedSize: false,
  },
});
