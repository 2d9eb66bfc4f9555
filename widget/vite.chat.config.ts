import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { shared } from './vite.shared.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The chat as a module, and a file for each language but English: loaded by widget.js when somebody opens the chat.
export default defineConfig({
  ...shared,
  base: './',
  build: {
    ...shared.build,
    outDir: here('../build/web/widget'),
    emptyOutDir: true,
    rolldownOptions: {
      ...shared.build.rolldownOptions,
      input: here('src/chat.ts'),
      preserveEntrySignatures: 'exports-only',
      output: { format: 'es', entryFileNames: 'chat.js', chunkFileNames: '[name].js' },
    },
  },
});
