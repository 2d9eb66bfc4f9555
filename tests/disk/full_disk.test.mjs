// The database's disk is full: customers and Slack are told to come again, what was posted is still recorded, everybody can
// see why, and it goes on by itself when there is room. Nothing that was acknowledged is lost.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Customer, api } from "../harness/customer.mjs";
import { binary, patience, sandboxPage, startSandbox } from "../harness/processes.mjs";
import { DiskServer, eventually, inOwnNamespace, mountSmallDisk } from "./small_disk.mjs";

const ballast = 1 << 20;
const pace = "posts_per_second_per_channel = 1.0\nburst_per_channel = 2\ngap_repair_ms = 2000";

if (inOwnNamespace(import.meta.url)) {
  let sandbox, disk, server, slack;
  before(async () => {
    sandbox = await startSandbox();
    slack = sandboxPage(sandbox);
    disk = mountSmallDisk("6m");
    server = await new DiskServer(sandbox, disk.path, { pace, env: { DESKBELL_SERVER_BALLAST_BYTES: String(ballast) } }).start();
  });
  after(async () => {
    await server?.end();
    await sandbox?.stop();
    disk?.unmount();
  });
  const ballastSize = () => statSync(join(disk.path, "deskbell.db.ballast")).size;

  // Talks until it is refused; what was acknowledged.
  const talkUntilRefused = async (customer) => {
    const acknowledged = [];
    for (let i = 0; i < 2000; ++i) {
      const text = `${i} ${"x".repeat(2000)}`;
      const answer = await customer.request("message", { client_id: randomUUID(), text });
      if (answer.type === "error") return { acknowledged, error: answer.error };
      acknowledged.push(text);
    }
    throw new Error("the disk never became full");
  };

  test("a full disk is refused to customers and Slack, recorded for the courier, seen by operators, and waited out", { timeout: 120_000 * patience }, async () => {
    assert.equal(ballastSize(), ballast);
    const open = await (await Customer.arrive(server, { name: "Ada" })).connect();
    assert.equal((await open.handoff()).type, "ok");
    const thread = await slack.thread(open.id);
    // Four lines at one post a second: some are posted only when the disk is full already.
    const lines = [];
    for (const text of ["one", "two", "three", "four"]) lines.push((await open.say(text)).message);
    disk.fill();
    const talker = await (await Customer.arrive(server, { name: "Ben" }).catch(() => undefined))?.connect();
    const { acknowledged, error } = await talkUntilRefused(talker ?? open);
    assert.equal(error.code, "store_unavailable");
    assert.match(error.detail, /disk is full/);
    assert.ok(error.retry_after_ms > 0);
    assert.equal(ballastSize(), 0, "the ballast was given back");

    // Customers, by every door.
    const refused = await api(server, "POST", "/v1/sessions", { body: {} });
    assert.deepEqual([refused.status, refused.body.code], [503, "store_unavailable"]);
    assert.equal((await api(server, "GET", "/v1/session", { token: open.token })).status, 200, "reading goes on");
    // Operators.
    const { ready, said } = await server.readiness();
    assert.equal(ready, false);
    assert.match(said, /storage_full/);
    assert.equal(await server.metric("store_full"), 1);
    const doctor = spawnSync(binary, ["doctor", "--config", join(disk.path, "deskbell.toml")], { encoding: "utf8" });
    assert.match(doctor.stdout, /^fail disk: is full/m);
    // The courier's records fit into what the ballast gave back.
    const recorded = () => lines.filter((line) => open.events.some((event) => event.kind === "receipt" && event.message_id === line.id && event.stage === "delivered")).length;
    assert.ok(recorded() < lines.length, "some are still to be posted");
    for (const line of lines) await open.receipt(line.id, "delivered", 20_000);
    assert.equal(await server.metric("store_full"), 1, "still full");
    // An agent answers meanwhile: Slack is told to come again, and keeps it until there is room.
    const seen = new Set((await slack.state()).deliveries.map((delivery) => delivery.id));
    await slack.post({ user: "ana", channel: "#vip-sales", thread_ts: thread.ts, text: "I will look into it" });
    await slack.waitFor("the event to be answered 503", (state) => state.deliveries.find((delivery) => !seen.has(delivery.id) && /503/.test(delivery.outcome)));

    disk.free();
    await server.ready();
    assert.equal(ballastSize(), ballast, "set aside again");
    assert.equal(await server.metric("store_full"), 0);
    assert.equal((await open.request("message", { client_id: "again", text: "five" })).type, "ok");
    await open.hears("I will look into it", "agent", 40_000);
    if (talker) assert.deepEqual(await server.texts(talker), acknowledged, "what was acknowledged, and nothing of what was refused");
    await open.leave();
    await talker?.leave();
  });

  test("killed on a full disk, it starts there, serves what it has, and goes on when there is room", { timeout: 120_000 * patience }, async () => {
    const customer = await (await Customer.arrive(server, { name: "Cleo" })).connect();
    await customer.say("before");
    disk.fill();
    const { acknowledged } = await talkUntilRefused(customer);
    await server.stop("SIGKILL");
    await server.start();
    assert.match((await server.readiness()).said, /storage_full/);
    assert.deepEqual(await server.texts(customer), ["before", ...acknowledged]);
    assert.equal((await api(server, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: "x", text: "no" } })).status, 503);
    disk.free();
    await server.ready();
    assert.equal((await api(server, "POST", "/v1/session/messages", { token: customer.token, body: { client_id: "x", text: "after" } })).status, 201);
    assert.deepEqual(await server.texts(customer), ["before", ...acknowledged, "after"]);
  });

  test("a second process is kept out, and a read-only disk is said to be one", { timeout: 60_000 * patience }, async () => {
    const serve = () => spawnSync(binary, ["serve", "--config", join(disk.path, "deskbell.toml")], { encoding: "utf8", timeout: 20_000 * patience });
    const second = serve();
    assert.equal(second.status, 1);
    assert.match(second.stdout + second.stderr, /Another process has the database/);
    await server.stop();
    disk.remount("ro");
    const readOnly = serve();
    assert.equal(readOnly.status, 1);
    assert.match(readOnly.stdout + readOnly.stderr, /read-only file system/);
    disk.remount("rw");
    await server.start();
    assert.ok(await eventually("readiness", async () => (await server.readiness()).ready));
  });
}
