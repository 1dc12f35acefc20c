import { expect, it } from "vitest";
import { type FuzzedProtocol, fuzzServer } from "../../../../tools/rpc-fuzz.ts";
import { compileLab } from "../../../../tools/rpc-lab.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import { rpcRoute } from "./router.ts";
import { createRpcServer } from "./server.ts";

const lab = compileLab();
const protocols: readonly FuzzedProtocol[] = ["connect", "grpc", "grpc-web", "rest"];

it.each(protocols)("100,000 broken frames of %s are all answered, and memory is as before", async (protocol) => {
  const route = rpcRoute(lab.service, { say: ({ text }) => ({ text }) });
  await using server = await createRpcServer({ name: "lab", routes: [route], bodyTimeoutMs: 2_000 });
  const fuzz = (frames: number, seed: number) =>
    fuzzServer({
      url: server.url,
      protocol,
      frames,
      random: createSeededRandom(seed).next,
      path: "/lab.v1.LabService/Say",
    });
  await fuzz(10_000, 1);
  const before = heapBytes();
  const report = await fuzz(100_000, 2);
  expect(report).toMatchObject({ frames: 100_000, leaks: [], hung: 0 });
  expect(heapBytes() - before).toBeLessThan(20_000_000);
});

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
