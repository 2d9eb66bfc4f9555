// The operators' commands against a server's database, and what the drills look at afterwards.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { Customer } from "../harness/customer.mjs";
import { binary, deadline, findParent } from "../harness/processes.mjs";

export function run(args, { cwd, env = {} } = {}) {
  return new Promise((resolve) => {
    execFile(binary, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code ?? error.signal : 0, signal: error?.signal, stdout, stderr });
    });
  });
}

// A command for this server's store, as JSON.
export async function operate(server, ...args) {
  const [command, ...rest] = args;
  const done = await run([command, "--config", join(server.directory, "deskbell.toml"), "--json", ...rest]);
  const lines = done.stdout.trim().split("\n").filter(Boolean);
  return { ...done, lines, json: lines.length ? JSON.parse(lines.at(-1)) : undefined };
}

export async function ready(server) {
  const answer = await fetch(`${server.url}/readyz`);
  return { status: answer.status, ...(await answer.json()) };
}

// Until the log says so.
export const logged = (server, words, ms = 20_000) => deadline(server.logged(words), ms, `the log to say ${JSON.stringify(words)}:\n${server.log.slice(-20).join("\n")}`);

// The same customer on a page that was just loaded: everything from 1.
export async function anew(customer) {
  const again = new Customer();
  Object.assign(again, { server: customer.server, session: customer.session, id: customer.id, token: customer.token, instance: crypto.randomUUID(), thread: customer.thread });
  await again.connect({ after: 0 });
  return again;
}

export const markers = (replies) => replies.map((reply) => reply.metadata?.event_payload?.post).filter(Boolean);
export const said = (replies) => replies.map((reply) => reply.text);
export const count = (replies, text) => said(replies).join("\n").split(text).length - 1;

export async function repliesOf(slack, sessionId) {
  const parent = findParent(await slack.state(), sessionId);
  return parent?.replies ?? [];
}

export async function postsOf(slack) {
  const state = await slack.state();
  return state.channels.flatMap((channel) => channel.messages.flatMap((message) => [message, ...(message.replies ?? [])])).filter((message) => message.author.is_bot);
}

export function gapless(customer) {
  const seqs = customer.events.map((event) => event.seq);
  return seqs.every((seq, i) => seq === i + 1);
}
