import { fileURLToPath } from 'node:url';
import type { UserConfig } from 'vite';

// What the builds of the widget have in common. No chunk of CSS, no source map to leak.
export const shared = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  publicDir: false,
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
