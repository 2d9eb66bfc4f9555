// The rules a machine can keep: who may include whom, sizes, and a ban list where each entry says what to do instead.
//   node tools/tidy.mjs
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n").filter(Boolean);
const failures = [];
const fail = (file, line, text) => failures.push(`${file}:${line}: ${text}`);

// ---- Who may include whom. A room is the folder below src/, sandbox/ is one of its own. ----
const allowed = {
  base: [], core: ["base"], net: ["base"], files: ["base"],
  "store": ["core", "base"], "store/sqlite": ["store", "core", "base"],
  engine: ["store", "core", "base"],
  desk: ["core", "base"], "desk/slack": ["desk", "files", "net", "core", "base"],
  courier: ["desk", "core", "base"],
  bot: ["net", "core", "base"],
  gateway: ["files", "net", "core", "base"],
  "sandbox/model": ["base"], "sandbox/http": ["sandbox/model", "net", "base"],
};
const roomOf = (path) => {
  for (const room of ["store/sqlite", "desk/slack"]) if (path.startsWith(`src/${room}/`) || path.startsWith(`${room}/`)) return room;
  if (path.startsWith("sandbox/model/")) return "sandbox/model";
  if (path.startsWith("sandbox/http/")) return "sandbox/http";
  const parts = path.replace(/^src\//, "").split("/");
  return parts.length > 1 ? parts[0] : "main";
};

// Outside libraries stop at their room.
const outside = [
  { pattern: /^boost\/(asio|beast)/, rooms: ["net"], instead: "the classes of net/" },
  { pattern: /^curl\//, rooms: ["net"], instead: "net::HttpClient" },
  { pattern: /^openssl\//, rooms: ["net"], instead: "net::HttpServer::use_tls or libsodium" },
  { pattern: /^sqlite3\.h$/, rooms: ["store/sqlite", "bot"], instead: "the Store port" },
  { pattern: /^toml\+\+/, rooms: ["app"], instead: "app::Config" },
  { pattern: /^CLI\//, rooms: ["app"], instead: "app's commands" },
];

const banned = [
  { pattern: /\basio::detached\b/, text: "detached work is lost work: own it and join it" },
  { pattern: /\b(usleep|sleep_for|sleep_until)\s*\(/, text: "wait on a signal, not on time" },
  { pattern: /\bstd::thread\b.*\.detach\(/, text: "join what you start" },
  { pattern: /\bstd::rand\b|\brand\(\)/, text: "base/random.hpp" },
  { pattern: /\bTODO\b|\bFIXME\b|\bXXX\b/, text: "finish it, or write it down in the docs" },
  { pattern: /system_clock::now|steady_clock::now/, text: "base/clock.hpp", except: /^src\/base\/clock\.cpp$|^src\/net\/|^bench\/|^tests\// },
  { pattern: /\binnerHTML\b|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write\(/, text: "make nodes, not HTML", except: /^tools\/|_test|\.test\./ },
  { pattern: /[^\w]thread_ts\b/, text: "Slack's words stay in desk/slack and the sandbox", only: /^src\/(core|store|engine|courier|gateway|bot|net|base)\// },
  { pattern: /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s+\w+/, text: "SQL stays in the store", only: /^src\/(core|engine|courier|gateway|net|base|desk|app)\// },
];

const sizeRules = /\.(cpp|hpp|ts|tsx|mjs|css)$/;
const lengthMax = 500;
const functionLinesMax = 70;

function checkIncludes(file, lines) {
  const room = roomOf(file);
  if (room === "main" || room === "app" || /^(tests|bench|sim|fuzz)\//.test(file)) return;
  lines.forEach((line, index) => {
    const own = line.match(/^#include "([^"]+)"/);
    if (own && own[1].includes("/")) {
      const target = roomOf(own[1]);
      if (target !== room && !(allowed[room] ?? []).includes(target)) {
        fail(file, index + 1, `${room} must not include ${target} ("${own[1]}")`);
      }
    }
    const other = line.match(/^#include <([^>]+)>/);
    if (other) {
      for (const rule of outside) {
        if (rule.pattern.test(other[1]) && !rule.rooms.includes(room)) {
          fail(file, index + 1, `<${other[1]}> stays in ${rule.rooms.join(", ")}; use ${rule.instead}`);
        }
      }
    }
  });
}

// Functions stand at the outermost level or one level inside a class (clang-format does not indent namespaces). A
// definition begins there, may go on over deeper lines, and its last line before the body ends with "{".
const notAFunction = /^\s*(public|protected|private|namespace|class|struct|enum|union|extern|switch|if|for|while|do|else|case|try|return|public:|private:|protected:|\}|\/\/|#)/;

function checkFunctions(file, lines) {
  if (!/\.(cpp|hpp)$/.test(file) || file.endsWith("_test.cpp") || file.startsWith("tests/")) return;
  for (let i = 0; i < lines.length; ++i) {
    const indent = lines[i].match(/^( {4})?(?=[^\s])/)?.[0];
    if (indent === undefined || notAFunction.test(lines[i])) continue;
    let last = i;
    while (last + 1 < lines.length && !/[;{}]$/.test(lines[last]) && lines[last + 1].startsWith(`${indent} `)) ++last;
    const head = lines.slice(i, last + 1).join(" ");
    if (!head.endsWith("{") || !head.includes("(") || / = /.test(head.split("(")[0]) || head.endsWith("= {")) continue;
    let end = last + 1;
    // A call with a lambda looks like one, too; it ends with the function around it at the latest.
    while (end < lines.length && !lines[end].startsWith(`${indent}}`) && !lines[end].startsWith("}")) ++end;
    const length = end - i + 1;
    if (length > functionLinesMax) fail(file, i + 1, `a function of ${length} lines; ${functionLinesMax} is the limit`);
  }
}

for (const file of files) {
  if (!/^(src|sandbox|sim|fuzz|widget|demo|tests|bench|tools)\//.test(file) || !sizeRules.test(file)) continue;
  let content;
  try { content = readFileSync(file, "utf8"); } catch { continue; }
  const lines = content.split("\n");
  if (lines.length > lengthMax + 1) fail(file, lengthMax, `${lines.length - 1} lines; ${lengthMax} is the limit: which room inside wants its own door?`);
  if (/\.(cpp|hpp)$/.test(file)) {
    checkIncludes(file, lines);
    checkFunctions(file, lines);
    if (file.endsWith(".hpp") && !content.startsWith("#pragma once")) fail(file, 1, "a header begins with #pragma once");
  }
  if (file === "tools/tidy.mjs") continue;
  lines.forEach((line, index) => {
    for (const rule of banned) {
      if (rule.only && !rule.only.test(file)) continue;
      if (rule.except?.test(file)) continue;
      if (rule.only && /^\s*\/\//.test(line)) continue;
      if (rule.pattern.test(line)) fail(file, index + 1, rule.text);
    }
  });
}

if (failures.length) {
  console.error(failures.join("\n"));
  console.error(`tidy: ${failures.length} to mend`);
  process.exit(1);
}
console.log("tidy: all rules hold");
