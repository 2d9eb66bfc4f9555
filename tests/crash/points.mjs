// The places where a test build can be made to end, and what it takes to get there.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

function* sourcesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sourcesBelow(path);
    else if (/\.(cpp|hpp)$/.test(entry.name) && !/_test\.cpp$/.test(entry.name)) yield path;
  }
}

// Those named at their place, and those that are composed: in a file with a crash point whose name is no literal, every literal
// that looks like one.
export function crashPoints() {
  const names = new Set();
  for (const path of sourcesBelow(join(root, "src"))) {
    if (path.endsWith("base/test_hooks.hpp")) continue;
    const text = readFileSync(path, "utf8");
    for (const [, argument] of text.matchAll(/DESKBELL_CRASH_POINT\(([^;]*)\);/g)) {
      const composed = !/^\s*"[\w.]+"\s*$/.test(argument);
      for (const [, name] of (composed ? text : argument).matchAll(/"([a-z_]+(?:\.[a-z_]+)+)"/g)) names.add(name);
    }
  }
  return [...names].sort();
}

const posts = "chat.postMessage";
const weather = {
  fair: [],
  // What is asked again, found, and not found.
  unknown: [
    { effect: "apply_then_reset", method: posts, probability: 0.3 },
    { effect: "reset", method: posts, probability: 0.3 },
    { effect: "event_drop", method: "message", probability: 0.5 },
  ],
  // Requests that land when they were given up.
  zombies: [{ effect: "reset_apply_late", method: posts, probability: 0.5, delay_ms: 2000, jitter_ms: 3000 }, { effect: "event_drop", method: "message" }],
  limited: [{ effect: "rate_limited", method: posts, probability: 0.4, retry_after_s: 1 }],
  refusals: [{ effect: "api_error", method: posts, probability: 0.4, error: "invalid_arguments" }],
  // Nobody says that a parent was deleted; the next post comes out in the open channel.
  strays: [{ effect: "event_drop", method: "message" }],
};

// What each scene is for; the first that matches. `away`: why nothing here gets there, and who does.
const scenes = [
  { match: /^store\.ballast\.(before|after)_release/, away: "wants a full disk: sim/disk, tests/disk" },
  { match: /^slack\.(interaction|workplace)\./, away: "wants agents who press buttons: tests/scenario/workplace" },
  { match: /^slack\.alert\./, away: "wants a request that nobody takes: tests/scenario/ladder" },
  { match: /^store\.checkpoint\./, scene: "traffic", checkpoints: true },
  { match: /^store\.ballast\.|^store\.migrate\.|^incarnation\./, scene: "firstStart" },
  { match: /^store\.forget\.|^forget\./, scene: "forget" },
  { match: /^backup\./, scene: "backup" },
  { match: /^restore\./, scene: "restore" },
  { match: /^reconcile\./, scene: "reconcile" },
  { match: /stray|thread_lost|take_back|find_strays/, scene: "traffic", weather: weather.strays, lostParents: true },
  { match: /^courier\.audit|copy_found/, scene: "traffic", weather: weather.zombies, patience_s: 40 },
  { match: /unknown|look|absent|echo/, scene: "traffic", weather: weather.unknown },
  { match: /release\.(before|after)_record/, scene: "traffic", weather: weather.limited },
  { match: /refuse/, scene: "traffic", weather: weather.refusals, refusals: true },
  { match: /^slack\.socket\./, scene: "traffic", weather: weather.fair, socketMode: true },
  { match: /./, scene: "traffic", weather: weather.fair },
];
export const sceneOf = (point) => scenes.find(({ match }) => match.test(point));
