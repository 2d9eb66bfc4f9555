// Writes web_assets.S and web_assets.cpp: every file of build/web and the demo's faq, compiled into the binary
// with its gzip and brotli forms made ahead of time.
//   node tools/embed.mjs WEB_DIR DEMO_DIR OUT_DIR
import { readFileSync, readdirSync, statSync, writeFileSync, mkdirSync, existsSync } from "node:fs";
import { join, relative, extname } from "node:path";
import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync, constants } from "node:zlib";

const [webDir, demoDir, outDir] = process.argv.slice(2);
const types = {
  ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8",
  ".svg": "image/svg+xml", ".png": "image/png", ".json": "application/json", ".md": "text/markdown; charset=utf-8",
  ".ico": "image/x-icon", ".txt": "text/plain; charset=utf-8", ".webp": "image/webp",
};

function walk(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).sort().flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

const files = [
  ...walk(webDir).filter((f) => types[extname(f)]).map((f) => ({ path: "/" + relative(webDir, f), file: f })),
  ...walk(demoDir).filter((f) => f.endsWith(".md") && !f.endsWith("README.md")).map((f) => ({ path: "/demo/" + relative(demoDir, f), file: f })),
];
mkdirSync(join(outDir, "web"), { recursive: true });
let assembly = '    .section .rodata\n';
let rows = "";
files.forEach(({ path, file }, index) => {
  const bytes = readFileSync(file);
  const forms = { raw: bytes };
  if (bytes.length > 512 && !/\.(png|webp|ico)$/.test(file)) {
    forms.gzip = gzipSync(bytes, { level: 9 });
    forms.brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  }
  for (const form of ["raw", "gzip", "brotli"]) {
    const data = forms[form];
    if (!data) continue;
    const blob = join(outDir, "web", `${index}.${form}`);
    writeFileSync(blob, data);
    assembly += `    .global deskbell_asset_${index}_${form}\ndeskbell_asset_${index}_${form}:\n    .incbin "${blob}"\n    .byte 0\n`;
  }
  const view = (form) => forms[form] ? `{deskbell_asset_${index}_${form}, ${forms[form].length}}` : "{}";
  const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  rows += `    {${JSON.stringify(path)}, ${JSON.stringify(types[extname(file)])}, "\\"${etag}\\"", ${view("raw")}, ${view("gzip")}, ${view("brotli")}},\n`;
});
assembly += '    .section .note.GNU-stack,"",@progbits\n';
const externs = files.map((_, i) => `extern const char deskbell_asset_${i}_raw[], deskbell_asset_${i}_gzip[], deskbell_asset_${i}_brotli[];`).join("\n");
writeFileSync(join(outDir, "web_assets.S"), assembly);
writeFileSync(join(outDir, "web_assets.cpp"), `// Made by tools/embed.mjs from the built pages. Not edited by hand.
#include "base/web_asset.hpp"

extern "C" {
${externs}
}

namespace deskbell {

static constexpr std::size_t asset_count = ${files.length};
static const WebAsset assets[asset_count + 1] = {
${rows}    {},
};

std::span<const WebAsset> web_assets() { return {assets, asset_count}; }

}  // namespace deskbell
`);
