import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { shared } from './vite.shared.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const out = here('../build/packages/widget/');

// The types are one file that needs no other, and the package's own description stands beside them.
const typesBeside = (): Plugin => ({
  name: 'types-beside',
  writeBundle: () => {
    const types = readFileSync(here('src/public.ts'), 'utf8');
    writeFileSync(`${out}index.d.ts`, `${types}\n/** Starts the widget in this page. */\nexport declare function boot(options: BootOptions): Deskbell;\n`);
    cpSync(here('../packages/widget/package.json'), `${out}package.json`);
  },
});

// `@deskbell/widget`: the loader as a module, the chat and the languages as parts that a bundler keeps apart.
export default defineConfig({
  ...shared,
  base: './',
  plugins: [...shared.plugins, typesBeside()],
  build: {
    ...shared.build,
    outDir: out,
    emptyOutDir: true,
    rolldownOptions: {
      ...shared.build.rolldownOptions,
      input: here('src/esm.ts'),
      preserveEntrySignatures: 'strict',
      output: { format: 'es', entryFileNames: 'index.js', chunkFileNames: '[name].js' },
    },
  },
});
