import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHeapReader } from "../../../../../tools/flat-memory.ts";
import { fuzzServer } from "../../../../../tools/rpc-fuzz.ts";
import { sendOverNats } from "../../../../../tools/rpc-fuzz-nats.ts";
import { compileLab } from "../../../../../tools/rpc-lab.ts";
import { type NatsServer, startNatsServer } from "../../../../../tools/servers/nats-server.ts";
import { createRpcRouter, rpcRoute } from "../../rpc/index.ts";
import { createSeededRandom } from "../../testing/seeded-random.ts";
import { createValidation } from "../../validation/validation.ts";
import { connectNats } from "../index.ts";

/** `CONCORD_TEST_FRAMES=100000` for the whole proof, as `npm run test:full` has it for the other protocols. */
const frames = Number(process.env.CONCORD_TEST_FRAMES ?? 1_000);
const minutes = 60_000;
let server: NatsServer;

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server?.stop());

it(`${frames} broken requests over NATS are all answered, without a word of the inside, and memory is as before`, {
  timeout: 10 * minutes,
}, async () => {
  const lab = compileLab();
  await using host = await connectNats({ servers: server.url });
  await using client = await connect({ servers: server.url });
  const route = rpcRoute(lab.service, { say: ({ text }) => ({ text }), look: ({ text }) => ({ text }) });
  const listening = host.serveRpc(createRpcRouter({ routes: [route], validate: createValidation() }), {
    service: "lab",
  });
  await host.streamState("nothing");
  const send = sendOverNats(client, ["rpc.lab.v1.LabService.Say", "rpc.lab.v1.LabService.Look"]);
  const fuzz = (count: number, seed: number) =>
    fuzzServer({ protocol: "nats", frames: count, random: createSeededRandom(seed).next, send });
  const heapBytes = createHeapReader();
  await fuzz(Math.min(frames, 10_000), 1);
  const before = heapBytes();
  const report = await fuzz(frames, 2);
  expect(report).toMatchObject({ frames, leaks: [], improper: [], hung: 0 });
  expect(heapBytes() - before).toBeLessThan(10_000_000);
  await listening.close();
});
