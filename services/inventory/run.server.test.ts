import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { createRpcClient } from "@concord/sdk/rpc";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { freePorts } from "../../tools/servers/free-ports.ts";
import { startNatsServer } from "../../tools/servers/nats-server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const inventory = fileURLToPath(new URL("./service.ts", import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "concord-run-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the service as a user does: a process with variables. */
function run(variables: Record<string, string>, program: readonly string[] = [inventory]) {
  const env = { ...process.env, CONCORD_DATA_DIR: folder, CONCORD_PORT: "0", ...variables };
  const child = spawn(process.execPath, ["--conditions=@concord/source", ...program], { env, cwd: root });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
  return { child, ended, log: () => stdout };
}

async function readiness(
  port: number,
): Promise<{ status: number; checks: Record<string, { healthy: boolean; detail: string }> }> {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
  const { checks } = (await response.json()) as { checks: Record<string, { healthy: boolean; detail: string }> };
  return { status: response.status, checks };
}

it("names every wrong variable, a line each, and exits with 2", async () => {
  const { code, stderr } = await run({ CONCORD_PROT: "1", CONCORD_CONCURRENCY: "many" }).ended;
  expect(code).toBe(2);
  expect(stderr.trim().split("\n")).toEqual([
    expect.stringMatching(/^inventory: CONCORD_PROT: no such variable/),
    expect.stringMatching(/^inventory: CONCORD_CONCURRENCY: is no whole number/),
  ]);
});

it("only migrates its database when told to, and does nothing the second time", async () => {
  const first = await run({}, [inventory, "migrate"]).ended;
  expect([first.code, first.stderr]).toEqual([0, ""]);
  expect(first.stdout).toContain("database migrated");
  expect(first.stdout).toContain("database is up to date");
  const second = await run({}, [inventory, "migrate"]).ended;
  expect(second.code).toBe(0);
  expect(second.stdout).not.toContain("database migrated");
});

it("refuses an argument that it does not know", async () => {
  const { code, stderr } = await run({}, [inventory, "migrat"]).ended;
  expect([code, stderr.trim()]).toEqual([
    2,
    "inventory: unknown argument migrat; give none to serve, or migrate (config)",
  ]);
});

it("names a port that is in use and exits with 2", async () => {
  const [port] = await freePorts(1);
  const first = run({ CONCORD_PORT: String(port) });
  await vi.waitUntil(() => first.log().includes("service started"), { timeout: 20_000 });
  const second = await run({ CONCORD_PORT: String(port), CONCORD_DATA_DIR: join(folder, "other") }).ended;
  expect([second.code, second.stderr]).toEqual([2, expect.stringContaining(`port ${port} is in use`)]);
  const third = await run({}).ended;
  expect([third.code, third.stderr]).toEqual([1, expect.stringContaining("(locked)")]);
  first.child.kill("SIGTERM");
  expect((await first.ended).code).toBe(0);
});

it("names a data folder that cannot be written", async () => {
  const { code, stderr } = await run({ CONCORD_DATA_DIR: "/dev/null/data" }).ended;
  expect(code).toBe(1);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain("/dev/null/data");
});

it("serves and says so while the broker is away, and starts consuming when it comes", async () => {
  const [port, brokerPort] = (await freePorts(2)) as [number, number];
  const service = run({ CONCORD_PORT: String(port), CONCORD_TRANSPORT: `nats://127.0.0.1:${brokerPort}` });
  await vi.waitUntil(() => service.log().includes("service started"), { timeout: 20_000 });
  const before = await readiness(port);
  expect(before).toMatchObject({ status: 503, checks: { database: { healthy: true }, broker: { healthy: false } } });
  const client = createRpcClient(InventoryService, { url: `http://127.0.0.1:${port}` });
  expect(await client.getStock({ productId: "keyboard" })).toMatchObject({ quantity: 12 });
  await using _ = await startNatsServer({ port: brokerPort });
  await vi.waitUntil(async () => (await readiness(port)).status === 200, { timeout: 20_000, interval: 100 });
  service.child.kill("SIGTERM");
  expect((await service.ended).code).toBe(0);
});

it("says in one line that its credentials are wrong, and ends", async () => {
  await using server = await startNatsServer({ config: 'authorization { user: "shop", password: "right" }' });
  const address = server.url.replace("nats://", "nats://shop:wrong@");
  const { code, stderr, stdout } = await run({ CONCORD_TRANSPORT: address }).ended;
  expect(code).toBe(1);
  expect(stderr.trim().split("\n")).toEqual([expect.stringContaining("(unauthenticated)")]);
  expect(stderr + stdout).not.toContain("wrong");
});

/** A service whose contracts contradict themselves in three places. */
const faultyService = `
import { createService } from "@concord/sdk";
import { compileProtos } from "./tools/compile-protos.ts";
const contracts = compileProtos({ "lab/v1/lab.proto": [
  'syntax = "proto3";',
  'package lab.v1;',
  'import "concord/event/v1/options.proto";',
  '',
  'option (concord.event.v1.stream) = {name: "lab", partitions: 999};',
  'message Measured {',
  '  option (concord.event.v1.event) = {owner: "faulty", key: "no_such_field"};',
  '  string id = 1;',
  '}',
  'message Forgotten {',
  '  option (concord.event.v1.event) = {key: "id"};',
  '  string id = 1;',
  '}',
  'service LabService { option (concord.event.v1.service) = {name: "faulty"}; }',
].join("\\n") });
await createService({ name: "faulty", contract: contracts.getService("lab.v1.LabService") }).run();
`;

it("names every fault of its contracts with file and line, and exits with 2", async () => {
  const { code, stderr } = await run({}, ["--input-type=module", "--eval", faultyService]).ended;
  expect(code).toBe(2);
  expect(stderr.trim().split("\n")).toEqual([
    expect.stringMatching(/^faulty: lab\/v1\/lab\.proto:5:\d+ STREAM_PARTITIONS_RANGE /),
    expect.stringMatching(/^faulty: lab\/v1\/lab\.proto:7:\d+ EVENT_KEY_FIELD /),
    expect.stringMatching(/^faulty: lab\/v1\/lab\.proto:11:\d+ EVENT_OWNER_KNOWN /),
  ]);
});
