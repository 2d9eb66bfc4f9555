// A disk that answers with errors: after a failed flush or a damaged page the process ends at once and the next start
// finds everything that was acknowledged; a disk that turns read-only is waited out.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { constants } from "node:os";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Customer, api } from "../harness/customer.mjs";
import { deadline, patience, scratchDirectory, startSandbox } from "../harness/processes.mjs";
import { DiskServer } from "./small_disk.mjs";

const { EIO, EROFS, EDQUOT } = constants.errno;
let sandbox, scratch, server, faults, shim;
before(async () => {
  sandbox = await startSandbox();
  scratch = scratchDirectory();
  faults = join(scratch.path, "faults");
  shim = join(scratch.path, "fault_shim.so");
  const compiler = process.env.CC ?? "clang-19";
  execFileSync(compiler, ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", shim, join(import.meta.dirname, "fault_shim.c"), "-ldl"]);
  server = new DiskServer(sandbox, scratch.path, { env: { LD_PRELOAD: shim, DESKBELL_TEST_FAULTS: faults, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ""}:verify_asan_link_order=0` } });
  await server.start();
});
after(async () => {
  await server?.end();
  await sandbox?.stop();
  scratch?.remove();
});

const strike = (...lines) => writeFileSync(faults, `${lines.join("\n")}\n`);
const heal = () => rmSync(faults, { force: true });
const send = (customer, text) => api(server, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: randomUUID(), text } }).catch((error) => ({ status: 0, error }));

for (const [what, fault] of [["a failed flush", `flush ${EIO} -wal`], ["a failed write", `write ${EIO} -wal`]]) {
  test(`${what} ends the process at once, and the next one has everything that was acknowledged`, { timeout: 60_000 * patience }, async () => {
    const customer = await Customer.arrive(server);
    assert.equal((await send(customer, "kept")).status, 201);
    strike(fault);
    const answer = await send(customer, "perhaps");
    assert.notEqual(answer.status, 201, "what was not flushed is not acknowledged");
    const { signal } = await deadline(server.running.ended, 10_000, "the process to end");
    assert.equal(signal, "SIGABRT");
    assert.match(server.log, /ending, the next start checks the database/);
    heal();
    await server.start();
    assert.match(server.log, /did not close the database; checking it/);
    assert.deepEqual((await server.texts(customer)).filter((text) => text !== "perhaps"), ["kept"]);
    assert.equal((await send(customer, "and on")).status, 201);
  });
}

for (const [what, code, reason] of [["turns read-only", EROFS, "storage_read_only"], ["has no room in our quota", EDQUOT, "storage_full"]]) {
  test(`a disk that ${what} is waited out`, { timeout: 60_000 * patience }, async () => {
    const customer = await Customer.arrive(server);
    assert.equal((await send(customer, "kept")).status, 201);
    strike(`write ${code} -wal`);
    const refused = await send(customer, "refused");
    assert.deepEqual([refused.status, refused.body.code], [503, "store_unavailable"]);
    const { ready, said } = await server.readiness();
    assert.equal(ready, false);
    assert.match(said, new RegExp(reason));
    assert.deepEqual(await server.texts(customer), ["kept"], "reading goes on");
    heal();
    await server.ready();
    assert.equal((await send(customer, "again")).status, 201);
    assert.deepEqual(await server.texts(customer), ["kept", "again"]);
    assert.ok(server.running.running());
  });
}

test("words that changed on the disk reach nobody: the process ends, and the next start says what to do", { timeout: 60_000 * patience }, async () => {
  const customer = await Customer.arrive(server);
  const words = `these words are ${randomUUID()}`;
  assert.equal((await send(customer, words)).status, 201);
  await server.stop();
  const file = join(scratch.path, "deskbell.db");
  const bytes = readFileSync(file);
  let flipped = 0;
  for (let at = bytes.indexOf(words); at >= 0; at = bytes.indexOf(words, at + 1)) {
    bytes[at + 2] ^= 1;
    ++flipped;
  }
  assert.ok(flipped > 0, "the words were on the disk");
  writeFileSync(file, bytes);
  await server.start();
  const answer = await api(server, "GET", "/v1/session/events?after=0&limit=10", { token: customer.token }).catch((error) => ({ error }));
  assert.ok(!JSON.stringify(answer.body ?? "").includes("words are"), "wrong words went out");
  assert.equal((await deadline(server.running.ended, 10_000, "the process to end")).signal, "SIGABRT");
  assert.match(server.log, /store_damaged/);
  await assert.rejects(server.start(), /is not what was written.*restore the last backup/s);
});
