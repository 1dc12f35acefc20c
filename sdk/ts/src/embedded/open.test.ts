import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { transportCompliance } from "../testing/compliance/transport.ts";
import { openEmbedded } from "./open.ts";

const features = { atomicBatch: true, shared: false };

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "concord-embedded-"));
});
afterAll(() => rm(folder, { recursive: true }));

const paths = new WeakMap<object, string>();
const openFile = async (path = join(folder, `${++files}.db`)) => {
  const transport = await openEmbedded({ path });
  paths.set(transport, path);
  return transport;
};

transportCompliance({
  name: "embedded, in a file",
  features,
  open: () => openFile(),
  reopen: async (transport) => {
    await transport.close();
    return openFile(paths.get(transport));
  },
  ackWaitMs: 200,
  dedupeWindowMs: 100,
});

transportCompliance({
  name: "embedded, in memory",
  features,
  open: () => openEmbedded({ path: ":memory:" }),
  ackWaitMs: 200,
  dedupeWindowMs: 100,
});
