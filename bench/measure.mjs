// Runs every server in turn, round after round, and prints their medians side by side.
//   node bench/measure.mjs [server …]      all of them unless some are named (see `servers`)
// BENCH_ROUNDS, BENCH_SECONDS and BENCH_CUSTOMERS change what the README says of them.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, loadavg } from "node:os";
import path from "node:path";
import { table } from "./table.mjs";

const out = path.resolve("build/bench");
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const seconds = Number(process.env.BENCH_SECONDS ?? 2);
const customers = Number(process.env.BENCH_CUSTOMERS ?? 5000);
const runTimeoutMs = 120_000;
const nchanModule = "/usr/lib/nginx/modules/ngx_nchan_module.so";

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// Slack's pace and our own limits are lifted, since they are not what is measured; durability never is.
function deskbellConfig({ port, slackPort, home }) {
  return `[server]
listen = "127.0.0.1:${port}"
public_url = "http://127.0.0.1:${port}"
data = "sqlite:${home}/deskbell.db"
[[site]]
id = "default"
origins = ["https://bench.example"]
[slack]
mode = "http"
api_url = "http://127.0.0.1:${slackPort}/api/"
bot_token = "xoxb-bench"
signing_secret = "bench-signing-secret"
[slack.pace]
posts_per_second_per_channel = 0.0
burst_per_channel = 0
posts_per_minute_per_workspace = 0
[limits]
sessions_per_minute_per_ip = 0
messages_per_second_per_session = 0.0
[[slack.route]]
channels = ["#vip-sales"]
[bot]
kind = "none"
[log]
level = "warn"
`;
}

// In one process, so that its memory is one number.
function nchanConfig({ port, home }) {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${home}/${name};`).join(" ");
  return `load_module ${nchanModule};
daemon off; master_process off; pid ${home}/nginx.pid; error_log ${home}/error.log warn; worker_rlimit_nofile 20000;
events { worker_connections 19000; use epoll; multi_accept on; }
http { access_log off; ${temporary} nchan_message_buffer_length 1;
  server { listen 127.0.0.1:${port} backlog=4096; location ~ ^/sub/(\\w+)$ { nchan_subscriber websocket; nchan_channel_id $1; } } }
`;
}

const nodeBridge = (synchronous) => ({
  peer: "bridge",
  warmUp: 3, // its compiler needs some thousand messages
  command: ({ port, slackPort, home }) => ["env", `PORT=${port}`, `DATABASE=${home}/bridge.db`, `SYNCHRONOUS=${synchronous}`,
    `SLACK_API_URL=http://127.0.0.1:${slackPort}/api/`, "SIGNING_SECRET=bench-signing-secret",
    process.execPath, "bench/peers/node_bridge.mjs"],
});

const servers = {
  deskbell: {
    peer: "bridge",
    command: (place) => {
      const file = `${place.home}/deskbell.toml`;
      writeFileSync(file, deskbellConfig(place));
      return [`${out}/deskbell`, "serve", "--config", file];
    },
  },
  node_full: nodeBridge("FULL"),
  node_normal: nodeBridge("NORMAL"),
  floor: {
    peer: "bridge",
    command: ({ port, slackPort, home }) => [`${out}/floor_bridge`, String(port), String(slackPort), `${home}/floor.db`],
  },
  echo: { peer: "echo", command: ({ port }) => [`${out}/epoll_echo`, String(port)] },
  nchan: {
    peer: "subscriber",
    optional: !existsSync("/usr/sbin/nginx") || !existsSync(nchanModule),
    command: (place) => {
      writeFileSync(`${place.home}/nginx.conf`, nchanConfig(place));
      return ["/usr/sbin/nginx", "-p", place.home, "-c", `${place.home}/nginx.conf`, "-e", `${place.home}/error.log`];
    },
  },
};

async function runOnce(name, round) {
  const home = `${out}/data-${name}`;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const place = { port: await freePort(), slackPort: await freePort(), home };
  const log = `${out}/${name}.log`;
  const { peer, command, warmUp = 1 } = servers[name];
  const words = ["--peer", peer, "--port", place.port, "--slack-port", place.slackPort, "--customers", customers,
    "--active", 500, "--seconds", seconds, "--warm-up", warmUp, "--log", log, "--", ...command(place)];
  process.stderr.write(`==> round ${round} of ${rounds}: ${name}\n`);
  try {
    return JSON.parse(execFileSync(`${out}/load`, words.map(String), { encoding: "utf8", timeout: runTimeoutMs, stdio: ["ignore", "pipe", "inherit"] }));
  } catch (error) {
    throw new Error(`${name} could not be measured (${error.signal ?? `exit ${error.status}`}); its output is in ${path.relative(".", log)}`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const chosen = process.argv.slice(2);
for (const name of chosen) if (!servers[name]) throw new Error(`no server is called ${name}`);
const names = Object.keys(servers).filter((name) => (chosen.length ? chosen.includes(name) : !servers[name].optional));
// A copy, so that all rounds measure one binary even when somebody builds meanwhile.
if (names.includes("deskbell")) copyFileSync("build/release/deskbell", `${out}/deskbell`);
const started = Date.now();
const load = loadavg()[0];
const results = Object.fromEntries(names.map((name) => [name, []]));
const flushes = [];
for (let round = 1; round <= rounds; ++round) {
  flushes.push(JSON.parse(execFileSync(`${out}/load`, ["--flush", `${out}/flush`], { encoding: "utf8" })).flush_us);
  // Each round begins with another server, so that none is always the first after a pause.
  const order = names.map((_, index) => names[(index + round) % names.length]);
  for (const name of order) results[name].push(await runOnce(name, round));
}

const about = { rounds, seconds, customers, flushes, load, cpu: cpus()[0].model, cores: cpus().length,
  took: Math.round((Date.now() - started) / 1000) };
const { text, broken } = table(results, about);
writeFileSync(`${out}/results.json`, `${JSON.stringify({ about, results }, null, 1)}\n`);
writeFileSync(`${out}/results.md`, text);
console.log(text);
if (broken.length) {
  console.error(`bench: ${broken.join("; ")}`);
  process.exit(1);
}
