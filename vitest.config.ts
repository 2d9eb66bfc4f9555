import { defineConfig } from 'vitest/config';

// `npm test` runs every unit test of the web side. A test that needs a running server or a browser is named
// differently (*.mjs, *.story.ts) and has its own runner: this one must pass on a machine with Node alone.
export default defineConfig({
  resolve: {
    // @deskbell/react is tested without React: Preact has the same interface.
    alias: { react: 'preact/compat', '@deskbell/widget': new URL('./widget/src/esm.ts', import.meta.url).pathname },
  },
  test: {
    include: [
      'widget/**/*.test.{ts,tsx}',
      'sandbox/ui/**/*.test.{ts,tsx}',
      'demo/**/*.test.{ts,tsx}',
      'packages/**/*.test.{ts,tsx}',
      'tests/**/*.test.{ts,tsx}',
    ],
    environment: 'node', // a view test asks for happy-dom in its first line
    restoreMocks: true,
    unstubGlobals: true,
    passWithNoTests: true,
  },
});
