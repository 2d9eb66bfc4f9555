import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { shared } from './vite.shared.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The chat is built first; its content is part of the address it is asked for at, so that no cache mixes two versions.
const chat = here('../build/web/widget/chat.js');
const version = existsSync(chat) ? createHash('sha256').update(readFileSync(chat)).digest('hex').slice(0, 10) : '0';

// One classic script: what every visitor loads.
export default defineConfig({
  ...shared,
  define: { chatFile: JSON.stringify(`chat.js?v=${version}`) },
  build: {
    ...shared.build,
    outDir: here('../build/web'),
    emptyOutDir: false, // the chat, the sandbox and demo pages are built into the same folder
    lib: { entry: here('src/main.ts'), name: 'deskbell_widget', formats: ['iife'], fileName: () => 'widget.js' },
  },
});
