import { expect, it } from "vitest";
import { createHeapReader } from "../../../../../tools/flat-memory.ts";
import { fuzzServer } from "../../../../../tools/rpc-fuzz.ts";
import { openNatsFuzzTarget } from "../../../../../tools/rpc-fuzz-nats-target.ts";
import { createSeededRandom } from "../../testing/seeded-random.ts";

const frames = Number(process.env.CONCORD_TEST_FRAMES ?? 100_000);

it(`${frames} broken requests over NATS are all answered, and memory is as before`, async () => {
  await using target = await openNatsFuzzTarget();
  const heapBytes = createHeapReader();
  const fuzz = (count: number, seed: number) =>
    fuzzServer({ protocol: "nats", frames: count, random: createSeededRandom(seed).next, send: target.send });
  await fuzz(Math.min(frames, 10_000), 1);
  const before = heapBytes();
  const report = await fuzz(frames, 2);
  console.log("nats", JSON.stringify(report.answers), `heap ${((heapBytes() - before) / 1e6).toFixed(1)} MB more`);
  expect(report).toMatchObject({ frames, leaks: [], improper: [], hung: 0 });
  expect(heapBytes() - before).toBeLessThan(10_000_000);
});
