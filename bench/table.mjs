// Medians of all rounds, and the table made of them. Pure.

const titles = {
  deskbell: "Deskbell",
  node_full: "Node bridge, FULL",
  node_normal: "Node bridge, NORMAL",
  floor: "floor bridge",
  echo: "epoll echo",
  nchan: "nginx + nchan",
};

// `goal` judges Deskbell's median: against a peer's of the same run, the disk's flush, or a plain limit.
const rows = [
  { text: "idle memory per connected customer, bytes", point: "idle", figure: "bytes_per_customer",
    goal: { atMost: { limit: 1024 } } },
  { text: "… of it for the socket, the session being there already", point: "idle", figure: "bytes_per_socket" },
  { text: "a WebSocket request and its answer: CPU µs", point: "ping_saturated", figure: "cpu_us", digits: 1,
    goal: { atMost: { echo: 1.2 } } },
  { text: "**customer → Slack**, 32 under way: durable messages/s", point: "to_slack_saturated", figure: "per_second",
    goal: { atLeast: { node_full: 12 } } },
  { text: "the same: CPU µs a message", point: "to_slack_saturated", figure: "cpu_us",
    goal: { atMost: { node_full: 1 / 12, floor: 1.4 } } },
  { text: "at 300/s: CPU µs a message", point: "to_slack_300", figure: "cpu_us",
    goal: { atMost: { node_full: 0.33, floor: 1.2 } } },
  { text: "at 300/s: acknowledged (durable), p50 µs", point: "to_slack_300", figure: "stored_p50_us",
    goal: { atMost: { flush: 4 } } },
  { text: "… p99 µs", point: "to_slack_300", figure: "stored_p99_us", goal: { atMost: { limit: 3000 } } },
  { text: "at 300/s: in Slack and confirmed, p50 µs", point: "to_slack_300", figure: "delivered_p50_us",
    goal: { atMost: { node_full: 0.7 } } },
  { text: "… p99 µs", point: "to_slack_300", figure: "delivered_p99_us", goal: { atMost: { node_full: 0.4 } } },
  { text: "**Slack → customer**, 32 under way: durable messages/s", point: "from_slack_saturated", figure: "per_second",
    goal: { atLeast: { node_full: 5 } } },
  { text: "the same: CPU µs a message", point: "from_slack_saturated", figure: "cpu_us",
    goal: { atMost: { node_full: 1 / 5, floor: 1.3 } } },
  { text: "at 300/s: CPU µs a message", point: "from_slack_300", figure: "cpu_us",
    goal: { atMost: { floor: 1.2 } } },
  { text: "at 300/s: event to customer, p50 µs", point: "from_slack_300", figure: "shown_p50_us",
    goal: { atMost: { node_full: 0.7 } } },
  { text: "… p99 µs", point: "from_slack_300", figure: "shown_p99_us", goal: { atMost: { node_full: 1 } } },
  { text: "**customer → Slack → customer** at 300/s, p50 µs", point: "round_trip_300", figure: "shown_p50_us" },
  { text: "… p99 µs", point: "round_trip_300", figure: "shown_p99_us" },
  { text: "… CPU µs a round trip", point: "round_trip_300", figure: "cpu_us" },
];

const durable = { deskbell: "yes", node_full: "yes", node_normal: "no", floor: "yes", echo: "–", nchan: "no (memory)" };

export function median(values) {
  const known = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (known.length === 0) return undefined;
  const middle = known.length >> 1;
  return known.length % 2 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
}

const figure = (value, digits) =>
  value === undefined ? "" : value < 1 ? "≈ 0" : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

function ratio(us, peer) {
  if (us === undefined || peer === undefined) return "";
  if (peer < 1) return "";
  const quotient = us / peer;
  return ` (${quotient >= 10 ? quotient.toFixed(0) : quotient >= 1 ? quotient.toFixed(1) : quotient.toFixed(quotient >= 0.1 ? 2 : 3)}×)`;
}

const yardsticks = { node_full: "Node FULL", floor: "floor", echo: "echo", flush: "flush" };

const factorText = (factor) => (factor > 0 && factor < 0.3 ? `1/${Math.round(1 / factor)}` : String(factor));

// "≤ 1.4 × floor: met"; yardsticks that were not measured are left out.
function verdict(goal, us, values) {
  if (!goal || us === undefined) return "";
  const [sign, bounds] = goal.atMost ? ["≤", goal.atMost] : ["≥", goal.atLeast];
  return Object.entries(bounds).flatMap(([name, factor]) => {
    const bound = name === "limit" ? factor : values[name] === undefined ? undefined : values[name] * factor;
    if (bound === undefined) return [];
    const text = name === "limit" ? figure(factor, 0) : `${factorText(factor)} × ${yardsticks[name]}`;
    return [`${sign} ${text}: ${(sign === "≤" ? us <= bound : us >= bound) ? "met" : "**missed**"}`];
  }).join("; ");
}

// What must be nought whatever the speed. A peer that loses messages is noted; Deskbell must not.
function faults(name, runs) {
  return ["lost", "doubled", "crossed", "refused"].flatMap((kind) => {
    const count = runs.flatMap((run) => Object.values(run)).reduce((sum, point) => sum + (point[kind] ?? 0), 0);
    return count > 0 ? [`${titles[name]}: ${count} messages ${kind}`] : [];
  });
}

const tableRow = (cells) => `| ${cells.join(" | ")} |`;

export function table(results, about) {
  const names = Object.keys(results);
  const peers = names.filter((name) => name !== "deskbell");
  const flush = median(about.flushes);
  const medianOf = (name, row) => median((results[name] ?? []).map((run) => run[row.point]?.[row.figure]));
  const lines = [
    tableRow(["", titles.deskbell, ...peers.map((name) => titles[name]), "goal"]),
    tableRow(["---", "---:", ...peers.map(() => "---:"), "---"]),
  ];
  for (const row of rows) {
    const values = Object.fromEntries(names.map((name) => [name, medianOf(name, row)]));
    const cells = peers.map((name) => figure(values[name], row.digits ?? 0) + ratio(values.deskbell, values[name]));
    lines.push(tableRow([row.text, figure(values.deskbell, row.digits ?? 0), ...cells, verdict(row.goal, values.deskbell, { ...values, flush })]));
  }
  lines.push(tableRow(["survives a power cut once acknowledged", durable.deskbell, ...peers.map((name) => durable[name]), ""]));
  const noted = names.flatMap((name) => faults(name, results[name]));
  const text = [
    "In brackets: Deskbell ÷ that peer, measured in the same run.", "", ...lines, "",
    `${about.cores} × ${about.cpu}, server on one core, load on another; ${about.customers} customers connected, 500 of them talking; ` +
      `${about.rounds} interleaved rounds of ${about.seconds} s a point, medians; 128-byte messages on loopback; ` +
      `a write and fdatasync takes ${figure(flush, 0)} µs on this disk; load average at the start ${about.load.toFixed(1)}; ${about.took} s in all.`,
    ...(about.load > 1 ? ["**The machine was busy with other work: even ratios of this run are rough, and p99 says nothing.**"] : []),
    noted.length ? `Not right: ${noted.join("; ")}.` : "No message was lost, doubled or shown to another customer.", "",
  ].join("\n");
  return { text, broken: faults("deskbell", results.deskbell ?? []) };
}
