// Medians of all rounds, and the table made of them. Pure.

const titles = {
  deskbell: "Deskbell",
  node_full: "Node bridge, FULL",
  node_normal: "Node bridge, NORMAL",
  echo: "epoll echo",
  nchan: "nginx + nchan",
};

// `better` says which way is good; `goal` judges Deskbell's median against the peers' of the same run.
const rows = [
  { text: "idle memory per connected customer, bytes", point: "idle", figure: "bytes_per_customer", digits: 0,
    goal: { text: "≤ 1,024", met: (us) => us <= 1024 } },
  { text: "a WebSocket request and its answer: CPU µs", point: "ping_saturated", figure: "cpu_us", digits: 1,
    goal: { text: "≤ 1.2 × echo", met: (us, peers) => us <= 1.2 * peers.echo } },
  { text: "**customer → Slack**, 32 under way: durable messages/s", point: "to_slack_saturated", figure: "per_second", digits: 0,
    goal: { text: "≥ 12 × Node FULL", met: (us, peers) => us >= 12 * peers.node_full } },
  { text: "the same: CPU µs a message", point: "to_slack_saturated", figure: "cpu_us", digits: 0,
    goal: { text: "≤ 1/12 Node FULL", met: (us, peers) => us <= peers.node_full / 12 } },
  { text: "at 300/s: CPU µs a message", point: "to_slack_300", figure: "cpu_us", digits: 0,
    goal: { text: "≤ 0.33 × Node FULL", met: (us, peers) => us <= 0.33 * peers.node_full } },
  { text: "at 300/s: acknowledged (durable), p50 µs", point: "to_slack_300", figure: "stored_p50_us", digits: 0,
    goal: { text: "≤ 4 × flush", met: (us, peers, flush) => us <= 4 * flush } },
  { text: "… p99 µs", point: "to_slack_300", figure: "stored_p99_us", digits: 0,
    goal: { text: "≤ 3,000", met: (us) => us <= 3000 } },
  { text: "at 300/s: in Slack and confirmed, p50 µs", point: "to_slack_300", figure: "delivered_p50_us", digits: 0,
    goal: { text: "≤ 0.7 × Node FULL", met: (us, peers) => us <= 0.7 * peers.node_full } },
  { text: "… p99 µs", point: "to_slack_300", figure: "delivered_p99_us", digits: 0,
    goal: { text: "≤ 0.4 × Node FULL", met: (us, peers) => us <= 0.4 * peers.node_full } },
  { text: "**Slack → customer**, 32 under way: durable messages/s", point: "from_slack_saturated", figure: "per_second", digits: 0,
    goal: { text: "≥ 5 × Node FULL", met: (us, peers) => us >= 5 * peers.node_full } },
  { text: "the same: CPU µs a message", point: "from_slack_saturated", figure: "cpu_us", digits: 0,
    goal: { text: "≤ 1/5 Node FULL", met: (us, peers) => us <= peers.node_full / 5 } },
  { text: "at 300/s: CPU µs a message", point: "from_slack_300", figure: "cpu_us", digits: 0 },
  { text: "at 300/s: event to customer, p50 µs", point: "from_slack_300", figure: "shown_p50_us", digits: 0,
    goal: { text: "≤ 0.7 × Node FULL", met: (us, peers) => us <= 0.7 * peers.node_full } },
  { text: "… p99 µs", point: "from_slack_300", figure: "shown_p99_us", digits: 0,
    goal: { text: "≤ Node FULL", met: (us, peers) => us <= peers.node_full } },
  { text: "**customer → Slack → customer** at 300/s, p50 µs", point: "round_trip_300", figure: "shown_p50_us", digits: 0 },
  { text: "… p99 µs", point: "round_trip_300", figure: "shown_p99_us", digits: 0 },
  { text: "… CPU µs a round trip", point: "round_trip_300", figure: "cpu_us", digits: 0 },
];

const durable = { deskbell: "yes", node_full: "yes", node_normal: "no", echo: "–", nchan: "no (memory)" };

export function median(values) {
  const known = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (known.length === 0) return undefined;
  const middle = known.length >> 1;
  return known.length % 2 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
}

const figure = (value, digits) =>
  value === undefined ? "" : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

function ratio(us, peer) {
  if (us === undefined || peer === undefined) return "";
  if (peer <= 0) return " (–)";
  const quotient = us / peer;
  return ` (${quotient >= 10 ? quotient.toFixed(0) : quotient >= 1 ? quotient.toFixed(1) : quotient.toFixed(2)}×)`;
}

function verdict(goal, us, peers, flush) {
  if (!goal || us === undefined) return "";
  return `${goal.text}: ${goal.met(us, peers, flush) ? "met" : "**missed**"}`;
}

// What must be nought whatever the speed.
function faults(results) {
  const broken = [];
  for (const [name, runs] of Object.entries(results)) {
    for (const kind of ["lost", "doubled", "crossed", "refused"]) {
      let count = 0;
      for (const run of runs) for (const point of Object.values(run)) count += point[kind] ?? 0;
      if (count > 0) broken.push(`${titles[name]}: ${count} messages ${kind}`);
    }
  }
  return broken;
}

export function table(results, about) {
  const names = Object.keys(results);
  const peers = names.filter((name) => name !== "deskbell");
  const flush = median(about.flushes);
  const medianOf = (name, row) => median((results[name] ?? []).map((run) => run[row.point]?.[row.figure]));
  const lines = [
    `| | ${titles.deskbell} | ${peers.map((name) => titles[name]).join(" | ")} | goal |`,
    `| --- | ---: | ${peers.map(() => "---: |").join(" ")} --- |`,
  ];
  for (const row of rows) {
    const values = Object.fromEntries(names.map((name) => [name, medianOf(name, row)]));
    const cells = peers.map((name) => figure(values[name], row.digits) + ratio(values.deskbell, values[name]));
    lines.push(`| ${row.text} | ${figure(values.deskbell, row.digits)} | ${cells.join(" | ")} | ${verdict(row.goal, values.deskbell, values, flush)} |`);
  }
  lines.push(`| survives a power cut once acknowledged | ${durable.deskbell} | ${peers.map((name) => durable[name]).join(" | ")} | |`);
  const broken = faults(results);
  const text = [
    "In brackets: Deskbell ÷ that peer, measured in the same run.", "", ...lines, "",
    `${about.cores} × ${about.cpu}, server on one core, load on another; ${about.customers} customers connected, 500 of them talking; ` +
      `${about.rounds} interleaved rounds of ${about.seconds} s a point, medians; 128-byte messages on loopback; ` +
      `a write and fdatasync takes ${figure(flush, 0)} µs on this disk; load average at the start ${about.load.toFixed(1)}; ${about.took} s in all.`,
    broken.length ? `Not right: ${broken.join("; ")}.` : "No message was lost, doubled or shown to another customer.", "",
  ].join("\n");
  return { text, broken };
}
