import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "@concord/sdk/embedded";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runConcord } from "../command/concord.ts";
import { readSystem } from "../system/system-contracts.ts";
import { wantedStreams } from "../system/wanted-streams.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const slow = { timeout: 60_000 };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "concord-list-"));
  for (const name of ["node_modules", "proto", "third_party"]) symlinkSync(join(root, name), join(folder, name));
  writeFileSync(join(folder, "buf.yaml"), "version: v2\nmodules: [{path: proto}, {path: third_party}]\n");
});

afterAll(() => rmSync(folder, { recursive: true }));

async function listLive(): Promise<{ exitCode: number; live: unknown }> {
  const output: string[] = [];
  const exitCode = await runConcord(
    ["list", "streams", "--live", "--format", "json", "--transport", "embedded:broker.db"],
    {
      cwd: folder,
      now: Date.now,
      write: (text) => output.push(text),
      writeError: () => {},
    },
  );
  return { exitCode, live: JSON.parse(output.join("")).live };
}

test("a broker that is as the contracts want it has nothing missing, different or orphaned", slow, async () => {
  const wanted = wantedStreams(await readSystem({ cwd: root }), undefined);
  const transport = await openEmbedded({ path: join(folder, "broker.db") });
  await transport.provision(wanted);
  await transport.close();
  expect(await listLive()).toEqual({ exitCode: 0, live: { missing: [], different: [], orphaned: [] } });
});

test("streams that are missing, different or orphaned are found, those of other systems are not", slow, async () => {
  const wanted = wantedStreams(await readSystem({ cwd: root }), undefined);
  rmSync(join(folder, "broker.db"));
  const transport = await openEmbedded({ path: join(folder, "broker.db") });
  const there = wanted.filter(({ name }) => name !== "evt-orders" && name !== "dlq-orders");
  const changed = there.map((spec) => (spec.name === "evt-users" ? { ...spec, retentionMs: 86_400_000 } : spec));
  const old = { partitions: 4, retentionMs: 1_000, dedupeWindowMs: 1_000 };
  await transport.provision([
    ...changed,
    { ...old, name: "evt-shipping", subjects: ["evt.shipping.>"] },
    { ...old, name: "other-evt-orders", subjects: ["other.evt.orders.>"] },
  ]);
  await transport.close();
  const { exitCode, live } = await listLive();
  expect(exitCode).toBe(1);
  expect(live).toEqual({
    missing: ["dlq-orders", "evt-orders"],
    different: [{ stream: "evt-users", differences: [expect.stringContaining("retention of evt-users")] }],
    orphaned: ["evt-shipping"],
  });
});
