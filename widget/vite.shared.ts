import { fileURLToPath } from 'node:url';
import type { Plugin, UserConfig } from 'vite';

// Vite loads the styles of a part before the part itself. Ours has none, so what would do that is left out.
const noPreloads = (): Plugin => ({
  name: 'no-preloads',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : null),
});

// What the builds of the widget have in common. No chunk of CSS, no source map to leak.
export const shared = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  publicDir: false,
  plugins: [noPreloads()],
  // `h(tag, props, ...children)` is shorter than the automatic runtime's calls, and the runtime itself stays out.
  oxc: { jsx: { runtime: 'classic', pragma: 'h', pragmaFrag: 'Fragment' } },
  build: {
    target: ['chrome105', 'firefox115', 'safari16.4'],
    reportCompressedSize: false,
    modulePreload: false,
    rolldownOptions: {
      // Nothing here runs for its effect alone but main.ts.
      treeshake: { propertyReadSideEffects: false, unknownGlobalSideEffects: false, moduleSideEffects: false },
      // A number with a name is its number in the built file, in every module that uses it.
      optimization: { inlineConst: { mode: 'all', pass: 3 } },
      transform: { inject: { h: ['preact', 'h'], Fragment: ['preact', 'Fragment'] } },
    },
  },
} satisfies UserConfig;
