import { expect, it } from "vitest";
import { fuzzServer } from "../../../../../tools/rpc-fuzz.ts";
import { openNatsFuzzTarget } from "../../../../../tools/rpc-fuzz-nats-target.ts";
import { createSeededRandom } from "../../testing/seeded-random.ts";

const frames = 1_000;

it(`${frames} broken requests over NATS are all answered, without a word of the inside`, async () => {
  await using target = await openNatsFuzzTarget();
  const random = createSeededRandom(42).next;
  const report = await fuzzServer({ protocol: "nats", frames, random, send: target.send });
  expect(report).toMatchObject({ frames, leaks: [], improper: [], hung: 0 });
});
