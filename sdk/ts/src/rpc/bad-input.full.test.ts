import { expect, it } from "vitest";
import { createHeapReader } from "../../../../tools/flat-memory.ts";
import { fuzzServer } from "../../../../tools/rpc-fuzz.ts";
import { openFuzzTarget } from "../../../../tools/rpc-fuzz-target.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";

const protocols = ["connect-json", "connect-proto", "grpc", "grpc-web", "rest"] as const;
const frames = Number(process.env.CONCORD_TEST_FRAMES ?? 100_000);

it.each(protocols)(
  `${frames} broken frames of %s are all answered as their protocol has it, and memory is as before`,
  async (protocol) => {
    await using target = await openFuzzTarget(protocol, { bodyTimeoutMs: 2_000 });
    const heapBytes = createHeapReader();
    const fuzz = (count: number, seed: number) =>
      fuzzServer({ protocol, frames: count, random: createSeededRandom(seed).next, send: target.send });
    await fuzz(Math.min(frames, 10_000), 1);
    const before = heapBytes();
    const report = await fuzz(frames, 2);
    console.log(protocol, JSON.stringify(report.answers), `heap ${((heapBytes() - before) / 1e6).toFixed(1)} MB more`);
    expect(report).toMatchObject({ frames, leaks: [], improper: [], hung: 0 });
    expect(heapBytes() - before).toBeLessThan(10_000_000);
  },
);
