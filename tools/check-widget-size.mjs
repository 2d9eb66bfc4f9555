// Prints what the widget costs a page, warns when it grows heavy and fails when it costs too much. Run after `npm run build:widget`.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const file = process.argv[2] ?? new URL('../build/web/widget.js', import.meta.url);
const gzipBytesWanted = 22_000; // above it, something should be made lighter
const gzipBytesMax = 25_000; // above it, nothing is released

const bytes = readFileSync(file);
const gzip = gzipSync(bytes, { level: 9 }).length;
const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

console.log(`widget.js  raw ${bytes.length}  gzip ${gzip}  brotli ${brotli}  (gzip wanted ${gzipBytesWanted}, at most ${gzipBytesMax})`);
if (gzip > gzipBytesMax) {
  console.error(`widget.js is ${gzip - gzipBytesMax} bytes over its budget`);
  process.exit(1);
}
if (gzip > gzipBytesWanted) console.warn(`widget.js is ${gzip - gzipBytesWanted} bytes above what we want it to be`);
