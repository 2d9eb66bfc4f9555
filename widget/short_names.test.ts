// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { shortNames } from './short_names.ts';

const folder = fileURLToPath(import.meta.url).replace(/[^/]*$/, 'src');
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const sources = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((path) => /\.tsx?$/.test(path) && !/\.test\.|testing\.ts/.test(path));
const has = (text: string, name: string) => new RegExp(`\\b${name}\\b`).test(text);

/** What pages, servers and storage know: the files that say it, whole, and the shape of a stored letter. */
const outside = [
  ...['core/protocol.ts', 'options.ts', 'view/texts.ts'].map(read),
  /export interface Letter \{[^}]*\}/.exec(read('core/outbox.ts'))![0],
  /export interface SessionRequest \{[^]*?\n\}/.exec(read('core/http.ts'))![0],
].join('\n').replace(/retryAfterMs\?: number \| undefined/g, ''); // of Reply, which is ours: the wire says retry_after_ms

it.each(shortNames)('%s is nobody’s name but ours', (name) => {
  expect(has(outside, name)).toBe(false);
  for (const owner of [window, document.createElement('form'), document.createTextNode(''), new Event('x'), [], '', () => {}]) {
    expect(name in Object(owner)).toBe(false);
  }
});

it.each(shortNames)('%s is never reached through a string, and still in use', (name) => {
  const uses = sources.map(read).filter((text) => has(text, name));
  expect(uses.length).toBeGreaterThan(0);
  for (const text of uses) expect(text).not.toMatch(new RegExp(`['"\`]${name}['"\`]`));
});
