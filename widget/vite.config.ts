import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// One classic script and nothing beside it: no chunks, no CSS file, no source map to leak.
export default defineConfig({
  root: here('.'),
  publicDir: false,
  // `h(tag, props, ...children)` is shorter than the automatic runtime's calls, and the runtime itself stays out.
  oxc: { jsx: { runtime: 'classic', pragma: 'h' } },
  build: {
    outDir: here('../build/web'),
    emptyOutDir: false, // the sandbox and demo pages are built into the same folder
    target: ['chrome105', 'firefox115', 'safari16.4'],
    reportCompressedSize: false,
    modulePreload: false,
    rolldownOptions: {
      // Nothing here runs for its effect alone but main.ts.
      treeshake: { propertyReadSideEffects: false, unknownGlobalSideEffects: false, moduleSideEffects: false },
      // A number with a name is its number in the built file, in every module that uses it.
      optimization: { inlineConst: { mode: 'all', pass: 3 } },
      transform: { inject: { h: ['preact', 'h'] } },
    },
    lib: {
      entry: here('src/main.ts'),
      name: 'deskbell_widget',
      formats: ['iife'],
      fileName: () => 'widget.js',
    },
  },
});
