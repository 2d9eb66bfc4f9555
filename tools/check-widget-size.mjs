// Prints what the widget costs a page, and fails when it costs too much. Run after `npm run build:widget`.
import { readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const web = new URL('../build/web/', import.meta.url);
const languages = readdirSync(new URL('widget/', web)).filter((name) => name !== 'chat.js').map((name) => `widget/${name}`);

// What every visitor loads; what those load who open the chat; what those load besides who read another language.
const budgets = [
  { file: 'widget.js', gzipWanted: 5_900, gzipMax: 6_200 },
  { file: 'widget/chat.js', gzipWanted: 25_000, gzipMax: 36_000 },
  ...languages.map((file) => ({ file, gzipWanted: 2_600, gzipMax: 2_800 })),
];

let failed = false;
for (const { file, gzipWanted, gzipMax } of budgets) {
  const bytes = readFileSync(new URL(file, web));
  const gzip = gzipSync(bytes, { level: 9 }).length;
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  console.log(`${file}  raw ${bytes.length}  gzip ${gzip}  brotli ${brotli}  (gzip wanted ${gzipWanted}, at most ${gzipMax})`);
  if (gzip > gzipMax) {
    console.error(`${file} is ${gzip - gzipMax} bytes over its budget`);
    failed = true;
  } else if (gzip > gzipWanted) console.warn(`${file} is ${gzip - gzipWanted} bytes above what we want it to be`);
}
process.exit(failed ? 1 : 0);
