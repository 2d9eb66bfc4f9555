// From the experiment's figures: the tables of docs/pace.md and docs/pictures/pace.svg.
//   node sim/pace/figure.mjs build/pace.json
import { readFileSync, writeFileSync } from "node:fs";

const rows = JSON.parse(readFileSync(process.argv[2], "utf8"));
const of = (kind) => rows.filter((row) => row.kind === kind);
const thousands = (value) => Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");

function time(ms) {
  if (ms < 9_950) return `${(ms / 1000).toFixed(ms < 995 ? 2 : 1)} s`;
  if (ms < 600_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
const times = (a, b) => `${(a / b).toFixed(2)}×`;
const table = (head, lines) =>
  [head, head.map(() => "---:"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const cells = table(
  ["customers", "channels", "p50", "p95", "longest", "to the best of its kind", "to the floor", "without folding, p95", "letters a post", "posts",
    "letters/s", "Jain", "429"],
  of("cell").map((cell) => [
    thousands(cell.customers), cell.channels, time(cell.courier_p50_ms), `**${time(cell.courier_p95_ms)}**`, time(cell.courier_max_ms),
    times(cell.courier_p95_ms, cell.folding_p95_ms), `${time(cell.floor_ms)}, ${times(cell.courier_p95_ms, cell.floor_ms)}`,
    time(cell.plain_p95_ms), cell.courier_letters_a_post.toFixed(1), thousands(cell.courier_posts), cell.courier_letters_per_second.toFixed(1),
    cell.courier_jain.toFixed(3), cell.rate_limited,
  ]));

const coming = table(
  ["customers", "channels", "p50", "p95", "to the best of its kind", "thread there, p95", "in order of age it would be", "Jain"],
  of("coming_and_going").map((cell) => [
    thousands(cell.customers), cell.channels, time(cell.courier_p50_ms), time(cell.courier_p95_ms), times(cell.courier_p95_ms, cell.folding_p95_ms),
    time(cell.courier_opened_p95_ms), time(cell.folding_opened_p95_ms), cell.courier_jain.toFixed(3),
  ]));

const capacity = table(
  ["channels", ...["1", "3"].flatMap((rate) => ["2 s", "30 s", "2 min"].map((within) => `${rate} a minute, ${within}`))],
  [1, 2, 3, 5].map((channels) => [
    channels,
    ...[1, 3].flatMap((rate) => {
      const row = of("capacity").find((one) => one.channels === channels && one.messages_per_minute === rate);
      return [row.within_2_s, row.within_30_s, row.within_120_s].map(thousands);
    }),
  ]));

const paste = table(
  ["customers in the channel", "anybody's letter later by at most", "p95 of the others", "without the paste", "all lines there after", "posts"],
  of("paste").map((one) => [
    one.customers, time(one.others_later_ms_max), time(one.others_p95_ms), time(one.others_p95_without_ms), time(one.there_after_ms), one.posts,
  ]));

const outage = table(
  ["six hours of", "customers", "letters", "lost", "out of order", "twice", "posts tried meanwhile", "reads", "429 afterwards", "drained after",
    "most posts in a second", "in a minute"],
  of("outage").map((one) => [
    one.name, thousands(one.customers), thousands(one.letters), one.missing, one.out_of_order, one.twice, thousands(one.requests),
    thousands(one.reads), one.rate_limited + one.reads_limited, time(one.drained_after_ms), one.posts_a_second_most, one.posts_a_minute_most,
  ]));

// ---- The picture: a panel for each number of channels, both axes logarithmic. ----

const panel = { width: 270, height: 250, left: 62, top: 64, gap: 18 };
const channels = [1, 4, 16];
const width = panel.left + channels.length * (panel.width + panel.gap) + 6;
const height = panel.top + panel.height + 78;
const low = 0.1, high = 1_000_000;
const x = (index, customers) => panel.left + index * (panel.width + panel.gap) + 22 + (Math.log10(customers) - 1) / 3 * (panel.width - 44);
const y = (ms) => panel.top + panel.height * (1 - (Math.log10(Math.min(high, Math.max(low, ms / 1000))) - Math.log10(low)) / Math.log10(high / low));
const series = [
  { key: "plain_p95_ms", css: "plain", label: "first come, first served, a post a letter" },
  { key: "courier_p95_ms", css: "ours", label: "Deskbell's courier" },
  { key: "floor_ms", css: "floor", label: "floor: no scheduler can be lower" },
];
const levels = [[0.15, "0.15 s"], [1, "1 s"], [10, "10 s"], [60, "1 min"], [600, "10 min"], [3600, "1 h"], [36_000, "10 h"], [240_000, "3 days"]];

function drawPanel(count, index) {
  const left = panel.left + index * (panel.width + panel.gap);
  const data = of("cell").filter((cell) => cell.channels === count).sort((a, b) => a.customers - b.customers);
  const parts = [`<rect class="field" x="${left}" y="${panel.top}" width="${panel.width}" height="${panel.height}" rx="6"/>`,
    `<text class="title" x="${left + panel.width / 2}" y="${panel.top - 12}" text-anchor="middle">${count} channel${count > 1 ? "s" : ""}</text>`];
  for (const [seconds, label] of levels) {
    const at = y(seconds * 1000).toFixed(1);
    parts.push(`<line class="grid" x1="${left}" x2="${left + panel.width}" y1="${at}" y2="${at}"/>`);
    if (index === 0) parts.push(`<text class="axis" x="${left - 8}" y="${Number(at) + 4}" text-anchor="end">${label}</text>`);
  }
  for (const cell of data) {
    parts.push(`<text class="axis" x="${x(index, cell.customers).toFixed(1)}" y="${panel.top + panel.height + 18}" text-anchor="middle">${thousands(cell.customers)}</text>`);
  }
  for (const { key, css } of series) {
    const points = data.map((cell) => [x(index, cell.customers), y(cell[key])]);
    parts.push(`<polyline class="line ${css}" points="${points.map((point) => point.map((value) => value.toFixed(1)).join(",")).join(" ")}"/>`);
    for (const point of points) parts.push(`<circle class="dot ${css}" cx="${point[0].toFixed(1)}" cy="${point[1].toFixed(1)}" r="${css === "ours" ? 4 : 3}"/>`);
  }
  return parts.join("\n");
}

const legend = series.map(({ css, label }, index) => {
  const at = panel.left + [0, 300, 490][index];
  return `<line class="line ${css}" x1="${at}" x2="${at + 26}" y1="${height - 14}" y2="${height - 14}"/><text class="axis" x="${at + 34}" y="${height - 10}">${label}</text>`;
}).join("\n");

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"
 aria-label="95th percentile of the delay by customers and channels, beside a sender without folding and the proven floor">
<style>
text { font: 12px system-ui, "Segoe UI", Roboto, sans-serif; fill: #57606a }
.head { font-size: 15px; font-weight: 600; fill: #1f2328 }
.title { font-size: 13px; font-weight: 600; fill: #1f2328 }
.ground { fill: #ffffff }
.field { fill: #f6f8fa }
.grid { stroke: #d0d7de; stroke-width: 0.7 }
.line { fill: none; stroke-width: 2.2 }
.line.ours, .dot.ours { stroke: #1f6feb } .dot.ours { fill: #1f6feb }
.line.plain { stroke: #bc4c00; stroke-dasharray: 6 4 } .dot.plain { fill: #bc4c00 }
.line.floor { stroke: #1a7f37; stroke-width: 1.8; stroke-dasharray: 2 3 } .dot.floor { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
  text { fill: #9da7b3 } .head, .title { fill: #e6edf3 } .ground { fill: #0d1117 } .field { fill: #161b22 } .grid { stroke: #30363d }
  .line.ours, .dot.ours { stroke: #58a6ff } .dot.ours { fill: #58a6ff }
  .line.plain { stroke: #f0883e } .dot.plain { fill: #f0883e }
  .line.floor { stroke: #3fb950 } .dot.floor { fill: #3fb950 }
}
</style>
<rect class="ground" width="${width}" height="${height}" rx="8"/>
<text class="head" x="${panel.left}" y="26">From written until in the thread: 19 of 20 letters within …</text>
${channels.map(drawPanel).join("\n")}
<text class="axis" x="${(width + panel.left) / 2}" y="${panel.top + panel.height + 38}" text-anchor="middle">customers, each writing three times a minute</text>
${legend}
</svg>
`;
writeFileSync("docs/pictures/pace.svg", svg);

let page = readFileSync("docs/pace.md", "utf8");
for (const [name, text] of Object.entries({ cells, coming, capacity, paste, outage })) {
  const begin = `<!-- ${name} -->`, end = `<!-- /${name} -->`;
  const from = page.indexOf(begin), to = page.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`docs/pace.md lacks ${begin}`);
  page = `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}
writeFileSync("docs/pace.md", page);
console.log("docs/pace.md and docs/pictures/pace.svg are written");
